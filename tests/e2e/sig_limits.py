#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sig_limits.py KUKLA-SIG SOURCE_ROOT: what must not happen to a good set: signatures, numbers, broken feeds, bombs."""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

import programs
from programs import read, write

PROGRAM, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PACK = os.path.join(TOP, "signatures", "packs", "example.csv")
SANITIZED = len(sys.argv) > 3 and sys.argv[3] == "sanitized"
BOMB_S = 240 if SANITIZED else 40
MIB = 1 << 20


def run(code, *words, wait=600):
    return programs.run(code, PROGRAM, *words, wait=wait)


def processor_s():
    """Of all children: how long they wait for others says nothing."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_keys():
    out, _ = run(0, "keygen", "-o", "a.key")
    assert "a.key.pub" in out and os.stat("a.key").st_mode & 0o777 == 0o600
    before = read("a.key")
    assert "is there already" in run(1, "keygen", "-o", "a.key")[1] and read("a.key") == before
    os.rename("a.key", "b.key")  # only the public one is in the way: no secret one is left without it
    assert "a.key.pub: is there already" in run(1, "keygen", "-o", "a.key")[1] and not os.path.exists("a.key")
    os.rename("b.key", "a.key")
    run(0, "keygen", "-o", "b.key")
    assert run(1, "keygen")[1] and run(1, "keygen", "-o", "no/such/folder")[1]
    if shutil.which("openssl"):
        shown = subprocess.run(["openssl", "pkey", "-in", "a.key", "-pubout"], capture_output=True, check=True).stdout
        assert shown == read("a.key.pub")
        subprocess.run(["openssl", "genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.key"], capture_output=True,
                       check=True)
        assert "no secret Ed25519 key" in run(1, "compile", PACK, "--sign", "rsa.key", "-o", "rsa.kdb")[1]
        assert not os.path.exists("rsa.kdb")


def test_signature():
    said = run(0, "compile", PACK, "--sign", "a.key", "--now", "2026-11-01", "-o", "s.kdb")[1]
    assert "number 1793491200, signed" in said
    out = run(0, "verify", "s.kdb", "--trust", "b.key.pub", "--trust", "a.key.pub")[0]
    assert re.fullmatch(r"s.kdb: signed by [0-9a-f]{16}: 7 indicators, version [0-9a-f]{16}, number 1793491200, "
                        r"made 2026-11-01T00:00:00.000000\+0000\n", out), out
    assert "key that is not trusted" in run(2, "verify", "s.kdb", "--trust", "b.key.pub")[1]
    run(0, "compile", "-q", PACK, "-o", "u.kdb")
    assert "is not signed" in run(2, "verify", "u.kdb", "--trust", "a.key.pub")[1]
    octets = read("s.kdb")
    for at in (9, 20, 70, len(octets) - 200, len(octets) - 1):
        write("x.kdb", octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:])
        assert run(2, "verify", "x.kdb", "--trust", "a.key.pub")[1], at
    other = run(0, "compile", "-q", write("other.txt", b"evil.example.org\n"), "--now", "2026-11-01", "--sign", "b.key", "-o", "o.kdb") and read("o.kdb")
    write("x.kdb", other[:-96] + octets[-96:])  # a good signature, but of another file
    assert "was changed after it was signed" in run(2, "verify", "x.kdb", "--trust", "a.key.pub")[1]
    write("x.kdb", octets + b"\0")
    assert run(2, "verify", "x.kdb", "--trust", "a.key.pub")[1]
    assert "no public Ed25519 key" in run(1, "verify", "s.kdb", "--trust", "a.key")[1]
    assert "No such file" in run(1, "verify", "s.kdb", "--trust", "none")[1]
    assert run(1, "verify", "s.kdb")[1] and run(1, "verify", "--trust", "a.key.pub")[1]
    assert "No such file" in run(1, "compile", PACK, "--sign", "none", "-o", "none.kdb")[1] and not os.path.exists("none.kdb")


def test_same_again():
    for words in (["--now", "2026-11-01"], ["--now", "2026-11-01", "--set-version", "7", "--sign", "a.key"], ["--undated"]):
        run(0, "compile", "-q", PACK, *words, "-o", "1.kdb")
        run(0, "compile", "-q", PACK, *words, "-o", "2.kdb")
        assert read("1.kdb") == read("2.kdb"), words
    run(0, "compile", "-q", PACK, "--undated", "--set-version", "9", "--sign", "a.key", "-o", "1.kdb")
    assert "number 9, made at an unknown time" in run(0, "verify", "1.kdb", "--trust", "a.key.pub")[0]
    assert [name for name in os.listdir(".") if ".kdb." in name] == []


def test_broken_feed():
    run(0, "compile", "-q", PACK, "-o", "good.kdb")
    before = read("good.kdb")
    broken = write("broken.csv", b"Tactic,Technique,Procedure,Indicator\n0,0,0,a.example.org\n0,0,0,\"b.example.org\n")
    for feeds in ([broken], [PACK, broken], [broken, PACK], [write("none.json", b"{}")]):
        said = run(2, "compile", "-q", *feeds, "-o", "good.kdb")[1]
        assert "stays as it was" in said and read("good.kdb") == before, feeds
    assert "broken.csv: line 3: " in run(2, "compile", "-q", broken, "-o", "new.kdb")[1] and not os.path.exists("new.kdb")
    run(2, "compile", "-q", broken, "--partial", "-o", "new.kdb")
    assert "a.example.org" in run(0, "test", "new.kdb", "a.example.org")[0]
    empty = write("empty.txt", b"")
    assert "nothing of the feeds can be used" in run(2, "compile", "-q", "-f", "plain", empty, "-o", "good.kdb")[1]
    assert read("good.kdb") == before
    run(0, "compile", "-q", "-f", "plain", empty, "-o", "empty.kdb")
    run(0, "compile", "-q", "-f", "plain", empty, "--partial", "-o", "new.kdb")


def test_no_probe_takes_it():
    """What a probe would not start with does not take the place of what it has."""
    run(0, "compile", "-q", PACK, "-o", "good.kdb")
    before = read("good.kdb")
    alike = "".join(f"  - aaaa{chr(0x4e00 + i)}bbbb.com\n" for i in range(700))  # the same, but for one character
    write("alike.yaml", f"kukla-signatures: 1\nprotect:\n- campaign: c\n  source: s\n  kinds: [edit]\n  names:\n{alike}".encode())
    for words in ([], ["--partial"], ["--sign", "a.key"]):
        said = run(2, "compile", "-q", PACK, "alike.yaml", *words, "-o", "good.kdb")[1]
        assert re.search(r"stays as it was: too many protected names are alike: xn--aaaabbbb-\w+.com is one more", said), said
        assert "--partial" not in said and read("good.kdb") == before
    assert [name for name in os.listdir(".") if ".kdb." in name] == []


def bombs():
    stix = b'<stix:STIX_Package xmlns:stix="http://stix.mitre.org/stix-1">'
    entities = b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    pattern = b'{"type":"bundle","objects":[{"type":"indicator","pattern_type":"stix","pattern":"'
    equal = b"domain-name:value = 'a.example.org'"
    yield "entities.xml", b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + entities + b"]>" + stix + b"&j;</stix:STIX_Package>"
    yield "deep.xml", stix + b"<a>" * 3000000
    yield "deep.json", b'{"type":"bundle","objects":' + b"[" * 3000000
    yield "deep.yaml", b"kukla-signatures: 1\nsets: " + b"[" * 3000000
    yield "anchors.yaml", b"kukla-signatures: 1\nsets:\n- &a [x,x,x]\n" + b"".join(b"- &%c [*%c,*%c]\n" % (98 + i, 97 + i, 97 + i) for i in range(20))
    yield "line.txt", b"a" * (63 * MIB)
    yield "labels.txt", b"a." * (31 * MIB)
    yield "large.txt", b"a\n" * (33 * MIB)
    yield "quote.csv", b'type,value\ndomain,"' + b"a" * (60 * MIB)
    yield "columns.csv", b"domain" + b",x" * (20 * MIB) + b"\na.example.org" + b"," * (20 * MIB)
    yield "parentheses.json", pattern + b"(" * 900000 + b'"}]}'
    yield "conditions.json", pattern + b"[" + b" AND ".join([equal] * 20000) + b']"}]}'
    yield "choices.json", pattern + b" OR ".join([b"([" + equal + b"] AND [" + equal + b"])"] * 10000) + b'"}]}'
    yield "options.rules", b'alert tls any any -> any any (msg:"x"; ' + b'tls.sni; content:"a.example.org"; ' * 1000000 + b"sid:1;)\n"
    yield "pcre.rules", b'alert http any any -> any any (msg:"x"; http.host; pcre:"/' + b"(a+)+" * 1000000 + b'/"; sid:1;)\n'


def test_bombs():
    run(0, "compile", "-q", PACK, "-o", "good.kdb")
    before = read("good.kdb")
    for name, octets in bombs():
        write(name, octets)
        began = processor_s()
        said = run(2, "compile", name, "-o", "good.kdb")[1]
        took = processor_s() - began
        assert f"{name}: " in said and "stays as it was" in said and read("good.kdb") == before, (name, said[-500:])
        assert took < BOMB_S, (name, took)
        os.remove(name)


def test_tags():
    """What is said of all is read once, not for each."""
    count = 120000
    tags = ",".join('{"name":"t%d"}' % i for i in range(count))
    attributes = ",".join('{"type":"domain","value":"a%d.example.org"}' % i for i in range(count))
    text = '{"Event":{"info":"x","Orgc":{"name":"y"},"Tag":[' + tags + '],"Attribute":[' + attributes + "]}}"
    began = processor_s()
    run(0, "import", "-q", write("tags.json", text.encode()))
    assert processor_s() - began < BOMB_S
    os.remove("tags.json")


def test_limits():
    """What is too much for the child ends the child, and nothing else."""
    run(0, "compile", "-q", PACK, "-o", "good.kdb")
    before = read("good.kdb")
    many = write("many.txt", b"".join(b"%x.example.org\n" % (i * 2654435761 & 0xffffffff) for i in range(1500000)))
    began = processor_s()
    said = run(2, "compile", "-q", many, "--cpu", "1", "-o", "good.kdb")[1]
    assert "it took more than 1 s of the processor" in said and read("good.kdb") == before
    assert processor_s() - began < BOMB_S
    said = run(2, "import", "-q", many, "--cpu", "1")[1]
    assert said == "kukla-sig: it took more of the processor than --cpu allows\n", said
    if not SANITIZED:
        said = run(1, "compile", "-q", many, "--memory", "150", "-o", "good.kdb")[1]
        assert "Cannot allocate memory" in said and read("good.kdb") == before
    assert [name for name in os.listdir(".") if ".kdb." in name] == []


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"{name}: passed")
    os.chdir(TOP)
