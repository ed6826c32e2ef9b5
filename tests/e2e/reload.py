#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""reload.py KUKLA-PROBE KUKLA-SIG SOURCE_ROOT [KUKLA]: sets of signatures as a running probe takes and refuses them."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from programs import write

PROBE, SIG, TOP = (os.path.abspath(path) for path in sys.argv[1:4])
KUKLA = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 else None
WAIT_S = 60


def run(code, program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == code, (words, done.returncode, done.stdout[-500:], done.stderr[-2000:])
    return done.stderr


def compile_set(names, *words):
    feed = write("feed.txt", "".join(f"{name}\n" for name in names))
    run(0, SIG, "compile", "-q", feed, "-o", "x.kdb", *words)


class Running:
    """A probe over made traffic that has no end."""

    def __init__(self, *words):
        self.log = open("log", "w+", encoding="utf-8")
        self.child = subprocess.Popen([PROBE, "--synth", "seed=1", "flows=0", "bytes=0", "--classifier", "none", "--to", "records.ipfix",
                                       "--flows", "20000", "--signatures", "x.kdb", *words], stderr=self.log)

    def said(self):
        with open("log", encoding="utf-8") as file:
            return file.read()

    def wait_for(self, what):
        end = time.monotonic() + WAIT_S
        while what not in self.said():
            assert time.monotonic() < end and self.child.poll() is None, (what, self.said()[-2000:])
            time.sleep(0.05)

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(timeout=WAIT_S)
        assert code == 2, (code, self.said()[-2000:])  # interrupted: of traffic that has no end a part was read
        self.log.close()


def test_following():
    run(0, SIG, "keygen", "-o", "signing.key")
    compile_set(["news.example.org"], "--sign", "signing.key", "--set-version", "5")
    probe = Running("--trust", "signing.key.pub", "--reload", "on", "--workers", "2")
    time.sleep(0.5)
    compile_set(["news.example.org", "m.example.com"], "--sign", "signing.key", "--set-version", "6")
    probe.wait_for("2 indicators")
    compile_set(["www.example.org"], "--set-version", "7")
    probe.wait_for("x.kdb: is not signed")
    compile_set(["www.example.org"], "--sign", "signing.key", "--set-version", "4")
    probe.wait_for("is lower than 6 of the set in use")
    probe.child.send_signal(signal.SIGHUP)
    end = time.monotonic() + WAIT_S
    while probe.said().count("is lower than 6") < 2:
        assert time.monotonic() < end, probe.said()[-2000:]
        time.sleep(0.05)
    write("x.kdb", "KUKLASIG and no more")
    probe.wait_for("too short")
    os.remove("x.kdb")
    probe.wait_for("x.kdb: is gone")
    compile_set(["a.example.net", "b.example.net", "c.example.net"], "--sign", "signing.key", "--set-version", "8")
    probe.wait_for("3 indicators")
    probe.end()
    assert "residual" not in probe.said() and "books" not in probe.said(), probe.said()


def test_pipe():
    """What is no file does not hold up the probe, nor its end."""
    compile_set(["news.example.org"])
    os.mkfifo("fifo")
    probe = Running("--reload", "on")
    time.sleep(0.5)
    os.rename("fifo", "x.kdb")
    probe.wait_for("x.kdb: is no regular file")
    os.remove("x.kdb")
    compile_set(["news.example.org", "m.example.com"])
    probe.wait_for("2 indicators")
    os.mkfifo("fifo")
    os.rename("fifo", "x.kdb")
    probe.end()
    some = ["--synth", "seed=1", "flows=50", "--classifier", "none", "--to", "records.ipfix", "--signatures", "x.kdb"]
    assert "x.kdb: is no regular file" in run(1, PROBE, *some)
    os.rename("x.kdb", "state")
    compile_set(["news.example.org"])
    assert "state: is no regular file" in run(1, PROBE, *some, "--signatures-state", "state")


def test_start():
    compile_set(["news.example.org"])
    some = ["--synth", "seed=1", "flows=50", "--classifier", "none", "--to", "records.ipfix", "--signatures", "x.kdb"]
    said = run(1, PROBE, *some, "--trust", "signing.key.pub")
    assert "x.kdb: is not signed" in said and "--sign" in said
    assert "no public Ed25519 key" in run(1, PROBE, *some, "--trust", "signing.key")
    assert "--reload is" in run(1, PROBE, *some, "--reload", "often")
    assert "--guard is" in run(1, PROBE, *some, "--guard", "101")
    compile_set(["news.example.org"], "--now", "2020-01-01")
    said = run(0, PROBE, *some)
    assert re.search(r"x.kdb: the set of signatures is \d{4} days old", said), said
    assert run(0, PROBE, *some, "--signatures-max-age", "0") == ""
    write("feeds.yaml", "feeds:\n- file: f.txt\n  published: 2020-01-01\n  expires_after: 10d\n")
    write("f.txt", "news.example.org\n")
    run(0, SIG, "compile", "-q", "feeds.yaml", "--now", "2020-01-02", "-o", "x.kdb")
    assert run(0, PROBE, *some, "--signatures-max-age", "0") == ""  # of the past, as a capture is


def test_configuration():
    """The one that is shipped names keys; it says the same when it is printed."""
    shipped = os.path.join(TOP, "packaging", "kukla-probe.yaml")
    printed = subprocess.run([PROBE, "--config", shipped, "--print-config"], capture_output=True, text=True, check=True).stdout
    write("again.yaml", printed)
    again = subprocess.run([PROBE, "--config", "again.yaml", "--print-config"], capture_output=True, text=True, check=True).stdout
    assert printed == again and "signing.key.pub" in printed and 'reload: "live"' in printed, printed


def test_guard():
    """Each client visits some of few names: all are touched by a crowd. Of scans nobody touches anything."""
    compile_set(["example.org", "nowhere.example"], "--undated")
    some = ["--classifier", "none", "--to", "records.ipfix", "--signatures", "x.kdb", "--synth", "seed=1", "flows=3000"]
    said = run(0, PROBE, *some, "--guard", "on")
    assert re.search(r"domain example.org \(feed\) is quarantined: about \d+ of \d+ clients", said), said
    assert "nowhere.example" not in said
    assert run(0, PROBE, *some) == ""
    assert run(0, PROBE, *some, "--guard", "off") == ""
    assert run(0, PROBE, *some, "--guard", "100") == ""


def test_hits():
    """A hit says when its set was made; a set that does not say so leaves that out; a quarantine has no client."""
    if not KUKLA:
        return
    synth = os.path.join(os.path.dirname(PROBE), "..", "tests", "tools", "synth_pcap")
    run(0, synth, "x.pcap", "seed=1", "flows=300")
    compile_set(["news.example.org"], "--now", "2026-11-01")
    for words, made in ((["--signatures", "x.kdb"], "2026-11-01T00:00:00.000000+0000"), (["--feed", "feed.txt"], None)):
        out = subprocess.run([KUKLA, "replay", "--quiet", "--eve", "-", *words, "x.pcap"], capture_output=True, text=True, check=True).stdout
        hits = [one for one in map(json.loads, out.splitlines()) if one["event_type"] == "alert"]
        assert hits and all(one["indicator"].get("set_created") == made for one in hits), hits[:1]
    run(0, PROBE, "-r", "x.pcap", "--signatures", "x.kdb", "--guard", "on", "--to", "x.ipfix")


def test_guard_of_replay():
    """kukla replay passes it on."""
    if not KUKLA:
        return
    synth = os.path.join(os.path.dirname(PROBE), "..", "tests", "tools", "synth_pcap")
    run(0, synth, "x.pcap", "seed=1", "flows=3000")
    compile_set(["example.org"], "--undated")
    some = [KUKLA, "replay", "--quiet", "--signatures", "x.kdb", "--eve", "-"]
    for words, quarantined in ([], 0), (["--guard", "off"], 0), (["--guard", "100"], 0), (["--guard", "on"], 1):
        done = subprocess.run([*some, *words, "x.pcap"], capture_output=True, text=True, check=True)
        books = json.loads(done.stdout.splitlines()[-1])["ledger"]
        assert books["quarantined"] == quarantined and ("is quarantined" in done.stderr) == bool(quarantined), (words, books, done.stderr)
    assert "--guard is" in run(1, *some, "--guard", "101", "x.pcap")


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"{name}: passed")
    os.chdir(TOP)
