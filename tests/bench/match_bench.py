#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What signatures cost: match_bench.py [--rounds N] [--core N] [--write] [DOMAINS...].

Tables of bench_match (by default 10 to a million domains) and bench_patterns, and what kukla-sig and kukla-probe take for the largest of
these sets: a feed of it compiled, and the probe started with it on a capture without packets. --write puts them into docs/benchmarks.md."""
import argparse
import datetime
import os
import random
import statistics
import sys
import tempfile

import replay_bench

BEGIN, END = "<!-- match_bench.py --write: begin -->\n", "<!-- match_bench.py --write: end -->\n"
SUFFIXES = 6 * ["com"] + ["online", "net", "org", "site", "top", "co.uk"]
EMPTY_CAPTURE = "d4c3b2a1020004000000000000000000ffff000001000000"
HEADER = ["| | CPU s | min .. max | wall s | peak MB |", "|---|---:|---:|---:|---:|"]


def write_feed(path, count):
    """Domains of 6 to 20 letters, as bench_match makes them; the same every time."""
    chance = random.Random(1)
    names = {}
    while len(names) < count:
        names["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(6, 20))) + "." + chance.choice(SUFFIXES)] = True
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(names) + "\n")


def row(title, results):
    cpu = [one[0] for one in results]
    return (f"| {title} | {statistics.median(cpu):.2f} | {min(cpu):.2f} .. {max(cpu):.2f} | "
            f"{statistics.median(one[1] for one in results):.2f} | {max(one[2] for one in results):.0f} |")


def programs(count, args, folder):
    """Lines of the second table."""
    feed, database, capture = (os.path.join(folder, name) for name in ("feed.txt", "signatures.kdb", "empty.pcap"))
    writer = os.fork()  # so that its memory is not that of the programs, which begin as copies of this one
    if writer == 0:
        write_feed(feed, count)
        os._exit(0)
    os.waitpid(writer, 0)
    with open(capture, "wb") as file:
        file.write(bytes.fromhex(EMPTY_CAPTURE))
    probe = ["bin/kukla-probe", "-r", capture, "--to", "/dev/null", "--classifier", "none"]
    contenders = {f"`kukla-sig compile` of a feed with {count:,} domains": ["bin/kukla-sig", "compile", "-q", feed, "-o", database],
                  "`kukla-probe` on a capture without packets": probe,
                  f"the same with {count:,} domains": [*probe, "--signatures", database]}
    results = {title: [] for title in contenders}
    for _ in range(args.rounds):
        for title, command in contenders.items():
            results[title].append(replay_bench.run(command, args.core)[:3])
    return HEADER + [row(title, of) for title, of in results.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("domains", nargs="*", type=int)
    args = parser.parse_args()
    before = replay_bench.load()
    table = replay_bench.run(["build/tests/bench/bench_match", *map(str, args.domains)], args.core)[3].splitlines()
    table += ["", *replay_bench.run(["build/tests/bench/bench_patterns"], args.core)[3].splitlines()]
    print("\n".join(table), file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        table += [""] + programs(max(args.domains or [1000000]), args, folder)
    text = "\n".join([f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC. {replay_bench.machine()}.",
                      f"{replay_bench.versions()}; load of the machine {before} before and {replay_bench.load()} after.", "", *table, "", ""])
    print(text)
    if args.write:
        replay_bench.write(text, BEGIN, END)


if __name__ == "__main__":
    main()
