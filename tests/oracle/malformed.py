#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every capture that is not sound, whole and cut at every 97th octet, through the whole probe in one process (fuzz_capture).

malformed.py FUZZ_CAPTURE CAPTURES

Those of fuzzers, those that are cut or that libpcap does not finish, and those in which tshark finds something malformed. The program
ends itself where the books do not close or the work is not bounded; a sanitizer ends it, too. 77 where the captures are not there."""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

STRIDE = 97


def rows(folder, name):
    with open(os.path.join(folder, "oracle", name), encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def unsound(folder):
    unfinished = {row["capture"] for row in rows(folder, "libpcap.tsv") if row["opens"] != "yes" or row["ends_with"] != "end of file"}
    return [row["capture"] for row in rows(folder, "captures.tsv")
            if row["class"] != "ok" or row["capture"] in unfinished or int(row["malformed_frames"] or 0)]


def main():
    program, folder = sys.argv[1:]
    if not os.path.exists(os.path.join(folder, "oracle", "captures.tsv")):
        print("skipped: the set of captures with oracles is not there (KUKLA_SHARED)")
        return 77
    names = unsound(folder)
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            shutil.copyfile(os.path.join(folder, name), os.path.join(scratch, name.replace("/", "__")))
        run = subprocess.run([program, scratch, str(STRIDE)], check=False)
    print(f"{len(names)} captures, exit {run.returncode}")
    return 1 if run.returncode or not names else 0


if __name__ == "__main__":
    sys.exit(main())
