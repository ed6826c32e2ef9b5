#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""csv_cells.py KUKLA: what a capture says is no formula in a spreadsheet, and no more than one cell."""
import csv
import io
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden"))
import packets  # noqa: E402

KUKLA = os.path.abspath(sys.argv[1])
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
PLAIN = ["agent/1", 'a "quoted", one', "a=b", "'=1"]


def run(*words):
    return subprocess.run([KUKLA, *words], capture_output=True, check=True).stdout.decode()


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
    os.chdir("/")
