#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples.py SYNTH_PCAP KUKLA KUKLA-PROBE KUKLA-SIG: every line with $ under `examples:` of every --help ends with 0.

They run in one folder, from the database and the case on; a command that waits for a signal gets SIGTERM once it listens."""
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SYNTH, *PROGRAMS = (os.path.abspath(path) for path in sys.argv[1:])
NAMES = {os.path.basename(path): path for path in PROGRAMS}
FIRST = ("kukla-sig keygen", "kukla-sig compile", "kukla replay")  # make what the rest reads


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


def examples_of(program):
    """The examples of a program and of its commands; each must have one."""
    text = said(program, "--help")
    commands = re.findall(r"^  (\w+) ", text.split("commands:\n")[1], re.M) if "commands:\n" in text else [None]
    for command in commands:
        text = said(program, command, "--help") if command else text
        found = re.findall(r"^  \$ (.+)$", text.partition("examples:\n")[2], re.M)
        if not found:
            raise SystemExit(f"{program} {command}: --help has no example")
        yield from found


def prepare(folder):
    os.makedirs(os.path.join(folder, "signatures"))
    shutil.copytree(os.path.join(TOP, "signatures", "packs"), os.path.join(folder, "signatures", "packs"))
    shutil.copy(os.path.join(TOP, "signatures", "packs", "example.csv"), os.path.join(folder, "feeds.csv"))
    subprocess.run([SYNTH, os.path.join(folder, "capture.pcap"), "seed=1", "flows=200"], check=True, stdout=subprocess.DEVNULL)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def run(command, folder):
    words = shlex.split(command.replace("4739", str(free_port())))
    if words[0] not in NAMES:
        return -1, "names no program of ours"
    with open(os.path.join(folder, "log"), "w+", encoding="utf-8") as log:
        child = subprocess.Popen([NAMES[words[0]], *words[1:]], cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        waits = words[:2] == ["kukla", "collect"] and "--print-config" not in words
        end = time.monotonic() + 60
        while waits and child.poll() is None and time.monotonic() < end:
            with open(log.name, encoding="utf-8") as file:
                if "listening on" in file.read():
                    child.send_signal(signal.SIGTERM)
                    break
            time.sleep(0.05)
        child.wait(timeout=60)
        log.seek(0)
        return child.returncode, log.read()


def main():
    commands = [command for program in PROGRAMS for command in examples_of(program)]
    commands.sort(key=lambda command: [command.startswith(first) for first in FIRST], reverse=True)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="examples-") as folder:
        prepare(folder)
        for command in commands:
            status, text = run(command, folder)
            if status:
                wrong += 1
                print(f"$ {command}\nexit {status}: {text[-1500:]}")
    print(f"{len(commands)} examples, {wrong} wrong")
    return 1 if wrong or len(commands) < len(PROGRAMS) else 0


if __name__ == "__main__":
    sys.exit(main())
