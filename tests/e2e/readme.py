#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run every command that README.md shows in a `sh` block, in its order and from the top of the checkout: each must end with 0."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOT_HERE = {"./dev test": "is what runs this"}


def main():
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```sh\n(.*?)^```", file.read(), re.M | re.S)
    commands = [line for block in blocks for line in block.splitlines() if line.strip() and not line.startswith("#")]
    wrong = 0
    for command in commands:
        if command in NOT_HERE:
            continue
        run = subprocess.run(command, shell=True, cwd=TOP, capture_output=True, text=True, check=False, timeout=600)
        said = (run.stdout + run.stderr).strip()
        if run.returncode or not said and "--eve" not in command and "-o " not in command:
            wrong += 1
            print(f"$ {command}\nexit {run.returncode}: {said[-1500:] or 'and said nothing'}")
    print(f"{len(commands)} commands, {wrong} wrong")
    return 1 if wrong or len(commands) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
