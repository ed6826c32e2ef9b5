#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""oracle.py itself: a made-up oracle of one capture and a made-up program; each flaw must show in its line of the table."""
import copy
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURE = "own/one.pcap"
ID = "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
TABLES = {
    "libpcap": [{"capture": CAPTURE, "opens": "yes", "dlt": "1", "ends_with": "end of file"}],
    "captures": [{"capture": CAPTURE, "fragment_frames": "0", "layers": "eth:9 ip:9"}],
    "flows": [{"capture": CAPTURE, "level": "only", "ipver": "4", "proto": "6", "a_ip": "192.0.2.1", "a_port": "40000",
               "b_ip": "198.51.100.2", "b_port": "443", "pkts_ab": "5", "pkts_ba": "4", "ipbytes_ab": "900", "ipbytes_ba": "3000",
               "tcpflags_ab": "1a", "tcpflags_ba": "1a", "community_id_own": ID},
              {"capture": CAPTURE, "level": "outer", "ipver": "4", "proto": "47", "a_ip": "192.0.2.1", "a_port": "",
               "b_ip": "198.51.100.2", "b_port": "", "pkts_ab": "1", "pkts_ba": "0", "ipbytes_ab": "90", "ipbytes_ba": "0",
               "community_id_own": ""}],
    "flows_nodefrag": [{"capture": ""}],
    "tls": [{"capture": CAPTURE, "layer": "tls", "side": "client", "src": "192.0.2.1", "sport": "40000", "dst": "198.51.100.2",
             "dport": "443", "sni": "www.example.org", "ja3": "0" * 32, "ja4_own": "t13d1516h2_8daaf6152771_e5627efa2ab1"},
            {"capture": CAPTURE, "layer": "tls", "side": "server", "src": "198.51.100.2", "sport": "443", "dst": "192.0.2.1",
             "dport": "40000", "ja3": "1" * 32}],
    "quic": [{"capture": ""}],
    "dns": [{"capture": CAPTURE, "layer": "dns", "qname": "www.Example.org", "qtype": "1"}],
    "http": [{"capture": CAPTURE, "kind": "request", "src": "192.0.2.1", "sport": "40000", "dst": "198.51.100.2", "dport": "443",
              "host": "www.example.org:443", "method": "GET", "uri": "/", "user_agent": "a/1", "status": ""},
             {"capture": CAPTURE, "kind": "response", "src": "198.51.100.2", "sport": "443", "dst": "192.0.2.1", "dport": "40000",
              "status": "302", "uri": ""}],
    "ndpi42": [{"capture": CAPTURE, "proto": "6", "c_ip": "192.0.2.1", "c_port": "40000", "s_ip": "198.51.100.2", "s_port": "443",
                "ndpi_name": "TLS", "server_name": "", "ja3c": ""}],
    "upstream_ja4": [{"capture": CAPTURE, "src": "192.0.2.1", "sport": "40000", "dst": "198.51.100.2", "dport": "443",
                      "ja4": "t13d1516h2_8daaf6152771_e5627efa2ab1"}],
    "upstream_ndpi_flows": [{"capture": "", "ja4": ""}],
}
INNER = {"capture": CAPTURE, "level": "inner", "ipver": "4", "proto": "17", "a_ip": "10.0.0.1", "a_port": "1000", "b_ip": "10.0.0.2",
         "b_port": "53", "pkts_ab": "1", "pkts_ba": "0", "ipbytes_ab": "66", "ipbytes_ba": "0", "community_id_own": ""}
