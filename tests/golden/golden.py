#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""golden.py EXPECTED COMMAND...: what COMMAND prints is what the file EXPECTED holds.

With KUKLA_GOLDEN=update (that is `./dev golden`) the file is written anew: read the difference before you commit it."""
import difflib
import os
import subprocess
import sys


def main():
    expected, command = sys.argv[1], sys.argv[2:]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        print(f"exit {run.returncode} of {command[0]}")
        return 1
    if os.environ.get("KUKLA_GOLDEN") == "update":
        with open(expected, "w", encoding="utf-8") as file:
            file.write(run.stdout)
        return 0
    if not os.path.exists(expected):
        print(f"{expected} is not there: ./dev golden makes it")
        return 1
    with open(expected, encoding="utf-8") as file:
        difference = list(difflib.unified_diff(file.read().splitlines(), run.stdout.splitlines(), "expected", "now", lineterm=""))
    print("\n".join(difference[:60]), end="\nif that is right: ./dev golden\n" if difference else "")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
