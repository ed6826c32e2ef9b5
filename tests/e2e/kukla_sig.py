#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kukla_sig.py KUKLA-SIG SOURCE_ROOT: the program as a user runs it: output, what it says, exit codes."""
import json
import os
import re
import sys
import tempfile

import programs
from programs import write

PROGRAM, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PACK = os.path.join(TOP, "signatures", "packs", "example.csv")
MANIFEST = b'{"5a1f0b0c-1111-4222-8333-abcdefabcdef": {"Orgc": {"name": "x"}, "info": "y", "date": "2026-01-31", "timestamp": "1"}}'
KEYS = ["file", "line", "type", "value", "scope", "role", "campaign", "advice", "context"]


def run(code, *words):
    return programs.run(code, PROGRAM, *words)


def test_import():
    out, said = run(0, "import", "--json", "-", PACK)
    found = [json.loads(line) for line in out.splitlines()]
    assert all(list(one)[:len(KEYS)] == KEYS for one in found)
    assert [one["advice"] for one in found].count("match") == 6 and found[0]["value"] == "news.example.org"
    assert {key: found[0][key] for key in KEYS} == {"file": PACK, "line": 2, "type": "domain", "value": "news.example.org", "scope": "subdomains",
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
    said = run(0, "compile", PACK, "--now", "2026-11-01", "-o", "a.kdb")[1]
    assert "a.kdb: 7 indicators, version " in said
    run(0, "compile", "-q", PACK, PACK, "--now", "2026-11-01", "-o", "b.kdb")
    with open("a.kdb", "rb") as a, open("b.kdb", "rb") as b:
        database = a.read()
        assert database == b.read()
    out = run(0, "test", "a.kdb", "WWW.news[.]example.org", "notnews.example.org", "hxxps://m[.]example.com:80/x", "www.example.net")[0]
    assert out.splitlines() == [
        "WWW.news[.]example.org: domain news.example.org (subdomains), reader-facing, example, from example.csv, line 2 of its file",
        "  note: a cloned news site",
        "notnews.example.org: nothing",
        "hxxps://m[.]example.com:80/x: domain m.example.com (subdomains), reader-facing, example, from example.csv, line 5 of its file",
        "  note: a redirector",
        "www.example.net: nothing"]
    mixed = write("mixed.txt", b"9.1.2.3:443\n9.1.4.0/24\n10.0.0.1\nco.uk\na.blogspot.com\n2001:4860::8888\n")
    assert "5 indicators" not in run(0, "compile", mixed, "-o", "c.kdb")[1]
    out = run(0, "test", "c.kdb", "9.1.2.3", "9.1.2.3:443", "9.1.4.9", "10.0.0.1", "x.co.uk", "x.a.blogspot.com", "2001:4860:0::8888")[0]
    assert [": nothing" in line for line in out.splitlines()] == [True, False, False, True, True, False, False]
    assert "damaged" in run(2, "test", write("d.kdb", database[:-1] + b"x"), "x")[1]
    assert "not a signature database" in run(2, "test", PACK, "x")[1]
    assert "No such file" in run(1, "test", "missing.kdb", "x")[1]
    assert "No such file" in run(1, "compile", PACK, "-o", "no/such/folder.kdb")[1]


def write_feeds():
    """A folder with two feeds, a definition of them and a decision; what is in the definition is said once here."""
    os.makedirs("in[1]", exist_ok=True)
    write("in[1]/a.txt", b"one.example.org\nt.me\nwww.reddit.com\n")
    write("in[1]/b.txt", b"two.example.org\none.example.org\n10.0.0.1\nbob.medium.com\n")
    return write("in[1]/feeds.yaml", b"# ours\nfeeds:\n  - file: a.txt\n    source: Publisher A\n    campaign: First\n    published: 2026-01-31\n"
                 b"    expires_after: 90d\n  - file: b*.txt\n    role: operator-side\n    category: opinion\n    approved_by: [Ann, Bob]\n"
                 b"    reason: copies of sites\n")


def values(text):
    return [json.loads(line)["value"] for line in text.splitlines()]


def test_own_files():
    """A feed that somebody fetched is neither a pack nor a definition, whatever it begins with."""
    pack = b"kukla-signatures: 1\nprotect:\n- {campaign: x, names: [google.com, own-example.net]}\nsets:\n- values: [a.example.org]\n"
    asks = b"feeds:\n- file: /etc/host*\n  format: hosts\n"
    os.makedirs("own/deeper", exist_ok=True)
    os.makedirs("beside", exist_ok=True)
    write("beside/far.txt", b"far.example.org\n")
    for name, octets, begins in (("own/feed.csv", pack, "a pack"), ("own/feed2.csv", asks, "a definition")):
        write(name, octets)
        assert f"{name}: begins as {begins}" in run(2, "import", name)[1]
        assert "the header" in run(2, "import", "--format", "csv", name)[1]
        write("own/d.yaml", f"feeds:\n- file: {name[4:]}\n".encode())
        assert f"begins as {begins}" in run(2, "import", "own/d.yaml")[1]
        assert f"begins as {begins}" in run(2, "import", "--feeds", "own/d.yaml", name)[1]
        write("own/d.yaml", f"feeds:\n- file: {name[4:]}\n  format: csv\n".encode())
        assert "the header" in run(2, "import", "own/d.yaml")[1]
        yaml = write(name[:-3] + "yaml", octets)
        write("own/d.yaml", f"feeds:\n- file: {yaml[4:]}\n  format: csv\n".encode())
        assert "the header" in run(2, "import", "--feeds", "own/d.yaml", yaml)[1]
        assert "the header" in run(2, "import", "--format", "csv", yaml)[1]
    # what the user calls his own protects whatever he likes; of others a popular name waits for two persons
    for words in (["own/feed.yaml"], ["--format", "pack", "own/feed.csv"]):
        found = [json.loads(line) for line in run(0, "import", "--json", "-", *words)[0].splitlines()]
        assert [one["advice"] for one in found if one["value"] == "google.com"] == ["match"], found
    write("own/d.yaml", b"feeds:\n- file: feed.csv\n  format: pack\n")
    found = [json.loads(line) for line in run(0, "import", "--json", "-", "own/d.yaml")[0].splitlines()]
    assert {(one["value"], one["advice"]) for one in found} == {
        ("google.com", "review"), ("own-example.net", "match"), ("a.example.org", "match")}, found
    approved = write_decision("look.yaml", "[Ann, Bob]")
    with open(approved, encoding="utf-8") as file:
        text = file.read()
    write(approved, text.replace("t[.]me", "google.com").replace("type: domain", "type: look-alike").encode())
    out = run(0, "import", "--json", "-", "--overrides", approved, "own/d.yaml")[0]
    assert [json.loads(line)["advice"] for line in out.splitlines()].count("match") == 3, out
    # a definition stays in its folder, but where it names a whole path
    os.symlink("../beside/far.txt", "own/link.txt")
    write("own/deeper/near.txt", b"near.example.org\n")
    for pattern in ("../beside/far.txt", "link.txt", "deeper/../../beside/*.txt"):
        write("own/d.yaml", f"feeds:\n- file: {pattern}\n".encode())
        assert f"own/d.yaml: line 2: {pattern}: leaves the folder of the definition" in run(1, "import", "own/d.yaml")[1]
        assert "leaves the folder" in run(2, "lint", "own/d.yaml")[1]
    write("own/d.yaml", f"feeds:\n- file: {os.path.abspath('beside/far.txt')}\n- file: deeper/near.txt\n".encode())
    assert values(run(0, "import", "--json", "-", "own/d.yaml")[0]) == ["far.example.org", "near.example.org"]


def write_decision(name, who, decision="match"):
    return write(name, f"overrides:\n- value: t[.]me\n  type: domain\n  decision: {decision}\n  approved_by: {who}\n"
                       "  reason: for a test\n  date: 2026-02-01\n".encode())


def test_definition():
    feeds = write_feeds()
    out, said = run(0, "import", "--now", "2026-03-01", "--json", "-", feeds)
    found = [json.loads(line) for line in out.splitlines()]
    assert [one["value"] for one in found] == ["one.example.org", "t.me", "www.reddit.com", "two.example.org", "one.example.org",
                                               "10.0.0.1", "bob.medium.com"], out
    assert [one["advice"] for one in found] == ["match", "review", "review", "match", "match", "refuse", "match"]
    assert found[0]["campaign"] == "First" and found[0]["role"] == "reader-facing" and found[3]["role"] == "operator-side"
    assert found[0]["scope"] == "subdomains" and found[6]["scope"] == "exact"
    assert "category, opinion, approved by Ann and Bob: copies of sites" in said
    assert "in[1]/b.txt: 1 in an earlier file as well: line 2 is in[1]/a.txt line 1" in said
    out = run(0, "import", "--json", "-", "--feeds", feeds, "--campaign", "Mine", "in[1]/b.txt")[0]
    assert json.loads(out.splitlines()[0])["role"] == "operator-side" and json.loads(out.splitlines()[0])["campaign"] == "Mine"
    out = run(0, "import", "--json", "-", "--feeds", feeds, write("c.txt", b"one.example.org\n"))[0]
    assert json.loads(out)["role"] == "reader-facing" and json.loads(out)["campaign"] == "c"
    assert "in[1]/a.txt, which" in run(1, "compile", feeds, "-o", "in[1]/a.txt")[1]
    assert "feeds.yaml, which" in run(1, "import", feeds, "--json", feeds)[1]
    assert "no such file" in run(1, "compile", write("lost.yaml", b"feeds:\n- file: missing*.txt\n"), "-o", "x.kdb")[1]
    said = run(1, "compile", write("bad.yaml", b"feeds:\n- fiel: a.txt\n  confidence: high\n"), "-o", "x.kdb")[1]
    assert "bad.yaml: line 2: there is no key called fiel, but file" in said and "bad.yaml: line 3: confidence" in said
    assert not os.path.exists("x.kdb")


def test_expiry():
    feeds = write_feeds()
    assert ": 3 indicators" in run(0, "compile", feeds, "--now", "2026-05-01", "-o", "day89.kdb")[1]
    assert ": 2 indicators" not in run(0, "compile", feeds, "--now", "2026-05-01", "-o", "day89.kdb")[1]
    out = run(0, "review", feeds, "--now", "2026-05-02", "-q")[0]
    assert "in[1]/a.txt:1: domain one.example.org: it has expired; " in out
    run(0, "compile", "in[1]/a.txt", "--feeds", feeds, "--now", "2026-05-02", "-o", "day90.kdb")
    assert "0 indicators" in run(0, "stats", "day90.kdb")[0]
    assert "--now is a date" in run(1, "compile", feeds, "--now", "tomorrow", "-o", "x.kdb")[1]


def test_review():
    feeds = write_feeds()
    out, said = run(0, "review", "--now", "2026-03-01", feeds)
    assert out.splitlines()[0].startswith("in[1]/a.txt:2: domain t.me: a shared platform (platforms, built in); ")
    assert len(out.splitlines()) == 2 and "2 indicators wait" in said
    one = json.loads(run(0, "review", "-q", "--now", "2026-03-01", "--json", "-", feeds)[0].splitlines()[0])
    assert list(one) == ["file", "line", "type", "value", "role", "campaign", "source", "published", "expires", "reason", "decide"]
    assert one["value"] == "t.me" and one["line"] == 2 and one["source"] == "Publisher A" and "two persons" in one["decide"]
    assert "space" in run(1, "review", "--json", "/dev/full", feeds)[1]


def test_decisions():
    feeds = write_feeds()
    good = write_decision("good.yaml", "[Ann, Bob]")
    out, said = run(0, "import", "--overrides", good, "--now", "2026-03-01", "--json", "-", feeds)
    assert "1 match: approved by Ann and Bob: for a test (line 2)" in said
    assert json.loads(out.splitlines()[1])["advice"] == "match" and json.loads(out.splitlines()[1])["scope"] == "exact"
    assert "t.me" not in run(0, "review", "--overrides", good, "--now", "2026-03-01", feeds)[0]
    assert "approved by Ann and Bob: for a test" in run(0, "stats", "-q", "--overrides", good, "--now", "2026-03-01", feeds)[0]
    said = run(0, "import", "--overrides", write_decision("no.yaml", "[Ann, Bob]", "refuse"), feeds)[1]
    assert "1 refuse: declined by Ann and Bob: for a test" in said
    for who in ("[Ann]", "[Ann, ann]", "Ann"):
        said = run(1, "compile", feeds, "--overrides", write_decision("bad.yaml", who), "-o", "x.kdb")[1]
        assert "bad.yaml: line 5: an override needs two different persons" in said and not os.path.exists("x.kdb")
    assert "No such file" in run(1, "compile", feeds, "--overrides", "missing.yaml", "-o", "x.kdb")[1]


def test_lists():
    os.makedirs("lists/b", exist_ok=True)
    write("lists/a.json", b'{"name": "Top sites", "type": "hostname", "list": ["two.example.org"]}')
    write("lists/b/list.json", b'{"name": "Parts", "type": "substring", "list": ["one"]}')
    write("lists/README.md", b"words")
    feed = write("feed.txt", b"one.example.org\ntwo.example.org\nx.two.example.org\n")
    out, said = run(0, "review", "-w", "lists", feed)
    assert out.startswith("feed.txt:2: domain two.example.org: a popular site (Top sites); ") and len(out.splitlines()) == 1
    assert "not used: Parts: parts of names" in said and "1 warninglists with 1 entries" in said
    assert run(0, "review", "-q", "-w", "lists", "-w", write("more.list", b"one.example.org\n"), feed)[0].count("\n") == 2
    assert "missing" in run(1, "import", "-w", "missing", feed)[1]
    assert "lists/c.json: " in run(1, "import", "-w", write("lists/c.json", b"[]"), feed)[1]
    os.makedirs("none", exist_ok=True)
    assert "without a list" in run(1, "import", "-w", "none", feed)[1]
    suffixes = write("suffixes", b"com\norg\n// ===BEGIN ICANN DOMAINS===\ncom\norg\n// ===END ICANN DOMAINS===\n"
                                 b"// ===BEGIN PRIVATE DOMAINS===\none.example.org\n// ===END PRIVATE DOMAINS===\n")
    assert "a public suffix" in run(0, "review", "--suffixes", suffixes, feed)[0]
    assert "no Public Suffix List" in run(1, "review", "--suffixes", feed, feed)[1]


def test_lint():
    feeds = write_feeds()
    out, said = run(0, "lint", feeds, write_decision("good.yaml", "[Ann, Bob]"))
    assert out.splitlines() == ["in[1]/feeds.yaml: 2 feeds, 2 files", "good.yaml: 1 overrides"]
    assert "in[1]/feeds.yaml: line 3: a.txt says nothing of role, reference, licence" in said and "approved by Ann and Bob" in said
    said = run(2, "lint", write("lost.yaml", b"feeds:\n- file: missing*.txt\n"), write("other.yaml", b"x: 1\n"))[1]
    assert "lost.yaml: line 2: missing*.txt: there is no such file" in said and "other.yaml: line 1: begins neither" in said
    assert "line 5" in run(2, "lint", write_decision("bad.yaml", "[Ann]"))[1]
    assert "No such file" in run(1, "lint", "missing.yaml")[1]
    assert run(1, "lint")[1] and run(1, "stats")[1] and run(1, "review")[1]


def test_lint_pack():
    """Every mistake of a file of ours, as import would find it; and what import says of the first one."""
    bad = write("badpack.yaml", b"kukla-signatures: 1\nsets:\n- expires: 01.11.2024\n  tlp: foo\n  confidence: 400\n  note: x\n  note: y\n"
                b"  values: [a.example.org, {value: b.example.org, disarm: X9, nte: z}]\nprotect:\n- kind: [suffix]\n  kinds: [edits]\n"
                b"  role: operator\n  names: [co.uk, www.bild.de]\n- {kinds: [suffix, edit], names: [bild.de]}\n")
    said = run(2, "lint", bad)[1]
    for line, text in ((3, "expires: 01.11.2024 is no date"), (4, "tlp: foo is no label"), (5, "confidence is 1 to 100, not 400"),
                       (7, "note is there twice"), (8, "disarm: X9 is no technique"), (8, "no key called nte, but note"),
                       (10, "no key called kind, but kinds"), (11, "kinds is a list of suffix"), (12, "role is reader-facing"),
                       (13, "a public suffix cannot be protected"), (13, "is what was registered"), (14, "edit, word and subdomain are not")):
        assert re.search(f"badpack.yaml: line {line}: .*{text}", said), (line, text, said)
    out, said = run(2, "import", bad)
    assert "line 3: 01.11.2024 is no date like 2026-01-31; nothing from there on was read" in said
    assert run(0, "lint", write("good.yaml", b"kukla-signatures: 1\nprotect:\n- names: [spiegel.de, bild.de]\n"))[0] == \
        "good.yaml: 0 values, 2 protected names, 0 signatures\n"


def test_dates():
    rows = write("dated.csv", b"domain,first_seen\na.example.org,14/05/2023\nb.example.org,2023-05-14\n")
    said = run(0, "import", "--report", "r.json", rows)[1]
    assert "1 dates cannot be read (first in line 2: 14/05/2023); iso (2026-01-31) is expected" in said, said
    with open("r.json", encoding="utf-8") as file:
        one = json.loads(file.readlines()[-1])
    assert (one["unread_dates"], one["unread_date_line"], one["unread_date"]) == (1, 2, "14/05/2023")
    feeds = write("dated.yaml", b"feeds:\n- file: dated.csv\n  expires_after: 180d\n")
    assert "dated.yaml: line 3: expires_after counts from a date" in run(2, "lint", feeds)[1]
    assert "dated.yaml: line 3: expires_after counts from a date" in run(1, "compile", feeds, "-o", "x.kdb")[1]
    feeds = write("dated.yaml", b"feeds:\n- file: dated.csv\n  dates: iso\n  expires_after: 180d\n")
    out = run(0, "review", "-q", feeds, "--now", "2023-06-01")[0]
    assert "dated.csv:2: domain a.example.org: its date cannot be read" in out and out.count("\n") == 1 and "`dates` or `published`" in out


def test_documented_definition():
    """What docs/feeds.md shows of definitions has all keys and no mistake."""
    with open(os.path.join(TOP, "docs", "feeds.md"), encoding="utf-8") as file:
        text = re.search(r"```yaml\n(feeds:.*?)```", file.read(), re.S).group(1)
    with open(os.path.join(TOP, "signatures", "feed_file.c"), encoding="utf-8") as file:
        keys = re.findall(r'"(\w+)"', re.search(r"keys\[\] = \{(.*?)NULL", file.read(), re.S).group(1))
    assert len(keys) > 15 and all(re.search(rf"^(  - |    ){key}:", text, re.M) for key in keys), keys
    os.makedirs("publisher", exist_ok=True)
    write("publisher/a.csv", b"Domain,Seen,Remark,Class\na.example.org,14/05/2026,x,copy\nb.example.org,14/05/2026,x,legitimate\n")
    assert run(0, "lint", write("documented.yaml", text.encode()))[0] == "documented.yaml: 1 feeds, 1 files\n"
    out = run(0, "import", "--json", "-", "--now", "2026-06-01", "documented.yaml")[0]
    one = json.loads(out)
    assert (one["value"], one["scope"], one["campaign"], one["context"], one["advice"]) == \
        ("a.example.org", "exact", "Name of the operation", "x", "match"), one


def test_lint_signatures():
    """What no flow can ever have, what is there twice, and messages that lead to what was meant."""
    rows = (("tls.ja3.hash: abc", "not the 32 digits of an MD5"), ("tls.fingerprint: abc", "not the 40 digits"),
            ("tls.fingerprint_sha256: abc", "not the 64 digits"), ("tls.ja4: t13", "not a JA4"), ("tls.serial: xyz", "not the hexadecimal"),
            ("{dest_ip: 9.1.2.3, dest_ip: 9.1.2.4}", "it is there twice"), ("proto: tpc", "no IP protocol"), ("proto: 256", "no IP protocol"),
            ("tls.sni: 5", "not the name of a host"), ("tls.sni: {suffix: com}", "the last label alone"),
            ("tls.ja4: {prefix: t13}", "tls.ja4 is asked for by exact, not by prefix"), ("al: []", "no condition al, but all"))
    for match, text in rows:
        one = match if match.startswith("{") else f"{{{match}}}"
        said = run(2, "lint", write("sig.yaml", f"kukla-signatures: 1\nsignatures:\n- {{name: x, match: {one}}}\n".encode()))[1]
        assert text in said and "line 3" in said, (match, said)
    weak = write("sig.yaml", b"kukla-signatures: 1\nsignatures:\n- {name: x, match: {tls.sni: {regex: '^s[0-9]{1,3}\\.track-[a-f]+\\.live$'}}}\n"
                 b"- {name: y, match: {dest_asn: 15169}}\n")
    said = run(0, "lint", weak)[1]
    assert "of which no more than a public suffix is fixed" in said and "y: review: a network of very many" in said, said


def test_accounts():
    feed = write("acc.txt", b"a.example.org\nhttps://twitter.com/somebody\nhttps://example.org/x/y\n")
    out, said = run(0, "import", "--json", "-", feed)
    assert "1 url-only: an account on a platform (line 2)" in said and "2 accepted" in said and "1 refused" in said, said
    assert [json.loads(line)["advice"] for line in out.splitlines()] == ["match", "url-only", "url-only"]
    assert "2 indicators" in run(0, "compile", feed, "-o", "acc.kdb")[1]
    for form in ("pack", "stix", "misp", "zeek"):
        assert "twitter" not in run(0, "export", "-q", feed, "--format", form, "-o", "-")[0]


def test_source():
    rows = b"domain\na.example.org\nb.example.org\n"
    one, two = write("d1.csv", rows), write("d2.csv", rows + b"c.example.org\n")
    out, said = run(0, "diff", one, two)
    assert out == "+ domain      c.example.org reader-facing, d2\n" and "1 added, 0 removed, 0 changed, 2 as they were" in said, (out, said)
    assert run(0, "diff", "-q", one, two) == ("", "")
    run(0, "compile", "-q", one, "--source", "Daily", "--campaign", "C", "-o", "d1.kdb")
    assert run(0, "diff", "d1.kdb", two, "--source", "Daily", "--campaign", "C")[0].count("\n") == 1
    assert "source: Daily -> Other" in run(0, "diff", "d1.kdb", one, "--source", "Other", "--campaign", "C")[0]
    feeds = write("named.yaml", b"feeds:\n- file: d1.csv\n  source: Publisher\n")
    out = run(0, "export", "-q", "--source", "Daily", feeds, "--format", "pack", "-o", "-")[0]
    assert "source: Publisher" in out and "Daily" not in out
    said = run(0, "import", "--feeds", feeds, one, two)[1]
    assert "d2.csv: no entry of named.yaml is about it" in said and "d1.csv: no entry" not in said


def test_not_asked():
    run(0, "compile", "-q", PACK, "-o", "q.kdb")
    out, said = run(1, "test", "q.kdb", "!!", "aa op.com", "64500", "tls.sni", "Mozilla/5.0 (X)", "x.example.net")
    assert out == "Mozilla/5.0 (X): nothing\nx.example.net: nothing\n", out
    assert said.count("no value that can be asked") == 3 and "AS64500" in said and "tls.sni: a field without a value" in said, said
    assert "stix1" in run(0, "import", "--help")[0] and "not matched yet" not in run(0, "test", "--help")[0]


def test_decisions_about_nothing():
    rows = (("10.0.0.1", "ip", "2026-01-31", "no decision can change this"), ("https://x.com/a", "url", "2026-01-31", "no decision can"),
            ("a.example.org", "domain", "2100-01-01", "its date is yet to come"))
    for value, kind, date, text in rows:
        bad = write("o.yaml", f"overrides:\n- {{value: '{value}', type: {kind}, decision: match, approved_by: [A, B], reason: r, date: {date}}}\n"
                    .encode())
        assert text in run(2, "lint", bad)[1] and text in run(1, "import", PACK, "--overrides", bad)[1]
    said = run(0, "import", PACK, "--overrides", write_decision("o.yaml", "[Ann, Bob]"))[1]
    assert "o.yaml: line 2: the decision about t.me is about nothing that was read" in said
    assert "1 read" not in said and "a manifest: its events" in run(0, "import", write("manifest.json", MANIFEST))[1]
    assert "a range of addresses" in run(0, "import", write("range.txt", b"9.1.2.3-9.1.2.9\na.example.org\n"))[1]


def test_stats():
    run(0, "compile", "-q", write_feeds(), "--now", "2026-03-01", "-o", "s.kdb")
    lines = run(0, "stats", "s.kdb", "--now", "2026-03-01")[0].splitlines()
    assert lines[0].startswith("version ") and lines[1].startswith("number ") and lines[3:5] == ["not signed", "3 indicators"]
    assert "         3 domain" in lines and "         1 First" in lines and "         2 never" in lines and "         1 later" in lines
    lines = run(0, "stats", "-q", "--now", "2026-05-02", "in[1]/feeds.yaml")[0].splitlines()
    assert lines[0] == "7 indicators" and "         3 expired" in lines and "         3 review" in lines
    assert "d.kdb" in run(2, "stats", write("d.kdb", b"KUKLASIG"))[1]


def lines_of(*words):
    return [json.loads(line) for line in run(0, *words)[0].splitlines()]


def test_json():
    feeds = write_feeds()
    run(0, "compile", "-q", feeds, "--now", "2026-03-01", "-o", "j.kdb")
    one = lines_of("compile", "-q", feeds, "--now", "2026-03-01", "-o", "j.kdb", "--json", "-")
    assert len(one) == 1 and one[0]["indicators"] == 3 and one[0]["database"] == "j.kdb" and len(one[0]["version"]) == 16
    found = lines_of("stats", "j.kdb", "--json", "-")
    assert {key: found[0][key] for key in ("count_of", "version", "signed", "count")} == {
        "count_of": "indicators", "version": one[0]["version"], "signed": False, "count": 3}, found[0]
    assert found[0]["number"] and found[0]["created"]
    assert {"count_of": "type", "name": "domain", "count": 3} in found
    found = lines_of("test", "j.kdb", "x.one.example.org", "nothing.example.net", "--json", "-")
    assert [len(asked["hits"]) for asked in found] == [1, 0] and found[0]["hits"][0]["value"] == "one.example.org", found
    found = [json.loads(line) for line in run(2, "lint", write("bad.yaml", b"feeds:\n- fiel: a.txt\n"), "--json", "-")[0].splitlines()]
    assert found[0] == {"severity": "error", "file": "bad.yaml", "line": 2, "text": found[0]["text"]} and "fiel" in found[0]["text"]
    assert [one["severity"] for one in lines_of("lint", feeds, "--json", "-")] == ["warning", "warning"]
    one = lines_of("export", "-q", "j.kdb", "--format", "zeek", "-o", "j.intel", "--json", "-")[0]
    assert one == {"file": "j.intel", "format": "zeek", "written": 3, "left_out": 0, "reasons": []}, one


def test_export():
    run(0, "compile", "-q", PACK, "-o", "x.kdb")
    for form, name in (("pack", "x.yaml"), ("stix", "x.json"), ("misp", "x.misp.json"), ("zeek", "x.intel")):
        said = run(0, "export", "x.kdb", "--format", form, "-o", name)[1]
        assert f"{name}: 7 indicators" in said, said
        out = run(0, "diff", "x.kdb", name)[0].splitlines()
        assert len(out) == (2 if form == "zeek" else 0), out  # the scheme of a URL
    assert run(0, "export", "-q", "x.kdb", "--format", "pack", "-o", "-", "--only", "url", "--no-notes")[0].count("      - ") == 1
    assert "stix" in run(1, "export", "x.kdb", "--format", "stxi", "-o", "y")[1] and not os.path.exists("y")
    assert "--only is a type" in run(1, "export", "x.kdb", "--format", "stix", "--only", "domains", "-o", "y")[1]
    assert "PACK" not in run(1, "export", PACK, "--format", "stix", "-o", PACK)[1]
    broken = write("cut.csv", b"Tactic,Technique,Procedure,Indicator\n0,0,0,a.example.org\n0,0,0,\"b.example.org\n")
    assert "was not written" in run(2, "export", broken, "--format", "stix", "-o", "y")[1] and not os.path.exists("y")
    run(2, "export", broken, "--format", "stix", "-o", "y", "--partial")
    assert os.path.exists("y")
    os.remove("y")
    assert "d.kdb" in run(2, "export", write("d.kdb", b"KUKLASIG" + b"x" * 99), "--format", "stix", "-o", "y")[1] and not os.path.exists("y")


def test_diff():
    old = write("old.yaml", b"kukla-signatures: 1\nsets:\n- {campaign: A, source: s, values: [a.example.org, b.example.org, c.example.org]}\n")
    new = write("new.yaml", b"kukla-signatures: 1\nsets:\n- {campaign: B, source: s, role: operator-side, values: [b.example.org]}\n"
                            b"- {campaign: A, source: s, values: [c.example.org, {value: d.example.org, note: x}]}\n")
    out, said = run(0, "diff", old, new)
    assert out.splitlines() == ["- domain      a.example.org reader-facing, A",
                                "~ domain      b.example.org campaign: A -> B; role: reader-facing -> operator-side",
                                "+ domain      d.example.org reader-facing, A"], out
    assert "1 added, 1 removed, 1 changed, 1 as they were" in said
    assert run(0, "diff", old, old)[0] == "" and run(0, "diff", "-q", old, old)[1] == ""
    run(0, "compile", "-q", old, "-o", "old.kdb")
    assert run(0, "diff", "old.kdb", old)[0] == "" and run(0, "diff", "old.kdb", new)[0] == out
    found = lines_of("diff", "-q", "old.kdb", new, "--json", "-")
    assert [one["difference"] for one in found] == ["removed", "changed", "added"]
    assert found[1]["changes"] == {"campaign": {"old": "A", "new": "B"}, "role": {"old": "reader-facing", "new": "operator-side"}}
    assert run(1, "diff", old)[1] and "No such file" in run(1, "diff", old, "missing.yaml")[1]
    out, said = run(2, "diff", old, write("x.json", b"{}"))
    assert not out


def test_report():
    mixed = write("mixed.txt", b"a.example.org\nt.me\nuser@example.org\n10.0.0.1\na.example.org\n")
    broken = write("cut.csv", b"Tactic,Technique,Procedure,Indicator\n0,0,0,a.example.org\n0,0,0,\"b.example.org\n")
    run(2, "import", "-q", mixed, broken, write("x.json", b"{}"), "--report", "r.json")
    with open("r.json", encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    lines = [(one["file"], one["line"], one["advice"]) for one in found if one["record"] == "line"]
    assert sorted(lines) == [("mixed.txt", 2, "review"), ("mixed.txt", 3, "refuse"), ("mixed.txt", 4, "refuse")], lines
    files = [one for one in found if one["record"] == "file"]
    assert files[0] == {"record": "file", "file": "mixed.txt", "format": "plain", "read": 5, "accepted": 1, "reviewed": 1, "refused": 2,
                        "duplicates": 1, "whole": True}, files[0]
    assert files[1]["broken_line"] == 3 and not files[1]["whole"] and "never closed" in files[1]["broken"]
    assert files[2]["file"] == "x.json" and not files[2]["whole"] and files[2]["broken"]
    many = write("many.txt", b"".join(b"10.0.0.%d\n" % n for n in range(100)))
    assert len(run(0, "compile", "-q", many, mixed, "-o", "r.kdb", "--report", "-")[0].splitlines()) == 100 + 3 + 2
    assert "mixed.txt, which" in run(1, "import", mixed, "--report", mixed)[1]


def test_nothing_is_written_over():
    feed = write("over.txt", b"a.example.org\n")
    write("over.yaml", b"feeds:\n  - {file: over.txt, source: s, campaign: A}\n")
    run(0, "compile", "-q", feed, "-o", "z.kdb")
    with open("z.kdb", "rb") as file:
        before = file.read()
    for words in (["compile", feed, "-o", "z.kdb", "--json", "./z.kdb"], ["test", "z.kdb", "a.example.org", "--json", "z.kdb"],
                  ["stats", "z.kdb", "--json", "z.kdb"], ["compile", "over.yaml", "-o", "z.kdb", "--json", feed],
                  ["compile", feed, "-o", "new.kdb", "--report", "./new.kdb"], ["import", feed, "--json", "-", "--report", "-"],
                  ["compile", feed, "-o", "over.yaml", "--feeds", "over.yaml"], ["export", feed, "-f", "pack", "-o", "x.yaml", "--json", feed]):
        assert "name another file" in run(1, *words)[1], words
    with open("z.kdb", "rb") as file:
        assert file.read() == before
    assert not os.path.exists("new.kdb") and run(0, "import", "-q", "--json", "-", feed)[0]


def test_what_is_warned_of():
    feed = write("warned.txt", b"a.example.org\n")
    run(0, "compile", "-q", feed, "-o", "w.kdb", "--set-version", "5")
    assert not run(0, "compile", "-q", feed, "-o", "w.kdb", "--set-version", "5")[1]
    assert "its number, 4, is lower than 5" in run(0, "compile", "-q", feed, "-o", "w.kdb", "--set-version", "4")[1]
    run(0, "keygen", "-o", "open.key")
    assert not run(0, "compile", "-q", feed, "-o", "w.kdb", "--sign", "open.key")[1]
    os.chmod("open.key", 0o644)
    assert "open.key: is secret and others can read" in run(0, "compile", "-q", feed, "-o", "w.kdb", "--sign", "open.key")[1]


def test_format():
    """Databases that another program wrote (tests/fuzz/corpus_sigdb.py), right ones and lying ones."""
    folder = os.path.join(TOP, "tests", "fuzz", "corpus", "sigdb")
    good = [name for name in os.listdir(folder) if name.startswith("good")]
    assert len(good) > 5 and len(os.listdir(folder)) > 2 * len(good)
    for name in os.listdir(folder):
        out, said = run(0 if name in good else 2, "test", os.path.join(folder, name), "X.a.example.org")
        assert (": domain a.example.org " in out) == (name in good and name not in ("good-empty", "good-longest-name", "good-urls") and
                                                  not name.startswith("good-condition")), name
        assert name in good or "compile it again" in said, (name, said)


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"{name}: passed")
    os.chdir(TOP)
