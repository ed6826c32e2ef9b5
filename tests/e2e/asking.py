#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""asking.py KUKLA KUKLA-PROBE KUKLA-SIG: what kukla answers where little or nothing is to be said, and what it refuses to write over."""
import json
import os
import sys
import tempfile

from programs import read, run, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden"))
import packets  # noqa: E402

KUKLA, PROBE, SIG = (os.path.abspath(path) for path in sys.argv[1:])


def lines_of(*words):
    return [json.loads(line) for line in run(0, KUKLA, *words, "--format", "json")[0].splitlines()]


def capture():
    """Two TLS flows, and one of HTTP that is a message, too, of which the answer leads elsewhere."""
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://next.example.org/x\r\nContent-Length: 0\r\n\r\n"
    talk = [(True, b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n"), (False, answer)]
    return packets.pcap([*packets.session(443, [(True, packets.client_hello(b"www.example.org"))]),
                         *packets.session(8443, [(True, packets.client_hello(b"www.example.net"))]), *packets.session(80, talk)])


def test_expired_in_a_capture():
    """A capture is of the past: what has expired since is matched, of a feed as of the pack that comes with kukla."""
    feed = write("old.yaml", "kukla-signatures: 1\nsets:\n- {campaign: Old, expires: 2020-01-01, values: [www.example.net]}\n")
    said = run(0, KUKLA, "replay", "--feed", feed, "--case", "old", "x.pcap")[1]
    assert "0 to review" in said and "nothing will be matched" not in said, said
    assert [hit["indicator"]["value"] for hit in lines_of("hits", "--case", "old")] == ["www.example.net"]


def test_no_hit():
    run(0, KUKLA, "replay", "-q", "--no-signatures", "--case", "case", "x.pcap")
    feed = write("other.yaml", "kukla-signatures: 1\nsets:\n- {campaign: Other, values: [www.example.com]}\n")
    for words in (["hits"], ["hunt", "--feed", feed]):
        out, said = run(0, KUKLA, *words, "--case", "case")
        assert not out.strip() and "case: no hit in 3 flows" in said and "nothing there" not in said, (words, out, said)
    assert "nothing fits --where" in run(0, KUKLA, "hits", "--case", "case", "--where", "dest_port = 1")[1]
    run(0, KUKLA, "replay", "-q", "--no-signatures", "--case", "empty", write("empty.pcap", packets.pcap([])))
    assert "empty: nothing there" in run(0, KUKLA, "hits", "--case", "empty")[1]


def test_names_by_flows():
    """A request is a message and in its flow; a name in both was in one flow."""
    rows = [tuple(line.split()[:3]) for line in run(0, KUKLA, "names", "--case", "case")[0].splitlines()[1:]]
    assert sorted(rows) == [("next.example.org", "http", "1"), ("www.example.net", "tls", "1"), ("www.example.org", "http", "1"),
                            ("www.example.org", "tls", "1")], rows


def test_no_path_of_ours():
    """Where the database lies while it is used is nobody's business, and gone when it is read."""
    dull = write("dull.yaml", "kukla-signatures: 1\nsets:\n- {campaign: A, values: ['https://www.example.org/a/b/c']}\n")
    gone = write("gone.yaml", "kukla-signatures: 1\nsets:\n- {campaign: A, expires: 2020-01-01, values: [www.example.org]}\n")
    for words in (["replay", "--feed", dull, "x.pcap"], ["hunt", "--feed", dull, "--case", "case"], ["hunt", "--feed", gone, "--case", "case"]):
        said = run(0, KUKLA, *words)[1]
        assert "the signatures of these feeds: " in said and "signatures.kdb" not in said and "/kukla-" not in said, said


def test_what_a_hit_says():
    """Why it is one: what its source said, where that can be read, who may be told, and which set it is of."""
    feed = write("told.yaml", "kukla-signatures: 1\nsets:\n- {campaign: A, source: CERT, note: first hop, reference: 'https://example.net/r',\n"
                 "   tlp: 'TLP:GREEN', published: 2024-05-01, values: [www.example.org]}\n- {campaign: B, values: [www.example.net]}\n")
    run(0, SIG, "compile", "-q", feed, "-o", "told.kdb", "--set-version", "7")
    run(0, KUKLA, "replay", "-q", "--signatures", "told.kdb", "--case", "told", "--eve", "told.json", "x.pcap")
    told = {"note": "first hop", "reference": "https://example.net/r", "tlp": "TLP:GREEN", "published": "2024-05-01T00:00:00.000000+0000",
            "set_number": 7}
    alerts = [event for event in map(json.loads, read("told.json").splitlines()) if event["event_type"] == "alert"]
    for hits in (alerts, lines_of("hits", "--case", "told"), lines_of("hunt", "--case", "case", "--signatures", "told.kdb")):
        by_value = {hit["indicator"]["value"]: hit["indicator"] for hit in hits}
        assert {key: by_value["www.example.org"].get(key) for key in told} == told, by_value
        assert by_value["www.example.net"]["set_number"] == 7 and not {"note", "reference", "tlp", "published"} & set(by_value["www.example.net"])
    assert "first hop" in run(0, KUKLA, "hits", "--case", "told", "--format", "csv")[0]
    assert lines_of("hits", "--case", "told", "--where", "indicator.set_number = 7 and indicator.tlp = 'TLP:GREEN'")
    out = run(0, SIG, "test", "told.kdb", "www.example.org", "www.example.net")[0].splitlines()
    assert out == ["www.example.org: domain www.example.org (subdomains), reader-facing, A, from CERT, line 4 of its file",
                   "  note: first hop; published: 2024-05-01; tlp: TLP:GREEN; reference: https://example.net/r",
                   "www.example.net: domain www.example.net (subdomains), reader-facing, B, from told.yaml, line 5 of its file"], out


def test_what_a_database_says():
    feed = write("said.txt", "www.example.org\n")
    run(0, SIG, "compile", "-q", feed, "-o", "said.kdb", "--now", "2026-11-01", "--set-version", "12")
    out = run(0, SIG, "stats", "said.kdb")[0]
    assert "number 12\nmade 2026-11-01T00:00:00" in out and "\nnot signed\n" in out, out
    run(0, SIG, "keygen", "-o", "said.key")
    run(0, SIG, "compile", "-q", feed, "-o", "said.kdb", "--sign", "said.key")
    name = run(0, SIG, "verify", "said.kdb", "--trust", "said.key.pub")[0].split("signed by ")[1].split(":")[0]
    assert f"signed, as it says, by {name};" in run(0, SIG, "stats", "said.kdb")[0]
    assert json.loads(run(0, SIG, "stats", "said.kdb", "--json", "-")[0].splitlines()[0])["key"] == name
    run(0, SIG, "compile", "-q", feed, "-o", "said.kdb", "--undated")
    assert "without a number\nmade at an unknown time\nnot signed\n" in run(0, SIG, "stats", "said.kdb")[0]


def test_nothing_is_written_over():
    feed = write("feed.yaml", "kukla-signatures: 1\nsets:\n- {campaign: A, values: [www.example.org]}\n")
    run(0, SIG, "compile", "-q", feed, "-o", "x.kdb")
    before = read("x.kdb")
    assert "x.kdb, which" in run(1, KUKLA, "replay", "--signatures", "x.kdb", "--eve", "./x.kdb", "x.pcap")[1]
    assert "x.kdb is to be read" in run(1, PROBE, "-r", "x.pcap", "--signatures", "x.kdb", "--to", "x.kdb")[1]
    assert read("x.kdb") == before
    capture_before = read("x.pcap")
    assert "x.pcap is to be read" in run(1, PROBE, "-r", "x.pcap", "--to", "-", "--signatures-state", "x.pcap")[1]
    assert "and by --signatures-state" in run(1, PROBE, "-r", "x.pcap", "--to", "y", "--signatures", "x.kdb", "--signatures-state", "./y")[1]
    assert read("x.pcap") == capture_before and not os.path.exists("y")


def test_nothing_to_trust():
    run(0, SIG, "keygen", "-o", "key")
    for words in (["--trust", "key.pub"], ["--signatures-state", "state"], ["--guard", "on"]):
        assert f"warning: {words[0]} does nothing without --signatures" in run(0, PROBE, "-r", "x.pcap", "--to", "out", *words)[1], words
    assert not run(0, PROBE, "-r", "x.pcap", "--to", "out")[1]


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write("x.pcap", capture())
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                test()
                print(f"{name}: passed")
        os.chdir("/")


main()
