#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_mmdb.py FILE TYPE PREFIX=NUMBER...: a small database of autonomous systems in MaxMind's format 2.0
(https://maxmind.github.io/MaxMind-DB/), for tests: none of theirs is needed."""
import ipaddress
import sys

MARKER = b"\xab\xcd\xefMaxMind.com"
RECORD_BITS = 24


def control(kind, size):
    extended = bytes([kind - 7]) if kind > 7 else b""
    first = 0 if kind > 7 else kind << 5
    if size < 29:
        return bytes([first | size]) + extended
    return bytes([first | 29]) + extended + bytes([size - 29])


def text(value):
    return control(2, len(value)) + value.encode()


def number(value, kind=6):
    octets = value.to_bytes(8, "big").lstrip(b"\0")
    return control(kind, len(octets)) + octets


def table(pairs):
    return control(7, len(pairs)) + b"".join(text(key) + value for key, value in pairs)


def bits_of(prefix):
    """The way to it from the top: IPv4 lies below 96 zeros."""
    network = ipaddress.ip_network(prefix)
    width, skip = (128, 0) if network.version == 6 else (32, 96)
    value = int(network.network_address)
    return [0] * skip + [value >> (width - 1 - n) & 1 for n in range(network.prefixlen)]


def tree_of(systems):
    """Nodes as pairs: a number of a node, ("data", number of a system) or None. Longer prefixes go below shorter ones."""
    nodes = [[None, None]]
    for prefix, system in sorted(systems.items(), key=lambda pair: len(bits_of(pair[0]))):
        at, bits = 0, bits_of(prefix)
        for bit in bits[:-1]:
            below = nodes[at][bit]
            if not isinstance(below, int):
                nodes.append([below, below])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][bits[-1]] = ("data", system)
    return nodes


def make(kind, systems):
    data, where = b"", {}
    for system in dict.fromkeys(systems.values()):
        where[system] = len(data)
        data += table([("autonomous_system_number", number(system)), ("autonomous_system_organization", text(f"AS {system}"))])
    nodes = tree_of(systems)
    tree = b""
    for node in nodes:
        for record in node:
            value = len(nodes) if record is None else record if isinstance(record, int) else len(nodes) + 16 + where[record[1]]
            tree += value.to_bytes(RECORD_BITS // 8, "big")
    about = table([("node_count", number(len(nodes))), ("record_size", number(RECORD_BITS, 5)), ("ip_version", number(6, 5)),
                   ("database_type", text(kind)), ("languages", control(11, 0)), ("binary_format_major_version", number(2, 5)),
                   ("binary_format_minor_version", number(0, 5)), ("build_epoch", number(1700000000, 9)),
                   ("description", table([]))])
    return tree + b"\0" * 16 + data + MARKER + about


def main():
    systems = {prefix: int(system) for prefix, system in (word.rsplit("=", 1) for word in sys.argv[3:])}
    with open(sys.argv[1], "wb") as file:
        file.write(make(sys.argv[2], systems))


if __name__ == "__main__":
    assert len(sys.argv) > 3, __doc__
    main()
