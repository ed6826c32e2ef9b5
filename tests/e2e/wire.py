#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""wire.py KUKLA KUKLA-PROBE KUKLA-SIG: URLs, paths, certificates, keys and JA3S as indicators, on captures in which they are planted.

Exactly the planted ones are hit, each by the field that shows it; what is next to them is not: no URL by its host, none by its
path on another host or port, none whose query, fragment or scheme the wire does not show."""
import hashlib
import json
import os
import sys
import tempfile

from programs import run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden"))
import packets  # noqa: E402

KUKLA, PROBE, SIG = (os.path.abspath(path) for path in sys.argv[1:])
CERTIFICATE = packets.certificate()
SHA1, SHA256 = hashlib.sha1(CERTIFICATE).hexdigest(), hashlib.sha256(CERTIFICATE).hexdigest()
KEY = hashlib.sha256(packets.der(0x30)).hexdigest()
# version, cipher and the one extension of packets.server_messages, in decimal
JA3S = hashlib.md5(b"771,49199,16").hexdigest()

PLANTED = {
    ("url", "http://www.example.org/landing/page", "http.url"), ("url", "http://b.example.org/same", "http.url"),
    ("url", "http://proxied.example.com/a", "http.url"), ("url", "http://port.example.org:8080/x", "http.url"),
    ("url", "port.example.org:8080/y", "http.url"), ("url-path", "/gate/panel.php", "http.url"),
    ("cert-sha1", SHA1, "tls.fingerprint"), ("cert-sha256", SHA256, "tls.fingerprint_sha256"),
    ("spki-sha256", KEY, "tls.spki_sha256"), ("ja3s", JA3S, "tls.ja3s.hash")}
BESIDE = [
    ("url", "https://www.example.org/secret"), ("url", "https://www.example.org/landing/page"), ("url", "http://www.example.org/landing/page?id=7"),
    ("url", "http://www.example.org/landing/page#top"), ("url", "http://www.example.org/landing"), ("url", "http://www.example.org/landing/page/"),
    ("url", "http://www.example.org/Landing/page"), ("url", "http://www.example.org:8080/landing/page"), ("url", "http://port.example.org/x"),
    ("url", "http://port.example.org:8080/"), ("url", "http://a.example.org/other"), ("url", "http://c.example.org/same"),
    ("url-path", "/gate/panel.php5"), ("url-path", "/landing/page/two"), ("cert-sha1", SHA1[:-1] + "0"), ("cert-sha256", KEY),
    ("spki-sha256", SHA256), ("ja3s", JA3S[::-1])]


def request(line, host):
    return (True, f"GET {line} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


def captures():
    """Most hosts ask for more than one thing: the first request of a connection is matched by the flow, later ones alone."""
    first = [request("/same?a=b", "a.example.org"), request("/same", "b.example.org"), request("/landing/page?id=7", "WWW.Example.ORG."),
             request("/", "www.example.org"), request("/landing/page", "other.example.net"), request("/gate/panel.php?x", "any.example.net"),
             request("http://proxied.example.com/a?b", "proxied.example.com")]
    second = [request("/", "port.example.org:8080"), request("/x", "port.example.org:8080"), request("/y;z", "port.example.org:8080")]
    flight = packets.server_flight()
    return {"80": packets.pcap(packets.session(80, first)), "8080": packets.pcap(packets.session(8080, second)),
            "443": packets.pcap(packets.session(443, [(True, packets.client_hello()), (False, flight)]))}


def write_feeds():
    with open("pack.yaml", "w", encoding="utf-8") as file:
        file.write("kukla-signatures: 1\nsets:\n  - campaign: Planted\n    source: test\n    values:\n")
        for kind, value in [*(one[:2] for one in sorted(PLANTED)), *BESIDE]:
            file.write(f"      - {{value: '{value}', type: {kind}}}\n")
    with open("overrides.yaml", "w", encoding="utf-8") as file:
        file.write("overrides:\n")
        for kind, value in [*(one[:2] for one in sorted(PLANTED)), *BESIDE]:
            if kind == "url-path":
                file.write(f"- value: {value}\n  type: url-path\n  decision: match\n  approved_by: [Ann, Bob]\n  reason: test\n  date: 2026-02-01\n")


def compile_feeds():
    said = run(0, SIG, "compile", "pack.yaml", "-o", "held.kdb")[1]
    assert f" {len(PLANTED) + len(BESIDE) - 3} indicators, " in said, said  # no path without two persons
    said = run(0, SIG, "compile", "pack.yaml", "--overrides", "overrides.yaml", "-o", "signatures.kdb")[1]
    assert f" {len(PLANTED) + len(BESIDE)} indicators, " in said and "5 of them are not looked for on the wire" in said, said
    lines = [line.strip() for line in run(0, SIG, "stats", "signatures.kdb")[0].splitlines()]
    for line in ("2 https shows no more than its host", "1 it has a query, which is not kept", "1 it has a fragment, which is never sent",
                 "1 it asks for no more than its host", f"{len(PLANTED) + len(BESIDE) - 5} looked for"):
        assert line in lines, (line, lines)
    out = run(0, SIG, "test", "signatures.kdb", "hxxp://www.example[.]org/landing/page?any", "http://www.example.org/", "www.example.org",
              "https://www.example.org/secret", SHA1.upper(), KEY, JA3S, "/gate/panel.php")[0].splitlines()
    assert [" nothing" in line for line in out] == [False, True, True, True, False, False, False, False, False], out


def replay(names, matcher):
    """Through a program of the probe's name that chooses its matcher."""
    with open("programs/kukla-probe", "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec "{PROBE}" --matcher {matcher} "$@"\n')
    os.chmod("programs/kukla-probe", 0o755)
    run(0, KUKLA, "replay", "--quiet", "--programs", "programs", "--signatures", "signatures.kdb", "--eve", "eve.json", *names)
    with open("eve.json", encoding="utf-8") as file:
        events = [json.loads(line) for line in file]
    return [(one["indicator"]["type"], one["indicator"]["value"], one["indicator"]["field"]) for one in events if one["event_type"] == "alert"]


def main():
    for name, octets in captures().items():
        with open(name + ".pcap", "wb") as file:
            file.write(octets)
    write_feeds()
    compile_feeds()
    names = [name + ".pcap" for name in captures()]
    os.mkdir("programs")
    for matcher in ("sets", "naive"):
        hits = replay(names, matcher)
        assert sorted(hits) == sorted(PLANTED), (matcher, set(hits) ^ PLANTED, hits)
    print(f"{len(hits)} planted, {len(hits)} hit; {len(BESIDE)} beside them, none hit")


with tempfile.TemporaryDirectory() as place:
    os.chdir(place)
    main()
    os.chdir("/")
