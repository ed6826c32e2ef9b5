#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""csv_cells.py KUKLA: what a capture says is no formula in a spreadsheet, and no more than one cell."""
import csv
import io
import os
import pty
import subprocess
import sys
import tempfile
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden"))
import packets  # noqa: E402

KUKLA = os.path.abspath(sys.argv[1])
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
PLAIN = ["agent/1", 'a "quoted", one', "a=b", "'=1"]


def run(*words):
    return subprocess.run([KUKLA, *words], capture_output=True, check=True).stdout.decode()


def on_terminal(*words):
    """What a terminal is sent."""
    master, slave = pty.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    with subprocess.Popen([KUKLA, *words], stdout=slave) as child:
        os.close(slave)
        said = b""
        try:
            while piece := os.read(master, 65536):
                said += piece
        except OSError:  # nobody writes any more
            pass
        os.close(master)
    assert child.returncode == 0
    return said


def terminal():
    """A file keeps the octets of a capture, a terminal does not do what they say."""
    agent = 'a\x1b]0;x\x07\x9b31m"\u202e b'
    request = b"GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: " + agent.encode() + b"\r\n\r\n"
    with open("terminal.pcap", "wb") as file:
        file.write(packets.pcap(packets.session(80, [(True, request)])))
    run("replay", "--quiet", "--no-signatures", "--case", "terminal", "terminal.pcap")
    asked = ("flows", "--case", "terminal", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(run(*asked))))
    assert rows[0]["http.http_user_agent"] == agent, rows
    said = on_terminal(*asked)
    assert b'"a\\x1b]0;x\\x07\\xc2\\x9b31m""\\xe2\\x80\\xae b"' in said, said
    assert said.count(b"\n") == 2 and not any(octet < 32 and octet != 10 for octet in said), said


def main():
    requests = [(True, b"GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: " + agent.encode() + b"\r\n\r\n") for agent in FORMULAS + PLAIN]
    for number, request in enumerate(requests):
        with open(f"{number}.pcap", "wb") as file:
            file.write(packets.pcap(packets.session(80, [request])))
        run("replay", "--quiet", "--no-signatures", "--case", f"case{number}", f"{number}.pcap")
        rows = list(csv.DictReader(io.StringIO(run("flows", "--case", f"case{number}", "--format", "csv"))))
        agent = (FORMULAS + PLAIN)[number]
        assert len(rows) == 1 and rows[0]["http.http_user_agent"] == ("'" if agent in FORMULAS else "") + agent, (agent, rows)


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    main()
    terminal()
    os.chdir("/")
