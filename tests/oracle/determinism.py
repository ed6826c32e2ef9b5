#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same capture gives the same --eve, octet for octet, for one worker, for two, and on a second run.

determinism.py [--kukla PROGRAM] [--captures DIR] [--all] [CAPTURE...]

Without --all or names every 40th capture of the set (--every) and the largest ones; 77 when set or program are not there."""
import argparse
import concurrent.futures
import glob
import os
import sys

from eve import replay
from oracle import TOP, need

LARGEST = 10


def first_difference(a, b):
    for number, (left, right) in enumerate(zip(a.splitlines(), b.splitlines()), 1):
        if left != right:
            return f"line {number}:\n  {left[:300]}\n  {right[:300]}"
    return f"{len(a.splitlines())} lines and {len(b.splitlines())}"


def compare(kukla, folder, capture):
    first = replay(kukla, folder, capture, ("--workers", "1"))
    for title, extra in (("two workers", ("--workers", "2")), ("second run", ("--workers", "1"))):
        other = replay(kukla, folder, capture, extra)
        if other[0] != first[0]:
            return f"{capture}: {title}: exit {other[0]}, before {first[0]}: {other[2][-200:]}"
        if other[1] != first[1]:
            return f"{capture}: {title}: {first_difference(first[1], other[1])}"
    return None if first[1] else f"{capture}: no line"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla", default=os.path.join(TOP, "bin", "kukla"))
    parser.add_argument("--captures", default=os.path.join(os.environ.get("KUKLA_SHARED", os.path.join(TOP, "..", "shared")), "captures"))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--every", type=int, default=40, metavar="N")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("capture", nargs="*")
    args = parser.parse_args()
    need(args.kukla, "the program")
    captures = args.capture
    if not captures:
        need(os.path.join(args.captures, "MANIFEST.tsv"), "the set of captures (KUKLA_SHARED)")
        found = sorted(path for path in glob.glob(os.path.join(args.captures, "*", "*"))
                       if os.path.basename(os.path.dirname(path)) not in ("oracle", "LICENSES"))
        largest = sorted(found, key=os.path.getsize)[-LARGEST:]
        captures = found if args.all else sorted({*found[::args.every], *largest})
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        wrong = [line for line in pool.map(lambda name: compare(os.path.abspath(args.kukla), args.captures, name), captures) if line]
    print("\n".join(wrong[:20]), end="\n" if wrong else "")
    print(f"{len(captures)} captures, {len(wrong)} with differences")
    return 1 if wrong or not captures else 0


if __name__ == "__main__":
    sys.exit(main())
