#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many of the sites that copied media were found as look-alikes of those media, and what else was.

lookalike.py [--kukla-sig PROGRAM] [--verbose]

brands.yaml names the media. It is compiled and asked (`kukla-sig test`) about three sets of names of the shared data:

  labelled  names that their publisher calls a copy of a medium: the tag Média-Légitime-Imité of dima/Doppelganger.csv
  listed    names of VIGINUM's list of RRN and of Meta's rows "spoofing news or government sites" that by a plain reading
            are near a medium: its label is in the name, or is two edits away at most (one for labels below five letters)
  others    the other names of these files, and all of Meta's file of Doppelganger: sites of the operation's own
  popular   the lists of popular names in misp-warninglists

Recall is the share of the first two that is found, by kind; precision the share of labelled and listed names among all names of
the operation that are found; of popular names every one that is found is wrong, but for the media's own, which are nobody's
look-alike. Below the shares that stand here the test fails."""
import argparse
import collections
import csv
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get("KUKLA_SHARED") or os.path.join(ROOT, "..", "shared")
POPULAR = ["tranco10k", "moz-top500", "cisco_top1000", "cloudflare-top1k", "university_domains", "bank-website"]
KINDS = ["suffix", "homoglyph", "edit", "word"]
NAME = re.compile(r"^[a-z0-9_-]+(\.[a-z0-9_-]+)+$")
HIT = re.compile(r"^(\S+): look-alike of (\S+): \S+ \((\w+)\), ")
LABELLED_RECALL = 0.92
LISTED_RECALL = 0.93
PRECISION = 0.97
POPULAR_SHARE = 0.0012


def refang(text):
    return text.strip().lower().replace("[.]", ".").strip(".")


def names_of(values):
    return {name for name in map(refang, values) if NAME.match(name)}


def distance(a, b):
    """Edits with swapped neighbours, by the table."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (x != y)))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], rows[i - 2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def is_near(name, labels):
    parts = name.split(".")[:-1]
    for label in labels:
        for part in parts:
            if part == label or (len(label) >= 5 and label in part) or distance(part, label) <= (2 if len(label) >= 5 else 1):
                return True
    return False


def read_operation(intel):
    labelled, spoofing, others = set(), set(), set()
    with open(os.path.join(intel, "dima", "Doppelganger.csv"), encoding="utf-8") as f:
        for row in csv.DictReader(f):
            (labelled if "Média-Légitime-Imité" in row["tags"] else others).add(row["domain"])
    with open(os.path.join(intel, "viginum", "NDD_RRN.csv"), encoding="utf-8") as f:
        spoofing.update(row["domain name"] for row in csv.DictReader(f))
    for path in glob.glob(os.path.join(intel, "meta-threat-research", "killchain-csv", "*")):
        with open(path, encoding="utf-8-sig", newline="") as f:
            for row in csv.reader(f):
                if "Doppelganger" in path or any("spoofing news" in cell for cell in row):
                    (spoofing if any("spoofing news" in cell for cell in row) else others).update(row[3:4])
    return names_of(labelled), names_of(spoofing), names_of(others)


def read_popular(intel):
    names = set()
    for folder in POPULAR:
        with open(os.path.join(intel, "misp-warninglists", folder + ".json"), encoding="utf-8") as f:
            names |= names_of(json.load(f)["list"])
    return names


def ask(program, database, names):
    """Which names look like which, and how."""
    found, names = collections.defaultdict(list), sorted(names)
    for at in range(0, len(names), 1000):
        done = subprocess.run([program, "test", database, *names[at:at + 1000]], capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            match = HIT.match(line)
            if match:
                found[match[1]].append((match[3], match[2]))
    return found


def row(title, names, found):
    hits = [name for name in names if name in found]
    kinds = collections.Counter(min((kind for kind, _ in found[name]), key=KINDS.index) for name in hits)
    share = len(hits) / len(names) if names else 0
    print(f"| {title} | {len(names):,} | {len(hits)} | {100 * share:.2f} % | " + " | ".join(str(kinds[k]) for k in KINDS) + " |")
    return len(hits), share


def measure(args):
    intel = os.path.join(SHARED, "intel")
    with open(os.path.join(HERE, "brands.yaml"), encoding="utf-8") as f:
        media = re.findall(r"^      - (\S+)$", f.read(), re.M)
    labels = {name.split(".")[0] for name in media}
    labelled, spoofing, others = read_operation(intel)
    listed = {name for name in spoofing if is_near(name, labels)} - labelled
    others = (others | spoofing) - listed - labelled
    popular = read_popular(intel) - labelled - listed - others
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "brands.kdb")
        subprocess.run([args.kukla_sig, "compile", "-q", os.path.join(HERE, "brands.yaml"), "-o", database], check=True)
        found = ask(args.kukla_sig, database, labelled | listed | others | popular)
    print(f"{len(media)} protected names\n\n| names | count | found | share | " + " | ".join(KINDS) + " |\n|---|---|---|---|" + "---|" * len(KINDS))
    true_labelled, labelled_share = row("labelled", labelled, found)
    true_listed, listed_share = row("listed", listed, found)
    wrong, _ = row("others of the operation", others, found)
    _, popular_share = row("popular", popular, found)
    true = true_labelled + true_listed
    precision = true / (true + wrong)
    print(f"\nprecision among the operation's names: {true} of {true + wrong}, {100 * precision:.2f} %")
    if args.verbose:
        for title, names in (("labelled", labelled), ("listed", listed)):
            print(f"{title}, not found:", *sorted(n for n in names if n not in found))
        for title, names in (("others", others), ("popular", popular)):
            print(f"{title}, found:", *(f"{n} ({found[n][0][0]} of {found[n][0][1]})" for n in sorted(names) if n in found))
    return (labelled_share >= LABELLED_RECALL and listed_share >= LISTED_RECALL and precision >= PRECISION
            and popular_share <= POPULAR_SHARE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla-sig", default=os.path.join(ROOT, "bin", "kukla-sig"))
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    if not os.path.isdir(os.path.join(SHARED, "intel")):
        print(f"no feeds in {SHARED}: set KUKLA_SHARED")
        sys.exit(77)
    sys.exit(0 if measure(args) else 1)


if __name__ == "__main__":
    main()
