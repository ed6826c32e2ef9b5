#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The resource records that `kukla replay` finds in DNS messages, against those of tshark.

dns_answers.py [--kukla PROGRAM] [--captures DIR] [--only GLOB]... [--verbose] [--jobs N]

A record is section, owner, type, time to live and, where tshark takes the data apart, the data. Sets of them for each capture are
compared, both ways: at least LEAST percent of tshark's are ours, and of ours tshark's. Not asked for are those of updates (RFC 2136),
of messages that lie in something encrypted, in an ICMP error, in fragments or in a tunnel that we may not open, and what we have
where tshark calls a message malformed. Exits 1 below that, 77 when the captures, the program or tshark are not there."""
import argparse
import collections
import concurrent.futures
import fnmatch
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys

from eve import DNS_TYPES, ledger_number, replay
from oracle import HERE, TOP, need
from reference import plain, rows

LEAST = 99.5
SECTIONS = {"Answers": "answers", "Authoritative nameservers": "authorities", "Additional records": "additionals"}
NOT_OURS = re.compile(r"(:|^)(http2?|tls|quic|icmp|icmpv6)(:|$)")
NESTED = re.compile(r":ip(v6)?:(.*:)?ip(v6)?:|vxlan|gtp|gre|teredo|l2tp|geneve|erspan|ppp|mpls")
NUMBERS = {number: name for name, number in DNS_TYPES.items()}
# Captures that differ for a reason that somebody has seen in the octets.
KNOWN = {
    "pcapplusplus/Packet++Test__PacketExamples__NullLoopback.pcap": "the link header is none of BSD: 0f 00 08 00",
    "pcapplusplus/Pcap++Test__PcapExamples__null_loopback.pcap": "the same packet",
    "arkime/arkime_synthetic.pcap": "an empty ALPN makes HTTPS malformed (RFC 9460 section 7.1.1): no data for us, the rest for tshark",
    "zeek/dns-svcb-rdlength-mismatch.pcap": "data of two octets has no room for a target; tshark reads it from the next record",
    "tcpdump/someip1.pcap": "the operation is 15: SOME/IP on port 53",
}
UPDATE = 5
OPT = 41


def name(text):
    return plain(text).replace("\\", "") or "."


def printable(text):
    """tshark's text may end at the first octet that is no ASCII, ours ends after a thousand."""
    return re.split(r"\\x[0-9a-f]{2}|[^ -~]", text)[0][:1000]


def listed(value):
    return value if isinstance(value, list) else [value]


def fields(*keys):
    return lambda rr: " ".join(str(int(rr[key], 0)) for key in keys)


def host(key):
    return lambda rr: name(rr[key])


def text(rr):
    return printable("".join(listed(rr["dns.txt"])))


def soa(rr):
    return " ".join([name(rr["dns.soa.mname"]), name(rr["dns.soa.rname"])] + [
        rr["dns.soa." + key] for key in ("serial_number", "refresh_interval", "retry_interval", "expire_limit", "mininum_ttl")])


def digits(key):
    return lambda rr: rr[key].replace(":", "")


def rrsig(rr):
    kind = int(rr["dns.rrsig.type_covered"], 0)
    return " ".join([NUMBERS.get(kind, f"TYPE{kind}"), fields("dns.rrsig.algorithm", "dns.rrsig.labels", "dns.rrsig.original_ttl")(rr)])


def svcb(rr):
    alpn = [protocol for p in listed(rr.get("dns.svcb.svcparam", [])) for protocol in listed(p.get("dns.svcb.svcparam.alpn", []))]
    return " ".join([rr["dns.svcb.svcpriority"], name(rr["dns.svcb.targetname"])] + (["alpn=" + ",".join(alpn)] if alpn else []))


def naptr(rr):
    return " ".join([fields("dns.naptr.order", "dns.naptr.preference")(rr), name(rr["dns.naptr.replacement"])])


def join(*parts):
    return lambda rr: " ".join(part(rr) for part in parts)


