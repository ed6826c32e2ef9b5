#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""case.py KUKLA STANDIN: kukla as a user runs it, with a probe that sends just what a test wants.

Replay into a case and back out of it, what is said when the probe fails in each way, and that nothing is left behind."""
import csv
import io
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

KUKLA, STANDIN = (os.path.abspath(path) for path in sys.argv[1:3])
failures = []


def run(*words, folder, wait=60):
    ran = subprocess.run([KUKLA, *words], capture_output=True, timeout=wait, check=False, cwd=folder, stdin=subprocess.DEVNULL,
                         env={**os.environ, "TMPDIR": folder})
    return ran.returncode, ran.stdout.decode("utf-8", "strict"), ran.stderr.decode("utf-8", "replace")


def replay(*words, folder):
    named = () if {"--feed", "--signatures"} & set(words) else ("--no-signatures",)
    return run("replay", "--programs", os.path.dirname(STANDIN), *named, *words, folder=folder)


def check(what, holds, *shown):
    if not holds:
        failures.append(what)
        print(f"wrong: {what}", *shown, sep="\n  ")


def left_behind(folder):
    return [name for name in os.listdir(folder) if name.startswith("kukla-")]


def ledger_of(text):
    return json.loads(text.splitlines()[-1])["ledger"]


def there_and_back(folder):
    code, _, said = replay("--case", "c", "--eve", "eve.json", "flows=500", "hits=4", folder=folder)
    check("replay ends with 0", code == 0 and said == "", code, said)
    with open(os.path.join(folder, "eve.json"), encoding="utf-8") as file:
        eve = file.read().splitlines()
    check("a line for each record and the books", len(eve) == 505, len(eve))
    books = ledger_of(eve[-1])
    check("all was received and stored", (books["received"], books["stored"], books["residual"]) == (504, 504, 0), books)
    for command, kind in (("flows", "flow"), ("hits", "alert"), ("ledger", "stats")):
        code, text, said = run(command, "--case", "c", "--format", "json", folder=folder)
        want = [line for line in eve if json.loads(line)["event_type"] == kind]
        check(f"{command} gives back the lines of --eve", code == 0 and text.splitlines() == want, said, text[:300])
    code, text, _ = run("flows", "--case", "c", "--where", "tls.sni = www7.example.org and dest_port = 443", "--format", "json", folder=folder)
    check("a filter finds one", [json.loads(line)["tls"]["sni"] for line in text.splitlines()] == ["www7.example.org"], text)
    code, text, _ = run("flows", "--case", "c", "--since", "2023-05-14T07:00:00.4", "--until", "2023-05-14T07:00:00.41", "--format", "json",
                        folder=folder)
    check("since and until", len(text.splitlines()) == 10, text[:300])
    code, text, _ = run("names", "--case", "c", "--limit", "3", "--format", "json", folder=folder)
    check("names", [json.loads(line)["type"] for line in text.splitlines()] == ["tls"] * 3, text)
    code, _, said = replay("--case", "c", "--quiet", "flows=1", folder=folder)
    code, text, _ = run("flows", "--case", "c", "--format", "json", folder=folder)
    check("a second replay comes after the first", len(text.splitlines()) == 501, said)


def for_programs_and_people(folder):
    replay("--case", "c", "--quiet", "flows=300", "hits=2", folder=folder)
    _, text, _ = run("hits", "--case", "c", "--format", "csv", folder=folder)
    rows = list(csv.DictReader(io.StringIO(text)))
    check("CSV reads back", len(rows) == 2 and rows[1]["proto"] in ("TCP", "UDP"), text)
    check("hostile text in CSV", rows[1]["indicator.value"] == "\x1b[2J=cmd|\\xff\"<"[:len(rows[1]["indicator.value"])], rows[1])
    _, text, _ = run("flows", "--case", "c", "--format", "csv", "--limit", "1", folder=folder)
    check("cells of CSV", next(csv.DictReader(io.StringIO(text)))["tcp.tcp_flags_ts"] == "1b", text)
    _, text, _ = run("hits", "--case", "c", folder=folder)
    check("a table has no control characters", not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text) and "\\x1b[2J" in text, text)
    _, text, _ = run("flows", "--case", "c", folder=folder)
    lines = text.splitlines()
    check("a line for each flow and the titles", len(lines) == 301 and lines[0].startswith("Start (UTC)"), lines[:2])
    check("columns are aligned", len({line.index("198.51.") for line in lines[1:]}) == 1, lines[:3])
    _, text, _ = run("ledger", "--case", "c", folder=folder)
    check("the ledger", re.search(r"^stored +302 +records", text, re.M) and "Residual 0" in text, text)


def wrong_commands(folder):
    replay("--case", "c", "--quiet", "flows=1", folder=folder)
    for words, want in ((["flows"], "say --case DIR"), (["flows", "--case", "none"], "none: No such file"),
                        (["flows", "--case", "c", "--where", "tls.snl = 1"], "the nearest is 'tls.sni'"),
                        (["flows", "--case", "c", "--since", "noon"], "--since wants a time"),
                        (["flows", "--case", "c", "--format", "xml"], "table, json or csv"),
                        (["flows", "c"], "what is 'c'?"), (["flosw"], "flows"), ([], "a command is missing"),
                        (["replay"], "nothing to read"), (["replay", "--feed", "a", "--signatures", "b", "x"], "not several"),
                        (["replay", "--programs", "nowhere", "x"], "kukla-probe does not start"),
                        (["replay", "--case", "no/such/folder", "x"], "no/such/folder"),
                        (["replay", "--eve", "no/such/file", "x"], "no/such/file"),
                        (["replay", "--feed", "x", "--programs", "nowhere", "x"], "kukla-sig does not start")):
        code, text, said = run(*words, folder=folder)
        check(f"{words}: exit 1 and why", code == 1 and want in said and not text, code, text, said)
    code, text, said = replay("--eve", "-", "missing", folder=folder)
    check("a capture that is not there", code == 1 and "missing: there is no such file" in said and text == "", code, text, said)


def failing_probes(folder):
    code, text, said = replay("--quiet", "--eve", "-", "flows=20", "partial", folder=folder)
    check("part of the input: 2, and everything before it", code == 2 and len(text.splitlines()) == 21 and "octet 24" in said, code, said)
    code, text, said = replay("--quiet", "--eve", "-", "flows=200", "crash", folder=folder)
    books = ledger_of(text)
    check("a crash: 2 and a clear message", code == 2 and "kukla-probe was ended by signal 9 (Killed) after" in said, code, said)
    check("a crash: the books say what is missing, and that the probe did not write them",
          (books["crash_lost_pkts"], books["residual"], books["stored"], books["reconstructed"]) == (5, 0, 200, 1), books)
    code, text, said = replay("flows=20", "crash", folder=folder)
    check("a crash: the summary claims nothing", "filled in from what arrived" in text and "Residual 0 proves nothing here" in text
          and "accounted for" not in text and "Nothing was lost" not in text, text, said)
    code, text, said = replay("flows=20", folder=folder)
    check("no crash: it does", "Nothing was lost.\nResidual 0: every packet and every record is accounted for." in text, text, said)
    code, text, said = replay("--quiet", "--eve", "-", "flows=20", "forget=3", folder=folder)
    books = ledger_of(text)
    check("records that never came", (books["missing"], books["received"], books["residual"]) == (3, 20, 0), books)
    code, text, said = replay("--quiet", "--eve", "-", "flows=20", "garbage", folder=folder)
    check("a broken stream: 2, what came before is kept", code == 2 and len(text.splitlines()) == 21 and "broken" in said, code, said, text)


def interrupted(folder):
    for number in (signal.SIGINT, signal.SIGTERM):
        child = subprocess.Popen([KUKLA, "replay", "--no-signatures", "--programs", os.path.dirname(STANDIN), "flows=5", "nap=60000"], cwd=folder,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": folder})
        deadline = time.monotonic() + 20
        while not left_behind(folder) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        child.send_signal(number)
        child.communicate(timeout=20)
        check(f"{number.name}: it dies of it", child.returncode == -number, child.returncode)
    started = time.monotonic()
    child = subprocess.Popen([KUKLA, "replay", "--no-signatures", "--programs", os.path.dirname(STANDIN), "--quiet", "--eve", "-", "flows=200000"],
                             cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": folder})
    child.stdout.readline()
    child.stdout.close()
    said = child.stderr.read().decode()
    child.stderr.close()
    check("a reader that goes away: quietly", child.wait(timeout=30) == -signal.SIGPIPE and said == "", child.returncode, said)
    check("a reader that goes away: soon", time.monotonic() - started < 20, time.monotonic() - started)


def on_a_terminal(folder):
    leader, follower = pty.openpty()
    child = subprocess.Popen([KUKLA, "replay", "--no-signatures", "--programs", os.path.dirname(STANDIN), "flows=50", "nap=600", "flows=1"], cwd=folder,
                             stdout=subprocess.DEVNULL, stderr=follower, stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": folder})
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 4096):
            shown += chunk
    except OSError:
        pass
    child.wait(timeout=20)
    os.close(leader)
    check("progress on a terminal", b" % " in shown and b"packets/s" in shown and shown.endswith(b"\r\x1b[K"), shown)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_for(what, holds, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    check(what, holds())


def start_collect(folder, port):
    with open(os.path.join(folder, "collect.yaml"), "w", encoding="utf-8") as file:
        file.write(f"case: k\ncommit-seconds: 1\nlisten:\n  address: 127.0.0.1\n  tcp: {port}\n  udp: {port}\n")
    log = open(os.path.join(folder, "log"), "a", encoding="utf-8")
    child = subprocess.Popen([KUKLA, "collect", "--config", "collect.yaml"], cwd=folder, stderr=log)
    wait_for("collect listens", lambda: f"TCP port {port}, UDP port {port}" in said_in(folder))
    return child


def said_in(folder):
    with open(os.path.join(folder, "log"), encoding="utf-8") as file:
        return file.read()


def flows_in(folder):
    code, text, _ = run("flows", "--case", "k", "--format", "json", folder=folder)
    return len(text.splitlines()) if code == 0 else -1


def ledgers_in(folder):
    _, text, _ = run("ledger", "--case", "k", "--format", "json", folder=folder)
    return [json.loads(line)["ledger"] for line in text.splitlines()]


def collecting(folder):
    port = free_port()
    child = start_collect(folder, port)
    for way in ("tcp", "udp"):
        sent = subprocess.run([STANDIN, "--to", f"{way}:127.0.0.1:{port}", "-r", "flows=100"], capture_output=True, check=False, timeout=20)
        check(f"records go out over {way}", sent.returncode == 0, sent.stderr)
    wait_for("what came is there while it runs", lambda: flows_in(folder) == 200)
    code, _, said = run("collect", "--case", "k", "--listen", f"127.0.0.1:{free_port()}", folder=folder)
    check("a case has one writer", code == 1 and "another process writes there" in said, code, said)
    subprocess.run([STANDIN, "--to", f"tcp:127.0.0.1:{port}", "-r", "flows=50"], check=False, timeout=20)
    child.send_signal(signal.SIGTERM)
    check("a stop is no failure", child.wait(timeout=20) == 0, said_in(folder))
    check("at the stop all is stored", flows_in(folder) == 250, flows_in(folder), said_in(folder))
    os.remove(os.path.join(folder, "log"))
    child = start_collect(folder, port)
    subprocess.run([STANDIN, "--to", f"tcp:127.0.0.1:{port}", "-r", "flows=10"], check=False, timeout=20)
    wait_for("after a restart more comes", lambda: flows_in(folder) == 260)
    child.kill()
    child.wait(timeout=20)
    check("what was committed outlives a kill", flows_in(folder) == 260, flows_in(folder))

    os.remove(os.path.join(folder, "log"))
    child = start_collect(folder, port)
    before = len(ledgers_in(folder))  # of the session just before the kill there may be none
    check("the books of the sessions so far", before in (3, 4), ledgers_in(folder))
    for words in (["flows=40", "forget=2"], ["flows=30", "crash"], ["flows=5"]):
        subprocess.run([STANDIN, "--to", f"tcp:127.0.0.1:{port}", "-r", *words], check=False, timeout=20)
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
    wait_for("a session that is no IPFIX ends", lambda: said_in(folder).count("the session ends") == 4)
    child.send_signal(signal.SIGTERM)
    check("it stops", child.wait(timeout=20) == 0, said_in(folder))
    said = said_in(folder)
    for want in ("over TCP begins", "40 records stored, 0 rejected, 2 missing; its books close", "5 records stored, 0 rejected, 0 missing; its",
                 "30 records stored, 0 rejected, 0 missing; the probe ended without its books", "0 records stored, 0 rejected, 0 missing\n"):
        check(f"collect says '{want}'", want in said, said)
    books = ledgers_in(folder)[before:]
    check("one ledger a session, none where nothing came", [(b["received"], b["stored"], b["missing"], b["reconstructed"], b["residual"])
                                                             for b in books] == [(40, 40, 2, 0, 0), (30, 30, 0, 1, 0), (5, 5, 0, 0, 0)], books)
    _, text, _ = run("ledger", "--case", "k", folder=folder)
    check("the sum claims what it can", f"Of {before + 3} books 1 were filled in" in text and "Residual 0: in the other books" in text, text)
    for words, want in ((["--listen", "nowhere"], "ADDRESS:PORT"), (["--listen", "127.0.0.1:70000"], "ADDRESS:PORT"), ([], "where to?"),
                        (["--config", "none.yaml"], "none.yaml")):
        code, _, said = run("collect", *words, folder=folder)
        check(f"collect {words}: exit 1 and why", code == 1 and want in said, code, said)


def main():
    for case in (there_and_back, for_programs_and_people, wrong_commands, failing_probes, interrupted, on_a_terminal, collecting):
        folder = tempfile.mkdtemp(prefix="case-")
        try:
            case(folder)
            check(f"{case.__name__}: nothing is left behind", not left_behind(folder), left_behind(folder))
        finally:
            shutil.rmtree(folder)
    print(f"{len(failures)} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
