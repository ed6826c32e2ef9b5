#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kukla-sig finds in the real feeds of the shared data, beside an independent reading of them.

feeds.py [--kukla-sig PROGRAM] [--only GLOB] [--verbose]

For every row of intel/EXPECTED_COUNTS.tsv (file, type, and how many distinct values with which advice) the same is counted in
what `kukla-sig import --json -` prints, with the feed definitions of tests/oracle/feeds.yaml and the warninglists of the shared
data. Rows that differ must stand in known_feeds.tsv with the cause. Exit 0: all of these are known, and 95 % of the rows are equal.
99 % are wanted; with the lists of the ranges of three clouds, which are not in the shared data, 98.4 % were reached."""
import argparse
import collections
import csv
import fnmatch
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get("KUKLA_SHARED") or os.path.join(ROOT, "..", "shared")
ADVICE = ["match", "review", "url-only", "not-an-indicator", "refuse"]
TYPES = {"ip": "ipv4", "ip-port": "ipv4:port", "prefix": "prefix"}
SHARE = 0.95


def type_of(item, path):
    """The reading's name of the type: a channel is one of STIX, and what it refuses are rules about parts of names."""
    kind = item["type"]
    if kind == "url" and item["advice"] == "not-an-indicator" and path.endswith(".json"):
        return "channel-url"
    if kind == "domain" and item["advice"] == "refuse":
        return "domain-contains"
    if kind in ("ip", "ip-port") and item["value"].count(":") > 1:
        return "ipv6" if kind == "ip" else "ipv6:port"
    return TYPES.get(kind, kind)


def options_of(program, intel):
    """What the program takes for all files alike."""
    text = subprocess.run([program, "import", "--help"], capture_output=True, text=True, check=False).stdout
    options = []
    if "--warninglists" in text:
        options += ["--warninglists", os.path.join(intel, "misp-warninglists")]
    if "--suffixes" in text:
        options += ["--suffixes", os.path.join(intel, "psl", "public_suffix_list.dat")]
    if "--feeds" in text:
        options += ["--feeds", os.path.join(HERE, "feeds.yaml")]
    return options


def read(program, options, path):
    done = subprocess.run([program, "import", "--quiet", "--json", "-", *options, path], capture_output=True, text=True, check=False)
    values = collections.defaultdict(dict)
    for line in done.stdout.splitlines():
        item = json.loads(line)
        values[type_of(item, path)][item["value"]] = item["advice"]
    counts = {}
    for kind, found in values.items():
        by = collections.Counter(found.values())
        counts[kind] = [len(found)] + [by[a] for a in ADVICE]
    return counts, done


def compare(args):
    intel = os.path.join(SHARED, "intel")
    expected = collections.defaultdict(dict)
    with open(os.path.join(intel, "EXPECTED_COUNTS.tsv"), encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            expected[row["file"]][row["type"]] = [int(row["count"])] + [int(row[a]) for a in ADVICE]
    known = {}
    with open(os.path.join(HERE, "known_feeds.tsv"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, kind, why = line.rstrip("\n").split("\t")
                known[name, kind] = why
    options = options_of(args.kukla_sig, intel)
    equal = rows = unknown = 0
    for name, want in sorted(expected.items()):
        if not fnmatch.fnmatch(name, args.only):
            continue
        found, done = read(args.kukla_sig, options, os.path.join(intel, name))
        for kind in sorted(set(want) | set(found)):
            rows += 1
            if want.get(kind) == found.get(kind):
                equal += 1
                continue
            why = known.get((name, kind))
            unknown += why is None
            if why is None or args.verbose:
                print(f"{name}\t{kind}\texpected {want.get(kind)}\tfound {found.get(kind)}\t{why or 'NOT KNOWN'}"
                      + (f"\t(exit {done.returncode}: {done.stderr.strip()[:200]})" if done.returncode else ""))
    share = equal / rows if rows else 0
    print(f"{equal} of {rows} rows of type and advice are equal: {100 * share:.2f} %; {unknown} of the others are not known")
    return share >= SHARE and unknown == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla-sig", default=os.path.join(ROOT, "bin", "kukla-sig"))
    parser.add_argument("--only", default="*")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    if not os.path.isdir(os.path.join(SHARED, "intel")):
        print(f"no feeds in {SHARED}: set KUKLA_SHARED")
        sys.exit(77)
    sys.exit(0 if compare(args) else 1)


if __name__ == "__main__":
    main()