# What tshark says of the data, in our words; of long ones the beginning.
DATA = {1: lambda rr: rr["dns.a"], 28: lambda rr: str(ipaddress.ip_address(rr["dns.aaaa"])), 2: host("dns.ns"), 5: host("dns.cname"),
        12: host("dns.ptr.domain_name"), 15: host("dns.mx.mail_exchange"), 33: host("dns.srv.target"), 39: host("dns.dname"),
        16: text, 6: soa, 43: join(fields("dns.ds.key_id", "dns.ds.algorithm", "dns.ds.digest_type"), digits("dns.ds.digest")),
        46: rrsig, 47: host("dns.nsec.next_domain_name"), 48: fields("dns.dnskey.flags", "dns.dnskey.protocol", "dns.dnskey.algorithm"),
        44: join(fields("dns.sshfp.algorithm", "dns.sshfp.fingerprint.type"), digits("dns.sshfp.fingerprint")), 64: svcb, 65: svcb,
        35: naptr, 51: fields("dns.nsec3.algo", "dns.nsec3.flags", "dns.nsec3.iterations"), 256: fields("dns.srv.priority", "dns.srv.weight")}


def ours_as(kind, data):
    """Our data, as far as DATA has it."""
    if kind in (2, 5, 12, 15, 33, 39):
        return name(data)
    if kind in (1, 28):
        return str(ipaddress.ip_address(data)) if data else ""
    words = data.split(" ")
    if not data:
        return ""
    if kind == 6:
        return " ".join([name(words[0]), name(words[1])] + words[2:])
    if kind == 16:
        return printable(data)
    if kind == 47:
        return name(words[0])
    if kind in (64, 65):
        return " ".join([words[0], name(words[1])] + [word for word in words[2:] if word.startswith("alpn=")])
    if kind == 35:
        return " ".join(words[:2] + [name(words[-1])])
    return " ".join(words[:{46: 4, 48: 3, 51: 3, 256: 2}.get(kind, len(words))])


def row(section, owner, kind, ttl, data):
    return section, name(owner), kind, ttl, data


def unfolded(pairs):
    """An object in which a key may stand several times: then its values are a list."""
    values = collections.defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    return {key: some[0] if len(some) == 1 else some for key, some in values.items()}


def owner(rr):
    """Of SRV it takes the owner apart."""
    return rr.get("dns.resp.name") or ".".join(rr[key] for key in ("dns.srv.service", "dns.srv.proto", "dns.srv.name") if rr.get(key))


def theirs_of(message):
    """Rows of one message of tshark's JSON."""
    for title, section in SECTIONS.items():
        groups = [group for group in listed(message.get(title, {})) if isinstance(group, dict)]
        for rr in [one for group in groups for entry in group.values() for one in listed(entry) if isinstance(one, dict)]:
            kind = int(listed(rr.get("dns.resp.type", OPT))[0])  # those that follow are the types of NSEC
            if kind == OPT or "dns.resp.ttl" not in rr:
                continue
            try:
                data = DATA[kind](rr) if kind in DATA else None
                if data and re.search("<(name|unknown)", data):
                    data = ""  # it says what is wrong with the name
            except (KeyError, ValueError, AttributeError):
                data = None
            yield row(section, owner(rr), kind, int(rr["dns.resp.ttl"]), data)


def tshark(path):
    """(rows, rows that may be ours, whether a message is malformed)"""
    run = subprocess.run(["tshark", "-n", "-r", path, "-Y", "dns or mdns or llmnr", "-T", "json", "-J",
                          "frame ip ipv6 dns mdns llmnr _ws.malformed"], capture_output=True, check=False)
    want, elsewhere, malformed = set(), set(), False
    for packet in json.loads(run.stdout.decode("utf-8", "replace") or "[]", object_pairs_hook=unfolded):
        layers = packet["_source"]["layers"]
        protocols = layers["frame"]["frame.protocols"]
        malformed |= "malformed" in protocols or "_ws.malformed" in layers
        for message in [m for key in ("dns", "mdns", "llmnr") for m in listed(layers.get(key, [])) if isinstance(m, dict)]:
            if message.get("dns.flags_tree", {}).get("dns.flags.opcode") == str(UPDATE):
                continue
            fragments = any("fragments" in key for layer in ("ip", "ipv6") for part in listed(layers.get(layer, {})) for key in part)
            apart = fragments or NOT_OURS.search(protocols) or NESTED.search(protocols)
            (elsewhere if apart else want).update(theirs_of(message))
    return want, elsewhere, malformed


