#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run every command that README.md and docs/usage.md show in a `sh` block, in that order and from the top of the checkout: each must
end with 0."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = ("README.md", os.path.join("docs", "usage.md"))
NOT_HERE = {"./dev test": "is what runs this"}


def broken_links():
    """Relative links of all pages that lead nowhere."""
    pages = [os.path.join(TOP, name) for name in os.listdir(TOP) if name.endswith(".md")]
    for folder, _, names in os.walk(os.path.join(TOP, "docs")):
        pages += [os.path.join(folder, name) for name in names if name.endswith(".md")]
    for page in sorted(pages):
        with open(page, encoding="utf-8") as file:
            for target in re.findall(r"\]\(([^)#]+)", file.read()):
                if "://" not in target and not os.path.exists(os.path.join(os.path.dirname(page), target)):
                    yield f"{os.path.relpath(page, TOP)}: {target} is not there"


def main():
    blocks = []
    for page in PAGES:
        with open(os.path.join(TOP, page), encoding="utf-8") as file:
            blocks += re.findall(r"^```sh\n(.*?)^```", file.read(), re.M | re.S)
    commands = [line for block in blocks for line in block.splitlines() if line.strip() and not line.startswith("#")]
    links = list(broken_links())
    print(*links, sep="\n", end="\n" if links else "")
    wrong = len(links)
    for command in commands:
        if command in NOT_HERE:
            continue
        run = subprocess.run(command, shell=True, cwd=TOP, capture_output=True, text=True, check=False, timeout=600)
        said = (run.stdout + run.stderr).strip()
        if run.returncode or not said and not re.search("--quiet|--eve|-o ", command):
            wrong += 1
            print(f"$ {command}\nexit {run.returncode}: {said[-1500:] or 'and said nothing'}")
    print(f"{len(commands)} commands, {wrong} wrong")
    return 1 if wrong or len(commands) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
