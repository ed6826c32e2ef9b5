#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hunt.py KUKLA KUKLA-SIG SYNTH_PCAP SOURCE_ROOT: kukla hunt finds in a case what a replay with the same feed would have met."""
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile

from programs import run, write

KUKLA, SIG, SYNTH, TOP = (os.path.abspath(path) for path in sys.argv[1:5])
FEED = os.path.join(TOP, "signatures", "packs", "example.csv")
sys.path += [os.path.join(TOP, "tests", "golden"), os.path.join(TOP, "tests", "tools")]
sys.dont_write_bytecode = True
import make_mmdb  # noqa: E402
import packets  # noqa: E402

# Conditions over the captures of the golden tests: of ends, of facts, of one message, of messages and facts, of the end, and what is not.
CONDITIONS = {
    "sni": "{tls.sni: {suffix: example.org}}",
    "hello": "{tls.sni: {wildcard: 'w*.example.org'}, tls.ja4: t13d0306h2_5559582ccdc4_fb71836bce29, dest_port: [443, 8000-8999]}",
    "certificate": "{tls.subject: 'O=Example, B.V., CN=www.example.org', tls.serial: 00c701}",
    "quic": "{quic.sni: www.example.org, proto: udp}",
    "page": "{http.hostname: {regex: '^w+\\.example\\.org$'}, http.url: {prefix: /}}",
    "lure": "{http.redirect_host: lure.example.net, http.hostname: {suffix: example.org}}",
    "agent": "{http.http_user_agent: kukla-test/1, dest_port: 1-65535}",
    "later page": "{http.url: {wildcard: '/*'}, http.hostname: {suffix: example.org}, not: {http.url: [/, /page]}}",
    "dns": "{dns.queries.rrname: www.example.org, dns.answers.rdata: 203.0.113.0/24}",
    "dns data": "{dns.answers.rdata: {suffix: ns.example.org}}",
    "hassh": "{ssh.client.hassh: e97d07603350d1111ec2b64bf25413c9}",
    "mail": "{smtp.server: {suffix: example.org}}",
    "proxy": "{socks.host: {suffix: example.org}}",
    "proxy alone": "{socks.host: {suffix: example.org}, not: {http.hostname: {suffix: example.org}}}",
    "system": "{dest_asn: 64500, dest_port: [80, 443]}",
    "not the system": "{tls.sni: {suffix: example.org}, not: {dest_asn: 64501}}",
    "at the end": "{tls.sni: {suffix: example.org}, app_proto: {prefix: TLS}}",
    "without h2": "{tls.sni: {suffix: example.org}, not: {tls.server_alpn: h2}}",
    "not in a page": "{tls.sni: {suffix: example.org}, not: {http.hostname: {suffix: example.org}}}",
    "system without a page": "{dest_asn: 64500, not: {http.hostname: {suffix: example.org}}}",
    "either": "{any: [{dns.queries.rrname: www.example.org}, {tls.sni: www.example.org}, {http.hostname: www.example.org}]}",
    "nothing": "{tls.sni: nobody.example.org}",
}


CAPTURES = ("dns", "dns-stream", "dns-tcp", "dtls", "fragments", "http", "http-talk", "http-tunnel", "icmp", "ipv6-extensions", "quic", "smtp", "smtp-starttls",
            "socks", "ssh", "tls", "tls-certificate", "tls-in-pieces", "tunnel-three-tunnels", "wrong-http-framing")


def lines_of(*words):
    return [json.loads(line) for line in run(0, KUKLA, *words, "--format", "json")[0].splitlines()]


def state(folder):
    sums = {}
    for top, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(top, name), "rb") as file:
                sums[os.path.join(top, name)] = hashlib.sha256(file.read()).hexdigest()
    return sums


def touched(hits):
    """An indicator and the flow that met it."""
    return sorted((hit["flow_id"], hit["indicator"]["type"], hit["indicator"]["value"]) for hit in hits)


def test_same_as_replay(feed, case):
    run(0, KUKLA, "replay", "-q", "--feed", feed, "--case", case, "x.pcap")
    met = lines_of("hits", "--case", case)
    before = state("without")
    found = lines_of("hunt", "-q", "--case", "without", "--feed", feed)
    assert state("without") == before, "hunt changed the case"
    assert len(met) > 20 and touched(found) == touched(met), (len(met), len(found))
    for hit in found:
        twin = next(one for one in met if touched([one]) == touched([hit]))
        for key in ("src_ip", "dest_ip", "dest_port", "proto", "community_id", "event_type"):
            assert hit[key] == twin[key], (hit, twin)
        for key in ("role", "campaign", "source", "set_version"):
            assert hit["indicator"][key] == twin["indicator"][key], (hit, twin)
    return found


