#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hunt_fields.py KUKLA KUKLA-SIG: a hunt names the same field as a replay.

Each capture of tests/golden/packets.py, and one of DNS chains, is asked with indicators of every type that it has a value for: once
while it is replayed, once in a case that was made without them. Both say the same: flow, type, value, field, and of a protected
name what looks like it."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden"))
import packets  # noqa: E402

KUKLA, SIG = (os.path.abspath(path) for path in sys.argv[1:])
NAMES = {"tls.sni", "tls.subjectaltname[]", "quic.sni", "http.hostname", "http.redirect_host", "socks.host", "smtp.server",
         "dns.queries[].rrname", "dns.answers[].rrname", "dns.answers[].rdata", "dns.authorities[].rrname", "dns.authorities[].rdata",
         "dns.additionals[].rrname", "dns.additionals[].rdata"}
FINGERPRINTS = {"tls.ja3.hash": "ja3", "tls.ja4": "ja4", "quic.ja3.hash": "ja3", "quic.ja4": "ja4", "tls.ja3s.hash": "ja3s",
                "tls.fingerprint": "cert-sha1", "tls.fingerprint_sha256": "cert-sha256", "tls.spki_sha256": "spki-sha256",
                "http.http_user_agent": "user-agent", "quic.ua": "user-agent", "http.url": "url-path"}


def run(code, *words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode in code, (words, done.returncode, done.stdout[-500:], done.stderr[-900:])
    return done.stdout


def values_of(event, prefix=""):
    """Every key with its values, an array of objects as key[].name."""
    if isinstance(event, dict):
        for key, value in event.items():
            yield from values_of(value, f"{prefix}.{key}" if prefix else key)
    elif isinstance(event, list):
        for one in event:
            yield from values_of(one, prefix + "[]")
    elif prefix:
        yield prefix, str(event)


def is_name(text):
    return "." in text and text.isascii() and text.replace(".", "").replace("-", "").isalnum() and not text.replace(".", "").isdigit()


def indicators_of(events):
    """What a feed would say of what is in a capture: (type, value)."""
    found = set()
    for event in events:
        for key, value in values_of(event):
            if key in NAMES and is_name(value):
                found.add(("domain", value.lower()))
                found.add(("domain", ".".join(value.lower().split(".")[-2:])))
            elif key in ("src_ip", "dest_ip") or (key in NAMES and value.count(".") == 3 and value.replace(".", "").isdigit()):
                found.add(("ip", value))
            elif key in FINGERPRINTS and "�" not in value and "\\x" not in value:
                found.add((FINGERPRINTS[key], value))
        if "dest_port" in event:
            address = event["dest_ip"]
            found.add(("ip-port", f"[{address}]:{event['dest_port']}" if ":" in address else f"{address}:{event['dest_port']}"))
        if "http" in event and "url" in event["http"] and is_name(event["http"].get("hostname", "")) and event["http"]["url"].startswith("/"):
            port = "" if event["dest_port"] == 80 else f":{event['dest_port']}"
            found.add(("url", f"http://{event['http']['hostname']}{port}{event['http']['url']}"))
    return found


def compile_all(indicators, protect):
    sets = [f"  - {{value: {json.dumps(value)}, type: {kind}}}\n" if kind != "url" else f"  - {json.dumps(value)}\n"
            for kind, value in sorted(indicators)]
    with open("all.yaml", "w", encoding="utf-8") as file:
        file.write("kukla-signatures: 1\n" + ("sets:\n- campaign: All\n  values:\n" + "".join(sets) if sets else ""))
        file.write(f"protect:\n- campaign: Copied\n  kinds: [suffix, homoglyph, edit, word, subdomain]\n  names: {json.dumps(protect)}\n")
    with open("decided.yaml", "w", encoding="utf-8") as file:
        file.write("overrides:\n- {value: /a/long/path/to/the/panel.php, type: url-path, decision: match, reason: for a test, date: 2026-02-01,\n"
                   "   approved_by: [Ann, Bob]}\n")
    run((0,), SIG, "compile", "-q", "all.yaml", "--overrides", "decided.yaml", "-o", "all.kdb")


def told(hits):
    keys = ("type", "value", "field", "look_alike", "domain")
    return sorted((hit["flow_id"], *(hit["indicator"].get(key, "") for key in keys)) for hit in hits)


def hits_of(*words):
    return [json.loads(line) for line in run((0, 2), KUKLA, *words, "--format", "json").splitlines()]


def chains():
    """Answers in which a name stands as data before it is an owner, addresses between them, in all sections."""
    def name(text):
        return b"".join(bytes([len(part)]) + part for part in text.split(b".")) + b"\0"

    def record(owner, kind, data):
        return name(owner) + kind.to_bytes(2, "big") + b"\0\1\0\0\0\x3c" + len(data).to_bytes(2, "big") + data
    question = name(b"www.first.net") + b"\0\1\0\1"
    answers = [record(b"www.first.net", 5, name(b"cdn.second.net")), record(b"cdn.second.net", 5, name(b"www.example.org")),
               record(b"www.example.org", 1, b"\x09\x01\x04\x09"), record(b"www.example.org", 1, b"\x09\x01\x04\x0a")]
    authority, additional = record(b"second.net", 2, name(b"ns.third.org")), record(b"ns.third.org", 1, b"\x09\x01\x04\x0b")
    head = b"\0\7\x81\x80\0\1\0\4\0\1\0\1"
    message = head + question + b"".join(answers) + authority + additional
    asked = b"\0\7\1\0\0\1\0\0\0\0\0\0" + question
    return packets.pcap([packets.ethernet(packets.ipv4(packets.udp(asked, 40000, 53), 17)),
                         packets.ethernet(packets.ipv4(packets.udp(message, 53, 40000), 17, False))])


def addresses():
    """A request to an address that is nobody's documentation, with a path that is long enough to be told alone."""
    request = b"GET /a/long/path/to/the/panel.php HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: kukla-test/1\r\n\r\n"
    return packets.pcap(packets.session(8080, [(True, request)])).replace(packets.SERVER, b"\x09\x01\x02\x03")


def compare(name, octets):
    """The hits, which are the same both ways."""
    with open("x.pcap", "wb") as file:
        file.write(octets)
    without, met = f"{name}-without", f"{name}-met"
    run((0, 2), KUKLA, "replay", "-q", "--no-signatures", "--eve", "x.json", "--case", without, "x.pcap")
    with open("x.json", encoding="utf-8") as file:
        indicators = indicators_of([json.loads(line) for line in file])
    protect = ["example.com", "second.com", "third.com"]
    compile_all(indicators, protect)
    run((0, 2), KUKLA, "replay", "-q", "--signatures", "all.kdb", "--case", met, "x.pcap")
    replayed, hunted = told(hits_of("hits", "--case", met)), told(hits_of("hunt", "--case", without, "--signatures", "all.kdb"))
    assert replayed == hunted, (name, [one for one in replayed if one not in hunted], [one for one in hunted if one not in replayed])
    return replayed


def main():
    seen, fields, count = set(), set(), 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, octets in {**packets.captures(), "chains": chains(), "addresses": addresses()}.items():
            hits = compare(name, octets)
            seen |= {hit[1] for hit in hits}
            fields |= {hit[3] for hit in hits}
            count += len(hits)
        os.chdir("/")
    print(f"{count} hits on {len(fields)} fields")
    lacking = {"domain", "ip", "ip-port", "url", "url-path", "ja3", "ja4", "ja3s", "user-agent", "cert-sha1", "cert-sha256", "spki-sha256",
               "look-alike"} - seen
    assert not lacking, f"no capture touches {lacking}"


main()
