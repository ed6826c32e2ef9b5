#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the inputs that a person thought of into tests/fuzz/corpus/NAME/. What a fuzzer found is added beside them by hand.

Names are those set aside for documentation (RFC 2606, RFC 5737); no octet comes from a capture."""
import hashlib
import os
import struct

from quic_initial import crypto_frame, initial

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


def name_hash(name):
    h = 2166136261
    for octet in name.encode():
        h = (h ^ octet) * 16777619 & 0xffffffff
    return (h ^ h >> 8 ^ h >> 16 ^ h >> 24) & 0xff


UDP, END, SMALL_RECORDS = 1, 2, 4
CLIENT, SERVER = 0, 0x8000  # who sends


def flow(dissector, name, flags, *pieces, step=255):
    write("dissect", dissector + "-" + name, bytes([name_hash(dissector), flags, step]) +
          b"".join(struct.pack(">H", side | len(octets)) + octets for side, octets in pieces))


def tls_hello(sni=b"www.example.org", more=b""):
    def vector(width, octets):
        return len(octets).to_bytes(width, "big") + octets

    def extension(kind, body):
        return struct.pack(">H", kind) + vector(2, body)
    extensions = (extension(0x1a1a, b"") + extension(0, vector(2, b"\0" + vector(2, sni))) +
                  extension(10, vector(2, b"\x2a\x2a\0\x1d\0\x17")) + extension(11, vector(1, b"\0")) +
                  extension(16, vector(2, vector(1, b"h2") + vector(1, b"http/1.1"))) +
                  extension(13, vector(2, b"\4\3\x08\4")) + extension(43, vector(1, b"\x0a\x0a\3\4\3\3")) + more)
    body = b"\3\3" + bytes(range(32)) + vector(1, b"") + vector(2, b"\x0a\x0a\x13\1\xc0\x2b") + vector(1, b"\0") + vector(2, extensions)
    return b"\1" + vector(3, body)


def tls_record(octets):
    return b"\x16\3\1" + struct.pack(">H", len(octets)) + octets


def tls():
    hello = tls_hello()
    server = b"\2\0\0\x36\3\3" + bytes(32) + b"\0\x13\1\0\0\x0e\0\x2b\0\2\3\4\0\x10\0\4\0\2\1h"
    flow("tls", "hello", 0, (CLIENT, tls_record(hello)), (SERVER, tls_record(server)))
    flow("tls", "two-segments", END, (CLIENT, tls_record(hello)[:40]), (CLIENT, tls_record(hello)[40:]), step=9)
    flow("tls", "two-records", 0, (CLIENT, tls_record(hello[:50]) + tls_record(hello[50:])))
    flow("tls", "tiny-records", SMALL_RECORDS, (CLIENT, b"".join(tls_record(hello[i:i + 3]) for i in range(0, len(hello), 3))))
    flow("tls", "encrypted-hello", 0, (CLIENT, tls_record(tls_hello(more=b"\xfe\x0d\0\4\0\1\2\3"))))
    flow("tls", "hostile-name", 0, (CLIENT, tls_record(tls_hello(b"a\0b</script>\xff" * 12))))
    flow("tls", "length-lies", 0, (CLIENT, tls_record(hello[:2] + b"\xff\xff" + hello[4:])))
    flow("tls", "cut-off", END, (CLIENT, tls_record(hello)[:-9]))


def dns_name(name):
    return b"".join(bytes([len(label)]) + label for label in name.split(b".") if label) + b"\0"


def dns():
    def message(flags, counts, body, number=4660):
        return struct.pack(">HHHHHH", number, flags, *counts) + body

    def answer(kind, rdata, ttl=300, owner=b"\xc0\x0c"):
        return owner + struct.pack(">HHIH", kind, 1, ttl, len(rdata)) + rdata
    question = dns_name(b"www.example.org") + b"\0\1\0\1"
    query = message(0x0100, (1, 0, 0, 1), question + b"\0\0\x29\x10\0\0\0\0\0\0\0")
    reply = message(0x8180, (1, 4, 0, 0), question + answer(5, b"\3cdn\xc0\x10") + answer(1, b"\xc0\0\2\1", 0, b"\xc0\x2d") +
                    answer(28, bytes.fromhex("20010db8000000000000000000000001")) + answer(16, b"\5he\"lo\0"))
    flow("dns", "query-reply", UDP, (CLIENT, query), (SERVER, reply))
    flow("dns", "tcp", 0, (CLIENT, struct.pack(">H", len(query)) + query), (SERVER, struct.pack(">H", len(reply)) + reply +
         struct.pack(">H", len(reply)) + reply), step=30)
    flow("dns", "other-types", UDP, (SERVER, message(0x8583, (1, 6, 0, 0), question + answer(15, b"\0\x0a\xc0\x0c") +
         answer(33, b"\0\1\0\2\1\xbb\xc0\x0c") + answer(65, b"\0\1\0\0\1\0\3\2h2") + answer(6, b"\xc0\x0c\xc0\x0c" + bytes(20)) +
         answer(2, b"\xc0\x0c") + answer(12, b"\xc0\x0c"))))
    svcb = b"\0\1\0" + b"\0\1\0\6\2h2\2h3" + b"\0\4\0\4\xc0\0\2\1" + b"\0\5\0\3ech" + b"\xff\0\0\1x"
    signed = answer(46, b"\0\1\x0d\3" + bytes(16) + dns_name(b"example.org") + b"sig") + answer(
        47, dns_name(b"a.example.org") + b"\0\6\x40\1\0\0\0\3") + answer(50, b"\1\0\0\x0a\2\xaa\xbb\5hash!\0\1\x40") + answer(
        43, b"\xec\x45\5\1digest") + answer(48, b"\1\1\3\x0dkey") + answer(51, b"\1\0\0\0\0") + answer(52, b"\3\1\1digest") + answer(44, b"\4\2digest")
    others = answer(257, b"\x80\5issueca.example") + answer(35, b"\0\1\0\2\1u\7E2U+sip\0\xc0\x0c") + answer(13, b"\3cpu\2os") + answer(
        256, b"\0\x0a\0\1ftp://example.org/") + answer(65, svcb) + answer(64, b"\0\0" + dns_name(b"svc.example.org"))
    edns = b"\0\0\x29\4\xd0\1\0\x80\0\0\x17\0\x08\0\7\0\1\x18\0\xc0\0\2\0\x0f\0\4\0\x0fno\0\x0a"
    flow("dns", "signed", UDP, (SERVER, message(0x8580, (1, 8, 0, 0), question + signed)))
    flow("dns", "sections", UDP, (SERVER, message(0x8580, (1, 6, 1, 2), question + others + answer(2, b"\xc0\x0c") +
         answer(1, b"\xc0\0\2\1") + edns)))
    flow("dns", "update", UDP, (CLIENT, message(0x2800, (1, 1, 1, 0), dns_name(b"example.org") + b"\0\6\0\1" + answer(255, b"") +
         answer(1, b"\xc0\0\2\1"))), (SERVER, message(0xa800, (0, 0, 0, 0), b"")))
    stream = struct.pack(">H", len(reply)) + reply
    flow("dns", "middle", 0, (SERVER, stream[20:] + stream * 2), step=40)
    flow("dns", "length-lies", 0, (SERVER, struct.pack(">H", len(reply) + 3) + reply + stream * 3), step=200)
    transfer = message(0x8400, (1, 900, 0, 0), dns_name(b"example.org") + b"\0\xfc\0\1" + answer(1, b"\xc0\0\2\1") * 900)
    flow("dns", "transfer", 0, (SERVER, struct.pack(">H", len(transfer)) + transfer), (SERVER, stream))
    flow("dns", "pointer-loop", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), b"\xc0\x0c\0\1\0\1")))
    flow("dns", "pointer-ahead", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), b"\xc0\x20\0\1\0\1" + bytes(20))))
    chain = b"".join(b"\1a" + struct.pack(">H", 0xc00c + 4 * max(i - 1, 0)) for i in range(80))
    flow("dns", "pointer-chain", UDP, (SERVER, message(0x8180, (1, 1, 0, 0), b"\1z\0\0" + chain + b"\0\1\0\1" + answer(1, bytes(4), owner=b"\xc1\x40"))))
    flow("dns", "long-name", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), dns_name(b".".join([b"x" * 63] * 5)) + b"\0\1\0\1")))
    flow("dns", "many-counts", UDP, (SERVER, message(0x8180, (65535, 65535, 65535, 65535), question * 20)))
    flow("dns", "hostile-labels", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), b"\5a.b\\c\4\0\xff<>\0\0\1\0\1")))


def dns_names():
    def seed(name, at, octets):
        write("dns_name", name, struct.pack(">H", at) + octets)
    example = dns_name(b"www.example.org")
    seed("plain", 0, example)
    seed("pointer", 17, example + b"\3cdn\xc0\4")
    seed("odd-octets", 0, b"\5a.b\\c\4\0\xff \"\0")
    seed("root", 0, b"\0")
    seed("to-itself", 2, b"\0\0\xc0\2")
    seed("ahead", 0, b"\xc0\2" + example)
    seed("longest", 0, dns_name(b".".join([b"x" * 63] * 3 + [b"y" * 61])))
    seed("too-long", 0, dns_name(b".".join([b"x" * 63] * 3 + [b"y" * 62])))
    seed("labels", 0, dns_name(b".".join([b"a"] * 127)))
    seed("too-many-labels", 0, dns_name(b".".join([b"a"] * 128)))
    seed("jumps", 2 * 64 + 1, b"\0" + b"".join(struct.pack(">H", 0xc000 | max(2 * i - 1, 0)) for i in range(66)))
    seed("reserved-label", 0, b"\x40ab\0")


def http():
    request = (b"GET /news?id=1&u=2 HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: Mozilla/5.0 (X11)\r\n"
               b"Accept: */*\r\n\r\n")
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    flow("http", "get", 0, (CLIENT, request), (SERVER, reply))
    flow("http", "slow", END, (CLIENT, request), (SERVER, reply), step=6)
    flow("http", "pipelined", 0, (CLIENT, request * 3), (SERVER, reply * 3))
    flow("http", "bare-newlines", 0, (CLIENT, request.replace(b"\r", b"")))
    flow("http", "folded", SMALL_RECORDS, (CLIENT, b"POST http://example.net:8080/a?b HTTP/1.0\r\nhOsT :\r\n\texample.org\r\n\r\n"))
    flow("http", "hostile", 0, (CLIENT, b"GET /\x1b[2J\xff\0 HTTP/1.1\r\nHost: a\0b<script>\r\nUser-Agent: \xe2\x80\xae\r\n\r\n"))
    flow("http", "many-headers", 0, (CLIENT, b"GET / HTTP/1.1\r\n" + b"A:\r\n" * 200 + b"\r\n"))
    flow("http", "no-end", END, (CLIENT, b"GET /" + b"a" * 3000))
    flow("http", "status", END, (SERVER, b"HTTP/1.1 99999999999999 \r\n\r\n"))


def quic():
    hello = tls_hello()
    padded = (crypto_frame(0, hello) + bytes(1200))[:1162]
    halves = crypto_frame(100, hello[100:]) + b"\1\0\0" + crypto_frame(0, hello[:60])
    flow("quic", "initial", UDP, (CLIENT, initial(padded)))
    flow("quic", "out-of-order", UDP, (CLIENT, initial(halves, 1)), (CLIENT, initial(crypto_frame(50, hello[50:110]), 2)))
    flow("quic", "coalesced", UDP, (CLIENT, initial(crypto_frame(80, hello[80:])) + initial(crypto_frame(0, hello[:80]), 3, token=b"token")))
    flow("quic", "other-frames", UDP, (CLIENT, initial(b"\2\1\0\2\0\0\0\1\1\3\1\0\0\0\1\1\1\1" + crypto_frame(0, hello) + b"\x1c\0\0\0")))
    flow("quic", "bad-frames", UDP, (CLIENT, initial(b"\2\xff\xff\xff\xff\xff\xff\xff\xff" * 4 + bytes(20))))
    flow("quic", "new-connection", UDP, *((CLIENT, initial(crypto_frame(0, hello), dcid=bytes([i] * 8))) for i in range(4)))
    flow("quic", "versions", UDP, *((CLIENT, bytes([0xc0]) + struct.pack(">I", version) + b"\x08" + bytes(30))
                                    for version in (0, 0x6b3343cf, 0xff00001d, 0x51303433, 0x0a0a0a0a)))


def decode():
    def frame(name, link, octets, longer=0):
        write("decode", name, struct.pack(">HB", link, longer) + octets)

    def ether(kind, octets):
        return bytes(12) + struct.pack(">H", kind) + octets

    def ip4(protocol, octets, fragment=0, extra=b""):
        return struct.pack(">BBHHHBBH", 0x45 + len(extra) // 4, 0, 20 + len(extra) + len(octets), 1, fragment, 64, protocol, 0) + \
            b"\xc0\0\2\1\xc6\x33\x64\7" + extra + octets

    def ip6(protocol, octets):
        return struct.pack(">IHBB", 0x60000000, len(octets), protocol, 64) + bytes.fromhex("20010db8") + bytes(11) + b"\1" + \
            bytes.fromhex("20010db8") + bytes(11) + b"\2" + octets
    tcp = struct.pack(">HHIIBBHHH", 40000, 443, 1, 2, 0x50, 0x18, 1000, 0, 0) + b"hello"
    udp = struct.pack(">HHHH", 40000, 53, 13, 0) + b"hello"
    vxlan = struct.pack(">HHHH", 40000, 4789, 8 + 8 + 14 + 20 + len(tcp), 0) + b"\x08\0\0\0\0\0\1\0"
    frame("tcp4", 1, ether(0x0800, ip4(6, tcp)))
    frame("udp6", 1, ether(0x86dd, ip6(17, udp)))
    frame("raw4", 101, ip4(17, udp))
    frame("raw6", 101, ip6(6, tcp))
    frame("null", 0, struct.pack("<I", 2) + ip4(6, tcp))
    frame("loop", 108, struct.pack(">I", 24) + ip6(6, tcp))
    frame("cooked", 113, bytes(14) + b"\x08\0" + ip4(6, tcp))
    frame("cooked2", 276, b"\x08\0" + bytes(18) + ip4(6, tcp))
    frame("vlans", 1, ether(0x88a8, b"\0\x0a\x81\0\0\x14\x08\0" + ip4(6, tcp)))
    frame("too-many-vlans", 1, ether(0x8100, b"\0\1\x81\0" * 9 + b"\0\1\x08\0" + ip4(6, tcp)))
    frame("mpls", 1, ether(0x8847, b"\0\0\x10\x40\0\0\x21\x40" + ip4(6, tcp)))
    frame("options", 1, ether(0x0800, ip4(6, tcp, extra=b"\x94\4\0\0\0\0\0\0")))
    frame("fragment", 1, ether(0x0800, ip4(17, udp, fragment=0x2001)))
    frame("first-fragment", 1, ether(0x0800, ip4(17, udp, fragment=0x2000)))
    frame("extensions", 1, ether(0x86dd, ip6(0, b"\x2b\0\1\4\0\0\0\0\x3c\0\4\0\0\0\0\0\x2c\0\1\4\0\0\0\0\6\0\0\1\0\0\0\2" + tcp)))
    frame("extension-loop", 1, ether(0x86dd, ip6(0, b"\0\0\1\4\0\0\0\0" * 20)))
    frame("icmp", 1, ether(0x0800, ip4(1, b"\x08\0\0\0\0\1\0\1ping")))
    frame("icmp6", 1, ether(0x86dd, ip6(58, b"\x87\0\0\0" + bytes(20))))
    frame("gre", 1, ether(0x0800, ip4(47, b"\0\0\x08\0" + ip4(6, tcp))))
    frame("ip-in-ip", 1, ether(0x0800, ip4(4, ip4(41, ip6(6, tcp)))))
    frame("vxlan", 1, ether(0x0800, ip4(17, vxlan + ether(0x0800, ip4(6, tcp)))))
    frame("arp", 1, ether(0x0806, bytes(28)))
    frame("padded", 1, ether(0x0800, ip4(17, udp) + bytes(13)))
    frame("cut-off", 1, ether(0x0800, ip4(6, tcp))[:40], longer=19)
    frame("no-length", 1, ether(0x0800, ip4(6, tcp)[:2] + b"\0\0" + ip4(6, tcp)[4:]))
    frame("bad-version", 1, ether(0x0800, b"\x95" + ip4(6, tcp)[1:]))
    frame("bad-header-length", 1, ether(0x0800, b"\x41" + ip4(6, tcp)[1:]))
    frame("bad-tcp-offset", 1, ether(0x0800, ip4(6, tcp[:12] + b"\x20" + tcp[13:])))
    frame("unknown-link", 9999, bytes(40))


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


def ipfix_streams():
    def part(kind, octets):
        return struct.pack(">HH", kind, 4 + len(octets)) + octets

    def message(*sets, sequence=0):
        body = b"".join(sets)
        return struct.pack(">HHIII", 10, 16 + len(body), 1684047600, sequence, 1) + body

    def template(number, *elements):
        return struct.pack(">HH", number, len(elements)) + b"".join(
            struct.pack(">HH", ie | (0x8000 if pen else 0), width) + (struct.pack(">I", pen) if pen else b"") for ie, width, pen in elements)

    def text(octets):
        return bytes([len(octets)]) + octets
    basic = template(256, (8, 4, 0), (12, 4, 0), (7, 2, 0), (11, 2, 0), (4, 1, 0), (2, 8, 0), (1, 4, 0), (152, 8, 0), (153, 8, 0), (2, 8, 29305))
    row = b"\xc0\0\2\1\xc6\x33\x64\7\x9c\x40\1\xbb\6" + bytes(7) + b"\5\0\0\2\0" + struct.pack(">QQQ", 1684047600000, 1684047600500, 4)
    named = template(257, (27, 16, 0), (28, 16, 0), (96, 65535, 0), (294, 65535, 6871), (4, 1, 0))
    named_row = bytes(15) + b"\1" + bytes(15) + b"\2" + text(b"TLS") + b"\xff\0\x0f" + b"www.example.org" + b"\6"

    def stream(name, *messages, step=7):
        write("ipfix", name, bytes([0, step]) + b"".join(messages))

    def datagrams(name, *messages):
        write("ipfix", name, b"\1\0" + b"".join(struct.pack(">H", len(m)) + m for m in messages))
    first = message(part(2, basic + named))
    data = message(part(256, row * 3 + bytes(3)), part(257, named_row))
    stream("many-flows", first, data, message(part(256, row), sequence=4))
    stream("options", message(part(3, struct.pack(">HHHHHHHHH", 258, 3, 1, 149, 4, 41, 8, 42, 8)), part(258, bytes(20))), first, data)
    stream("no-template", data, first, data, step=1)
    stream("again", first, message(part(2, template(256, (4, 1, 0)))), message(part(256, b"\6\x11")))
    stream("withdrawn-and-used", first, message(part(2, struct.pack(">HH", 256, 0))), data)
    stream("bad-version", first, b"\0\x09" + data[2:])
    stream("bad-length", first, data[:2] + b"\0\x0f" + data[4:])
    stream("bad-set", first, message(struct.pack(">HH", 256, 3) + row))
    stream("long-set", first, message(struct.pack(">HH", 256, 65535) + row))
    stream("empty-elements", message(part(2, template(259, (2, 0, 0), (1, 0, 0))), part(259, bytes(40))))
    stream("no-elements", message(part(2, template(260)), part(260, bytes(40))))
    stream("wide-number", message(part(2, template(261, (2, 9, 0), (4, 2, 0))), part(261, bytes(22))))
    stream("text-lies", message(part(2, template(262, (96, 65535, 0))), part(262, b"\xff\xff\xffabc")))
    stream("lists", message(part(2, template(263, (291, 65535, 0), (293, 65535, 0))),
           part(263, text(b"\3\0\x3a\0\2\0\x0a\0\x14") + text(b"\3\1\x07" + text(b"x")))))
    datagrams("udp", first, data, message(part(257, named_row), sequence=9), b"\0", data)


def filters():
    for name, expression in (
            ("address", "src_ip = 192.0.2.0/24 and not dest_ip = ::1"), ("port", "dest_port >= 443 or dest_port < 0x10"),
            ("name", 'app_proto ~ "Exa" and (proto = TCP or proto != 17)'), ("time", "timestamp > 2023-05-14T07:00:00.5+02:00"),
            ("list", "vlan = 20 and hits != x"), ("deep", "not (" * 20 + "flow_id = 42" + ")" * 20), ("open", 'app_proto = "x'),
            ("long", " or ".join(["flow.pkts_toserver = 7"] * 60)), ("octets", 'app_proto ~ "\\xff\xff\0"')):
        write("filter", name, expression.encode("latin-1"))


for target in (text, assemble, json, conf, tls, dns, dns_names, http, quic, decode, ipfix, ipfix_streams, feeds, sigdb, filters):
    target()
