#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""signatures.py KUKLA KUKLA-SIG KUKLA-PROBE SOURCE_ROOT: hand-written signatures and autonomous systems, as a user has them: written,
checked, compiled, tried, matched."""
import json
import os
import re
import subprocess
import sys
import tempfile

from programs import write

KUKLA, SIG, PROBE, TOP = (os.path.abspath(path) for path in sys.argv[1:5])
sys.path += [os.path.join(TOP, "tests", "golden"), os.path.join(TOP, "tests", "tools")]
sys.dont_write_bytecode = True
import make_mmdb  # noqa: E402
import packets  # noqa: E402

PACK = """kukla-signatures: 1
signatures:
  - name: of the hello
    campaign: Example
    source: Publisher
    role: operator-side
    disarm: T0149.001
    confidence: 70
    match: {tls.sni: {suffix: example.org}, tls.ja4: t13d0306h2_5559582ccdc4_fb71836bce29, dest_port: 443}
  - name: at the end
    match:
      all:
        - tls.sni: {wildcard: "w*.example.org"}
        - app_proto: TLS
        - not: {tls.server_alpn: h2}
  - name: of a message
    match: {http.hostname: {regex: '^w+\\.example\\.org$'}, http.url: {prefix: /page}}
  - name: of dns
    match: {dns.queries.rrname: www.example.org, "dns.answers[].rdata": 203.0.113.5}
  - name: of the server
    match: {dest_asn: 64500, dest_port: [80, 8000-8999]}
sets:
  - campaign: Systems
    values: [{value: "64500", type: asn}]
"""
OVERRIDES = """overrides:
- value: ku*test
  type: ua-pattern
  decision: match
  reason: for a test
  date: 2026-01-01
  approved_by: [Ann, Bob]
