# SPDX-License-Identifier: Apache-2.0
"""What independent tools say of the captures in ../shared/captures, in the form of `eve.py`: sets and sums per conversation.

A conversation is a protocol and two ends (address, port), in no order. ICMP has no ports here: the tables sum it by address
pair. What `../shared/captures/README.md` warns of is treated here, once."""
import collections
import csv
import os
import re

SUPPORTED_LINKS = {"0", "1", "8", "9", "10", "12", "14", "50", "51", "100", "101", "104", "105", "107", "108", "113", "119", "127", "129", "163",
                   "166", "192", "204", "226", "228", "229", "239", "242", "258", "276", "281", "282", "283", "284"}
PORTLESS = {1, 58}
IDS_MAX = 6  # so many Community IDs of an ICMP pair are in the tables, not more
# Layers below IP that probe/decode.c does not open: conversations behind them count, but are shown apart too.
ENCAPSULATIONS = ("mpls", "pppoes", "ppp", "gre", "vxlan", "geneve", "gtp", "teredo", "l2tp", "capwap", "erspan", "fp", "pbb", "llc")


class Reference:
    """All tables of one capture."""

    def __init__(self, capture):
        self.capture = capture
        self.exits = 0              # 0 or 2, by how libpcap ends
        self.readable = True        # libpcap reads it to the end the table's packets are from
        self.supported = True       # link type
        self.layers = set()
        self.flows = {"outer": {}, "inner": {}}  # level: {conversation: {end: [packets, octets]}}; "only" is in both
        self.tunnelled = set()      # conversations of the inner level; some are seen bare too
        self.community_ids = {}     # conversation: set
        self.payload = set()        # conversations that have some
        self.values = collections.defaultdict(set)     # metric: {(conversation, value)}
        self.elsewhere = collections.defaultdict(set)  # the same, of what is no miss but no invention either
        self.ja4 = set()            # (conversation, JA4) that those who defined it expect
        self.applications = []      # (conversation, nDPI's name)
        self.fragments = False


def address(text):
    """Mapped addresses on the wire (RFC 4291 section 2.5.5.2) are the same value as IPv4 ones in every record of ours."""
    return re.sub(r"^::ffff:(\d+\.\d+\.\d+\.\d+)$", r"\1", text)


def conversation(proto, a, a_port, b, b_port):
    ends = sorted([(address(a), int(a_port or 0)), (address(b), int(b_port or 0))])
    if int(proto) in PORTLESS:
        ends = sorted((end[0], 0) for end in ends)
    return int(proto), *ends


def fold_fragments(flows):
    """Where IPv6 is in fragments: all that has no ports, of two addresses, as one. tshark without reassembly gives later fragments
    the protocol 44, we give them the protocol they are fragments of."""
    folded = {}
    for key, sums in flows.items():
        if ":" in key[1][0] and not key[1][1] and not key[2][1]:
            key = (44, *key[1:])
        to = folded.setdefault(key, {})
        for end, (packets, octets) in sums.items():
            total = to.setdefault(end, [0, 0])
            total[0] += packets
            total[1] += octets
    return folded


def host(text):
    return re.sub(r":\d+$", "", text.strip().lower()).rstrip(".")


def plain(text):
    """Octets that are no printable ASCII are written in different ways: leave them out."""
    return re.sub(r"(\\x[0-9a-f]{2}|\\[0-9]{3}|[^!-~])+", "", text.lower().replace("<root>", "")).rstrip(".")


