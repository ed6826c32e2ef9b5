#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kukla_sig.py KUKLA-SIG SOURCE_ROOT: the program as a user runs it: output, what it says, exit codes."""
import json
import os
import subprocess
import sys
import tempfile

PROGRAM, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PACK = os.path.join(TOP, "signatures", "packs", "example.csv")
KEYS = ["file", "line", "type", "value", "scope", "role", "campaign", "advice", "context"]


def run(code, *words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def write(name, octets):
    with open(name, "wb") as file:
        file.write(octets)
    return name


def test_import():
    out, said = run(0, "import", "--json", "-", PACK)
    found = [json.loads(line) for line in out.splitlines()]
    assert all(list(one) == KEYS for one in found)
    assert [one["advice"] for one in found].count("match") == 6 and found[0]["value"] == "news.example.org"
    assert found[0] == {"file": PACK, "line": 2, "type": "domain", "value": "news.example.org", "scope": "subdomains",
                        "role": "reader-facing", "campaign": "example", "advice": "match", "context": "a cloned news site"}
    assert found[-1]["type"] == "url" and found[-1]["advice"] == "url-only" and found[-1]["scope"] == "url-only"
    assert "8 read, 7 accepted, 0 to review, 1 refused, 0 twice" in said and "1 refuse: prose (line 10)" in said
    out, said = run(0, "import", "-q", "--campaign", "A", "--role", "operator-side", "-j", "x.json", PACK)
    assert not out and not said
    with open("x.json", encoding="utf-8") as file:
        one = json.loads(file.readline())
    assert one["campaign"] == "A" and one["role"] == "operator-side"


def test_bad_input():
    broken = write("broken.csv", b"Tactic,Technique,Procedure,Indicator\n0,0,0,a.example.org\n0,0,0,\"b.example.org\n")
    out, said = run(2, "import", "--json", "-", broken, PACK)
    assert "a.example.org" in out and "news.example.org" in out and "broken.csv: line 3: " in said
    out, said = run(2, "import", "--json", "-", write("x.json", b"{}"), PACK)
    assert "news.example.org" in out and "--format" in said
    assert "No such file" in run(1, "import", "missing.csv")[1]
    assert "UTF-16" in run(2, "import", write("wide.txt", "example.org\n".encode("utf-16")))[1]
    assert run(0, "import", "--json", "-", write("hostile.txt", b"\x1b[2J.example.org\n\xff.example.org\n# \x07\n"), "-f", "plain")[0] == ""
    assert "\x1b" not in run(1, "import", "\x1b[2J")[1]


def test_wrong_commands():
    assert "plain" in run(1, "import", "--format", "plian", PACK)[1]
    assert "operator-side" in run(1, "import", "--role", "x", PACK)[1]
    assert "--json" in run(1, "import", "--jsn", "-", PACK)[1]
    assert "import" in run(1, "imprt")[1]
    for words in ([], ["import"], ["compile", PACK], ["compile", "-o", "x.kdb"], ["test"], ["test", "x.kdb"]):
        assert run(1, *words)[1].startswith("kukla-sig: ")
    assert "compile" in run(0, "--help")[0] and "--json" in run(0, "import", "--help")[0]
    assert "space" in run(1, "import", "--json", "/dev/full", PACK)[1]


def test_database():
    said = run(0, "compile", PACK, "-o", "a.kdb")[1]
    assert "a.kdb: 7 indicators, version " in said
    run(0, "compile", "-q", PACK, PACK, "-o", "b.kdb")
    with open("a.kdb", "rb") as a, open("b.kdb", "rb") as b:
        database = a.read()
        assert database == b.read()
    out = run(0, "test", "a.kdb", "WWW.news[.]example.org", "notnews.example.org", "hxxps://m[.]example.com:80/x", "www.example.net")[0]
    assert out.splitlines() == [
        "WWW.news[.]example.org: domain news.example.org (subdomains), reader-facing, example, from example.csv line 2",
        "notnews.example.org: nothing",
        "hxxps://m[.]example.com:80/x: domain m.example.com (subdomains), reader-facing, example, from example.csv line 5",
        "www.example.net: nothing"]
    mixed = write("mixed.txt", b"8.8.8.8:443\n8.8.4.0/24\n10.0.0.1\nco.uk\na.blogspot.com\n2001:4860::8888\n")
    assert "5 indicators" not in run(0, "compile", mixed, "-o", "c.kdb")[1]
    out = run(0, "test", "c.kdb", "8.8.8.8", "8.8.8.8:443", "8.8.4.9", "10.0.0.1", "x.co.uk", "x.a.blogspot.com", "2001:4860:0::8888")[0]
    assert [": nothing" in line for line in out.splitlines()] == [True, False, False, True, True, True, False]
    assert "damaged" in run(2, "test", write("d.kdb", database[:-1] + b"x"), "x")[1]
    assert "not a signature database" in run(2, "test", PACK, "x")[1]
    assert "No such file" in run(1, "test", "missing.kdb", "x")[1]
    assert "No such file" in run(1, "compile", PACK, "-o", "no/such/folder.kdb")[1]


def test_format():
    """Databases that another program wrote (tests/fuzz/corpus_sigdb.py), right ones and lying ones."""
    folder = os.path.join(TOP, "tests", "fuzz", "corpus", "sigdb")
    good = [name for name in os.listdir(folder) if name.startswith("good")]
    assert len(good) > 5 and len(os.listdir(folder)) > 2 * len(good)
    for name in os.listdir(folder):
        out, said = run(0 if name in good else 2, "test", os.path.join(folder, name), "X.a.example.org")
        assert (": domain a.example.org " in out) == (name in good and name not in ("good-empty", "good-longest-name")), name
        assert name in good or "compile it again" in said, (name, said)


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"{name}: passed")
    os.chdir(TOP)
