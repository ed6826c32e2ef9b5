# SPDX-License-Identifier: Apache-2.0
"""Run `kukla replay` over captures and reduce its --eve to what reference.py has of them."""
import collections
import concurrent.futures
import json
import os
import re
import subprocess

from reference import PORTLESS, conversation, host, plain

SANITIZER = re.compile(r"ERROR: \w*Sanitizer|WARNING: ThreadSanitizer|runtime error:|Sanitizer: ")
PROTOCOLS = {"ICMP": 1, "IGMP": 2, "TCP": 6, "UDP": 17, "GRE": 47, "ESP": 50, "AH": 51, "IPv6-ICMP": 58, "SCTP": 132}
DNS_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "WKS": 11, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "RP": 17,
             "AFSDB": 18, "SIG": 24, "KEY": 25, "AAAA": 28, "LOC": 29, "NB": 32, "SRV": 33, "NAPTR": 35, "KX": 36, "CERT": 37,
             "DNAME": 39, "OPT": 41, "APL": 42, "DS": 43, "SSHFP": 44, "IPSECKEY": 45, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48,
             "DHCID": 49, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52, "SMIMEA": 53, "HIP": 55, "CDS": 59, "CDNSKEY": 60,
             "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63, "SVCB": 64, "HTTPS": 65, "SPF": 99, "EUI48": 108, "EUI64": 109,
             "TKEY": 249, "TSIG": 250, "IXFR": 251, "AXFR": 252, "ANY": 255, "URI": 256, "CAA": 257, "MINFO": 14, "RT": 21,
             "DSYNC": 66, "NXNAME": 128, "AMTRELAY": 260, "RESINFO": 261, "TA": 32768, "DLV": 32769}


class Seen:
    """One capture as our program saw it."""

    def __init__(self, capture):
        self.capture = capture
        self.exit = None
        self.trouble = []      # what must never be: sanitizer report, residual, broken line, timeout
        self.ledger = {}
        self.tunnel = False    # it went into tunnels: compare the inner level
        self.flows = {}
        self.community_ids = collections.defaultdict(set)
        self.applications = collections.defaultdict(set)
        self.values = collections.defaultdict(set)


def ledger_number(ledger, path):
    for word in path.split("."):
        ledger = ledger.get(word) if isinstance(ledger, dict) else None
    return ledger


def key_of(event):
    proto = event.get("proto", 0)
    proto = PROTOCOLS[proto] if proto in PROTOCOLS else int(proto)
    return conversation(proto, event["src_ip"], event.get("src_port", 0), event["dest_ip"], event.get("dest_port", 0))


def add_flow(seen, event):
    key = key_of(event)
    sums = seen.flows.setdefault(key, {})
    for end, side in (("src", "toserver"), ("dest", "toclient")):
        port = 0 if key[0] in PORTLESS else int(event.get(end + "_port", 0))
        total = sums.setdefault((event[end + "_ip"], port), [0, 0])
        total[0] += event["flow"]["pkts_" + side]
        total[1] += event["flow"]["bytes_" + side]
    seen.community_ids[key].update([event["community_id"]] if event.get("community_id") else [])
    seen.applications[key].add(event.get("app_proto", "Unknown"))
    seen.tunnel |= "tunnel" in event
    tls, quic = event.get("tls", {}), event.get("quic", {})
    add_http(seen, key, event)
    dtls = key[0] == 17 and tls
    for metric, value in (("SNI", tls.get("sni")), ("SNI", quic.get("sni")), ("JA3", tls.get("ja3", {}).get("hash")),
                          ("JA3", tls.get("retry", {}).get("ja3")), ("JA4", tls.get("ja4")),
                          ("JA4", tls.get("retry", {}).get("ja4")), ("JA4", quic.get("ja4")),
                          ("JA3S", tls.get("ja3s", {}).get("hash")), ("JA3S", tls.get("retry", {}).get("ja3s"))):
        for one in value if isinstance(value, list) else [value] if value else []:
            one = plain(one) if metric == "SNI" else one
            seen.values["DTLS " + metric if dtls else metric].add((key, one))


def add_http(seen, key, event):
    """Of flows and of messages. What the tables cut is cut here."""
    http = event.get("http", {})
    for metric, value in (("HTTP hosts", http.get("hostname") and host(http["hostname"])), ("HTTP methods", http.get("http_method")),
                          ("HTTP User-Agents", http.get("http_user_agent", "")[:200]), ("HTTP statuses", str(http.get("status", "")))):
        if value:
            seen.values[metric].add((key, plain(value)))


def add_dns(seen, event):
    for query in event.get("dns", {}).get("queries", []):
        name, kind = plain(query.get("rrname", "")), query.get("rrtype", 0)
        kind = DNS_TYPES.get(kind, re.sub(r"\D", "", str(kind)))
        seen.values["DNS names"].add((None, name))
        seen.values["DNS names and types"].add((None, f"{name} {kind}"))


def read_eve(seen, text):
    event = None
    for number, line in enumerate(text.splitlines(), 1):
        try:
            event = json.loads(line)
            if event["event_type"] == "flow":
                add_flow(seen, event)
            elif event["event_type"] == "dns":
                add_dns(seen, event)
            elif event["event_type"] == "http":
                add_http(seen, key_of(event), event)
        except (ValueError, KeyError, TypeError) as error:
            seen.trouble.append(f"line {number} of --eve: {type(error).__name__} {error}: {line[:120]}")
            return
    if not event or event.get("event_type") != "stats":
        seen.trouble.append("the last line is no stats")
        return
    seen.ledger = event.get("ledger", {})
    if ledger_number(seen.ledger, "residual") != 0:
        seen.trouble.append(f"residual {ledger_number(seen.ledger, 'residual')}")


def replay(kukla, folder, capture, extra=()):
    """(exit status, --eve, standard error) of one run; exit None: it had to be stopped."""
    try:
        run = subprocess.run([kukla, "replay", "--quiet", "--no-signatures", *extra, "--eve", "-", os.path.join(folder, capture)], capture_output=True,
                             timeout=120, check=False, stdin=subprocess.DEVNULL)
        return run.returncode, run.stdout.decode("utf-8", "replace"), run.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        return None, "", "timeout"


def observe(kukla, folder, capture):
    seen = Seen(capture)
    seen.exit, text, said = replay(kukla, folder, capture)
    if seen.exit not in (0, 2):
        seen.trouble.append(f"exit {seen.exit}: {said.strip()[-300:]}")
    if SANITIZER.search(said):
        seen.trouble.append("sanitizer: " + SANITIZER.search(said).string[SANITIZER.search(said).start():][:600])
    if seen.exit == 2 and not said.strip():
        seen.trouble.append("exit 2 without a cause")
    if seen.exit in (0, 2):
        read_eve(seen, text)
    return seen


def observe_all(kukla, folder, captures, jobs=2):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda capture: observe(kukla, folder, capture), captures)
