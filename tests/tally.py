#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sum the test logs of several builds: tally.py [broken:BUILD]... BUILD...

Says why each test was skipped and which failed; the last line is `N passed, N failed, N skipped`."""
import json
import os
import re
import sys

PASSED = {"OK", "EXPECTEDFAIL"}


def skip_reason(test):
    said = test.get("stdout", "") + test.get("stderr", "")
    tap = re.search(r"#\s*SKIP\S*\s+(.+)", said, re.I)
    lines = [line for line in said.splitlines() if line.strip()]
    return tap[1] if tap else lines[-1] if lines else "it does not say why"


def tests_of(build):
    """(name, result, reason); a test program that counts as several in TAP counts as one here."""
    path = os.path.join(build, "meson-logs", "testlog.json")
    if not os.path.exists(path):
        yield "all tests", "FAIL", "no log: the build or the run broke"
        return
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            yield test["name"].strip(), test["result"], skip_reason(test)


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0}
    broken = [word.removeprefix("broken:") for word in sys.argv[1:] if word.startswith("broken:")]
    for build in (word for word in sys.argv[1:] if ":" not in word):
        for name, result, reason in [(build, "FAIL", "does not build")] if build in broken else tests_of(build):
            outcome = "passed" if result in PASSED else "skipped" if result == "SKIP" else "failed"
            count[outcome] += 1
            if outcome == "skipped":
                print(f"skipped: {build}: {name}: {reason}")
            elif outcome == "failed":
                print(f"FAILED: {build}: {name}: {result.lower()}" + (f": {reason}" if build in broken else ""))
    print(", ".join(f"{number} {outcome}" for outcome, number in count.items()))
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