def test_questions(found):
    one = found[0]["indicator"]["value"]
    where = ("hunt", "-q", "--case", "without", "--feed", FEED)
    assert len(lines_of(*where, "--limit", "3")) == 3
    only = lines_of(*where, "--where", f"indicator.value = '{one}'")
    assert only and all(hit["indicator"]["value"] == one for hit in only) and len(only) < len(found)
    times = sorted(hit["timestamp"] for hit in found)
    middle = times[len(times) // 2][:26]
    early, late = lines_of(*where, "--until", middle), lines_of(*where, "--since", middle)
    assert early and late and len(early) + len(late) >= len(found), (len(early), len(late), len(found))
    assert all(hit["timestamp"][:26] < middle for hit in early) and all(hit["timestamp"][:26] >= middle for hit in late)
    rows = list(csv.DictReader(io.StringIO(run(0, KUKLA, *where, "--format", "csv")[0])))
    assert len(rows) == len(found) and one in {row["indicator.value"] for row in rows}
    out, said = run(0, KUKLA, "hunt", "--case", "without", "--feed", FEED)
    assert one in out and "8 read, 7 accepted" in said
    run(0, SIG, "compile", "-q", "--undated", FEED, "-o", "x.kdb")
    assert lines_of("hunt", "--case", "without", "--signatures", "x.kdb") == found


def test_expired():
    feed = write("old.yaml", "kukla-signatures: 1\nsets:\n- {campaign: Old, expires: 2020-01-01, values: [example.com]}\n")
    assert not lines_of("hunt", "-q", "--case", "without", "--feed", feed)
    assert lines_of("hunt", "-q", "--case", "without", "--feed", feed, "--keep-expired")


def test_wrong():
    said = run(1, KUKLA, "hunt", "--case", "without")[1]
    assert "--feed FILE, or --signatures DB" in said
    assert "--feed FILE, or" in run(1, KUKLA, "hunt", "--case", "without", "--feed", FEED, "--signatures", "x.kdb")[1]
    assert "missing.csv" in run(1, KUKLA, "hunt", "--case", "without", "--feed", "missing.csv")[1]
    assert "no/such" in run(1, KUKLA, "hunt", "--case", "no/such", "--feed", FEED)[1]
    assert "--case DIR" in run(1, KUKLA, "hunt", "--feed", FEED)[1]
    assert "bad.kdb" in run(2, KUKLA, "hunt", "--case", "without", "--signatures", write("bad.kdb", "KUKLASIG" + "x" * 99))[1]
    broken = write("cut.csv", "Tactic,Technique,Procedure,Indicator\n0,0,0,m.example.com\n0,0,0,\"b.example.org\n")
    out, said = run(2, KUKLA, "hunt", "--case", "without", "--feed", broken)
    assert "m.example.com" in out and "line 3" in said


def signatures(names=None):
    rows = [f"  - {{name: {name}, campaign: C, match: {match}}}\n" for name, match in CONDITIONS.items() if not names or name in names]
    return write("signatures.yaml", "kukla-signatures: 1\nsignatures:\n" + "".join(rows))


def of_signature(hits):
    return sorted((hit["flow_id"], hit["indicator"]["value"], hit["indicator"]["field"]) for hit in hits)


def test_signatures():
    """Each capture, replayed with the signatures, and without them and then looked through: the same flows, by the same fields."""
    run(0, SIG, "compile", "-q", signatures(), "-o", "s.kdb")
    write("as.mmdb", make_mmdb.make("GeoLite2-ASN", {"198.51.100.0/24": 64500, "2001:db8::/32": 64500}))
    systems = ("--asn-db", "as.mmdb")
    met_at_all = set()
    captures = packets.captures()
    for name in CAPTURES:
        capture, case = write("s.pcap", captures[name]), "case-" + name
        out = subprocess.run([KUKLA, "replay", "-q", "--signatures", "s.kdb", *systems, "--eve", "-", capture], capture_output=True, text=True,
                             check=False).stdout
        met = [event for event in map(json.loads, out.splitlines()) if event["event_type"] == "alert"]
        subprocess.run([KUKLA, "replay", "-q", "--no-signatures", "--case", case, capture], capture_output=True, check=False)
        found = lines_of("hunt", "-q", "--case", case, "--signatures", "s.kdb", *systems)
        assert of_signature(found) == of_signature(met), (name, of_signature(found), of_signature(met))
        met_at_all |= {value for _, value, _ in of_signature(met)}
    assert met_at_all == set(CONDITIONS) - {"nothing"}, set(CONDITIONS) - met_at_all
    out, said = run(0, KUKLA, "hunt", "-q", "--case", "case-tls", "--signatures", "s.kdb", *systems)
    assert "looked for" not in said and "sni" in out, said


def test_cannot():
    """What a case does not hold is said, never taken for nothing."""
    run(0, SIG, "compile", "-q", signatures(), "-o", "s.kdb")
    out, said = run(0, KUKLA, "hunt", "-q", "--case", "case-tls", "--signatures", "s.kdb")
    for name in ("system", "not the system", "system without a page"):
        assert f"signature {name} cannot be looked for in this case: dest_asn is not stored there" in said, said
    assert f"case-tls: of {len(CONDITIONS)} signatures 3 cannot be looked for, 0 in a part only" in said and "not the system" not in out, said
    feed = write("as.yaml", "kukla-signatures: 1\nsets:\n- {campaign: C, values: [{value: '64500', type: asn}]}\n")
    assert "1 autonomous systems cannot be looked for without --asn-db" in run(0, KUKLA, "hunt", "-q", "--case", "case-tls", "--feed", feed)[1]
    found = lines_of("hunt", "-q", "--case", "case-tls", "--feed", feed, "--asn-db", "as.mmdb")
    assert found and all(hit["indicator"]["field"] == "dest_asn" for hit in found)
    assert "missing.mmdb" in run(1, KUKLA, "hunt", "--case", "case-tls", "--feed", feed, "--asn-db", "missing.mmdb")[1]


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([SYNTH, "x.pcap", "seed=3", "flows=600"], check=True, stdout=subprocess.DEVNULL)
        run(0, KUKLA, "replay", "-q", "--no-signatures", "--case", "without", "x.pcap")
        assert not lines_of("hits", "--case", "without")
        mixed = write("mixed.yaml", "kukla-signatures: 1\nsets:\n- {campaign: Mixed, values: [example.com, m.example.net]}\n")
        test_same_as_replay(mixed, "with-mixed")
        test_questions(test_same_as_replay(FEED, "with"))
        test_expired()
        test_wrong()
        test_signatures()
        test_cannot()
        os.chdir("/")
    print("passed")


main()
