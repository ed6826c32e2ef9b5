#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The certificates that `kukla replay` finds, against those that tshark does: SHA-1 of the server's own one.

certificates.py [--kukla PROGRAM] [--captures DIR] [--only GLOB]... [--verbose] [--jobs N]

Captures with a ServerHello before TLS 1.3, as oracle/tls.tsv has them; conversations inside tunnels are shown apart. Exits 1 when a
threshold is missed, 77 when the captures, tshark or the program are not there."""
import argparse
import collections
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import shutil
import subprocess
import sys

import reference
from eve import key_of, replay
from oracle import known_values

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LEAST = 99.5
FIELDS = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "udp.srcport", "tcp.dstport", "udp.dstport",
          "tls.handshake.certificate", "dtls.handshake.certificate")


def servers(captures):
    """{capture: {(conversation, server's address and port)}} of all ServerHellos with a certificate in the clear."""
    found = collections.defaultdict(set)
    for row in reference.rows(captures, "tls.tsv"):
        if row["side"] != "server" or row["layer"] == "quic" or row["supported_versions"] not in ("", "0303", "fefd"):
            continue
        key = reference.conversation(17 if row["l4"] == "udp" else 6, row["src"], row["sport"], row["dst"], row["dport"])
        found[row["capture"]].add((key, (reference.address(row["src"]), int(row["sport"]))))
    return found


def of_tshark(path, ends):
    """{conversation: SHA-1 of each first certificate that its server sent}."""
    command = ["tshark", "-r", path, "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-Y",
               "tls.handshake.certificate or dtls.handshake.certificate", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]
    for field in FIELDS:
        command += ["-e", field]
    run = subprocess.run(command, capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    found = collections.defaultdict(set)
    for line in run.stdout.decode("utf-8", "replace").splitlines():
        values = [value.split(",") if value else [] for value in line.split("\t")]
        values += [[]] * (len(FIELDS) - len(values))
        source, target, sport, dport = (values[i] + values[i + 1] for i in (0, 2, 4, 6))
        certificates = values[8] + values[9]
        if not source or not sport or not certificates:
            continue
        key = reference.conversation(6 if values[4] else 17, source[-1], sport[-1], target[-1], dport[-1])
        if (key, (reference.address(source[-1]), int(sport[-1]))) in ends:
            found[key].add(hashlib.sha1(bytes.fromhex(certificates[0].replace(":", ""))).hexdigest())
    return found


def of_kukla(kukla, captures, capture):
    found = collections.defaultdict(set)
    for line in replay(kukla, captures, capture)[1].splitlines():
        event = json.loads(line)
        if event["event_type"] == "flow" and event.get("tls", {}).get("fingerprint"):
            found[key_of(event)].add(event["tls"]["fingerprint"].replace(":", ""))
    return found


class Count:
    def __init__(self, name, least=None):
        self.name, self.least, self.right, self.wrong = name, least, 0, []

    def add(self, right, what):
        self.right += right
        if not right:
            self.wrong.append(what)

    def show(self, verbose):
        total = self.right + len(self.wrong)
        percent = 100 * self.right / total if total else 100.0
        print(f"{self.name:36} {self.right:6} {total:6}  {percent:7.3f}" + (f"  {self.least}" if self.least else ""))
        for what in self.wrong if verbose else ():
            print("    ", *what)
        return self.least is None or percent >= self.least


def compare(refs, found, counts):
    known = known_values()
    for capture, theirs, ours in found:
        ref = refs[capture]
        hidden = ref.tunnelled - ref.flows["outer"].keys()
        for key, hashes in theirs.items():
            # one flow has one certificate: the first of those that the conversation had
            right = any(one in hashes or (capture, "certificate", one) in known for one in ours.get(key, ()))
            counts["tunnels" if key in hidden and not right else "found"].add(right, (capture, key, sorted(hashes)))
        for key, hashes in ours.items():
            for one in hashes:
                counts["invented"].add(one in theirs.get(key, ()) or (capture, "certificate", one) in known, (capture, key, one))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla", default=os.path.join(TOP, "bin", "kukla"))
    parser.add_argument("--captures", default=os.path.join(os.environ.get("KUKLA_SHARED", os.path.join(TOP, "..", "shared")), "captures"))
    parser.add_argument("--only", action="append", metavar="GLOB")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    if not os.path.exists(args.kukla) or not shutil.which("tshark") or not os.path.exists(
            os.path.join(args.captures, "oracle", "tls.tsv")):
        print("the program, tshark or the set of captures with oracles (KUKLA_SHARED) is not there")
        return 77
    ends = {capture: one for capture, one in servers(args.captures).items()
            if not args.only or any(fnmatch.fnmatch(capture, glob) for glob in args.only)}
    refs = reference.load(args.captures, lambda capture: capture in ends)
    kukla = os.path.abspath(args.kukla)

    def one(capture):
        return capture, of_tshark(os.path.join(args.captures, capture), ends[capture]), of_kukla(kukla, args.captures, capture)
    counts = {"found": Count("certificates of tshark that we have", LEAST), "invented": Count("certificates of ours that it has", LEAST),
              "tunnels": Count("apart: missing inside tunnels")}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        compare(refs, pool.map(one, sorted(ends)), counts)
    print(f"{len(ends)} captures")
    holds = [count.show(args.verbose) for count in counts.values()]
    return 0 if ends and all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
