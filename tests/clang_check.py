#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang_check.py format            every source is as clang-format lays it out
clang_check.py tidy BUILD [FILE...]  clang-tidy finds nothing in what BUILD compiles (or in FILE...)

Exit 77, with the reason, where the tool is missing."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

# BUILD may be gcc's: what clang does not know of its flags is no finding.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error",
         "--extra-arg=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang"]
ROOMS = {"base", "dissectors", "signatures", "probe", "collector"}
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def tool(name):
    found = shutil.which(name)
    if not found:
        print(f"{name} is not installed")
        sys.exit(77)
    return found


def sources():
    listed = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard", "*.c", "*.h"], capture_output=True, text=True,
                            check=True)
    return [name for name in sorted(set(listed.stdout.split())) if os.path.exists(os.path.join(TOP, name))]


def check_format():
    run = subprocess.run([tool("clang-format"), "--dry-run", "--Werror", *sources()], cwd=TOP, check=False)
    if run.returncode:
        print("./dev fmt mends it")
    return run.returncode


def check_tidy(build, wanted):
    clang_tidy = tool("clang-tidy")
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        compiled = sorted({os.path.normpath(os.path.join(entry["directory"], entry["file"])) for entry in json.load(file)})
    ours = [path for path in compiled if os.path.relpath(path, TOP).split(os.sep)[0] in ROOMS]
    if wanted:
        ours = [path for path in ours if path in {os.path.abspath(name) for name in wanted}]

    def run(path):
        return subprocess.run([clang_tidy, "--quiet", "-p", build, *EXTRA, path], capture_output=True, text=True, check=False)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for result in pool.map(run, ours):
            if result.returncode:
                failed += 1
                findings = re.findall(r"^.*: (?:error|warning): .*$", result.stdout + result.stderr, re.M)
                print("\n".join(re.sub(rf"^{TOP}/([^/]+/\.\./)?", "", line) for line in findings) or result.stderr)
    print(f"{len(ours)} files, {failed} with findings")
    return 1 if failed or not ours else 0


if __name__ == "__main__":
    if sys.argv[1] == "format":
        sys.exit(check_format())
    sys.exit(check_tidy(sys.argv[2], sys.argv[3:]))
