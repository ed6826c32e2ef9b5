#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a packet costs kukla-probe beside ndpiReader and others, on the same captures, on one core, in the same run.

replay_bench.py [--signatures] [--rounds N] [--core N] [--folder DIR] [--write] [CAPTURE...]

Without captures: mix.pcap and storm.pcap of the folder (default $KUKLA_BENCH, else kukla-bench in the folder for temporary
files), made there by tools/mkbench.sh of the shared data (../shared, or $KUKLA_SHARED) if they are not there yet: 2.5 GB.
All take turns, A B C A B C: what else the machine does meanwhile hits all alike. --write puts the tables into docs/benchmarks.md.
--signatures measures kukla-probe without and with what it may match, on mix.pcap: names, hand-written signatures, patterns."""
import argparse
import collections
import datetime
import os
import platform
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = os.path.join(ROOT, "docs", "benchmarks.md")
MARKS = "<!-- ./dev bench {}--write: begin -->\n", "<!-- ./dev bench {}--write: end -->\n"
PEER, OWN = "ndpiReader", "kukla-probe"
DOMAINS, DOMAINS_MANY, SIGNATURES, PATTERNS = 100000, 1000000, 1000, 10000
PATTERNS_OF_ONE = 100  # of one signature
PACKAGES = ["libndpi-bin", "libndpi4.2", "libhyperscan5", "libfixbuf9", "libpcap0.8", "softflowd", "nfdump"]

# What is measured: a title and a command, which is left out where its program is not installed. {capture}, {scratch} (a folder) and
# {domains} (a signature database) are filled in. The peers get room for all flows, as kukla-probe has; nfpcapd's and softflowd's
# expiry is what kukla-probe's is.
CONTENDERS = [
    ("libpcap alone", "build/tests/bench/bench_libpcap {capture}"),
    (OWN, "bin/kukla-probe -r {capture} --to /dev/null"),
    (f"kukla-probe, {DOMAINS:,} domains", "bin/kukla-probe -r {capture} --signatures {domains} --to /dev/null"),
    ("kukla-probe without nDPI", "bin/kukla-probe -r {capture} --classifier none --to /dev/null"),
    (PEER, "ndpiReader -q -i {capture}"),
    ("softflowd", "softflowd -d -r {capture} -v 10 -b -m 2000000 -t maxlife=1800 -t general=120 -c none -p {scratch}/pid"
                  " -n 127.0.0.1:9"),
    ("nfpcapd", "nfpcapd -r {capture} -B 2000000 -e 1800,120 -w {scratch}"),
]

WITH = "bin/kukla-probe -r {capture} --trust {key}.pub --signatures {%s} --to /dev/null"
SIGNATURE_CONTENDERS = [
    CONTENDERS[1],
    (f"{DOMAINS_MANY:,} domains", WITH % "domains"),
    (f"these and {SIGNATURES:,} signatures", WITH % "signatures"),
    (f"these and {PATTERNS:,} patterns", WITH % "patterns"),
]

# prepare(scratch): what is filled in beside {capture} and {scratch}. A ratio is of the peer to each, or of each to the peer.
Mode = collections.namedtuple("Mode", "word contenders peer is_cost prepare")


def run(command, core):
    """(CPU seconds, wall seconds, peak MB, standard output) of a command on one core."""
    with tempfile.TemporaryFile() as out:
        start = os.times().elapsed
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                 preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = os.times().elapsed - start
        out.seek(0)
        text = out.read().decode(errors="replace")
    if child.returncode:
        sys.exit(f"{shlex.join(command)}: exit status {child.returncode}\n{text[-2000:]}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, text


def captures_of(folder):
    """The two captures; made first if need be."""
    names = [os.path.join(folder, name) for name in ("mix.pcap", "storm.pcap")]
    if not all(map(os.path.exists, names)):
        shared = os.environ.get("KUKLA_SHARED") or os.path.join(ROOT, "..", "shared")
        script = os.path.join(shared, "tools", "mkbench.sh")
        if not os.path.exists(script):
            sys.exit(f"no captures in {folder}, and no {script} to make them: name captures, or set KUKLA_SHARED")
        subprocess.run(["sh", script, os.path.join(shared, "captures", "ndpi"), folder], check=True)
    return names


def word(chance, least=3, most=7):
    return "".join(chance.choice("bcdfghklmnprstvwz") + chance.choice("aeiou") for _ in range(chance.randint(least, most)))


def domain(chance):
    return f"{word(chance)}{chance.randint(10, 999)}.{chance.choice(['com', 'net', 'org', 'info', 'online', 'site'])}"


def compile_set(database, least, *words):
    """At least so many indicators must come of it."""
    done = subprocess.run(["bin/kukla-sig", "compile", *words, "-o", database], cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) indicators", done.stderr)
    if done.returncode or not found or int(found.group(1)) < least:
        sys.exit(f"{database} did not compile: {done.stderr}")
    return database


def make_domains(scratch, count=DOMAINS):
    """A feed of made-up domains, the same every time."""
    chance = random.Random(1)
    feed = os.path.join(scratch, "domains.txt")
    names = set()
    while len(names) < count:
        names.add(domain(chance))
    with open(feed, "w", encoding="ascii") as f:
        f.write("\n".join(sorted(names)) + "\n")
    return feed


def prepare_domains(scratch):
    return {"domains": compile_set(os.path.join(scratch, "domains.kdb"), DOMAINS * 0.99, make_domains(scratch))}


def signature(chance, number):
    """Of a name alone, of a name and a port, of a host and a path, of a name and a fingerprint."""
    name, form = domain(chance), number % 4
    if form == 0:
        match = f"{{dns.queries.rrname: {{suffix: {name}}}}}"
    elif form == 1:
        match = f"{{tls.sni: {{suffix: {name}}}, dest_port: [443, 8000-8999]}}"
    elif form == 2:
        match = f"{{http.hostname: {{suffix: {name}}}, http.url: {{prefix: /{word(chance)}/}}}}"
    else:
        match = f"{{tls.sni: {name}, not: {{tls.ja4: t13d1516h2_8daaf6152771_{chance.getrandbits(48):012x}}}}}"
    return f"- {{name: signature {number}, match: {match}}}\n"


def patterns(chance, number):
    """One signature; half of its patterns are wildcards, half regular expressions, half of each over TLS and over DNS."""
    lines = [f"- name: patterns {number}\n  match:\n    any:\n"]
    for field in ("tls.sni", "dns.queries.rrname"):
        for kind in ("wildcard", "regex"):
            texts = []
            for _ in range(PATTERNS_OF_ONE // 4):
                name = domain(chance)
                texts.append(f"'{word(chance)}-*.{name}'" if kind == "wildcard" else "'^%s[0-9]{1,3}\\.%s$'" % (word(chance), name.replace(".", "\\.")))
            lines.append(f"    - {field}: {{{kind}: [{', '.join(texts)}]}}\n")
    return "".join(lines)


def prepare_signatures(scratch):
    """Three sets, each has what the one before it has. They are signed: patterns of others would be compiled at each start."""
    chance = random.Random(2)
    key = os.path.join(scratch, "bench.key")
    done = subprocess.run(["bin/kukla-sig", "keygen", "-o", key], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    of = PATTERNS // PATTERNS_OF_ONE
    parts = {"domains": None, "signatures": [signature(chance, i) for i in range(SIGNATURES)], "patterns": [patterns(chance, i) for i in range(of)]}
    feeds, least, fill = [make_domains(scratch, DOMAINS_MANY)], DOMAINS_MANY * 0.99, {"key": key}
    for name, lines in parts.items():
        if lines:
            feeds.append(os.path.join(scratch, name + ".yaml"))
            least += len(lines)
            with open(feeds[-1], "w", encoding="ascii") as f:
                f.write("kukla-signatures: 1\nsignatures:\n" + "".join(lines))
        fill[name] = compile_set(os.path.join(scratch, name + ".kdb"), least, "--sign", key, *feeds)
    return fill


MODES = [Mode("", CONTENDERS, PEER, False, prepare_domains), Mode("--signatures ", SIGNATURE_CONTENDERS, OWN, True, prepare_signatures)]


def commands(mode, capture, scratch, fill):
    """[(title, command)] of what is installed."""
    all_of = [(title, shlex.split(text.format(capture=capture, scratch=scratch, **fill))) for title, text in mode.contenders]
    return [(title, c) for title, c in all_of if "/" in c[0] or shutil.which(c[0])]


def measure(mode, capture, args, scratch, fill):
    """{title: [(CPU, wall, MB)]}, the number of packets, {title: CPU seconds of a capture without packets}."""
    empty = os.path.join(scratch, "empty.pcap")
    with open(empty, "wb") as f:
        f.write(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    contenders = commands(mode, capture, scratch, fill)
    start = {title: statistics.median(run(command, args.core)[0] for _ in range(3)) for title, command in commands(mode, empty, scratch, fill)}
    counter = shlex.split(CONTENDERS[0][1].format(capture=capture))
    packets = int(run(counter, args.core)[3])  # and the capture is in memory now
    runs = {title: [] for title, _ in contenders}
    for turn in range(args.rounds):
        for title, command in contenders:
            result = run(command, args.core)
            runs[title].append(result[:3])
            print(f"  round {turn + 1}: {title}: {result[0]:.2f} s CPU, {result[1]:.2f} s, {result[2]:.0f} MB", file=sys.stderr)
    return runs, packets, start


def ratios(mode, runs, title, start=None):
    """Of each round: how many times as fast as the peer, or with is_cost how many times its time; with `start` without that of the start."""
    start = start or collections.Counter()
    pairs = [(peer[0] - start[mode.peer], own[0] - start[title]) for peer, own in zip(runs.get(mode.peer, []), runs[title])]
    return [own / peer if mode.is_cost else peer / own for peer, own in pairs]


def table(mode, runs, packets, start):
    """Lines of Markdown."""
    beside = f"times {mode.peer} | min .. max" + (" | without the start | min .. max" if mode.is_cost else "")
    lines = [f"| | CPU ns a packet | min .. max | Mpps a core | {beside} | start, CPU s | wall s | peak MB |",
             "|---|---:|---:|---:|" + "---:|" * beside.count("|") + "---:|---:|---:|---:|"]
    digits = 2 if mode.is_cost else 1
    for title, results in runs.items():
        ns = [cpu / packets * 1e9 for cpu, _, _ in results]
        cells = []
        for of in [ratios(mode, runs, title)] + ([ratios(mode, runs, title, start)] if mode.is_cost else []):
            cells.append(f"**{statistics.median(of):.{digits}f}** | {min(of):.{digits}f} .. {max(of):.{digits}f}" if of else " | ")
        lines.append(f"| {title} | {statistics.median(ns):,.0f} | {min(ns):,.0f} .. {max(ns):,.0f} | {1e3 / statistics.median(ns):.2f}"
                     f" | {' | '.join(cells)} | {start[title]:.2f} | {statistics.median(wall for _, wall, _ in results):.1f}"
                     f" | {max(mb for _, _, mb in results):.0f} |")
    return lines


def first_line(command, pattern="(.*)"):
    try:
        text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    except OSError:
        return "?"
    found = re.search(pattern, text)
    return found.group(1).strip() if found else "?"


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, {gib:.0f} GiB, Linux {platform.release()}"


def versions():
    own = "kukla " + first_line(["git", "describe", "--always", "--dirty"])
    packages = [f"{p} {v}" for p in PACKAGES if (v := first_line(["dpkg-query", "-W", "-f", "${Version}", p])) not in ("", "?")]
    return ", ".join([own, first_line(["cc", "--version"])] + packages)


def load():
    return "%.1f" % os.getloadavg()[0]


def report(mode, captures, args):
    with tempfile.TemporaryDirectory() as scratch:
        fill = mode.prepare(scratch)
        lines = [f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC. {machine()}.", f"{versions()}.", ""]
        for capture in captures:
            name = os.path.basename(capture)
            before = load()
            print(f"{name}:", file=sys.stderr)
            runs, packets, start = measure(mode, capture, args, scratch, fill)
            lines += [f"### {name}", "", f"{packets:,} packets, {os.path.getsize(capture):,} octets; {args.rounds} rounds; load of the"
                      f" machine {before} before and {load()} after.", ""] + table(mode, runs, packets, start) + [""]
    words = {"capture": "CAPTURE", "scratch": "FOLDER", **{name: os.path.basename(path) for name, path in fill.items()}}
    return "\n".join(lines + ["```sh"] + [text.format(**words) for _, text in mode.contenders] + ["```", ""])


def write(text, begin, end):
    with open(DOCUMENT, encoding="utf-8") as f:
        document = f.read()
    head, tail = document.split(begin)[0], document.split(end)[1]
    with open(DOCUMENT, "w", encoding="utf-8") as f:
        f.write(head + begin + text + end + tail)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--folder", default=os.environ.get("KUKLA_BENCH") or os.path.join(tempfile.gettempdir(), "kukla-bench"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--signatures", action="store_true")
    parser.add_argument("captures", nargs="*")
    args = parser.parse_args()
    mode = MODES[args.signatures]
    captures = [os.path.abspath(c) for c in args.captures] or captures_of(os.path.abspath(args.folder))[:1 if args.signatures else 2]
    text = report(mode, captures, args)
    print(text)
    if args.write:
        write(text, *(mark.format(mode.word) for mark in MARKS))


if __name__ == "__main__":
    main()
