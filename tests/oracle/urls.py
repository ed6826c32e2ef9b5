#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No URL of the real feeds is matched by its host: urls.py [--kukla-sig PROGRAM].

All of the shared data's URLs that pass the gate, alone in a database. None of their hosts touches anything, as a name or by its first
page; a URL touches itself, and no other host with its path, exactly if the statistics count it as looked for."""
import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile

import feeds


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2), (words[:3], done.stderr[-2000:])
    return done.stdout


def urls_of(program):
    intel = os.path.join(feeds.SHARED, "intel")
    with open(os.path.join(intel, "EXPECTED_COUNTS.tsv"), encoding="utf-8") as file:
        files = {row["file"] for row in csv.DictReader(file, delimiter="\t") if int(row["url-only"])}
    out = run(program, "import", "--quiet", "--json", "-", *(os.path.join(intel, name) for name in sorted(files)))
    items = [json.loads(line) for line in out.splitlines()]
    return sorted({item["value"] for item in items if item["advice"] == "url-only"})


def compile_urls(program, urls):
    with open("urls.yaml", "w", encoding="utf-8") as file:
        file.write("kukla-signatures: 1\nsets:\n  - source: all\n    values:\n")
        file.writelines(f"      - {{value: {json.dumps(url)}, type: url}}\n" for url in urls)
    run(program, "compile", "-q", "urls.yaml", "-o", "urls.kdb")
    return int(re.search(r"(\d+) looked for", run(program, "stats", "urls.kdb")).group(1))


def touched(program, values):
    """Which of the values touch something."""
    lines = run(program, "test", "urls.kdb", *values).splitlines()
    silent = {line.removesuffix(": nothing") for line in lines if line.endswith(": nothing")}
    return [value for value in values if value not in silent]


def compare(program):
    urls = urls_of(program)
    looked_for = compile_urls(program, urls)
    rest = [re.sub("^[a-z]+://", "", url) for url in urls]
    hosts = sorted({re.split("[/?#:]", one)[0] for one in rest})
    elsewhere = [f"http://elsewhere.example.org/{one.partition('/')[2]}" for one in rest]
    by_host = touched(program, hosts) + touched(program, [f"http://{host}/" for host in hosts])
    found = touched(program, [url for url in urls if not re.search("[?#;]", url)])
    print(f"{len(urls)} URLs of {len(hosts)} hosts, {looked_for} looked for, {len(found)} found; {len(by_host)} by their host")
    assert not by_host, by_host
    assert not touched(program, elsewhere)
    assert len(found) == looked_for


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla-sig", default=os.path.join(feeds.ROOT, "bin", "kukla-sig"))
    args = parser.parse_args()
    if not os.path.isdir(os.path.join(feeds.SHARED, "intel")):
        print("no feeds of the shared data: set KUKLA_SHARED")
        sys.exit(77)
    program = os.path.abspath(args.kukla_sig)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        compare(program)
        os.chdir("/")


if __name__ == "__main__":
    main()
