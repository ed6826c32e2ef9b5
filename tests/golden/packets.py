# SPDX-License-Identifier: Apache-2.0
"""Small captures for the golden tests, made octet by octet: documentation addresses and names only. Half of them are wrong on
purpose. `captures()` gives {name: octets of the file}."""
import struct
import sys

import quic_packets

CLIENT, SERVER = b"\xc0\x00\x02\x01", b"\xc6\x33\x64\x02"  # 192.0.2.1, 198.51.100.2
CLIENT6, SERVER6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")
ETHERNET, RAW, UNKNOWN_LINK = 1, 101, 147
START = 1684047600  # 2023-05-14T07:00:00Z


def pcap(packets, link=ETHERNET, seconds=None):
    """A packet is octets, or (octets, length on the wire); `seconds` are its stamps."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link)
    for number, packet in enumerate(packets):
        octets, wire = packet if isinstance(packet, tuple) else (packet, len(packet))
        out += struct.pack("<IIII", seconds[number] if seconds else START + number, 1000 * number, len(octets), wire) + octets
    return out


def ethernet(packet, kind=0x0800, tags=()):
    head = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
    for tag, vlan in tags:
        head += struct.pack(">HH", tag, vlan)
    return head + struct.pack(">H", kind) + packet


def ipv4(payload, proto, to_server=True, **field):
    src, dst = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
    total = field.get("total", 20 + len(payload))
    return struct.pack(">BBHHHBBH", field.get("first", 0x45), 0, total, 7, field.get("fragment", 0), 64, proto, 0) + src + dst + payload


def ipv6(payload, next_header, to_server=True):
    src, dst = (CLIENT6, SERVER6) if to_server else (SERVER6, CLIENT6)
    return struct.pack(">IHBB", 6 << 28, len(payload), next_header, 64) + src + dst + payload


def udp(payload, src, dst):
    return struct.pack(">HHHH", src, dst, 8 + len(payload), 0) + payload


def tcp(payload, src, dst, sequence, flags, acknowledge=0):
    return struct.pack(">HHIIBBHHH", src, dst, sequence, acknowledge, 0x50, flags, 65535, 0, 0) + payload


def session(port, pieces):
    """A TCP connection: handshake, then (to_server, octets) each, then both ends close."""
    sent = {True: 101, False: 501}
    out = [ethernet(ipv4(tcp(b"", 40000, port, 100, 0x02), 6)), ethernet(ipv4(tcp(b"", port, 40000, 500, 0x12, 101), 6, False))]
    for to_server, octets, flags in [*[(*piece, 0x18) for piece in pieces], (True, b"", 0x11), (False, b"", 0x11)]:
        ports = (40000, port) if to_server else (port, 40000)
        out.append(ethernet(ipv4(tcp(octets, *ports, sent[to_server], flags, sent[not to_server]), 6, to_server)))
        sent[to_server] += len(octets)
    return out


def name(text):
    return b"".join(bytes([len(label)]) + label for label in text.encode().split(b".")) + b"\0"


def dns(flags, question, answers=b"", counts=(1, 0)):
    return struct.pack(">HHHHHH", 0x1234, flags, *counts, 0, 0) + question + answers


def extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def client_hello(host=b"www.example.org"):
    extensions = extension(0, struct.pack(">HBH", len(host) + 3, 0, len(host)) + host) + extension(10, b"\0\4\0\x1d\0\x17")
    extensions += extension(11, b"\1\0") + extension(13, b"\0\4\4\3\x08\4") + extension(16, b"\0\x0c\2h2\x08http/1.1")
    extensions += extension(43, b"\4\3\4\3\3")
    ciphers = b"\x13\1\x13\2\xc0\x2b"
    body = b"\3\3" + bytes(range(32)) + b"\0" + struct.pack(">H", len(ciphers)) + ciphers + b"\1\0"
    body += struct.pack(">H", len(extensions)) + extensions
    handshake = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + struct.pack(">H", len(handshake)) + handshake


def der(tag, *parts):
    body = b"".join(parts)
    return bytes([tag]) + (bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))) + body


def certificate():
    def distinguished(common):
        return der(0x30, der(0x31, der(0x30, der(6, b"\x55\4\x0a"), der(0x0c, b"Example, B.V."))),
                   der(0x31, der(0x30, der(6, b"\x55\4\3"), der(0x13, common))))
    names = der(0x30, der(0x82, b"*.example.org"), der(0x82, b"example.org"), der(0x87, b"\xc0\0\2\1"))
    validity = der(0x30, der(0x17, b"230514000000Z"), der(0x18, b"99991231235959Z"))
    return der(0x30, der(0x30, der(0xa0, der(2, b"\2")), der(2, b"\0\xc7\1"), der(0x30), distinguished(b"Example CA"), validity,
                         distinguished(b"www.example.org"), der(0x30), der(0xa3, der(0x30, der(0x30, der(6, b"\x55\x1d\x11"), der(4, names))))),
               der(0x30), der(3, b"\0"))


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def server_messages(version):
    """Bodies of a ServerHello and of a Certificate."""
    one = certificate()
    return [version + bytes(range(32)) + b"\0\xc0\x2f\0\0\x09\0\x10\0\5\0\3\2h2",
            (len(one) + 3).to_bytes(3, "big") + len(one).to_bytes(3, "big") + one]


def server_flight():
    hello, chain = server_messages(b"\3\3")
    octets = message(2, hello) + message(11, chain)
    return b"".join(b"\x16\3\3" + struct.pack(">H", len(octets[at:at + 200])) + octets[at:at + 200] for at in range(0, len(octets), 200))


def dtls_record(kind, number, body, start=0, end=9999):
    piece = body[start:end]
    octets = bytes([kind]) + len(body).to_bytes(3, "big") + struct.pack(">H", number) + start.to_bytes(3, "big") + len(piece).to_bytes(3, "big")
    return b"\x16\xfe\xfd" + bytes(8) + struct.pack(">H", len(octets + piece)) + octets + piece


def dtls():
    host = b"turn.example.org"
    extensions = extension(0, struct.pack(">HBH", len(host) + 3, 0, len(host)) + host) + extension(13, b"\0\2\4\3")
    body = b"\xfe\xfd" + bytes(range(32)) + b"\0\0\0\4\xc0\x2b\xc0\x2f\1\0" + struct.pack(">H", len(extensions)) + extensions
    hello, chain = server_messages(b"\xfe\xfd")
    out = [(dtls_record(1, 0, body, 40), True), (dtls_record(1, 0, body, 0, 40), True),
           (dtls_record(2, 0, hello) + dtls_record(11, 1, chain, 250), False), (dtls_record(11, 1, chain, 0, 260), False)]
    return [ethernet(ipv4(udp(octets, *((40000, 3478) if to_server else (3478, 40000))), 17, to_server)) for octets, to_server in out]


def ssh_kexinit(first):
    names = [first, b"ssh-ed25519", b"aes128-ctr", b"aes256-ctr", b"hmac-sha2-256", b"hmac-sha2-512", b"none", b"none,zlib", b"", b""]
    payload = b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(one)) + one for one in names) + bytes(5)
    return struct.pack(">IB", len(payload) + 7, 6) + payload + bytes(6)


def question(kind=1):
    return name("www.example.org") + struct.pack(">HH", kind, 1)


def http_talks():
    """A connection with four requests, and a proxy that asks for a password before it opens a tunnel."""
    def ask(line, more=b""):
        return (True, line + b" HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: kukla-test/1\r\n" + more + b"\r\n")

    def answer(line, more=b""):
        return (False, b"HTTP/1.1 " + line + b"\r\n" + more)
    many = [ask(b"GET /go?id=7"), answer(b"302 Found", b"Location: https://user:word@Lure.example.net:8443/news?id=7\r\nContent-Length: 0\r\n\r\n"),
            ask(b"HEAD /news"), answer(b"200 OK", b"Content-Type: text/html; charset=utf-8\r\nContent-Length: 5000\r\n\r\n"),
            ask(b"POST /form", b"Content-Length: 40\r\n"), (True, b"GET /no HTTP/1.1\r\nHost: no.example\r\n\r\n12"),
            answer(b"100 Continue", b"\r\n"), answer(b"200 OK", b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4;x\r\nHT"),
            (False, b"TP\r\n1\r\n\n\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
            ask(b"GET /late")]
    connect = (True, b"CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n")
    tunnel = [connect, answer(b"407 Proxy Authentication Required", b"Content-Length: 3\r\n\r\nno\n"), connect,
              answer(b"200 Connection established", b"\r\n"), (True, client_hello(b"news.example.org"))]
    return {"http-talk": pcap(session(80, many)), "http-tunnel": pcap(session(3128, tunnel))}


def dns_sections():
    """All sections, data of several types, EDNS with a client subnet that is not to be kept."""
    def record(kind, data, owner=b"\xc0\x0c"):
        return owner + struct.pack(">HHIH", kind, 1, 3600, len(data)) + data
    answers = (record(65, b"\0\1\0" + b"\0\1\0\6\2h2\2h3" + b"\0\4\0\4\xcb\0\x71\5" + b"\0\5\0\3ech") + record(257, b"\0\5issueca.example") +
               record(46, b"\0\x41\x0d\3\0\0\x0e\x10" + struct.pack(">IIH", 1700000000, 1690000000, 4711) + name("example.org") + b"signature") +
               record(65, b"\0\1\xc0\x0c"))  # a target must not be compressed
    edns = b"\0\0\x29\4\xd0\0\0\x80\0\0\x14" + b"\0\x08\0\7\0\1\x18\0\xcb\0\x71" + b"\0\x0f\0\5\0\x11bad"
    return struct.pack(">HHHHHH", 0x1234, 0x85a0, 1, 4, 1, 2) + question(65) + answers + record(2, b"\2ns\xc0\x10") + \
        record(1, b"\xcb\0\x71\6", name("ns.example.org")) + edns


def dns_stream():
    """An update and a transfer over TCP, in segments that end anywhere; then a length that lies."""
    update = struct.pack(">HHHHHH", 1, 0x2800, 1, 1, 1, 0) + name("example.org") + struct.pack(">HH", 6, 1) + \
        b"\xc0\x0c" + struct.pack(">HHIH", 255, 254, 0, 0) + b"\3www\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + b"\xcb\0\x71\5"
    transfer = struct.pack(">HHHHHH", 2, 0x8400, 1, 2, 0, 0) + name("example.org") + struct.pack(">HH", 252, 1) + \
        b"\xc0\x0c" + struct.pack(">HHIH", 2, 1, 60, 5) + b"\2ns\xc0\x0c" + b"\2ns\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + b"\xcb\0\x71\6"
    asked = struct.pack(">H", len(update)) + update
    said = struct.pack(">H", len(transfer)) + transfer
    lies = struct.pack(">H", len(transfer) + 3) + transfer + 3 * said
    said += lies
    return session(53, [(True, asked[:7]), (True, asked[7:])] + [(False, said[at:at + 50]) for at in range(0, len(said), 50)])


def sound():
    answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + b"\xcb\0\x71\5"
    query, reply = udp(dns(0x0100, question()), 5353 + 40000, 53), udp(dns(0x8180, question(), answer, (1, 1)), 53, 45353)
    hello = client_hello()
    request = b"GET /page?who=nobody HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: kukla-test/1\r\n\r\n"
    exchange = ssh_kexinit(b"curve25519-sha256")
    smtp = [(False, b"220 mx.example.org ESMTP\r\n"), (True, b"EHLO client.example.net\r\n"), (False, b"250-mx.example.org\r\n250 STARTTLS\r\n"),
            (True, b"STARTTLS\r\n"), (False, b"220 2.0.0 Ready\r\n"), (True, hello)]
    mail = [*smtp[:2], (False, b"250 mx.example.org\r\n"), (True, b"MAIL FROM:<who@example.net>\r\nRCPT TO:<whom@example.org>\r\nDATA\r\n"),
            (False, b"250 ok\r\n250 ok\r\n354 go\r\n"), (True, b"Subject: secret\r\n\r\nsecret\r\n.\r\n")]
    proxy = [(True, b"\5\1\2"), (False, b"\5\2"), (True, b"\1\4user\6secret"), (False, b"\1\0"),
             (True, b"\5\1\0\3\x0fwww.example.org\1\xbb"), (False, b"\5\0\0\1\xc6\x33\x64\2\x04\0"), (True, hello)]
    echo = [struct.pack(">BBHHH", kind, 0, 0, 9, 1) + b"x" * 16 for kind in (8, 0)]
    return {
        "dns": pcap([ethernet(ipv4(query, 17)), ethernet(ipv4(reply, 17, False))]),
        "dns-tcp": pcap(session(53, [(True, struct.pack(">H", 33) + dns(0x0100, question()))])),
        "dns-sections": pcap([ethernet(ipv4(udp(dns_sections(), 53, 45353), 17, False))]),
        "dns-stream": pcap(dns_stream()),
        "tls": pcap(session(443, [(True, hello)])),
        "tls-in-pieces": pcap(session(443, [(True, hello[:5]), (True, hello[5:60]), (True, hello[60:])])),
        "tls-certificate": pcap(session(443, [(True, hello), (False, server_flight()[:300]), (False, server_flight()[300:])])),
        "dtls": pcap(dtls()),
        "http": pcap(session(80, [(True, request), (False, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")])),
        **http_talks(),
        "ssh": pcap(session(22, [(False, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), (True, b"SSH-2.0-PuTTY_Release_0.78\r\n" + exchange[:50]),
                                 (True, exchange[50:]), (False, exchange)])),
        "smtp": pcap(session(25, mail)),
        "smtp-starttls": pcap(session(25, smtp)),
        "imap-starttls": pcap(session(143, [(False, b"* OK ready\r\n"), (True, b"a STARTTLS\r\n"), (False, b"a OK go\r\n"), (True, hello)])),
        "socks": pcap(session(1080, proxy)),
        "icmp": pcap([ethernet(ipv4(echo[0], 1)), ethernet(ipv4(echo[1], 1, False))]),
        "qinq": pcap([ethernet(ipv4(query, 17), tags=((0x88a8, 100), (0x8100, 200)))]),
        "ipv6-extensions": pcap([ipv6(b"\x3c\0\1\4\0\0\0\0" + b"\x11\0\1\4\0\0\0\0" + query, 0)], RAW),
        "fragments-in-order": pcap([*in_pieces(query, 17, True, 24)[::-1], *in_pieces(reply, 17, False, 24)]),
        "padding": pcap([ethernet(ipv4(udp(b"", 1, 2), 17)) + b"\0" * 18]),
    }


def in_pieces(payload, proto, to_server, size):
    """A datagram of IPv4 in fragments of `size` octets, the last one first."""
    parts = [(at, payload[at:at + size]) for at in range(0, len(payload), size)]
    return [ethernet(ipv4(part, proto, to_server, fragment=at // 8 | (0x2000 if at + size < len(payload) else 0))) for at, part in parts[::-1]]


def tunnels():
    query = ipv4(udp(dns(0x0100, question()), 45353, 53), 17)
    inner = ethernet(query, tags=((0x8100, 30),))
    outer = {"gre": ipv4(b"\x20\0\x08\0\0\0\0\5" + query, 47), "vxlan": ipv4(udp(b"\x08\0\0\0\0\0\x7b\0" + inner, 50000, 4789), 17),
             "gtp": ipv4(udp(b"\x30\xff" + struct.pack(">HI", len(query), 0xbeef) + query, 2152, 2152), 17),
             "6in4": ipv4(ipv6(udp(dns(0x0100, question()), 45353, 53), 17), 41),
             "three-tunnels": ipv4(ipv6(ipv4(b"\0\0\x08\0" + query, 47), 4), 41)}
    return {"tunnel-" + name: pcap([ethernet(packet)]) for name, packet in outer.items()}


def wrong():
    hello = client_hello()
    lies = hello[:3] + b"\x40\0" + hello[5:]
    inner = hello[:43] + b"\xff" + hello[44:]
    loop = udp(dns(0x0100, b"\xc0\x0c\0\1\0\1"), 45353, 53)
    cut = ethernet(ipv4(udp(dns(0x0100, question()), 45353, 53), 17))
    good = pcap([cut])
    fragments = [ethernet(ipv4(udp(b"a" * 1472, 1000, 2000), 17, fragment=0x2000)), ethernet(ipv4(b"b" * 100, 17, fragment=185))]
    overlap = in_pieces(udp(dns(0x0100, question()), 45353, 53), 17, True, 24)
    unfinished = in_pieces(udp(dns(0x0100, question()) + b"x" * 48, 45353, 53), 17, True, 40)
    return {
        "wrong-fragments-overlap": pcap([*overlap[:1], ethernet(ipv4(b"y" * 24, 17, fragment=0x2001)), *overlap[1:]]),
        "wrong-fragments-unfinished": pcap(unfinished[1:]),
        "wrong-wire-length": pcap([(ipv4(udp(b"x" * 20, 1, 2), 17, total=0), 10), (ipv6(b"", 17)[:4] + b"\0\0" + ipv6(b"y" * 28, 17)[6:], 10)], RAW),
        "wrong-tunnel-too-deep": pcap([ethernet(ipv4(ipv4(ipv4(ipv4(ipv4(b"", 17), 4), 4), 4), 4))]),
        "wrong-dns-loop": pcap([ethernet(ipv4(loop, 17))]),
        "wrong-dns-cut": pcap([(cut[:60], len(cut))]),
        "wrong-tls-record-length": pcap(session(443, [(True, lies)])),
        "wrong-tls-session-length": pcap(session(443, [(True, inner)])),
        "wrong-ssh-list-length": pcap(session(22, [(True, b"SSH-2.0-x\r\n" + ssh_kexinit(b"kex").replace(b"\0\0\0\3", b"\xff\0\0\3"))])),
        "wrong-socks-name-cut": pcap(session(1080, [(True, b"\5\1\0"), (True, b"\5\1\0\3\xffwww.example.org")])),
        "wrong-http-without-end": pcap(session(80, [(True, b"GET / HTTP/1.1\r\nHost: www.exam")])),
        "wrong-http-framing": pcap(session(80, [(True, b"POST / HTTP/1.1\r\nHost: www.example.org\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n"
                                                 b"xxxxGET /no HTTP/1.1\r\nHost: no.example\r\n\r\n")])),
        "wrong-ip-header-length": pcap([ethernet(ipv4(b"", 17, first=0x42)), ethernet(ipv4(b"", 17, first=0x4f))]),
        "wrong-ip-total-length": pcap([ethernet(ipv4(udp(b"x", 1, 2), 17, total=19)), ethernet(ipv4(udp(b"x", 1, 2), 17, total=9000))]),
        "wrong-headers-cut": pcap([(cut[:20], len(cut)), (cut[:36], len(cut))]),
        "wrong-link-type": pcap([cut], UNKNOWN_LINK),
        "wrong-file-cut": good[:-7],
        "wrong-file-length": good[:32] + struct.pack("<I", 0x7fffffff) + good[36:],
        "wrong-file-empty": b"",
        # one stamp of 2106: timers go on, and what is idle ends
        "wrong-time": pcap([cut, ethernet(ipv4(udp(b"", 1, 2), 17)), cut, cut], seconds=[START, 0xffffffff, START + 60, START + 300]),
        # hours later a connection, whose first packet would be the last one read at once
        "time-gap": pcap(63 * [ethernet(b"", 0x0806)] + session(443, [(True, hello[:60]), (True, hello[60:])]),
                         seconds=63 * [START] + 6 * [START + 7200]),
        "fragments": pcap(fragments),
    }


def captures():
    return {**sound(), **tunnels(), **wrong(), **quic_packets.captures(sys.modules[__name__])}