def rows(folder, name):
    with open(os.path.join(folder, "oracle", name), encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def has_payload(row):
    packets = int(row["pkts_ab"]) + int(row["pkts_ba"])
    octets = int(row["ipbytes_ab"]) + int(row["ipbytes_ba"])
    header = 20 if row["ipver"] == "4" else 40
    if row["proto"] == "6":  # a pushed segment, or more than headers with timestamps come to
        pushed = (int(row["tcpflags_ab"] or "0", 16) | int(row["tcpflags_ba"] or "0", 16)) & 0x08
        return bool(pushed) or octets > packets * (header + 32) + 40
    return octets > packets * (header + (8 if row["proto"] == "17" else 0))


def add_flows(captures, folder, name, wanted):
    for row in rows(folder, name):
        ref = captures.get(row["capture"])
        if not ref or not wanted(ref):
            continue
        key = conversation(row["proto"], row["a_ip"], row["a_port"], row["b_ip"], row["b_port"])
        for level in ("outer", "inner") if row["level"] == "only" else (row["level"],):
            sums = ref.flows[level].setdefault(key, {})
            for end, side in (((row["a_ip"], row["a_port"]), "ab"), ((row["b_ip"], row["b_port"]), "ba")):
                end = (address(end[0]), 0 if key[0] in PORTLESS else int(end[1] or 0))
                total = sums.setdefault(end, [0, 0])
                total[0] += int(row["pkts_" + side])
                total[1] += int(row["ipbytes_" + side])
        if row["level"] == "inner":
            ref.tunnelled.add(key)
        mapped = address(row["a_ip"]) != row["a_ip"]  # then the record has not the tuple of the packet
        if not mapped and row.get("icmp_types") != ".:" + row["pkts_ab"]:  # tshark saw no type
            ref.community_ids.setdefault(key, set()).update(row["community_id_own"].split())
        if has_payload(row):
            ref.payload.add(key)


def add_tls(captures, folder):
    for row in rows(folder, "tls.tsv"):
        ref = captures.get(row["capture"])
        if not ref:
            continue
        key = conversation(17 if row["layer"] != "tls" else 6, row["src"], row["sport"], row["dst"], row["dport"])
        kind = "DTLS " if row["layer"] == "dtls" else ""
        if row["side"] != "client":
            if row["ja3"] and row["layer"] != "quic":
                ref.values[kind + "JA3S"].add((key, row["ja3"]))
            continue
        if row["sni"]:
            (ref.elsewhere if kind else ref.values)[kind + "SNI"].add((key, plain(row["sni"])))
        if row["ja4_own"]:
            ref.values[kind + "JA4"].add((key, row["ja4_own"]))
        if row["ja3"]:
            (ref.elsewhere if row["layer"] == "quic" else ref.values)[kind + "JA3"].add((key, row["ja3"]))
    for row in rows(folder, "upstream_ja4.tsv"):
        ref = captures.get(row["capture"])
        if ref and row["ja4"] and row["src"]:
            proto = 6 if row["ja4"].startswith("t") else 17
            ref.ja4.add((conversation(proto, row["src"], row["sport"], row["dst"], row["dport"]), row["ja4"]))
    for row in rows(folder, "quic.tsv"):
        ref = captures.get(row["capture"])
        if ref:
            key = conversation(17, row["src"], row["sport"], row["dst"], row["dport"])
            if row["sni"]:
                ref.values["SNI"].add((key, plain(row["sni"])))
            if row["ja4_own"]:
                ref.values["JA4"].add((key, row["ja4_own"]))


def add_names(captures, folder):
    for row in rows(folder, "dns.tsv"):
        ref = captures.get(row["capture"])
        told = row["qname"].startswith(("<Name", "<Unknown", "(several"))  # what tshark says instead of a name
        if ref and (row["qname"] or row["qtype"]) and not told:
            values = ref.values if row["layer"] == "dns" else ref.elsewhere
            values["DNS names"].add((None, plain(row["qname"])))
            values["DNS names and types"].add((None, f"{plain(row['qname'])} {row['qtype']}"))


def add_http(captures, folder):
    for row in rows(folder, "http.tsv"):
        ref = captures.get(row["capture"])
        if not ref:
            continue
        tcp = conversation(6, row["src"], row["sport"], row["dst"], row["dport"])
        known = ref.flows["outer"].keys() | ref.flows["inner"].keys()
        other = conversation(17, row["src"], row["sport"], row["dst"], row["dport"])  # SSDP, or SCTP
        key, values = (tcp, ref.values) if tcp in known else (other, ref.elsewhere)
        if row["host"]:
            values["HTTP hosts"].add((key, plain(host(row["host"]))))
        target = re.match(r"(?:https?://)?([^/:]+)", row["uri"])
        if target and (row["method"] == "CONNECT" or "://" in row["uri"]):  # RFC 9112 section 3.2: the target names the host
            ref.elsewhere["HTTP hosts"].add((tcp, plain(target[1])))
        for metric, column in (("HTTP methods", "method"), ("HTTP User-Agents", "user_agent"), ("HTTP statuses", "status")):
            if row[column] and (column != "status" or re.fullmatch("[1-9][0-9]{2}", row[column])):
                values[metric].add((key, plain(row[column])))


def add_ndpi(captures, folder):
    for row in rows(folder, "ndpi42.tsv"):
        ref = captures.get(row["capture"])
        if not ref:
            continue
        key = conversation(row["proto"], row["c_ip"], row["c_port"], row["s_ip"], row["s_port"])
        ref.applications.append((key, row["ndpi_name"]))
        if row["server_name"]:
            ref.elsewhere["SNI"].add((key, plain(row["server_name"])))
            ref.elsewhere["HTTP hosts"].add((key, plain(host(row["server_name"]))))
        if row["ja3c"]:
            ref.elsewhere["JA3"].add((key, row["ja3c"]))
    for row in rows(folder, "upstream_ndpi_flows.tsv"):
        ref = captures.get(row["capture"])
        if ref and row.get("ja4"):
            ref.elsewhere["JA4"].add((None, row["ja4"]))


def load(folder, chosen=None):
    """{capture: Reference} for the captures that `chosen(name)` picks."""
    captures = {}
    for row in rows(folder, "libpcap.tsv"):
        if chosen and not chosen(row["capture"]):
            continue
        ref = captures[row["capture"]] = Reference(row["capture"])
        ref.readable = row["opens"] == "yes" and row["ends_with"] == "end of file"
        ref.exits = 0 if ref.readable else 2
        ref.supported = row["dlt"] in SUPPORTED_LINKS or row["opens"] != "yes"
    for row in rows(folder, "captures.tsv"):
        if row["capture"] in captures:
            captures[row["capture"]].fragments = int(row["fragment_frames"] or 0) > 0
            layers = {word.split(":")[0] for word in row["layers"].split()}
            captures[row["capture"]].layers = layers & set(ENCAPSULATIONS)
    add_flows(captures, folder, "flows.tsv", lambda ref: not ref.fragments)
    add_flows(captures, folder, "flows_nodefrag.tsv", lambda ref: ref.fragments)
    for ref in captures.values():
        if ref.fragments:
            ref.flows = {level: fold_fragments(flows) for level, flows in ref.flows.items()}
    add_tls(captures, folder)
    add_names(captures, folder)
    add_http(captures, folder)
    add_ndpi(captures, folder)
    return captures
