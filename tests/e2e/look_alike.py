#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""look_alike.py KUKLA-SIG SOURCE_ROOT [KUKLA]: protected names from a file of ours to an answer and, with KUKLA, to an alert."""
import json
import os
import re
import sys
import tempfile

from programs import run

SIG, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
KUKLA = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
FILE = b"""kukla-signatures: 1
protect:
  - campaign: Copies
    source: us
    except: [example-tv.net]
    names:
      - example.net
      - {name: exemple.org, kinds: [edit]}
      - co.uk
      - www.example.com
"""
ASKED = {
    "www.example.net": None, "example-tv.net": None, "x.example-tv.net": None, "exemple.org": None, "sample.org": None,
    "Example.ORG": ("example.net: example.org (suffix)", "exemple.org: example.org (edit)"),
    "a.example.co.uk": ("example.net: example.co.uk (suffix)", "exemple.org: example.co.uk (edit)"),
    "xn--exampl-8of.org": ("example.net: xn--exampl-8of.org (homoglyph)", "exemple.org: xn--exampl-8of.org (edit)"),
    "hxxps://example-news[.]com/x": ("example.net: example-news.com (word)",),
    "examplle.com": ("example.net: examplle.com (edit)",),
    "example.somebody.org": None,
}


def answers():
    out, said = run(0, SIG, "import", "--json", "-", "own.yaml")
    found = [json.loads(line) for line in out.splitlines()]
    assert [(one["type"], one["value"], one["role"], one["advice"]) for one in found] == [
        ("look-alike", name, "reader-facing", "match") for name in ("example.net", "exemple.org")]
    assert "a public suffix cannot be protected (line 9)" in said and "without what stands before it (line 10)" in said, said
    run(0, SIG, "compile", "-q", "own.yaml", "-o", "own.kdb")
    assert "         2 look-alike" in run(0, SIG, "stats", "own.kdb")[0]
    run(0, SIG, "review", "own.yaml")
    out = run(0, SIG, "test", "own.kdb", *ASKED)[0].splitlines()
    want = []
    for name, hits in ASKED.items():
        want += [f"{name}: look-alike of {hit}, reader-facing, Copies, from us, line {7 if '.net:' in hit else 8} of its file" for hit in hits or ()]
        want += [] if hits else [f"{name}: nothing"]
    assert out == want, (out, want)
    said = run(0, SIG, "export", "own.kdb", "--format", "misp", "-o", "x.json")[1]
    assert "2 left out: MISP has no type for it" in said, said
    run(0, SIG, "export", "own.kdb", "--format", "pack", "-o", "again.yaml")
    run(0, SIG, "compile", "-q", "again.yaml", "-o", "again.kdb")
    again = run(0, SIG, "test", "again.kdb", *ASKED)[0]
    assert [re.sub(" line .*", "", line) for line in again.splitlines()] == [re.sub(" line .*", "", line) for line in want], again
    run(2, SIG, "compile", "-q", "wrong.yaml", "-o", "own.kdb")


def exceptions():
    """What somebody else excepts or, in a pack that comes through a definition, protects is still a copy of ours."""
    for name, text in (("others.yaml", "- {campaign: x, except: [example.ltd, examplle.com], names: [somebodys-name.net]}\n"),
                       ("taken.yaml", "- {campaign: x, names: [example.ltd, example.info, examplle.com]}\n"),
                       ("feeds.yaml", None)):
        with open(name, "w", encoding="utf-8") as file:
            file.write("kukla-signatures: 1\nprotect:\n" + text if text else "feeds:\n- {file: taken.yaml, format: pack}\n")
    for other in ("others.yaml", "feeds.yaml"):
        run(0, SIG, "compile", "-q", "own.yaml", other, "-o", "both.kdb")
        out = run(0, SIG, "test", "both.kdb", "example.ltd", "www.examplle.com", "example-tv.net")[0].splitlines()
        ours = [line for line in out if " look-alike of example.net: " in line]
        assert len(ours) == 2 and "example.ltd" in ours[0] and "examplle.com" in ours[1], (other, out)
    assert not [line for line in out if line.startswith("example.ltd: look-alike of example.info")], out
    # read again, and a list's exceptions are those of each of its names
    run(0, SIG, "export", "both.kdb", "--format", "pack", "-o", "both.yaml")
    run(0, SIG, "compile", "-q", "both.yaml", "-o", "both2.kdb")
    assert "example.net" not in run(0, SIG, "test", "both2.kdb", "example-tv.net")[0]


def alerts():
    """The names of the golden captures lie below example.org."""
    sys.path.insert(0, os.path.join(TOP, "tests", "golden"))
    import packets
    run(0, SIG, "compile", "-q", "plain.txt", "-o", "plain.kdb")
    for name, field in (("dns", "dns.queries[].rrname"), ("tls", "tls.sni")):
        with open("x.pcap", "wb") as file:
            file.write(packets.captures()[name])
        lines = run(0, KUKLA, "replay", "--quiet", "--signatures", "own.kdb", "--eve", "-", "x.pcap")[0].splitlines()
        events = [json.loads(line) for line in lines]
        alerted = [event["indicator"] for event in events if event["event_type"] == "alert"]
        assert [(one["value"], one["look_alike"], one["domain"]) for one in alerted] == [
            ("example.net", "suffix", "example.org"), ("exemple.org", "edit", "example.org")], alerted
        assert all(one["type"] == "look-alike" and one["field"] == field and one["role"] == "reader-facing" for one in alerted)
        run(0, KUKLA, "replay", "--quiet", "--signatures", "own.kdb", "--case", name, "x.pcap")
        rows = [re.split("  +", row) for row in run(0, KUKLA, "hits", "--case", name)[0].splitlines()]
        assert rows[0][3:7] == ["Type", "Likeness", "Registered", "Found in"], rows
        assert [row[2:7] for row in rows[1:]] == [["example.net", "look-alike", "suffix", "example.org", field],
                                                  ["exemple.org", "look-alike", "edit", "example.org", field]], rows
        run(0, KUKLA, "replay", "--quiet", "--signatures", "plain.kdb", "--case", name + "-plain", "x.pcap")
        rows = run(0, KUKLA, "hits", "--case", name + "-plain")[0].splitlines()
        assert "Likeness" not in rows[0] and "Registered" not in rows[0] and "example.org" in rows[1], rows
        flows = [event for event in events if event["event_type"] == "flow"]
        assert [flow.get("hits") for flow in flows] == [["look-alike:example.net", "look-alike:exemple.org"]], flows


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    with open("own.yaml", "wb") as own:
        own.write(FILE)
    with open("wrong.yaml", "wb") as wrong:
        wrong.write(FILE.replace(b"kinds", b"kind"))
    with open("plain.txt", "w", encoding="ascii") as plain:
        plain.write("example.org\n")
    answers()
    exceptions()
    if KUKLA:
        alerts()
    os.chdir(TOP)
print("passed")
