#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the inputs that a person thought of into tests/fuzz/corpus/NAME/. What a fuzzer found is added beside them by hand.

Names are those set aside for documentation (RFC 2606, RFC 5737); no octet comes from a capture."""
import hashlib
import os
import struct

from quic_initial import DRAFT_29, Q050, T051, V2, chlo, crypto_frame, initial

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


UDP, END, SMALL_RECORDS, GAPS = 1, 2, 4, 8
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
    server = b"\2\0\0\x33\3\3" + bytes(32) + b"\0\xc0\x2f\0\0\x0b\0\x10\0\5\0\3\2h2\0\5\0\0"
    server = server[:3] + bytes([len(server) - 4]) + server[4:]
    chain = certificate_message()
    flow("tls", "certificate", 0, (CLIENT, tls_record(hello)), (SERVER, tls_record(server + chain + b"\x0e\0\0\0")))
    flow("tls", "certificate-in-pieces", END, (SERVER, b"".join(tls_record((server + chain)[i:i + 90])
                                                               for i in range(0, len(server + chain), 90))), step=50)
    flow("tls", "certificate-lies", 0, (SERVER, tls_record(server) + tls_record(chain[:7] + b"\xff\xff\xff" + chain[10:])))
    flow("tls", "resumed", 0, (SERVER, tls_record(server) + b"\x14\3\3\0\1\1" + tls_record(bytes(40))))
    again = tls_record(hello[:-1] + b"\2")
    retry = server.replace(bytes(32), hashlib.sha256(b"HelloRetryRequest").digest())
    flow("tls", "retry", 0, (CLIENT, tls_record(hello)), (SERVER, tls_record(retry)), (CLIENT, b"\x14\3\3\0\1\1" + again),
         (SERVER, b"\x14\3\3\0\1\1" + tls_record(server)))
    flow("tls", "ssl2", 0, (CLIENT, b"\x80\x2e\1\3\1\0\x15\0\0\0\x10" + bytes(37)))


def der(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def certificate():
    def attribute(oid, tag, value):
        return der(0x31, der(0x30, der(6, oid), der(tag, value)))
    name = der(0x30, attribute(b"\x55\4\6", 0x13, b"NL"), attribute(b"\x55\4\x0a", 0x0c, b"Example, B.</script>"),
               attribute(b"\x55\4\3", 0x1e, "\u20acx".encode("utf-16-be")), attribute(b"\x2b\6\1\4\1\x82\x37\2", 0x14, b"\xe9"))
    names = der(0x30, der(0x82, b"*.example.org"), der(0x82, b"a\0b"), der(0x87, b"\xc0\0\2\1"), der(0x87, bytes(16)))
    extensions = der(0xa3, der(0x30, der(0x30, der(6, b"\x55\x1d\x0f"), der(1, b"\xff"), der(4, b"\3\2\5\xa0")),
                               der(0x30, der(6, b"\x55\x1d\x11"), der(4, names))))
    validity = der(0x30, der(0x17, b"500102030405Z"), der(0x18, b"99991231235959Z"))
    body = der(0x30, der(0xa0, der(2, b"\2")), der(2, b"\0\xc7"), der(0x30), name, validity, name, der(0x30), extensions)
    return der(0x30, body, der(0x30), der(3, b"\0"))


def certificate_message():
    one = certificate()
    chain = 2 * (len(one).to_bytes(3, "big") + one)
    return b"\x0b" + (len(chain) + 3).to_bytes(3, "big") + len(chain).to_bytes(3, "big") + chain


def dtls():
    def fragment(kind, number, body, start, end):
        piece = body[start:end]
        header = bytes([kind]) + len(body).to_bytes(3, "big") + struct.pack(">H", number) + start.to_bytes(3, "big")
        octets = header + len(piece).to_bytes(3, "big") + piece
        return b"\x16\xfe\xfd" + bytes(8) + struct.pack(">H", len(octets)) + octets

    def cut(kind, number, body, step):
        return [fragment(kind, number, body, at, min(at + step, len(body))) for at in range(0, len(body), step)]
    hello = b"\xfe\xfd" + bytes(32) + b"\0\3abc\0\4\xc0\x2b\x13\1\1\0\0\x09\0\x2b\0\5\4\xfe\xfc\xfe\xfd"
    server = b"\xfe\xfd" + bytes(32) + b"\0\xc0\x2b\0"
    chain = certificate_message()[4:]
    flow("dtls", "hellos", UDP, (CLIENT, fragment(1, 0, hello, 0, 999)), (SERVER, fragment(3, 0, b"\xfe\xff\3abc", 0, 9)),
         (CLIENT, fragment(1, 1, hello, 0, 999)), (SERVER, fragment(2, 1, server, 0, 99) + fragment(11, 2, chain, 0, 9999)))
    flow("dtls", "fragments", UDP, *[(CLIENT, piece) for piece in reversed(cut(1, 0, hello, 30))],
         *[(SERVER, piece) for piece in cut(11, 2, chain, 300)[::-1] + cut(2, 1, server, 20)[::-1]])
    flow("dtls", "overlap", UDP | SMALL_RECORDS, (CLIENT, b"".join(fragment(1, 0, hello, at, at + 20) for at in range(0, 60, 3))),
         (SERVER, fragment(11, 7, chain, 5, 400)), (SERVER, fragment(2, 1, server, 0, 99)), (SERVER, fragment(11, 7, chain, 0, 10)))
    flow("dtls", "capwap-and-stun", UDP, (CLIENT, bytes.fromhex("000100002112a442") + bytes(12)), (CLIENT, b"\1\0\0\0" + cut(1, 0, hello, 99)[0]))
    flow("dtls", "lies", UDP, (CLIENT, fragment(1, 0, hello, 0, 999).replace(b"\1\0\0", b"\1\xff\xff")))


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
    flow("dns", "pointer-loop", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), b"\xc0\x0c\0\1\0\1")))
    flow("dns", "pointer-ahead", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), b"\xc0\x20\0\1\0\1" + bytes(20))))
    chain = b"".join(b"\1a" + struct.pack(">H", 0xc00c + 4 * max(i - 1, 0)) for i in range(80))
    flow("dns", "pointer-chain", UDP, (SERVER, message(0x8180, (1, 1, 0, 0), b"\1z\0\0" + chain + b"\0\1\0\1" + answer(1, bytes(4), owner=b"\xc1\x40"))))
    flow("dns", "long-name", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), dns_name(b".".join([b"x" * 63] * 5)) + b"\0\1\0\1")))
    flow("dns", "many-counts", UDP, (SERVER, message(0x8180, (65535, 65535, 65535, 65535), question * 20)))
    flow("dns", "hostile-labels", UDP, (CLIENT, message(0x0100, (1, 0, 0, 0), b"\5a.b\\c\4\0\xff<>\0\0\1\0\1")))


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
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0a;x=y\r\n0123456789\r\n1\r\nx\r\n0\r\nT: x\r\n\r\n"
    post = b"POST / HTTP/1.1\r\nHost: a.example\r\n"
    connect = b"CONNECT c.example:443 HTTP/1.1\r\n\r\n"
    moved = b"HTTP/1.1 302 Found\r\nLocation: //u:p@b.example:8/go?x#y\r\nContent-Type: text/html; x\r\nContent-Length: 0\r\n\r\n"
    flow("http", "chunked", 0, (CLIENT, request), (SERVER, chunked * 3), step=5)
    flow("http", "head", 0, (CLIENT, b"HEAD" + request[3:] + request), (SERVER, reply[:-2] + chunked))
    flow("http", "redirect", 0, (SERVER, moved * 2), step=40)
    flow("http", "post", 0, (CLIENT, post + b"Content-Length: 3, 3\r\n\r\nabc" + post + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + request))
    flow("http", "wrong-length", 0, (CLIENT, post + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc" + request))
    flow("http", "wrong-chunk", 0, (CLIENT, post + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\n"), (CLIENT, request))
    flow("http", "tunnel", 0, (CLIENT, connect), (SERVER, b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"), (CLIENT, connect),
         (SERVER, b"HTTP/1.1 200 OK\r\n\r\n\x16\3\1"), (CLIENT, b"\x16\3\1"))
    flow("http", "switch", 0, (CLIENT, b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), (SERVER, b"HTTP/1.1 101 Go\r\n\r\n\x81\x05hello"), (CLIENT, b"\x81"))
    flow("http", "gaps", GAPS, (CLIENT, request[:30]), (CLIENT, request), (SERVER, b"dy" + reply), (SERVER, chunked[:70]), (SERVER, reply), (CLIENT, request))
    flow("http", "server-alone", 0, (SERVER, reply[:-2] + reply + b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 2"))
    flow("http", "no-version", 0, (CLIENT, b"GET /x\r\nHost: a\r\n\r\n\r\n\n" + request))
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
    first, server_id, client_id, retry_id = bytes(range(8)), b"server-1", b"client-1", b"retry-01"
    thirds = [initial(crypto_frame(at, hello[at:at + 60]), at, first, client_id) for at in range(0, len(hello), 60)]
    answer = initial(b"\2\0\0\0\0" + crypto_frame(0, b"\2\0\0\4\3\3\0\0"), 0, client_id, server_id, key_id=first)
    later = initial(crypto_frame(60, hello[60:]), 1, server_id, client_id, key_id=first)
    flow("quic", "three-initials", UDP, *((CLIENT, packet) for packet in reversed(thirds)))
    flow("quic", "server-first", UDP, (CLIENT, answer), (SERVER, thirds[0]), (CLIENT, answer), (SERVER, later))
    retry = b"\xf0\0\0\0\1" + b"\x08" + client_id + b"\x08" + retry_id + b"a token" + bytes(16)
    flow("quic", "retry", UDP, (CLIENT, thirds[0]), (SERVER, retry), (CLIENT, initial(crypto_frame(0, hello), 1, retry_id, client_id, b"a token")))
    offer = b"\x80\0\0\0\0\x08" + client_id + b"\x08" + first + struct.pack(">III", 0x1a2a3a4a, 1, V2)
    flow("quic", "negotiation", UDP, (SERVER, offer), (CLIENT, initial(crypto_frame(0, hello), 0, first, version=V2)))
    early = b"\xd0\0\0\0\1\x08" + first + b"\0\x14" + bytes(20)
    flow("quic", "early-data", UDP, (CLIENT, early + initial(crypto_frame(0, hello), 0, first, version=DRAFT_29)))
    flow("quic", "google-tls", UDP, (CLIENT, initial(b"\x08" + crypto_frame(0, hello)[1:], 0, first, version=T051)))


    def order(name, octets, *pieces):
        write("quic", name, struct.pack(">H", len(octets)) + octets + b"".join(bytes(piece) for piece in pieces))
    order("whole", hello, (0, 255, 0), (128, 255, 0))
    order("in-pieces", hello, *((at, 40, at // 32) for at in range(0, 256, 32)))
    order("mixed", hello, *((at, 70, at * 7 % 5) for at in range(0, 250, 25)))
    order("hole", hello, (0, 100, 1), (200, 255, 2))
    order("no-hello", b"\2" + hello[1:], (0, 255, 3), (100, 155, 0))
    order("too-long", b"\1\xff\xff\xff" + hello, (0, 255, 0))
    order("lies", hello[:40] + b"\xff" * 3 + hello[43:], (0, 255, 0), (200, 255, 1))


def gquic():
    hello = chlo((b"PAD", b"-" * 40), (b"SNI", b"www.example.org"), (b"VER", b"Q043"), (b"UAID", b"Example/1.0"), (b"ALPN", b"h3"))
    high, low, number = struct.pack(">H", len(hello)), struct.pack("<H", len(hello)), bytes(12)

    def old(version, flags=0x0d):
        return bytes([flags]) + bytes(range(8)) + version + b"\1\0\0\1"[:(1, 2, 4, 6)[flags >> 4]] + number

    def long(version, first=0xc3):
        return bytes([first]) + version + b"\x50" + bytes(range(8)) + b"\0\0\0\1" + number
    flow("quic", "q024", UDP, (CLIENT, old(b"Q024") + b"\1\xa0\1" + low + hello))
    flow("quic", "q035", UDP, (CLIENT, old(b"Q035") + b"\x60\1\0\0\1\1\1\1\2" + bytes(7) + b"\6\1\xa0\1" + low + hello))
    flow("quic", "q043", UDP, (CLIENT, old(b"Q043", 0x2d) + b"\x40\1\0\0\1\0\xe4\1\0\0" + high + hello), (SERVER, b"\x08" + bytes(60)))
    flow("quic", "q046", UDP, (CLIENT, long(b"Q046") + b"\0\0\7\xa0\1" + high + hello), (SERVER, long(b"Q046") + b"\xa0\1\0\x08REJ\0" + bytes(4)))
    flow("quic", "q044", UDP, (CLIENT, long(b"Q044", 0xff) + b"\xa0\1" + high + hello))
    flow("quic", "q049", UDP, (CLIENT, b"\xc0Q049\x08" + bytes(8) + b"\0\0" + struct.pack(">H", 0x4000 | 17 + len(hello)) + b"\1" + number +
                               b"\x08\0" + struct.pack(">H", 0x4000 | len(hello)) + hello))
    halves = [b"\x08" + crypto_frame(at, hello[at:at + 70])[1:] for at in range(0, len(hello), 70)]
    flow("quic", "q050", UDP, *((CLIENT, initial(frame, at, bytes(8), version=Q050)) for at, frame in reversed(list(enumerate(halves)))))
    flow("quic", "q-tags-lie", UDP, *((CLIENT, old(b"Q043") + b"\x80\1" + lie) for lie in (
        hello[:4] + b"\xff\xff" + hello[6:], hello[:12] + b"\xff\xff\xff\xff" + hello[16:], hello[:20] + bytes(4) + hello[24:], hello[:60])))


def ssh_kexinit(first=b"kex-a,kex-b", padding=6):
    lists = [first, b"host", b"enc-cs", b"enc-sc", b"mac-cs", b"mac-sc", b"none", b"none,zlib", b"", b""]
    payload = b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(names)) + names for names in lists) + bytes(5)
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def ssh():
    client, server = b"SSH-2.0-PuTTY_Release_0.78\r\n", b"SSH-1.99-OpenSSH_8.9p1 Ubuntu-3\n"
    ignore = struct.pack(">IBB", 12, 4, 2) + b"ignored" + bytes(3)
    flow("ssh", "both", 0, (CLIENT, client + ssh_kexinit()), (SERVER, server + ssh_kexinit()))
    flow("ssh", "in-pieces", END, (SERVER, server + ignore + ssh_kexinit()), (CLIENT, client), (CLIENT, ssh_kexinit()), step=5)
    flow("ssh", "lines-before", 0, (SERVER, b"Welcome\r\n\nno way\n" + server + ssh_kexinit()))
    flow("ssh", "no-line-end", SMALL_RECORDS, (CLIENT, client[:-2] + ssh_kexinit()))
    flow("ssh", "long-list", 0, (CLIENT, client + ssh_kexinit(b"k" * 3000)))
    flow("ssh", "list-lies", 0, (CLIENT, client + ssh_kexinit().replace(b"\0\0\0\x06", b"\xff\xff\xff\xff")))
    flow("ssh", "packet-lies", 0, (CLIENT, client + b"\xff\xff\xff\xff\xff\x14" + bytes(40)), (SERVER, server + b"\0\0\0\2\2\x14" + bytes(40)))
    flow("ssh", "cut-off", END, (CLIENT, b"SSH-2.0-half"))


def mail():
    hello = tls_record(tls_hello())
    flow("smtp", "starttls", 0, (SERVER, b"220 mx.example.org ESMTP\r\n250-mx\r\n250 STARTTLS\r\n220 2.0.0 go\r\n" + hello),
         (CLIENT, b"EHLO client.example.net\r\nSTARTTLS\r\n" + hello), step=7)
    flow("smtp", "mail", END, (CLIENT, b"HELO [192.0.2.1]\r\nMAIL FROM:<a@example.org>\r\nDATA\r\nEHLO x\r\n"), (SERVER, b"354 go\r\n"))
    flow("smtp", "open-greeting", 0, (SERVER, b"220 mx.example.org\r\n"), (SERVER, b"250 x\r\n" * 600), step=40)
    flow("smtp", "long-line", SMALL_RECORDS, (CLIENT, b"EHLO " + b"a" * 3000))
    for name, said in (("imap", b"* OK ready\r\na OK\r\n"), ("imap-client", b"a001 CAPABILITY\r\na2 STARTTLS\r\n"), ("pop3", b"+OK\r\n+OK\r\n"),
                       ("ftp", b"220-Hi\r\n220 FTP\r\n234 TLS\r\n"), ("nntp", b"200 ready\r\n382 go\r\n"), ("sieve", b'"IMPLEMENTATION" "x"\r\nOK\r\n'),
                       ("xmpp", b"<?xml version='1.0'?><stream:stream><proceed/>"), ("irc", b"CAP LS\r\nSTARTTLS\r\n"),
                       ("ldap", bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"),
                       ("ldap-skip", b"\x30\x84\0\0\x20\0\2\1\1\x63" + bytes(100)), ("ldap-lies", b"\x30\x06\2\1\1\x60\1\0" * 40),
                       ("postgresql", b"\0\0\0\x08\4\xd2\x16\x30\0\0\0\x08\4\xd2\x16\x2f"), ("postgresql-server", b"S"),
                       ("mysql", b"\x0f\0\0\0\x0a8.0.1\0" + bytes(8)), ("mysql-client", b"\x20\0\0\1\0\x08\0\0" + bytes(28)),
                       ("rdp", bytes.fromhex("030000130ee000000000000100080001000000")), ("text-without-end", b"USER " + b"a" * 9000)):
        flow("starttls", name, 0, (CLIENT, said + hello), (SERVER, said + b"\x16\3\1\0\1"), step=len(said) % 9 + 1)


def socks():
    flow("socks", "five", 0, (CLIENT, b"\5\2\0\2"), (SERVER, b"\5\2"), (CLIENT, b"\1\4user\6secret"), (SERVER, b"\1\0"),
         (CLIENT, b"\5\1\0\3\x0fwww.example.org\1\xbb"), (SERVER, b"\5\0\0\1\xc0\0\2\2\4\0x"), step=3)
    flow("socks", "server-alone", END, (SERVER, b"\5\0\5\0\0\3\3abc\4\0x"))
    flow("socks", "four", 0, (CLIENT, b"\4\1\0\x50\xc0\0\2\1user\0"), (SERVER, b"\0\x5a" + bytes(6)))
    flow("socks", "four-a", SMALL_RECORDS, (CLIENT, b"\4\1\1\xbb\0\0\0\1\0www.example.org\0GET"), step=1)
    flow("socks", "bind", 0, (CLIENT, b"\5\1\0\5\2\0\4" + bytes(17) + b"\1"), (SERVER, b"\5\0" + b"\5\0\0\1\1\2\3\4\0\1" * 2))
    flow("socks", "lengths-lie", END, (CLIENT, b"\5\xff" + bytes(255) + b"\5\1\0\3\xff" + b"a" * 20))
    flow("socks", "open-name", 0, (CLIENT, b"\4\1\0\x50\0\0\0\1" + b"a" * 400))
    flow("socks", "many-logins", 0, (CLIENT, b"\5\1\2" + b"\1\1a\1b" * 9))


def adb():
    def message(command, data=b"", argument=0x01000001):
        return struct.pack("<4sIIII", command, argument, 4096, len(data), 0) + bytes(octet ^ 0xff for octet in command) + data
    phone = b"device:SERIAL:ro.product.name=a;ro.product.model=B C;ro.product.device=d;features=x,y\0"
    flow("adb", "phone", 0, (CLIENT, message(b"CNXN", b"host::\0") + message(b"AUTH", bytes(256), 2) + message(b"OPEN", b"shell:\0", 1)),
         (SERVER, message(b"AUTH", bytes(20), 1) + message(b"CNXN", phone)), step=11)
    flow("adb", "tls", END, (CLIENT, message(b"CNXN", b"host::") + message(b"SYNC") + message(b"STLS") + tls_record(tls_hello())), (SERVER, message(b"STLS")))
    flow("adb", "odd-banner", SMALL_RECORDS, (SERVER, message(b"CNXN", b"=;;:::ro.product.model;=" * 20) + message(b"CNXN", b"x", 0)))
    flow("adb", "length-lies", 0, (SERVER, message(b"AUTH")[:12] + b"\xff\xff\xff\xff" + message(b"AUTH")[16:]), (CLIENT, message(b"SYNC") * 30))


def ntp():
    flow("ntp", "both", UDP, (CLIENT, b"\x23" + bytes(47)), (SERVER, b"\x24\1" + bytes(10) + b"GPS" + bytes(33)))
    flow("ntp", "private", UDP, (CLIENT, b"\x17\0\3\x2a" + bytes(4)))


def stun():
    def attribute(kind, value):
        return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)

    def message(kind, *attributes, cookie=b"\x21\x12\xa4\x42"):
        return struct.pack(">HH", kind, sum(map(len, attributes))) + cookie + b"transaction!" + b"".join(attributes)
    answer = message(0x0113, attribute(6, b"user"), attribute(0x8022, b"Server 1.0"), attribute(0x14, b"turn.example.org"))
    flow("stun", "udp", UDP, (CLIENT, message(3, attribute(0x8022, b"a"))), (SERVER, answer))
    flow("stun", "tcp", 0, (CLIENT, message(3)), (SERVER, answer + answer), step=9)
    flow("stun", "framed", END, (CLIENT, struct.pack(">H", len(answer)) + answer), step=50)
    flow("stun", "classic", UDP | SMALL_RECORDS, (CLIENT, message(1, attribute(3, bytes(4)), cookie=bytes(4))))
    flow("stun", "attribute-lies", UDP, (SERVER, message(0x0101, attribute(0x8022, b"x" * 9)[:-4] + b"\xff\xff\xff\xff")))


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

    def over_udp(port, octets):
        return ip4(17, struct.pack(">HHHH", 40000, port, 8 + len(octets), 0) + octets)

    inner, inside = ip4(17, udp), ether(0x0800, ip4(6, tcp))
    llc = b"\xaa\xaa\3\0\0\0\x08\0"
    for name, octets in (
            ("gre", ip4(47, b"\xb0\0\x86\xdd" + bytes(12) + ip6(17, udp))), ("gre-routing", ip4(47, b"\x40\0\x08\0" + bytes(8) + inner)),
            ("pptp", ip4(47, b"\x30\x81\x88\x0b\0\x24\0\x2a" + bytes(8) + b"\xff\3\0\x21" + inner)),
            ("erspan2", ip4(47, b"\x10\0\x88\xbe" + bytes(12) + inside)), ("erspan3", ip4(47, b"\x10\0\x22\xeb" + bytes(15) + b"\1" + bytes(8) + inside)),
            ("vxlan", over_udp(4789, b"\x08\0\0\0\0\0\1\0" + inside)), ("gpe-nsh", over_udp(4790, b"\x0c\0\0\4\0\0\1\0\x0f\xc2\2\1\0\0\1\xff" + inner)),
            ("geneve", over_udp(6081, b"\2\0\x65\x58\0\0\1\0" + bytes(8) + inside)), ("gtp", over_udp(2152, b"\x34\xff\0\0\0\0\0\1\0\0\0\x85\1\0\0\0" + inner)),
            ("gtp-v0", over_udp(3386, b"\x1e\xff" + bytes(18) + inner)), ("teredo", over_udp(3544, b"\0\1\0\0" + bytes(9) + bytes(8) + ip6(6, tcp))),
            ("l2tp", over_udp(1701, b"\x4a\2\0\0\0\1\0\2\0\0\0\0\0\1\0\x21" + inner)), ("l2tpv3", ip4(115, b"\0\0\0\7" + bytes(8) + inside)),
            ("etherip", ip4(97, b"\x30\0" + inside)), ("pim", ip4(103, b"\x21" + bytes(7) + inner)), ("ah", ip4(51, b"\4\4" + bytes(22) + inner)),
            ("capwap", over_udp(5247, b"\0\x10\3\0\0\0\0\0\1\x08" + bytes(22) + llc + inner)),
            ("three-deep", ip4(4, ip6(41, ip6(4, ip4(4, inner))))), ("first-fragment", ip4(17, udp, fragment=0x2000))):
        frame("tunnel-" + name, 101, octets)
    frame("fragment6", 101, ip6(44, b"\x11\0\0\1\0\0\0\1" + udp))
    frame("ppp", 9, b"\xff\3\0\x21" + inner)
    frame("hdlc", 104, b"\x0f\0\x08\0" + inner)
    frame("frame-relay", 107, b"\x18\x41\3\0\x80\0\0\0\x08\0" + inner)
    frame("wlan", 105, b"\x88\3" + bytes(22) + bytes(8) + llc + inner)
    frame("radiotap", 127, b"\0\0\x09\0\2\0\0\0\x20\x08\1" + bytes(22) + llc + inner)
    frame("nflog", 239, b"\2\0\0\0\x08\0\1\0\0\0\0\0" + struct.pack("<HH", 4 + len(inner), 9) + inner)
    frame("ppi", 192, b"\0\0\x08\0" + struct.pack("<I", 1) + inside)
    frame("pseudowire", 1, ether(0x8847, b"\0\0\x11\xff\0\0\0\0" + inside))

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


def defrag():
    def pieces(name, *of):
        write("defrag", name, b"".join(bytes(piece) for piece in of))

    more, v6 = 4, 8
    pieces("in-order", (more, 0, 9, 1, 0), (more, 10, 9, 2, 0), (0, 20, 4, 3, 0))
    pieces("backwards", (v6, 20, 4, 3, 0), (v6 | more, 10, 9, 2, 0), (v6 | more, 0, 9, 1, 0))
    pieces("twice", *[(more, 0, 9, 1, 0)] * 2, *[(0, 10, 4, 3, 0)] * 2)
    pieces("overlap", (more, 0, 9, 1, 0), (more, 9, 9, 2, 0), (0, 20, 4, 3, 0))
    pieces("two-ends", (0, 20, 4, 3, 0), (0, 30, 4, 3, 0), (more, 0, 19, 1, 0))
    pieces("behind-the-end", (more, 30, 4, 3, 0), (0, 20, 4, 3, 0))
    pieces("time", (more, 0, 9, 1, 0), (more, 20, 9, 1, 15), (more, 1, 1, 1, 15), (0, 10, 9, 2, 15))
    pieces("many", *[(more, 2 * i, 0, 1, 0) for i in range(70)])
    pieces("interleaved", *[(more | i % 4, 10 * (i // 4), 9, i, 1) for i in range(24)], *[(i, 60, 3, 9, 0) for i in range(4)])


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


TARGETS = (
    text, assemble, json, conf, tls, dtls, dns, http, quic, gquic, ssh, mail, socks, adb, ntp, stun, decode,
    defrag, ipfix, ipfix_streams, feeds, sigdb, filters,
)
for target in TARGETS:
    target()
