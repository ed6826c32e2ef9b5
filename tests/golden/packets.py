# SPDX-License-Identifier: Apache-2.0
"""Small captures for the golden tests, made octet by octet: documentation addresses and names only. Half of them are wrong on
purpose. `captures()` gives {name: octets of the file}."""
import struct

CLIENT, SERVER = b"\xc0\x00\x02\x01", b"\xc6\x33\x64\x02"  # 192.0.2.1, 198.51.100.2
CLIENT6, SERVER6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")
ETHERNET, RAW, UNKNOWN_LINK = 1, 101, 147
START = 1684047600  # 2023-05-14T07:00:00Z


def pcap(packets, link=ETHERNET):
    """A packet is octets, or (octets, length on the wire)."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link)
    for number, packet in enumerate(packets):
        octets, wire = packet if isinstance(packet, tuple) else (packet, len(packet))
        out += struct.pack("<IIII", START + number, 1000 * number, len(octets), wire) + octets
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


def question(kind=1):
    return name("www.example.org") + struct.pack(">HH", kind, 1)


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
    echo = [struct.pack(">BBHHH", kind, 0, 0, 9, 1) + b"x" * 16 for kind in (8, 0)]
    return {
        "dns": pcap([ethernet(ipv4(query, 17)), ethernet(ipv4(reply, 17, False))]),
        "dns-tcp": pcap(session(53, [(True, struct.pack(">H", 33) + dns(0x0100, question()))])),
        "dns-sections": pcap([ethernet(ipv4(udp(dns_sections(), 53, 45353), 17, False))]),
        "dns-stream": pcap(dns_stream()),
        "tls": pcap(session(443, [(True, hello)])),
        "tls-in-pieces": pcap(session(443, [(True, hello[:5]), (True, hello[5:60]), (True, hello[60:])])),
        "http": pcap(session(80, [(True, request), (False, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")])),
        "icmp": pcap([ethernet(ipv4(echo[0], 1)), ethernet(ipv4(echo[1], 1, False))]),
        "qinq": pcap([ethernet(ipv4(query, 17), tags=((0x88a8, 100), (0x8100, 200)))]),
        "ipv6-extensions": pcap([ipv6(b"\x3c\0\1\4\0\0\0\0" + b"\x11\0\1\4\0\0\0\0" + query, 0)], RAW),
        "padding": pcap([ethernet(ipv4(udp(b"", 1, 2), 17)) + b"\0" * 18]),
    }


def wrong():
    hello = client_hello()
    lies = hello[:3] + b"\x40\0" + hello[5:]
    inner = hello[:43] + b"\xff" + hello[44:]
    loop = udp(dns(0x0100, b"\xc0\x0c\0\1\0\1"), 45353, 53)
    cut = ethernet(ipv4(udp(dns(0x0100, question()), 45353, 53), 17))
    good = pcap([cut])
    fragments = [ethernet(ipv4(udp(b"a" * 1472, 1000, 2000), 17, fragment=0x2000)), ethernet(ipv4(b"b" * 100, 17, fragment=185))]
    return {
        "wrong-dns-loop": pcap([ethernet(ipv4(loop, 17))]),
        "wrong-dns-cut": pcap([(cut[:60], len(cut))]),
        "wrong-tls-record-length": pcap(session(443, [(True, lies)])),
        "wrong-tls-session-length": pcap(session(443, [(True, inner)])),
        "wrong-http-without-end": pcap(session(80, [(True, b"GET / HTTP/1.1\r\nHost: www.exam")])),
        "wrong-ip-header-length": pcap([ethernet(ipv4(b"", 17, first=0x42)), ethernet(ipv4(b"", 17, first=0x4f))]),
        "wrong-ip-total-length": pcap([ethernet(ipv4(udp(b"x", 1, 2), 17, total=19)), ethernet(ipv4(udp(b"x", 1, 2), 17, total=9000))]),
        "wrong-headers-cut": pcap([(cut[:20], len(cut)), (cut[:36], len(cut))]),
        "wrong-link-type": pcap([cut], UNKNOWN_LINK),
        "wrong-file-cut": good[:-7],
        "wrong-file-length": good[:32] + struct.pack("<I", 0x7fffffff) + good[36:],
        "wrong-file-empty": b"",
        "fragments": pcap(fragments),
    }


def captures():
    return {**sound(), **wrong()}
