#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hunt.py KUKLA KUKLA-SIG SYNTH_PCAP SOURCE_ROOT: kukla hunt finds in a case what a replay with the same feed would have met."""
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile

KUKLA, SIG, SYNTH, TOP = (os.path.abspath(path) for path in sys.argv[1:5])
FEED = os.path.join(TOP, "signatures", "packs", "example.csv")


def run(code, *words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout[-500:], done.stderr[-500:])
    return done.stdout, done.stderr


def lines_of(*words):
    return [json.loads(line) for line in run(0, KUKLA, *words, "--format", "json")[0].splitlines()]


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def state(folder):
    sums = {}
    for top, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(top, name), "rb") as file:
                sums[os.path.join(top, name)] = hashlib.sha256(file.read()).hexdigest()
    return sums


def touched(hits):
    """An indicator and the flow that met it."""
    return sorted((hit["flow_id"], hit["indicator"]["type"], hit["indicator"]["value"]) for hit in hits)


def test_same_as_replay(feed, case):
    run(0, KUKLA, "replay", "-q", "--feed", feed, "--case", case, "x.pcap")
    met = lines_of("hits", "--case", case)
    before = state("without")
    found = lines_of("hunt", "-q", "--case", "without", "--feed", feed)
    assert state("without") == before, "hunt changed the case"
    assert len(met) > 20 and touched(found) == touched(met), (len(met), len(found))
    for hit in found:
        twin = next(one for one in met if touched([one]) == touched([hit]))
        for key in ("src_ip", "dest_ip", "dest_port", "proto", "community_id", "event_type"):
            assert hit[key] == twin[key], (hit, twin)
        for key in ("role", "campaign", "source", "set_version"):
            assert hit["indicator"][key] == twin["indicator"][key], (hit, twin)
    return found


def test_questions(found):
    one = found[0]["indicator"]["value"]
    where = ("hunt", "-q", "--case", "without", "--feed", FEED)
    assert len(lines_of(*where, "--limit", "3")) == 3
    only = lines_of(*where, "--where", f"indicator.value = '{one}'")
    assert only and all(hit["indicator"]["value"] == one for hit in only) and len(only) < len(found)
    times = sorted(hit["timestamp"] for hit in found)
    middle = times[len(times) // 2][:26]
    early, late = lines_of(*where, "--until", middle), lines_of(*where, "--since", middle)
    assert early and late and len(early) + len(late) >= len(found), (len(early), len(late), len(found))
    assert all(hit["timestamp"][:26] < middle for hit in early) and all(hit["timestamp"][:26] >= middle for hit in late)
    rows = list(csv.DictReader(io.StringIO(run(0, KUKLA, *where, "--format", "csv")[0])))
    assert len(rows) == len(found) and one in {row["indicator.value"] for row in rows}
    out, said = run(0, KUKLA, "hunt", "--case", "without", "--feed", FEED)
    assert one in out and "8 read, 7 accepted" in said
    run(0, SIG, "compile", "-q", "--undated", FEED, "-o", "x.kdb")
    assert lines_of("hunt", "--case", "without", "--signatures", "x.kdb") == found


def test_expired():
    feed = write("old.yaml", "kukla-signatures: 1\nsets:\n- {campaign: Old, expires: 2020-01-01, values: [example.com]}\n")
    assert not lines_of("hunt", "-q", "--case", "without", "--feed", feed)
    assert lines_of("hunt", "-q", "--case", "without", "--feed", feed, "--keep-expired")


def test_wrong():
    said = run(1, KUKLA, "hunt", "--case", "without")[1]
    assert "--feed FILE, or --signatures DB" in said
    assert "--feed FILE, or" in run(1, KUKLA, "hunt", "--case", "without", "--feed", FEED, "--signatures", "x.kdb")[1]
    assert "missing.csv" in run(1, KUKLA, "hunt", "--case", "without", "--feed", "missing.csv")[1]
    assert "no/such" in run(1, KUKLA, "hunt", "--case", "no/such", "--feed", FEED)[1]
    assert "--case DIR" in run(1, KUKLA, "hunt", "--feed", FEED)[1]
    assert "bad.kdb" in run(2, KUKLA, "hunt", "--case", "without", "--signatures", write("bad.kdb", "KUKLASIG" + "x" * 99))[1]
    broken = write("cut.csv", "Tactic,Technique,Procedure,Indicator\n0,0,0,m.example.com\n0,0,0,\"b.example.org\n")
    out, said = run(2, KUKLA, "hunt", "--case", "without", "--feed", broken)
    assert "m.example.com" in out and "line 3" in said


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([SYNTH, "x.pcap", "seed=3", "flows=600"], check=True, stdout=subprocess.DEVNULL)
        run(0, KUKLA, "replay", "-q", "--no-signatures", "--case", "without", "x.pcap")
        assert not lines_of("hits", "--case", "without")
        mixed = write("mixed.yaml", "kukla-signatures: 1\nsets:\n- {campaign: Mixed, values: [example.com, m.example.net]}\n")
        test_same_as_replay(mixed, "with-mixed")
        test_questions(test_same_as_replay(FEED, "with"))
        test_expired()
        test_wrong()
        os.chdir("/")
    print("passed")


main()
