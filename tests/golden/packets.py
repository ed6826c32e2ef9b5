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


def ssh_kexinit(first):
    names = [first, b"ssh-ed25519", b"aes128-ctr", b"aes256-ctr", b"hmac-sha2-256", b"hmac-sha2-512", b"none", b"none,zlib", b"", b""]
    payload = b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(one)) + one for one in names) + bytes(5)
    return struct.pack(">IB", len(payload) + 7, 6) + payload + bytes(6)


def question(kind=1):
    return name("www.example.org") + struct.pack(">HH", kind, 1)


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
        "tls": pcap(session(443, [(True, hello)])),
        "tls-in-pieces": pcap(session(443, [(True, hello[:5]), (True, hello[5:60]), (True, hello[60:])])),
        "http": pcap(session(80, [(True, request), (False, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")])),
        "ssh": pcap(session(22, [(False, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), (True, b"SSH-2.0-PuTTY_Release_0.78\r\n" + exchange[:50]),
                                 (True, exchange[50:]), (False, exchange)])),
        "smtp": pcap(session(25, mail)),
        "smtp-starttls": pcap(session(25, smtp)),
        "imap-starttls": pcap(session(143, [(False, b"* OK ready\r\n"), (True, b"a STARTTLS\r\n"), (False, b"a OK go\r\n"), (True, hello)])),
        "socks": pcap(session(1080, proxy)),
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
        "wrong-ssh-list-length": pcap(session(22, [(True, b"SSH-2.0-x\r\n" + ssh_kexinit(b"kex").replace(b"\0\0\0\3", b"\xff\0\0\3"))])),
        "wrong-socks-name-cut": pcap(session(1080, [(True, b"\5\1\0"), (True, b"\5\1\0\3\xffwww.example.org")])),
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
