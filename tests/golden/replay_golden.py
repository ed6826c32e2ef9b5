#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print what `kukla replay` makes of one capture of packets.py: exit status, standard error, and the records as --eve.

replay_golden.py KUKLA NAME. The stats line is left out: its counters would change every file when one is added. A record is
spread over lines so that a difference is easy to read."""
import json
import os
import subprocess
import sys
import tempfile

from packets import captures


def main():
    kukla, name = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name + ".pcap")
        with open(path, "wb") as file:
            file.write(captures()[name])
        run = subprocess.run([kukla, "replay", "--quiet", "--no-signatures", "--eve", "-", path], capture_output=True, text=True, check=False)
    print(f"exit {run.returncode}")
    print(run.stderr.replace(folder + os.sep, ""), end="")
    events = [json.loads(line) for line in run.stdout.splitlines()]
    for event in events:
        if event["event_type"] != "stats":
            print(json.dumps(event, indent=1, ensure_ascii=False))
    return 0 if run.returncode in (0, 2) and events and events[-1]["ledger"]["residual"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