"""


def run(program, code, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def replay(capture, database, *words):
    """Alerts by the indicator, flows, books, and what was said."""
    out, said = run(KUKLA, 0, "replay", "--quiet", "--signatures", database, "--eve", "-", *words, capture)
    events = [json.loads(line) for line in out.splitlines()]
    alerts = [e for e in events if e["event_type"] == "alert"]
    return {e["indicator"]["value"]: e for e in alerts}, [e for e in events if e["event_type"] == "flow"], events[-1]["ledger"], said


def test_matched():
    run(SIG, 0, "compile", "-q", PACK_FILE, "-o", "a.kdb")
    alerts, flows, books, said = replay("tls.pcap", "a.kdb")
    assert set(alerts) == {"of the hello", "at the end"}, alerts
    one = alerts["of the hello"]["indicator"]
    assert {k: one[k] for k in ("type", "field", "role", "campaign", "source", "disarm", "confidence")} == {
        "type": "signature", "field": "dest_port,tls.sni,tls.ja4", "role": "operator-side", "campaign": "Example",
        "source": "Publisher", "disarm": "T0149.001", "confidence": 70}
    assert alerts["of the hello"]["timestamp"] < alerts["at the end"]["timestamp"]
    assert flows[0]["hits"] == ["signature:of the hello", "signature:at the end"]
    assert books["match"]["hits"] == 2 and books["residual"] == 0
    # the server chose h2, which the signature says it must not
    assert set(replay("tls-certificate.pcap", "a.kdb")[0]) == {"of the hello"}
    assert set(replay("http.pcap", "a.kdb")[0]) == {"of a message"}
    assert set(replay("dns.pcap", "a.kdb")[0]) == {"of dns"}
    for name in ("ssh", "smtp", "icmp", "quic"):
        assert not replay(name + ".pcap", "a.kdb")[0], name
    assert "2 indicators ask for an autonomous system: without --asn-db they match nothing" in said
    assert books["match"]["no_as"] == 1


def test_counted():
    """What is beyond the limits is in the books, is no hit, and is told."""
    last = ("de fr it es pt nl be at ch li lu ie dk se no fi is ee lv lt pl cz sk hu ro bg si hr rs me mk al gr mt ua by ru md ge am az kz kg uz "
            "tm ir iq il jo lb sa ae qa om eg ly tn dz ma sn ml ci gh ng cm ke ug tz rw mw zm na za mu mg in pk lk cn tw jp kr vn th my sg id ph au "
            "nz ca us mx gt cl pe uy").split()
    text = "kukla-signatures: 1\nprotect:\n- names: [" + ", ".join(f"example.{name}" for name in last) + "]\n"
    text += "signatures:\n" + "".join(f"- {{name: s{i:02}, match: {{tls.sni: {{suffix: example.org}}}}}}\n" for i in range(84))
    run(SIG, 0, "compile", "-q", write("many.yaml", text), "-o", "many.kdb")
    more = len(last) - 64
    alerts, flows, books, _ = replay("tls.pcap", "many.kdb")
    match = books["match"]
    assert (match["hits"], match["cap"], match["value_cap"], match["signature_cap"]) == (64, 64, more, 20), match
    assert len(alerts) == len(flows[0]["hits"]) == 64 and books["residual"] == 0
    said = run(KUKLA, 0, "replay", "--signatures", "many.kdb", "tls.pcap")[0]
    assert re.search(rf"{more}  indicators +one value touched", said) and re.search(r"20  signatures +more than the limit held", said), said
    out = run(SIG, 0, "test", "many.kdb", "example.org", "tls.sni=example.org")[0].splitlines()
    assert f"example.org: and {more} more" in out and "and 20 more" in out, out[-3:]
    found = [json.loads(line) for line in run(SIG, 0, "test", "many.kdb", "--json", "-", "example.org", "tls.sni=example.org")[0].splitlines()]
    assert [one["left_out"] for one in found] == [more, 20], found[0]


def test_same_for_all():
    """The reference, and any number of workers."""
    run(SIG, 0, "compile", "-q", PACK_FILE, "-o", "a.kdb")
    for name in ("tls", "http-talk", "dns-tcp", "smtp-starttls", "http-tunnel"):
        flows = {}
        for matcher in ("sets", "naive"):
            run(PROBE, 0, "-r", name + ".pcap", "--signatures", "a.kdb", "--matcher", matcher, "--asn-db", "as.mmdb", "--to", matcher)
            with open(matcher, "rb") as file:
                flows[matcher] = file.read()
        assert flows["sets"][20:] and len(flows["sets"]) == len(flows["naive"]), name
    captures = [name for name in os.listdir(".") if name.endswith(".pcap") and "wrong" not in name]
    outs = {workers: run(KUKLA, 0, "replay", "-q", "--signatures", "a.kdb", "--asn-db", "as.mmdb", "--eve", "-", "-w", workers, *captures)[0]
            for workers in ("1", "3")}
    assert outs["1"].splitlines()[:-1] == outs["3"].splitlines()[:-1]


def test_systems():
    run(SIG, 0, "compile", "-q", PACK_FILE, "-o", "a.kdb")
    alerts, _, books, said = replay("http.pcap", "a.kdb", "--asn-db", "as.mmdb")
    assert set(alerts) == {"of a message", "of the server", "AS64500"} and not said, (alerts, said)
    assert alerts["AS64500"]["indicator"]["field"] == "dest_asn" and alerts["AS64500"]["indicator"]["type"] == "asn"
    assert alerts["of the server"]["indicator"]["field"] == "dest_port,dest_asn"
    assert not books["match"].get("no_as")
    # the more specific prefix counts, and an address that is in none
    other = write("other.mmdb", make_mmdb.make("GeoLite2-ASN", {"198.51.100.0/24": 64500, "198.51.100.2/32": 64501}))
    assert set(replay("http.pcap", "a.kdb", "--asn-db", other)[0]) == {"of a message"}
    none = write("none.mmdb", make_mmdb.make("GeoLite2-ASN", {"203.0.113.0/24": 64500, "2001:db8::/32": 64500}))
    alerts, _, books, _ = replay("http.pcap", "a.kdb", "--asn-db", none)
    assert set(alerts) == {"of a message"} and books["match"]["no_as"] == 1
    alerts = replay("ipv6-extensions.pcap", "a.kdb", "--asn-db", none)[0]
    assert "AS64500" in alerts
    for path, why in (("missing.mmdb", "No such file"), (write("junk.mmdb", b"junk"), "junk.mmdb"),
                      (write("city.mmdb", make_mmdb.make("GeoLite2-City", {"198.51.100.0/24": 64500})), "autonomous systems")):
        assert why in run(PROBE, 1, "-r", "http.pcap", "--signatures", "a.kdb", "--asn-db", path, "--to", "x")[1]
    with open("as.mmdb", "rb") as file:
        whole = file.read()
    for cut in range(0, len(whole), 7): # an error or nothing found, never a fault
        code = subprocess.run([PROBE, "-r", "http.pcap", "--signatures", "a.kdb", "--asn-db", write("cut.mmdb", whole[:cut]), "--to", "x"],
                              capture_output=True, check=False).returncode
        assert code in (0, 1), (cut, code)


def test_user_agents():
    feed = write("ua.yaml", "kukla-signatures: 1\nsets:\n- values: [{value: ku*test, type: ua-pattern}]\n")
    assert "a pattern that many hosts may share" in run(SIG, 0, "review", feed)[0]
    run(SIG, 0, "compile", "-q", feed, "--overrides", write("overrides.yaml", OVERRIDES), "-o", "ua.kdb")
    alerts = replay("http.pcap", "ua.kdb")[0]
    assert alerts["ku*test"]["indicator"]["type"] == "ua-pattern" and alerts["ku*test"]["indicator"]["field"] == "http.http_user_agent"


def test_commands():
    out, said = run(SIG, 0, "import", "--json", "-", PACK_FILE)
    found = [json.loads(line) for line in out.splitlines()]
    assert [one["type"] for one in found] == ["asn"] + ["signature"] * 5
    assert found[3]["condition"] == ('all(http.hostname regex "^w+\\\\.example\\\\.org$", http.url prefix "/page")')
    assert "6 read, 6 accepted" in said, said
    assert "5 signature" in run(SIG, 0, "stats", PACK_FILE)[0]
    run(SIG, 0, "compile", "-q", PACK_FILE, "-o", "a.kdb")
    assert "5 signature" in run(SIG, 0, "stats", "a.kdb")[0]
    out = run(SIG, 0, "test", "a.kdb", "tls.sni=a.example.org", "dest_port=443", "tls.ja4=t13d0306h2_5559582ccdc4_fb71836bce29", "AS64500")[0]
    assert "signature of the hello (operator-side), Example, from Publisher, line 3 of its file, by dest_port tls.sni tls.ja4" in out
    assert "AS64500: asn AS64500" in out
    assert run(SIG, 0, "test", "a.kdb", "tls.sni=a.example.org", "dest_port=80")[0] == "no signature holds\n"
    assert "at the end" in run(SIG, 0, "test", "a.kdb", "tls.sni=www.example.org", "app_proto=TLS")[0]
    assert "but tls.sni" in run(SIG, 1, "test", "a.kdb", "tls.snii=x")[1]
    assert "payload is content" in run(SIG, 1, "test", "a.kdb", "payload=x")[1]
    assert "dest_port: that is no value" in run(SIG, 1, "test", "a.kdb", "dest_port=x")[1]
    assert "1 values, 0 protected names, 5 signatures" in run(SIG, 0, "lint", PACK_FILE)[0]
    bad = write("bad.yaml", "kukla-signatures: 1\nsignatures:\n- name: a\n  match: {payload: vote}\n- name: b\n  match: {tls.snii: x}\n")
    said = run(SIG, 2, "lint", bad)[1]
    assert "bad.yaml: line 4: payload is content" in said and "bad.yaml: line 6: no field tls.snii, but tls.sni" in said
    assert "line 4: payload is content" in run(SIG, 2, "import", bad)[1]
    weak = write("weak.yaml", "kukla-signatures: 1\nsignatures:\n- name: a\n  match: {dest_port: 443}\n- name: b\n  match: {http.url: /x}\n")
    said = run(SIG, 0, "lint", weak)[1]
    assert "line 3: a: refuse: a port, a protocol or the like" in said and "line 5: b: review: a path" in said
    assert "weak.yaml:5: signature b: a path that many hosts may share; ask for more beside it" in run(SIG, 0, "review", weak)[0]
    assert "0 indicators" in run(SIG, 0, "compile", weak, "-o", "none.kdb")[1]
    approved = write("approved.yaml", OVERRIDES.replace("ku*test", "b").replace("ua-pattern", "signature"))
    assert "1 indicators" in run(SIG, 0, "compile", weak, "--overrides", approved, "-o", "weak.kdb")[1]
    refused = write("approved.yaml", OVERRIDES.replace("ku*test", "a").replace("ua-pattern", "signature"))
    assert "was not written" in run(SIG, 2, "compile", weak, "--overrides", refused, "-o", "weak.kdb")[1]


def test_export():
    """Written and read again each is the same, of feeds as of a database; what a format cannot say is counted."""
    run(SIG, 0, "compile", "-q", "--set-version", "1", "--now", "2026-01-01", PACK_FILE, "-o", "a.kdb")
    said = run(SIG, 0, "export", "--format", "pack", "-o", "x.yaml", PACK_FILE)[1]
    assert "x.yaml: 6 indicators" in said and "left out" not in said, said
    run(SIG, 0, "export", "-q", "--format", "pack", "-o", "y.yaml", "a.kdb")
    for again in ("x.yaml", "y.yaml"):
        assert run(SIG, 0, "diff", PACK_FILE, again)[0] == "" and "6 as they were" in run(SIG, 0, "diff", "a.kdb", again)[1]
        run(SIG, 0, "compile", "-q", "--set-version", "1", "--now", "2026-01-01", again, "-o", "again.kdb")
        assert conditions("again.kdb") == conditions("a.kdb"), again
    with open("x.yaml", encoding="utf-8") as x, open("y.yaml", encoding="utf-8") as y:
        assert x.read() == y.read()
    said = run(SIG, 0, "export", "--format", "stix", "-o", "x.json", "a.kdb")[1]
    assert "x.json: 5 indicators" in said and "1 left out: a signature that asks for what STIX has no property for" in said, said
    out = run(SIG, 0, "diff", "a.kdb", "x.json")[0]
    assert out.count("\n") == 1 and out.startswith("- signature") and "at the end" in out, out
    for form in ("misp", "zeek"):
        said = run(SIG, 0, "export", "--format", form, "-o", "x." + form, "a.kdb")[1]
        assert said.count("left out") == 1 and f"{6 if form == 'zeek' else 5} left out" in said, said
    changed = write("changed.yaml", PACK.replace("prefix: /page", "prefix: /other"))
    out = run(SIG, 0, "diff", PACK_FILE, changed)[0]
    line = next(line for line in out.splitlines() if "of a message" in line)
    assert "/page" in line and "/other" in line and out.count("match:") == 1, out


def conditions(database):
    run(SIG, 0, "export", "-q", "--format", "pack", "-o", "conditions.yaml", database)
    out = run(SIG, 0, "import", "-q", "--json", "-", "conditions.yaml")[0]  # also what is known of each
    return {one["value"]: {key: value for key, value in one.items() if key not in ("line", "file")} for one in map(json.loads, out.splitlines())}


def test_bundle():
    """A bundle of somebody else is judged as a file of ours, whatever it calls itself."""
    run(SIG, 0, "export", "-q", "--format", "stix", "-o", "x.json", PACK_FILE)
    with open("x.json", encoding="utf-8") as file:
        bundle = json.load(file)
    one = next(o for o in bundle["objects"] if o.get("name") == "of the hello")
    own = next(o for key, o in one["extensions"].items() if key.startswith("extension-definition--"))
    pattern, match = one["pattern"], own["match"]
    for condition, named, says, why in (
            ({"dest_port": {"range": "443"}}, "a", None, "a port, a protocol or the like would be enough"),
            ({"http.url": {"prefix": "/x"}}, "a", None, "a path that many hosts may share"),
            ({"tls.sni": {"suffix": "t.me"}}, "a", None, "1 to review"),
            ({"payload": "vote"}, "a", None, "payload is content"),
            ({"tls.sni": {"exact": "a.example.org"}}, "a", None, "its pattern says something else than its condition"),
            (match, "a.example.org", None, "a signature needs a name"),
            (match, "a", "[domain-name:value = 'a.example.org']", "its pattern says something else than its condition"),
            (None, "a", "[domain-name:value = 'a.example.org']", "a signature without its condition")):
        one.update({"name": named, "pattern": says or pattern})
        own["match"] = condition
        if condition is None:
            del own["match"]
        said = run(SIG, 0, "import", "--json", "found.json", write("bundle.json", json.dumps({**bundle, "objects": [one]})))[1]
        assert why in said and "1 read, 0 accepted" in said, (condition, said)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, octets in packets.captures().items():
            write(name + ".pcap", octets)
        write("as.mmdb", make_mmdb.make("GeoLite2-ASN", {"198.51.100.0/24": 64500}))
        write(PACK_FILE, PACK)
        for name, test in sorted(globals().items()):
            if name.startswith("test_"):
                test()
                print("ok", name)


PACK_FILE = "pack.yaml"
if __name__ == "__main__":
    main()
