#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Identifications and HASSH of SSH, compared with what tshark found in the shared captures (oracle/ssh.tsv).

ssh_oracle.py [--kukla PROGRAM] [--captures DIR] [--jobs N]

Prints recall and precision of each kind and the differences; exits 1 when one is below its threshold, 77 when the captures or
the program are not there. Conversations inside tunnels that the program does not open are counted apart. Precision is over the
captures in which tshark, nDPI or the list of layers has SSH; an identification counts for its conversation, and for its side
where the port says which that is. tshark reads SSH on port 22 only, and no server that says something before: what it does say
when it is told the port (-d tcp.port==N,ssh), or what the octets say, is in known.tsv."""
import argparse
import collections
import json
import os
import sys

import reference
from eve import key_of, replay
from oracle import TOP, known_values, need

LEAST = 99.5
KINDS = ("banner", "hassh", "hasshServer")
PORT = "22"


def side_of(row):
    """Which side sent it, as far as ports say."""
    ends = row["sport"] == PORT, row["dport"] == PORT
    return {(True, False): "server", (False, True): "client"}.get(ends, "")


def expected(folder):
    """{capture: [(conversation, kind, side, value)]}"""
    found = collections.defaultdict(set)
    for row in reference.rows(folder, "ssh.tsv"):
        key = reference.conversation(6, row["src"], row["sport"], row["dst"], row["dport"])
        found[row["capture"]].add((key, row["kind"], side_of(row) if row["kind"] == "banner" else "", row["value"].rstrip()))
    for row in reference.rows(folder, "captures.tsv"):
        if " ssh:" in row["layers"]:
            found.setdefault(row["capture"], set())
    for row in reference.rows(folder, "ndpi42.tsv"):
        if "SSH" in row["ndpi_name"]:
            found.setdefault(row["capture"], set())
    return found


def seen(text):
    """({(conversation, kind, side, value)}, all conversations) of --eve."""
    found, keys = set(), set()
    for line in text.splitlines():
        event = json.loads(line)
        if event["event_type"] != "flow":
            continue
        key = key_of(event)
        keys.add(key)
        for side, kind in (("client", "hassh"), ("server", "hasshServer")):
            values = event.get("ssh", {}).get(side, {})
            if "software_version" in values or "proto_version" in values:
                words = [values.get("software_version", ""), values.get("comments", "")]
                banner = f"SSH-{values.get('proto_version', '')}-{' '.join(words)}".rstrip()
                known = PORT in (str(event["src_port"]), str(event["dest_port"])) and event["src_port"] != event["dest_port"]
                found.add((key, "banner", side if known else "", banner))
            if "hassh" in values:
                found.add((key, kind, "", values["hassh"]))
    return found, keys


def compare(want, have, keys, captures, counts):
    name, known = captures.capture, known_values()
    for item in sorted(want, key=str):
        if item[0] not in keys and (item[0] in captures.tunnelled or not captures.supported):
            counts["apart", item[1]] += 1
            continue
        counts["want", item[1]] += 1
        counts["found", item[1]] += item in have
        if item not in have:
            print(f"missed: {name}: {item}")
    for item in sorted(have, key=str):
        counts["have", item[1]] += 1
        right = item in want or (name, "SSH " + item[1], item[3]) in known
        counts["right", item[1]] += right
        if not right:
            print(f"not in the oracle: {name}: {item}")


def show(counts):
    holds = True
    print(f"{'':12} {'found':>6} {'of':>6} {'recall':>8} {'right':>6} {'of':>6} {'precision':>10} {'apart':>6}   least {LEAST}")
    for kind in KINDS:
        shares = [100 * counts[a, kind] / counts[b, kind] if counts[b, kind] else 0.0 for a, b in (("found", "want"), ("right", "have"))]
        print(f"{kind:12} {counts['found', kind]:6} {counts['want', kind]:6} {shares[0]:8.3f} {counts['right', kind]:6} "
              f"{counts['have', kind]:6} {shares[1]:10.3f} {counts['apart', kind]:6}")
        holds &= min(shares) >= LEAST
    return holds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla", default=os.path.join(TOP, "bin", "kukla"))
    parser.add_argument("--captures", default=os.path.join(os.environ.get("KUKLA_SHARED", os.path.join(TOP, "..", "shared")), "captures"))
    args = parser.parse_args()
    need(args.kukla, "the program")
    need(os.path.join(args.captures, "oracle", "ssh.tsv"), "the set of captures with oracles (KUKLA_SHARED)")
    want, counts, broken = expected(args.captures), collections.Counter(), 0
    refs = reference.load(args.captures, lambda name: name in want)
    for name in sorted(want):
        status, text, said = replay(os.path.abspath(args.kukla), args.captures, name)
        if status not in (0, 2):
            print(f"{name}: exit {status}: {said.strip()[-300:]}")
            broken += 1
        elif name in refs:
            compare(want[name], *seen(text), refs[name], counts)
    return 0 if show(counts) and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
