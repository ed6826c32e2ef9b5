#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same traffic seen otherwise must tell the same names and fingerprints.

variants.py [--kukla PROGRAM] [--captures DIR] [--only GLOB]... [--all] [--jobs N]

directions: each capture is split by direction. What the two halves tell, each alone, is what the whole told.
segments:   TCP payload of captures with TLS is cut into segments of 1, 7, 100 and 536 octets, in order and shuffled.

Prints a table; exits 1 when a value is missing, 77 where the captures, tshark's editcap or the program are not there."""
import argparse
import collections
import concurrent.futures
import csv
import fnmatch
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

from eve import Seen, read_eve, replay

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
CUT_OCTETS = 20000  # of each direction of a connection; what is behind is left as it is
SIZES = (1, 7, 100, 536)
CISCO_METADATA = b"\x89\x09"
LINKS = {0: 4, 12: 0, 101: 0, 228: 0, 229: 0, 113: 16, 276: 20, 1: 14}  # octets before IP
KNOWN = os.path.join(HERE, "variants_known.tsv")


class Packet:
    """One packet of a capture, with where its IP and TCP headers are."""

    def __init__(self, head, octets, link):
        self.head, self.octets = head, octets
        self.ip = self.end = None
        self.tcp = None
        at = self._behind_ethernet(LINKS[link]) if link == 1 else LINKS.get(link)
        if at is None or len(octets) < at + 20:
            return
        self._ip(at)

    def _behind_ethernet(self, at):
        """Where IP begins behind tags, PPPoE and labels; None: there is none."""
        octets = self.octets
        while octets[at - 2:at] in (b"\x81\0", b"\x88\xa8", b"\x91\0", CISCO_METADATA):
            at += 8 if octets[at - 2:at] == CISCO_METADATA else 4
        kind = octets[at - 2:at]
        if kind == b"\x88\x64" and octets[at + 6:at + 8] in (b"\0\x21", b"\0\x57"):
            return at + 8
        if kind == b"\x88\x47":
            while at + 4 <= len(octets) and not octets[at + 2] & 1:
                at += 4
            return at + 4
        return at if kind in (b"\x08\0", b"\x86\xdd") else None

    def _ip(self, at):
        octets = self.octets
        if octets[at] >> 4 == 4 and octets[at] & 15 >= 5:
            bytes_, header, proto = struct.unpack(">H", octets[at + 2:at + 4])[0], (octets[at] & 15) * 4, octets[at + 9]
            self.source, self.dest = octets[at + 12:at + 16], octets[at + 16:at + 20]
            if struct.unpack(">H", octets[at + 6:at + 8])[0] & 0x3fff:  # a fragment: its addresses tell its direction
                self.ip, self.end, self.proto, self.ports = at, at + bytes_, proto, (0, 0)
                return
        elif octets[at] >> 4 == 6 and len(octets) >= at + 40:
            bytes_, header, proto = struct.unpack(">H", octets[at + 4:at + 6])[0] + 40, 40, octets[at + 6]
            self.source, self.dest = octets[at + 8:at + 24], octets[at + 24:at + 40]
        else:
            return
        self.ip, self.end, self.proto, self.transport = at, at + bytes_, proto, at + header
        self.ports = struct.unpack(">HH", octets[at + header:at + header + 4]) if proto in (6, 17) and len(octets) >= at + header + 4 else (0, 0)
        if proto == 6 and self.end <= len(octets) and len(octets) >= self.transport + 20:
            offset = (octets[self.transport + 12] >> 4) * 4
            self.tcp = self.transport + offset if offset >= 20 and self.transport + offset <= self.end else None

    @property
    def forward(self):
        return (self.source, self.ports[0]) <= (self.dest, self.ports[1])

    @property
    def flow(self):
        ends = sorted([(self.source, self.ports[0]), (self.dest, self.ports[1])])
        return self.proto, *ends

    def segment(self, begin, end, last):
        """The same packet with a part of its payload."""
        octets = bytearray(self.octets[:self.tcp]) + self.octets[self.tcp + begin:self.tcp + end]
        sequence = struct.unpack(">I", octets[self.transport + 4:self.transport + 8])[0]
        syn = octets[self.transport + 13] & 2
        struct.pack_into(">I", octets, self.transport + 4, (sequence + begin + (1 if syn and begin else 0)) & 0xffffffff)
        if begin:
            octets[self.transport + 13] &= ~2
        if not last:
            octets[self.transport + 13] &= ~1
        size = self.tcp - self.ip + end - begin
        if octets[self.ip] >> 4 == 4:
            struct.pack_into(">H", octets, self.ip + 2, size)
        else:
            struct.pack_into(">H", octets, self.ip + 4, size - 40)
        return self.head[:8] + struct.pack("<II", len(octets), len(octets)) + bytes(octets)

    def whole(self):
        return self.head + self.octets


def read(path, scratch):
    """Header and packets, whatever the container."""
    plain = os.path.join(scratch, "plain.pcap")
    if subprocess.run(["editcap", "-F", "nsecpcap", path, plain], capture_output=True, check=False).returncode != 0:
        return None, []
    with open(plain, "rb") as file:
        data = file.read()
    if len(data) < 24 or data[:4] != b"\x4d\x3c\xb2\xa1":
        return None, []
    link, at, packets = struct.unpack("<I", data[20:24])[0] & 0xffff, 24, []
    if link not in LINKS:
        return None, []
    while at + 16 <= len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        packets.append(Packet(data[at:at + 16], data[at + 16:at + 16 + size], link))
        at += 16 + size
    return data[:24], packets


