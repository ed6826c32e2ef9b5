#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the inputs that a person thought of into tests/fuzz/corpus/NAME/. What a fuzzer found is added beside them by hand.

Names are those set aside for documentation (RFC 2606, RFC 5737); no octet comes from a capture."""
import hashlib
import hmac
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def write(target, name, octets):
    folder = os.path.join(HERE, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(octets)


def text():
    write("text", "address4", b"192.0.2.255")
    write("text", "address6", b"2001:db8:0:0:1:0:0:1")
    write("text", "mapped", b"::ffff:192.0.2.1")
    write("text", "escape", b"\x1b[2J\x9b1m\xc2\x9b1m\r\n\t\x7f\x00")
    write("text", "bidi", "a\u202eb\u2066c\u2069\u2028\ufeff\U000e0041".encode())
    write("text", "utf8", "caf\u00e9 \u20ac \U0001f600 \U0010ffff".encode())
    write("text", "not-utf8", b"\xc0\xaf\xe0\x80\xaf\xed\xa0\x80\xf4\x90\x80\x80\xff\xfe\xc3")
    write("text", "words", b"workerswrokers")


def assemble():
    def pieces(*of):
        return b"".join(struct.pack(">HB", at, len(octets)) + octets for at, octets in of)
    write("assemble", "in-order", pieces((0, b"hello "), (6, b"world")))
    write("assemble", "out-of-order", pieces((6, b"wor"), (10, b"d"), (0, b"hello "), (9, b"l")))
    write("assemble", "conflict", pieces((2, b"cd"), (6, b"gh"), (0, b"abXXefghij")))
    write("assemble", "past-the-end", pieces((290, b"0123456789abcdef"), (300, b"x"), (65535, b"y")))
    write("assemble", "many-ranges", pieces(*((2 * i, b"x") for i in range(40))))


def json():
    def value(table, field, octets):
        return bytes([table + 4 * field, len(octets)]) + octets
    write("json", "flow", value(0, 0, b"\0" * 8) + value(0, 1, b"\x2a") + value(0, 2, b"\0" * 10 + b"\xff\xff\xc0\0\2\1") +
          value(0, 6, b"\x06") + value(0, 9, b"\x0a") + value(0, 9, b"\x14") + value(1, 0, b"\5") + value(1, 12, b"\x1b"))
    write("json", "hostile-text", value(2, 0, b"</script>\"\\\x00\x1b\xff" + "\u2028\u2029".encode()) + value(1, 7, b"\xed\xa0\x80"))
    write("json", "lists", b"".join(value(3, i % 4, bytes([65 + i])) for i in range(12)) + value(3, 1, b"") + value(3, 0, b"x"))
    write("json", "uneven-lists", value(3, 1, b"a") + value(3, 1, b"b") + value(3, 2, b"\1") + value(3, 3, b"\1"))


def conf():
    write("conf", "all", b"workers: 8\nquiet: true\nspool: /var/spool/x\nfeeds:\n  - a.csv\n  - \"b \\x1b\\u202e\"\n"
          b"receive:\n  address: '::1'\n  port: 4739\n  allow: [192.0.2.1, 198.51.100.0/24]\n")
    write("conf", "flow-style", b"---\n{workers: 3, receive: {port: 7}, feeds: []}\n...\n")
    write("conf", "dotted", b"receive.port: 99\n# comment\n")
    write("conf", "duplicate", b"workers: 1\nworkers: 2\n")
    write("conf", "unknown", b"wrokers: 1\n")
    write("conf", "alias", b"spool: &a x\nreceive:\n  address: *a\n")
    write("conf", "block", b"spool: |\n  one\n  two\nfeeds:\n- >-\n  folded\n  text\n- ? a\n")
    write("conf", "deep", b"[[[[{[{[[{\n")
    write("conf", "utf16", "workers: 3\n".encode("utf-16"))
    write("conf", "tag", b"%YAML 1.1\n%TAG ! tag:example.org,2000:\n---\nworkers: !!int 3\n")


def ipfix():
    def message(*sets):
        body = b"".join(struct.pack(">HH", number, 4 + len(octets)) + octets for number, octets in sets)
        return struct.pack(">HHIII", 10, 16 + len(body), 1000, 0, 1) + body

    def template(number, *elements):
        return struct.pack(">HH", number, len(elements)) + b"".join(
            struct.pack(">HH", ie, size) if pen is None else struct.pack(">HHI", ie | 0x8000, size, pen) for ie, size, pen in elements)
    own, any_size = 32473, 65535
    flow = template(256, (8, 4, None), (12, 4, None), (4, 1, None), (2, 8, None), (1, 4, None), (2, 8, 29305), (152, 8, None),
                    (101, 4, own), (96, any_size, None), (291, any_size, None))
    values = (bytes([192, 0, 2, 1, 192, 0, 2, 2, 6]) + struct.pack(">QIQQI", 1, 2, 3, 1700000000000, 999999) + b"\3TLS" +
              b"\x09\4" + struct.pack(">HHHH", 58, 2, 5, 6))
    options = struct.pack(">HHHHHHH", 257, 2, 1, 149, 4, 160, 8)
    uptime = template(258, (22, 4, None), (21, 4, None), (27, 16, None))
    stream, datagram = b"\2\0", b"\3\0"
    write("ipfix", "flow", stream + message((2, flow), (256, values)))
    write("ipfix", "two-messages", stream + message((2, flow)) + message((256, 2 * values + b"\0")))
    write("ipfix", "in-pieces", b"\0\6" + message((2, flow), (256, values)))
    write("ipfix", "uptime", datagram + message((3, options), (257, bytes(5) + b"\1" + bytes(6)), (2, uptime), (258, bytes(24))))
    write("ipfix", "withdrawn", stream + message((2, flow + struct.pack(">HH", 256, 0)), (256, values)))
    write("ipfix", "redefined", datagram + message((2, flow + template(256, (4, 1, None))), (256, b"\6\7")))
    write("ipfix", "ledger", stream + message((2, template(300, (1000, 8, own), (1199, 3, own))), (300, bytes(11))))
    write("ipfix", "list-lies", datagram + message((2, template(256, (4, 1, None), (291, any_size, None))),
                                                   (256, b"\6\7\4" + struct.pack(">HH", 58, 4) + b"\0\0")))


def feeds():
    head = b"Tactic ,Technique,Procedure,Indicator,Commernts\r\n"
    write("import", "kill-chain", b"\xef\xbb\xbf" + head + b"0,0.6 Domains,\"0.6.1 a,\r\nb\",hxxps[://]a(.)example{.}org[:]8080/x?y,"
          b"\"a \"\"note\"\"\"\r\n,,,,\r\n0,0.6,p,b[.]example[.]org (note),\r\n0,0.9,p,12 accounts,\r\n0,0.6,p,\"x\"y,\r\n0,0,0,\"open")
    write("import", "legacy", b"indicator_type,indicator_value,comment,ds\ndomain_name,a.example.org,,2030-01-01\n"
          b"md5,10c1f38305792a0f925e8a2cf9482ce3,,\nemail,a@example.org,,\nip,8.8.8.8,,\nip,10.0.0.1,,\n")
    write("import", "tabs", b"indicator_type\tindicator_value\tcomment\tds\ndomain\t*.example.org.\t\t\n")
    write("import", "list", "# list\nm\u00fcnchen.example.org \u00a0note\n8.8.8.0/24\n[2001:4860::8888]:443\rAS64496\n"
          "http://[2001:4860::8888]/\nt13d1516h2_8daaf6152771_e5627efa2ab1\n@handle\n/path\nco.uk\n".encode())
    write("import", "odd-octets", b"a\x00b.example.org\n\xff.example.org\nexample.org|\n\xc2\xa0\n\xe2\x80\x8b\n..\n*.\n.\n")
    write("import", "long", b"a" * 64 + b".org\n" + b"a." * 126 + b"org\n" + b"a.org/" + b"b" * 2100 + b"\n")
    write("import", "utf16", "a.example.org\n".encode("utf-16"))


def sigdb():
    def file(entries, texts, magic=b"KUKLASIG", version=1, count=None):
        body = struct.pack(">II", len(entries) if count is None else count, len(texts)) + b"".join(entries) + texts
        return magic + struct.pack(">II", version, 0) + hashlib.sha256(body).digest() + body

    def entry(kind, value, scope=1, advice=0, other=0):
        return struct.pack(">5B3xI5I", kind, 0, scope, advice, 0, 1, value, other, other, other, other)
    texts = b"\0008.8.8.8\000a.example.org\000b.example.org\0"
    good = [entry(0, 9), entry(0, 23), entry(2, 1, 0)]
    write("sigdb", "good", file(good, texts))
    write("sigdb", "empty", file([], b""))
    write("sigdb", "offset-past-the-end", file([entry(0, 0xffffffff)], texts))
    write("sigdb", "open-text", file(good, texts[:-1]))
    write("sigdb", "unsorted", file(good[::-1], texts))
    write("sigdb", "wrong-count", file(good, texts, count=0x08000000))
    write("sigdb", "wrong-type", file([entry(200, 9)], texts))
    write("sigdb", "refused-advice", file([entry(0, 9, 1, 4)], texts))
    write("sigdb", "not-a-name", file([entry(0, 1)], b"\0A|b\0"))
    write("sigdb", "not-an-address", file([entry(2, 9)], texts))
    write("sigdb", "next-version", file(good, texts, version=2))


for target in (text, assemble, json, conf, ipfix, feeds, sigdb):
    target()