def kukla(program, folder, capture):
    exit_status, lines, said = replay(program, folder, capture)
    if exit_status not in (0, 2):
        raise RuntimeError(f"{capture}: exit {exit_status}: {said}")
    seen, unread = set(), exit_status
    for line in lines.splitlines():
        event = json.loads(line)
        for cause in ("link", "ip", "truncated"):
            unread += ledger_number(event.get("ledger", {}), "undecodable." + cause) or 0
        for section in SECTIONS.values() if event["event_type"] == "dns" else ():
            for rr in event["dns"].get(section, []):
                kind = DNS_TYPES.get(rr["rrtype"]) or int(re.sub(r"\D", "", rr["rrtype"]) or 0)
                seen.add(row(section, rr.get("rrname", ""), kind, rr["ttl"], rr.get("rdata", "")))
    return seen, unread


def compare(program, folder, capture):
    """(ours that are theirs, ours, theirs that are ours, theirs, the differences)"""
    want, elsewhere, malformed = tshark(os.path.join(folder, capture))
    known = want | elsewhere
    bare = {one[:4] for one in known if one[4] is None}
    have, invented = set(), []
    rows_seen, unread = kukla(program, folder, capture)
    for one in rows_seen:
        exact = one[:4] + (ours_as(one[2], one[4]) if one[2] in DATA else None,)
        if one[:4] in bare and exact not in known:
            exact = one[:4] + (None,)
        have.add(exact)
        if exact not in known and not malformed and capture not in KNOWN:
            invented.append(exact)
    if unread or capture in KNOWN:
        want &= have  # packets that we cannot read, or no more after a broken one
    missed = sorted(want - have, key=str)
    return capture, len(have) - len(invented), len(have), len(want) - len(missed), len(want), missed, invented


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kukla", default=os.path.join(TOP, "bin", "kukla"))
    parser.add_argument("--captures", default=os.path.join(os.environ.get("KUKLA_SHARED", os.path.join(TOP, "..", "shared")), "captures"))
    parser.add_argument("--only", action="append", metavar="GLOB", help="captures to take; all without it")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    need(args.kukla, "the program")
    need(os.path.join(args.captures, "oracle", "dns.tsv"), "the set of captures with oracles (KUKLA_SHARED)")
    need(shutil.which("tshark") or os.path.join(HERE, "tshark"), "tshark")
    captures = sorted({r["capture"] for r in rows(args.captures, "dns.tsv") if r["layer"] != "nbns"})
    captures = [c for c in captures if not args.only or any(fnmatch.fnmatch(c, glob) for glob in args.only)]
    sums = [0] * 4
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for capture, *counts, missed, invented in pool.map(
                lambda c: compare(os.path.abspath(args.kukla), args.captures, c), captures):
            sums = [a + b for a, b in zip(sums, counts)]
            if args.verbose and (missed or invented):
                print(f"{capture}: {len(missed)} missed, {len(invented)} of ours alone")
                for title, some in (("missed", missed), ("ours", invented)):
                    for one in some[:4]:
                        print(f"    {title} {one}"[:300])
    shares = [100 * right / of if of else 100.0 for right, of in ((sums[2], sums[3]), (sums[0], sums[1]))]
    print(f"records of tshark that are ours: {sums[2]} of {sums[3]}, {shares[0]:.3f} %; least {LEAST}")
    print(f"records of ours that are tshark's: {sums[0]} of {sums[1]}, {shares[1]:.3f} %; least {LEAST}")
    return 0 if captures and min(shares) >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
