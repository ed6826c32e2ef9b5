# SPDX-License-Identifier: Apache-2.0
"""Captures of QUIC for the golden tests, sealed in plain Python. `captures(packets)` gives {name: octets of the file}."""
import os
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "fuzz"))
from quic_initial import Q050, V2, chlo, crypto_frame, initial  # noqa: E402

FIRST, CLIENT_ID, SERVER_ID, RETRY_ID = bytes(range(8)), b"client-1", b"server-1", b"retry-01"


def captures(packets):
    hello = packets.client_hello()[5:]
    google = chlo((b"PAD", b"-" * 900), (b"SNI", b"www.example.net"), (b"VER", b"Q043"), (b"UAID", b"Example/1.0 Linux"))

    def frames(at, end, octets=hello):
        return (crypto_frame(at, octets[at:end]) + bytes(1200))[:1150]

    def datagrams(*pieces):
        """(client's port, to_server, octets) each."""
        ports = {True: lambda port: (port, 443), False: lambda port: (443, port)}
        return packets.pcap([packets.ethernet(packets.ipv4(packets.udp(octets, *ports[to_server](port)), 17, to_server))
                             for port, to_server, octets in pieces])
    thirds = [initial(frames(at, end), number, FIRST, CLIENT_ID) for number, (at, end) in enumerate(((0, 50), (50, 51), (51, None)))]
    answer = initial(b"\2\0\0\0\0" + crypto_frame(0, b"\2\0\0\4\3\3\0\0"), 0, CLIENT_ID, SERVER_ID, key_id=FIRST)
    later = initial(frames(50, None), 1, SERVER_ID, CLIENT_ID, key_id=FIRST)
    retry = b"\xf0\0\0\0\1\x08" + CLIENT_ID + b"\x08" + RETRY_ID + b"a token" + bytes(16)
    after_retry = initial(frames(0, None), 1, RETRY_ID, CLIENT_ID, b"a token")
    offer = b"\x80\0\0\0\0\x08" + CLIENT_ID + b"\x08" + FIRST + struct.pack(">II", 0x1a2a3a4a, V2)
    q043 = b"\x0d" + FIRST + b"Q043\1" + bytes(12) + b"\xa0\1" + struct.pack(">H", len(google)) + google
    q050 = initial(b"\x08" + crypto_frame(0, google)[1:] + bytes(180), 1, FIRST, version=Q050)
    broken = thirds[0][:700] + b"\xff" + thirds[0][701:]
    return {
        "quic": datagrams((50000, True, thirds[2]), (50000, False, answer), (50000, True, thirds[0]), (50000, True, thirds[1]),
                          (50001, False, answer), (50001, True, thirds[0]), (50001, True, later),
                          (50002, True, thirds[0]), (50002, False, retry), (50002, True, after_retry),
                          (50003, False, offer), (50003, True, initial(frames(0, None), 0, FIRST, version=V2))),
        "quic-google": datagrams((50000, True, q043), (50001, True, q050)),
        "wrong-quic": datagrams((50000, True, broken), (50001, True, thirds[0][:15] + b"\xff" * 8 + thirds[0][23:]),
                                (50002, True, q043.replace(b"SNI\0", b"SNI\0\xff")),
                                (50003, True, initial(b"\6\x7f\xff\x7f\xff" + bytes(1100), 0, FIRST))),
    }
