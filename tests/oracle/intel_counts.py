#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare `kukla-sig import --json -` with what an independent reading of the shared feeds found.

intel_counts.py KUKLA-SIG INTEL    INTEL holds EXPECTED_COUNTS.tsv and MANIFEST.tsv

A row is one type in one file, with its count for each advice. Files of formats that are not read yet count as such. Fails when
less than the share REACHED of the rows of readable files is equal, or when a file gives a type that the independent reading
has not for it. Known to differ: lists of popular names and shared addresses are not shipped (`review`), the system's Public
Suffix List is older than theirs, and `name (note)` is a name for us and prose for them."""
import collections
import csv
import json
import os
import re
import subprocess
import sys

ADVICE = ["match", "review", "url-only", "not-an-indicator", "refuse"]
REACHED = 0.95
READ = re.compile(r"meta-threat-research/(killchain|legacy)-[ct]sv/|(amnesty|maltrail)/.*\.txt$")


def expected(intel):
    rows = collections.defaultdict(dict)
    with open(os.path.join(intel, "EXPECTED_COUNTS.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows[row["file"]][row["type"]] = [int(row[a]) for a in ADVICE]
    return rows


def their_type(found):
    """In the words of EXPECTED_COUNTS.tsv."""
    names = {"ip": "ipv6" if ":" in found["value"] else "ipv4", "ip-port": "ipv6:port" if "[" in found["value"] else "ipv4:port"}
    return names.get(found["type"], found["type"])


def imported(program, path):
    run = subprocess.run([program, "import", "--quiet", "--json", "-", path], capture_output=True, check=False)
    if run.returncode:
        return None, run.stderr.decode().strip()
    counts = collections.defaultdict(lambda: [0] * len(ADVICE))
    for line in run.stdout.splitlines():
        found = json.loads(line)
        if found["advice"] != "refuse":
            counts[their_type(found)][ADVICE.index(found["advice"])] += 1
    return counts, None


def main():
    program, intel = sys.argv[1:3]
    if not os.path.isdir(intel):
        print("skipped: no shared feeds")
        return 77
    with open(os.path.join(intel, "MANIFEST.tsv"), encoding="utf-8") as file:
        files = [row["file"] for row in csv.DictReader(file, delimiter="\t")]
    want = expected(intel)
    equal, unequal, not_yet, failed, invented = 0, [], 0, 0, 0
    totals = collections.defaultdict(lambda: [[0, 0] for _ in ADVICE])
    for name in files:
        if not READ.match(name):
            not_yet += len(want.get(name, {}))
            continue
        got, why = imported(program, os.path.join(intel, name))
        if got is None:
            print(f"{name}: not read: {why}")
            failed += 1
            got = {}
        for kind in sorted(set(got) | set(want.get(name, {}))):
            ours, theirs = got.get(kind, [0] * len(ADVICE)), want.get(name, {}).get(kind, [0] * len(ADVICE))
            for i in range(len(ADVICE)):
                totals[kind][i][0] += ours[i]
                totals[kind][i][1] += theirs[i]
            equal += ours == theirs
            invented += kind not in want.get(name, {})
            if ours != theirs:
                unequal.append((name, kind, ours, theirs))
    print(f"{'type':12}" + "".join(f"{a:>22}" for a in ADVICE) + "    (ours / theirs)")
    for kind, cells in sorted(totals.items()):
        print(f"{kind:12}" + "".join(f"{f'{ours} / {theirs}' if ours or theirs else '':>22}" for ours, theirs in cells))
    for name, kind, ours, theirs in unequal:
        print(f"differs: {name}: {kind}: ours {ours}, theirs {theirs}")
    share = equal / max(1, equal + len(unequal))
    print(f"{equal} of {equal + len(unequal)} rows equal ({share:.1%}); {not_yet} rows are of formats not read yet")
    return 0 if share >= REACHED and not failed and not invented else 1


if __name__ == "__main__":
    sys.exit(main())
