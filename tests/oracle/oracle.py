#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How right `kukla replay` is, measured against independent tools over real captures nobody here wrote.

oracle.py [--kukla PROGRAM] [--captures DIR] [--only GLOB]... [--verbose] [--json FILE] [--jobs N]

Prints the table and exits 1 when a threshold is missed, 77 when the captures or the program are not there. An item that we have and
no oracle has is an invention, unless known.tsv says who looked and why it is right."""
import argparse
import collections
import fnmatch
import json
import os
import sys
import time

import reference
from eve import observe_all

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
VALUES = ("SNI", "JA3", "JA3S", "JA4", "DTLS JA3", "DTLS JA3S", "DTLS JA4", "DNS names", "DNS names and types", "HTTP hosts", "HTTP User-Agents",
          "HTTP methods", "HTTP statuses")


class Share:
    """So many of so many, with the differences."""

    def __init__(self, name, least=None):
        self.name, self.least = name, least
        self.right = self.total = 0
        self.wrong = collections.defaultdict(list)  # capture: what

    def add(self, capture, right, difference=""):
        self.total += 1
        self.right += bool(right)
        if not right:
            self.wrong[capture].append(difference)

    @property
    def percent(self):
        return 100 * self.right / self.total if self.total else 100.0

    @property
    def holds(self):
        return self.least is None or self.percent >= self.least


class Table:
    def __init__(self, known):
        self.known = known  # {(capture, metric, value)}
        self.shares = {}
        self.seconds = 0.0
        for name, least in (("exit 0 or 2, no sanitizer report, residual 0", 100), ("exit 2 just where libpcap stops", None),
                            ("conversations: packets and octets each way", 99.8), ("conversations: invented none", None),
                            ("Community ID", 100), ("application as ndpiReader", 98), ("JA4 as its authors expect", 100)):
            self.shares[name] = Share(name, least)
        for name in VALUES:  # statuses of hostile and broken answers are read in many ways
            self.shares[name] = Share(name, 98.5 if name == "HTTP statuses" else 99.5)
            self.shares[name + ": invented none"] = Share(name + ": invented none", 100)
        for name in ("apart: conversations on link types that are not read", "apart: conversations in captures libpcap does not finish",
                     "apart: conversations where the oracle is wrong", "apart: values where the oracle is wrong",
                     "apart: conversations inside tunnels", "apart: values inside tunnels",
                     "of these conversations: behind MPLS, PPP, LLC and the like"):
            self.shares[name] = Share(name)
        self.shares["of these conversations: inside tunnels"] = Share("of these conversations: inside tunnels", 99.5)

    def add(self, ref, seen):
        name = ref.capture
        self.shares["exit 0 or 2, no sanitizer report, residual 0"].add(name, not seen.trouble, "; ".join(seen.trouble))
        if ref.supported:
            self.shares["exit 2 just where libpcap stops"].add(name, seen.exit == ref.exits, f"exit {seen.exit}, libpcap {ref.exits}")
        expected = ref.flows["inner" if seen.tunnel else "outer"]
        if ref.fragments:
            seen.flows = reference.fold_fragments(seen.flows)
        if not ref.supported:
            self._apart("apart: conversations on link types that are not read", name, expected, seen)
        elif not ref.readable:
            self._apart("apart: conversations in captures libpcap does not finish", name, expected, seen)
        else:
            self._conversations(ref, seen, expected)
            self._values(ref, seen)
            self._applications(ref, seen, expected)
            if not seen.tunnel:
                hidden = {key: sums for key, sums in ref.flows["inner"].items() if key not in expected}
                self._apart("apart: conversations inside tunnels", name, hidden, seen)

    def _apart(self, title, name, expected, seen):
        for key, sums in expected.items():
            self.shares[title].add(name, seen.flows.get(key) == sums, f"{key}")

    def _conversations(self, ref, seen, expected):
        for key, sums in expected.items():
            if (ref.capture, "conversations", f"protocol {key[0]}") in self.known:
                self.shares["apart: conversations where the oracle is wrong"].add(ref.capture, seen.flows.get(key) == sums, f"{key}")
                continue
            sums = {end: n for end, n in sums.items() if n[0]}
            ours = {end: n for end, n in seen.flows.get(key, {}).items() if n[0]}
            difference = f"{key}: oracle {sums}, ours {ours}"
            self.shares["conversations: packets and octets each way"].add(ref.capture, ours == sums, difference)
            if ref.layers:
                self.shares["of these conversations: behind MPLS, PPP, LLC and the like"].add(ref.capture, ours == sums, difference)
            if seen.tunnel and key in ref.tunnelled:
                self.shares["of these conversations: inside tunnels"].add(ref.capture, ours == sums, difference)
            theirs, own = ref.community_ids.get(key, set()), seen.community_ids[key]
            if key in seen.flows and theirs and not (ref.fragments and key[0] == 44):
                right = own & theirs if len(theirs) >= reference.IDS_MAX else own and own <= theirs
                self.shares["Community ID"].add(ref.capture, right, f"{key}: {sorted(own)[:3]} is not in {sorted(theirs)[:3]}")
        for key in seen.flows:
            self.shares["conversations: invented none"].add(ref.capture, key in expected or key in ref.flows["inner"], f"{key}")

    def _values(self, ref, seen):
        for item in sorted(ref.ja4, key=str):
            right = item in seen.values["JA4"] or (ref.capture, "JA4 expected", item[1]) in self.known
            self.shares["JA4 as its authors expect"].add(ref.capture, right, f"{item}")
        hidden = set() if seen.tunnel else ref.tunnelled
        for metric in VALUES:
            have = seen.values[metric]
            for item in sorted(ref.values[metric], key=str):
                closed = item[0] in hidden or item[0] is None and bool(hidden)
                title = "apart: values inside tunnels" if closed and item not in have else metric
                if (ref.capture, metric + " of tshark", item[1]) in self.known:
                    title = "apart: values where the oracle is wrong"
                self.shares[title].add(ref.capture, item in have, f"{item}")
            allowed = ref.values[metric] | ref.elsewhere[metric]
            for item in sorted(have, key=str):
                right = item in allowed or (None, item[1]) in allowed or (ref.capture, metric, item[1]) in self.known
                self.shares[metric + ": invented none"].add(ref.capture, right, f"{item}")

    def _applications(self, ref, seen, expected):
        for key, name in ref.applications:
            if key in expected and key in ref.payload:
                ours = seen.applications.get(key, set())
                self.shares["application as ndpiReader"].add(ref.capture, name in ours, f"{key}: ndpiReader {name}, ours {sorted(ours)}")

    def holds(self, sample):
        """Of a sample only what must hold for every capture."""
        return all(share.holds for share in self.shares.values() if not sample or share.least == 100)

    def show(self, verbose):
        width = max(map(len, self.shares))
        print(f"{'':{width}}    right      of  percent   least")
        for share in self.shares.values():
            mark = "" if share.holds else "  <- below"
            least = f"{share.least:7}" if share.least is not None else " " * 7
            print(f"{share.name:{width}}  {share.right:7} {share.total:7}  {share.percent:7.3f} {least}{mark}")
            if verbose:
                worst = sorted(share.wrong.items(), key=lambda item: -len(item[1]))
                for capture, differences in worst[:verbose]:
                    print(f"    {len(differences):5} {capture}")
                    for difference in differences[:3]:
                        print(f"          {difference[:400]}")
        print(f"{self.seconds:.0f} s")

    def as_json(self):
        return {share.name: {"right": share.right, "of": share.total, "percent": round(share.percent, 4), "least": share.least,
                             "wrong": share.wrong} for share in self.shares.values()}


def known_values():
    known = {}
    with open(os.path.join(HERE, "known.tsv"), encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                capture, metric, value, why = line.rstrip("\n").split("\t")
                known[capture, metric, value] = why
    return known


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla", default=os.path.join(TOP, "bin", "kukla"))
    parser.add_argument("--captures", default=os.path.join(os.environ.get("KUKLA_SHARED", os.path.join(TOP, "..", "shared")), "captures"))
    parser.add_argument("--only", action="append", metavar="GLOB", help="captures to take; all without it")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth of them: shares below 100 are not asked for then")
    parser.add_argument("--verbose", nargs="?", type=int, const=10, default=0, metavar="N", help="the N worst captures of each line")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def need(path, what):
    if not os.path.exists(path):
        print(f"{what} is not there: {os.path.basename(path)}")
        sys.exit(77)


def main():
    args = arguments()
    need(args.kukla, "the program")
    need(os.path.join(args.captures, "oracle", "flows.tsv"), "the set of captures with oracles (KUKLA_SHARED)")
    wanted = (lambda name: any(fnmatch.fnmatch(name, glob) for glob in args.only)) if args.only else None
    captures = reference.load(args.captures, wanted)
    captures = dict(sorted(captures.items())[::args.every])
    table, begin = Table(known_values()), time.monotonic()
    for seen in observe_all(os.path.abspath(args.kukla), args.captures, list(captures), args.jobs):
        table.add(captures[seen.capture], seen)
    table.seconds = time.monotonic() - begin
    table.show(args.verbose)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(table.as_json(), file, indent=1)
    if not captures:
        print("no capture of that name")
    return 0 if captures and table.holds(args.every > 1) else 1


if __name__ == "__main__":
    sys.exit(main())
