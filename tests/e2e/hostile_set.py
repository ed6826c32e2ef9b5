#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_set.py KUKLA-SIG: databases by somebody who knows the format and computes the sum."""
import hashlib
import os
import struct
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
SANITIZED = len(sys.argv) > 2 and sys.argv[2] == "sanitized"
USER_AGENT, SIGNATURE = 10, 16  # enum indicator_type
SLACK = bytes(9)  # eight octets, and the empty text
ABOUT = struct.pack(">B3x11I", 0, *[8] * 7, 0, 0, 0, 0)
NO_NAMES = (bytes(32) + struct.pack(">III", 0, 1, 1)).ljust(64, b"\0") + bytes(128)
PROCESSOR_S = 20 if SANITIZED else 2
MIB = 1 << 20


def database(name, sections, tail=b""):
    """Sections are pairs of an id and octets."""
    at = 64 + 24 * len(sections)
    table = body = b""
    for key, octets in sections:
        gap = -at % 64
        at += gap
        table += key + struct.pack(">IQQ", 0, at, len(octets))
        body += bytes(gap) + octets
        at += len(octets)
    summed = struct.pack(">QII", at, len(sections), 0) + table + body
    with open(name, "wb") as file:
        file.write(b"KUKLASIG" + struct.pack(">II", 2, 0) + hashlib.sha256(summed).digest() + summed + tail)
    return name


def entries(kind, offsets):
    return b"".join(struct.pack(">BBBBIII", kind, 0, 0, 0, offset, 1, 0) for offset in offsets)


def of_texts(name, kind, texts, offsets, about=ABOUT, conditions=None):
    sections = [(b"ENTR", entries(kind, offsets)), (b"ABOU", about), (b"TEXT", texts), (b"NAME", NO_NAMES)]
    return database(name, sections + ([(b"EXPR", conditions)] if conditions else []))


def run(code, *words):
    """Its output, and the processor's time and memory that it took."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writes, 1)
        os.dup2(writes, 2)
        os.execv(PROGRAM, [PROGRAM, *words])
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) == code, (words, status, said[-2000:])
    return said.decode(errors="replace"), used.ru_utime + used.ru_stime, used.ru_maxrss << 10


def test_texts_over_one_another():
    """So many values of a few octets each: all are endings of one text."""
    count = 100000
    offsets = [9 + count - length for length in range(1, count + 1)]
    of_texts("over.kdb", USER_AGENT, SLACK + b"a" * count + b"\0", offsets)
    said, took, _ = run(2, "test", "over.kdb", "aaa")
    assert "over.kdb: malformed" in said and took < PROCESSOR_S, (said, took)
    texts = b"".join(b"%06d\0" % i for i in range(count))  # the same number, each with a text
    of_texts("apart.kdb", USER_AGENT, SLACK + texts, range(9, 9 + 7 * count, 7))
    said, took, _ = run(0, "test", "apart.kdb", "099999")
    assert "user-agent 099999" in said and took < PROCESSOR_S, (said, took)


def test_one_condition_for_all():
    condition = b"any(" + b", ".join(b'tls.sni exact "a%d.example.org"' % i for i in range(250)) + b")\0"
    count, begin = 10000, len(SLACK + condition)
    texts = SLACK + condition + b"".join(b"%05d\0" % i for i in range(count))
    of_texts("one.kdb", SIGNATURE, texts, range(begin, begin + 6 * count, 6), conditions=struct.pack(">I", 9) * count)
    said, took, memory = run(2, "test", "one.kdb", "tls.sni=a1.example.org")
    assert "one.kdb: malformed" in said and took < PROCESSOR_S, (said, took)
    assert SANITIZED or memory < 64 * MIB, memory


def test_same_conditions_are_fine():
    """Of a compiled set each signature has its own text, even where others have the same."""
    names = "".join(f"- {{name: s{i}, source: s, match: {{tls.sni: [a.example.org, b.example.org]}}}}\n" for i in range(40))
    with open("same.yaml", "w", encoding="utf-8") as file:
        file.write(f"kukla-signatures: 1\nsignatures:\n{names}")
    run(0, "compile", "-q", "same.yaml", "-o", "same.kdb")
    assert run(0, "test", "same.kdb", "tls.sni=a.example.org")[0].count("signature s") == 40


def test_crowd():
    """Signatures that ask for nothing rare are compiled, and said."""
    ports = ", ".join(str(port) for port in range(2, 502, 2))
    match = f"{{http.http_user_agent: Agent/1, dest_port: [{ports}]}}"
    signatures = "".join(f"- {{name: c{i:03}, source: s, match: {match}}}\n" for i in range(40))
    for count, text in ((40, signatures), (16, "".join(signatures.splitlines(True)[:16]))):
        with open("crowd.yaml", "w", encoding="utf-8") as file:
            file.write(f"kukla-signatures: 1\nsignatures:\n{text}")
        said = run(0, "compile", "crowd.yaml", "-o", "crowd.kdb")[0]
        wanted = f"{count} signatures (c000 and others) wait for http.http_user_agent exact \"Agent/1\""
        assert (wanted in said and "match.work_cap" in said) == (count == 40), said
    assert "c000" in run(0, "test", "crowd.kdb", "http.http_user_agent=Agent/1", "dest_port=500")[0]


def test_little_is_read():
    """What is no database, or nobody signed, is not read as a whole."""
    run(0, "keygen", "-o", "k")
    with open("big.kdb", "wb") as file:
        file.truncate(1 << 30)
    said, took, memory = run(2, "test", "big.kdb", "example.org")
    assert "not a signature database" in said and took < PROCESSOR_S, (said, took)
    assert SANITIZED or memory < 64 * MIB, memory
    with open("big.kdb", "r+b") as file:
        file.write(b"KUKLASIG" + struct.pack(">II", 2, 0) + bytes(32) + struct.pack(">QII", 1 << 30, 0, 0))
    said, took, memory = run(2, "verify", "big.kdb", "--trust", "k.pub")
    assert "is not signed" in said and took < PROCESSOR_S, (said, took)
    assert SANITIZED or memory < 64 * MIB, memory
    with open("big.kdb", "r+b") as file:
        file.truncate((1 << 30) + 1)
    said, _, memory = run(1, "test", "big.kdb", "example.org")
    assert "too large" in said.lower() and (SANITIZED or memory < 64 * MIB), (said, memory)


def test_terminal():
    """Nothing that others wrote reaches a terminal as what it does there."""
    hostile = b"ua\x1b[31m\xc2\x9b32m\xe2\x80\xaeX\r\ny"
    condition = len(SLACK + hostile + b"\0")
    texts = SLACK + hostile + b"\0" + b'tls.sni exact "a.example.org"\0'
    about = struct.pack(">B3x11I", 0, *[9] * 7, 0, 0, 0, 0)
    of_texts("agent.kdb", USER_AGENT, texts, [9], about)
    of_texts("signature.kdb", SIGNATURE, texts, [9], about, struct.pack(">I", condition))
    for words in (["agent.kdb", hostile.decode()], ["signature.kdb", "tls.sni=a.example.org"]):
        said = run(0, "test", *words)[0]
        assert said.count("\n") == 2 and said.endswith("\n"), said
        assert said.count("\\x1b[31m") >= 3 and not set(said) & set("\x1b\x9b\r\u202e"), said


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print(f"{name}: passed")
    os.chdir("/")