GOOD = [
    {"event_type": "flow", "src_ip": "192.0.2.1", "src_port": 40000, "dest_ip": "198.51.100.2", "dest_port": 443, "proto": "TCP",
     "community_id": ID, "app_proto": "TLS", "flow": {"pkts_toserver": 3, "pkts_toclient": 4, "bytes_toserver": 500,
                                                       "bytes_toclient": 3000},
     "tls": {"sni": "www.example.org", "ja3": {"hash": "0" * 32}, "ja3s": {"hash": "1" * 32}, "ja4": "t13d1516h2_8daaf6152771_e5627efa2ab1"},
     "http": {"hostname": "www.example.org", "http_method": "GET", "http_user_agent": "a/1", "status": 302}},
    {"event_type": "flow", "src_ip": "192.0.2.1", "src_port": 40000, "dest_ip": "198.51.100.2", "dest_port": 443, "proto": "TCP",
     "community_id": ID, "app_proto": "TLS", "flow": {"pkts_toserver": 2, "pkts_toclient": 0, "bytes_toserver": 400,
                                                       "bytes_toclient": 0}},
    {"event_type": "flow", "src_ip": "192.0.2.1", "dest_ip": "198.51.100.2", "proto": "GRE",
     "flow": {"pkts_toserver": 1, "pkts_toclient": 0, "bytes_toserver": 90, "bytes_toclient": 0}},
    {"event_type": "dns", "src_ip": "192.0.2.1", "dest_ip": "198.51.100.2",
     "dns": {"queries": [{"rrname": "www.example.org", "rrtype": "A"}]}},
    {"event_type": "stats", "ledger": {"residual": 0}},
]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(events, status=0, said="", inner=()):
    """Names of the lines below their threshold, and the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        for name, table in {**TABLES, "flows": [*TABLES["flows"], *inner]}.items():
            columns = sorted({column for row in TABLES[name] for column in row})
            body = ["\t".join(row.get(column, "") for column in columns) for row in table if row["capture"]]
            write(f"{folder}/captures/oracle/{name}.tsv", "\n".join(["\t".join(columns), *body]) + "\n")
        write(f"{folder}/eve", "".join(json.dumps(event) + "\n" for event in events))
        write(f"{folder}/kukla", f"#!/bin/sh\ncat '{folder}/eve'\necho '{said}' >&2\nexit {status}\n")
        os.chmod(f"{folder}/kukla", 0o700)
        done = subprocess.run([sys.executable, os.path.join(HERE, "oracle.py"), "--kukla", f"{folder}/kukla", "--captures",
                               f"{folder}/captures", "--verbose"], capture_output=True, text=True, check=False)
        below = [line.split("  ")[0] for line in done.stdout.splitlines() if line.endswith("<- below")]
        return below, done.returncode, done.stdout + done.stderr


def tunnelled(events):
    """The flow of GRE is replaced by the one inside it."""
    events[2] = {"event_type": "flow", "src_ip": "10.0.0.1", "src_port": 1000, "dest_ip": "10.0.0.2", "dest_port": 53, "proto": "UDP",
                 "flow": {"pkts_toserver": 1, "pkts_toclient": 0, "bytes_toserver": 66, "bytes_toclient": 0}, "tunnel": {"type": "gre"}}


def flaw(change):
    events = copy.deepcopy(GOOD)
    change(events)
    return events


def expect(what, result, below, status):
    if (result[0], result[1]) != (below, status):
        sys.exit(f"{what}: expected {below} and exit {status}, got {result[0]} and {result[1]}:\n{result[2]}")


def main():
    sound, flows = "exit 0 or 2, no sanitizer report, residual 0", "conversations: packets and octets each way"
    expect("all right", run(GOOD), [], 0)
    expect("an octet too many", run(flaw(lambda e: e[0]["flow"].update(bytes_toserver=501))), [flows], 1)
    expect("directions swapped", run(flaw(lambda e: e[1]["flow"].update(pkts_toserver=0, pkts_toclient=2))), [flows], 1)
    expect("no flow", run(flaw(lambda e: e.pop(2))), [flows], 1)
    expect("wrong id", run(flaw(lambda e: e[0].update(community_id="1:x"))), ["Community ID"], 1)
    expect("wrong application", run(flaw(lambda e: [x.update(app_proto="HTTP") for x in e[:2]])), ["application as ndpiReader"], 1)
    expect("no name", run(flaw(lambda e: e[0]["tls"].pop("sni"))), ["SNI"], 1)
    expect("another name", run(flaw(lambda e: e[0]["tls"].update(sni="example.org"))), ["SNI", "SNI: invented none"], 1)
    expect("no JA3", run(flaw(lambda e: e[0]["tls"].pop("ja3"))), ["JA3"], 1)
    expect("no JA4", run(flaw(lambda e: e[0]["tls"].pop("ja4"))), ["JA4 as its authors expect", "JA4"], 1)
    expect("no JA3S", run(flaw(lambda e: e[0]["tls"].pop("ja3s"))), ["JA3S"], 1)
    inside = "of these conversations: inside tunnels"
    expect("in a tunnel", run(flaw(tunnelled), inner=[INNER]), [], 0)
    expect("wrong in a tunnel", run(flaw(lambda e: tunnelled(e) or e[2]["flow"].update(pkts_toserver=2)), inner=[INNER]), [flows, inside], 1)
    expect("no host", run(flaw(lambda e: e[0]["http"].pop("hostname"))), ["HTTP hosts"], 1)
    expect("no HTTP", run(flaw(lambda e: e[0].pop("http"))), ["HTTP hosts", "HTTP User-Agents", "HTTP methods", "HTTP statuses"], 1)
    expect("wrong status", run(flaw(lambda e: e[0]["http"].update(status=200))), ["HTTP statuses", "HTTP statuses: invented none"], 1)
    expect("no DNS", run(flaw(lambda e: e.pop(3))), ["DNS names", "DNS names and types"], 1)
    expect("DNS type", run(flaw(lambda e: e[3]["dns"]["queries"][0].update(rrtype="AAAA"))),
           ["DNS names and types", "DNS names and types: invented none"], 1)
    expect("residual", run(flaw(lambda e: e[4]["ledger"].update(residual=1))), [sound], 1)
    expect("no stats", run(GOOD[:4]), [sound], 1)
    expect("sanitizer", run(GOOD, said="x.c:1: runtime error: overflow"), [sound], 1)
    crashed = run(GOOD, status=134)
    if sound not in crashed[0] or crashed[1] != 1:
        sys.exit(f"a crash does not show:\n{crashed[2]}")
    print("each flaw shows")


if __name__ == "__main__":
    main()
