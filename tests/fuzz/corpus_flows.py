# SPDX-License-Identifier: Apache-2.0
"""Inputs for fuzz_dissect: flows of each protocol, sound and wrong."""
import hashlib
import struct

from corpus_file import write
from quic_initial import DRAFT_29, Q050, T051, V2, chlo, crypto_frame, initial


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


def hello():
    whole = tls_hello()[4:]
    for name, octets in (("browser", whole), ("quic", tls_hello(b"", b"\0\x39\0\2\1\2")[4:]), ("no-extensions", whole[:46] + b"\1\0"),
                         ("versions-twice", tls_hello(more=b"\0\x2b\0\3\2\x0a\x0a")[4:]), ("odd-alpn", whole.replace(b"\2h2", b"\2\xabX")),
                         ("version-of-dtls", whole.replace(b"\x0a\x0a\3\4\3\3", b"\x0a\x0a\3\4\xfe\2"))):
        write("hello", name, bytes([name == "quic"]) + octets)


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


FLOWS = (hello, tls, dtls, dns, dns_names, http, quic, gquic, ssh, mail, socks, adb, ntp, stun)