def values_of(kukla, path):
    seen = Seen("")
    seen.exit, text, said = replay(kukla, "", path)
    if seen.exit not in (0, 2):
        return None, f"exit {seen.exit}: {said[-200:]}"
    read_eve(seen, text)
    found = {(metric, item) for metric, items in seen.values.items() for item in items}
    return found, "; ".join(seen.trouble)


def cut(packets, size, shuffle):
    """Payload in segments of `size`; shuffled: those of one side that follow each other, where the beginning was seen."""
    out, run, run_key, used, begun = [], [], None, collections.Counter(), set()
    dice = random.Random(size)

    def flush():
        if shuffle and run_key and run_key in begun:
            dice.shuffle(run)
        out.extend(run)
        run.clear()
    for packet in packets:
        if packet.tcp is None:
            flush()
            out.append(packet.whole())
            continue
        key = (packet.flow, packet.forward)
        if packet.octets[packet.transport + 13] & 2:
            begun.add(key)
        payload = packet.end - packet.tcp
        if key != run_key:
            flush()
            run_key = key
        if not payload or used[key] + payload > CUT_OCTETS:
            flush()
            out.append(packet.whole())
            continue
        used[key] += payload
        run += [packet.segment(at, min(at + size, payload), at + size >= payload) for at in range(0, payload, size)]
    flush()
    return out


def directions(kukla, path, scratch):
    """(values of the whole, missing, trouble)"""
    head, packets = read(path, scratch)
    if not head:
        return set(), set(), ""
    want, trouble = values_of(kukla, os.path.join(scratch, "plain.pcap"))
    have, half = set(), os.path.join(scratch, "half.pcap")
    for forward in (True, False):
        with open(half, "wb") as file:
            file.write(head + b"".join(p.whole() for p in packets if p.ip is not None and p.forward == forward))
        found, said = values_of(kukla, half)
        have |= found or set()
        trouble = trouble or said
    return want or set(), (want or set()) - have, trouble


def segments(kukla, path, scratch):
    head, packets = read(path, scratch)
    if not head:
        return set(), set(), ""
    want, trouble = values_of(kukla, os.path.join(scratch, "plain.pcap"))
    missing, variant = set(), os.path.join(scratch, "cut.pcap")
    for size in SIZES:
        for shuffle in (False, True):
            with open(variant, "wb") as file:
                file.write(head + b"".join(cut(packets, size, shuffle)))
            found, said = values_of(kukla, variant)
            trouble = trouble or said
            missing |= {(f"{size}{' shuffled' if shuffle else ''}", *item) for item in (want or set()) - (found or set())}
    return want or set(), missing, trouble


def one(job):
    function, kukla, folder, name = job
    with tempfile.TemporaryDirectory() as scratch:
        return (function.__name__, name, *function(kukla, os.path.join(folder, name), scratch))


def known():
    if not os.path.exists(KNOWN):
        return {}
    with open(KNOWN, encoding="utf-8") as file:
        return {tuple(line.split("\t")[:2]): line.rstrip("\n").split("\t")[2] for line in file if not line.startswith("#")}


def chosen(folder, args):
    with open(os.path.join(folder, "oracle", "captures.tsv"), encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["class"] == "ok"]
    rows = [row for row in rows if not args.only or any(fnmatch.fnmatch(row["capture"], glob) for glob in args.only)]
    words = ("tls:", "dns:", "http:", "ssh:", "quic:", "dtls:")
    named = [row["capture"] for row in rows if any((" " + row["layers"]).find(" " + word) >= 0 for word in words)]
    tls = [row["capture"] for row in rows if (" " + row["layers"]).find(" tls:") >= 0]
    return (named, tls) if args.all or args.only else (named[::20], tls[::20])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla", default=os.path.join(TOP, "bin", "kukla"))
    parser.add_argument("--captures", default=os.path.join(os.environ.get("KUKLA_SHARED", os.path.join(TOP, "..", "shared")), "captures"))
    parser.add_argument("--only", action="append", metavar="GLOB")
    parser.add_argument("--all", action="store_true", help="every capture with names, not every twentieth")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main():
    args = arguments()
    if not os.path.exists(os.path.join(args.captures, "oracle", "captures.tsv")) or not os.path.exists(args.kukla) or not shutil.which("editcap"):
        print("skipped: the captures (KUKLA_SHARED), kukla or editcap are not there")
        return 77
    named, tls = chosen(args.captures, args)
    kukla, excused, wrong = os.path.abspath(args.kukla), known(), 0
    jobs = [(directions, kukla, args.captures, name) for name in named] + [(segments, kukla, args.captures, name) for name in tls]
    totals = collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for kind, name, want, missing, trouble in pool.map(one, jobs):
            totals[kind, "captures"] += 1
            totals[kind, "values"] += len(want)
            if missing and (kind, name) in excused:
                totals[kind, "known"] += len(missing)
            elif missing or trouble:
                totals[kind, "missing"] += len(missing)
                wrong += 1
                print(f"{kind} {name}: {trouble} {sorted(map(str, missing))[:4]}")
    for kind in ("directions", "segments"):
        print(f"{kind}: " + ", ".join(f"{totals[kind, what]} {what}" for what in ("captures", "values", "missing", "known")))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
