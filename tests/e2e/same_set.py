#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""same_set.py KUKLA-SIG: one set of indicators in each form that publishers use is the same set once it is read.

A small writer for each form, none of them ours: what a form has no type for is left out of it, and the rest has to be equal in type,
value, scope, role, advice and note. What is written is as publishers do: defanged, in upper case, with a dot at the end."""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape, quoteattr

from programs import write

SIG = os.path.abspath(sys.argv[1])
SHA1, SHA256, MD5 = "a1" * 20, "b2" * 32, "c3" * 16
# what it is, as it is written, a note
SET = [
    ("domain", "news.example.org", "a cloned site"), ("domain", "Upper.Example.NET", "case"), ("domain", "deep.a.b.example.com.", "dot"),
    ("domain", "defanged[.]example[.]org", "brackets"), ("domain", "b\u00fccher.example.org", "IDN"), ("domain", "bob.blogspot.com", "hosted"),
    ("domain", "t.me", "popular"), ("domain", "co.uk", "public suffix"), ("domain", "_dmarc.example.org", "underscore"),
    ("domain", "not a name", "prose"), ("domain", "xn--bcher-kva.example.net", "punycode"),
    ("url", "https://example.net/@gazette", "account"), ("url", "http://news.example.org:8080/a?b=c&d='e'", "port, query"),
    ("url", "hxxps://t[.]me/channel", "defanged"), ("url", "http://only-host.example.org/", "its host"),
    ("ip", "9.1.2.3", "v4"), ("ip", "2a01:04f8:0::1", "v6"), ("ip", "10.0.0.1", "private"), ("ip", "9[.]1[.]2[.]4", "defanged"),
    ("prefix", "9.1.4.0/24", "v4"), ("prefix", "2a01:4f8::/48", "v6"), ("prefix", "9.0.0.0/8", "wide"),
    ("ip-port", "9.1.2.5:443", "v4"), ("ip-port", "[2a01:4f8::2]:8443", "v6"),
    ("asn", "AS64500", "as"), ("cert-sha1", SHA1, "sha1"), ("cert-sha256", SHA256.upper(), "sha256"), ("ja3", MD5, "ja3"),
    ("ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1", "ja4"), ("user-agent", "Mozilla/5.0 (compatible; \"x\" & <y>)", "agent"),
]
NETWORK = {"domain", "url", "ip", "prefix", "ip-port"}


def table(separator, names, words):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(names)
    for kind, value, note in SET:
        if kind in words:
            writer.writerow([words[kind], value, note] + ["2024-05-01"] * (len(names) - 3))
    return out.getvalue()


GENERIC = {"domain": "domain", "url": "url", "ip": "ip", "prefix": "cidr", "ip-port": "ip:port", "asn": "asn", "cert-sha1": "x509-fingerprint-sha1",
           "cert-sha256": "x509-fingerprint-sha256", "ja3": "ja3", "ja4": "ja4", "user-agent": "user-agent"}
META = {"domain": "domain_name", "url": "url", "ip": "ip_address", "prefix": "ip_address", "ip-port": "ip_address"}
META_COLUMNS = ["indicator_type", "indicator_value", "comment", "ds"]


def meta_json():
    return json.dumps([dict(zip(META_COLUMNS, (META[kind], value, note, "2024-05-01"))) for kind, value, note in SET if kind in META])


def split(value):
    host, _, port = value.rpartition(":")
    return host.strip("[]"), port


def misp():
    types = {"domain": "domain", "url": "url", "ip": "ip-dst", "prefix": "ip-dst", "ip-port": "ip-dst|port", "asn": "AS",
             "cert-sha1": "x509-fingerprint-sha1", "cert-sha256": "x509-fingerprint-sha256", "ja3": "ja3-fingerprint-md5", "ja4": "ja4-fingerprint",
             "user-agent": "user-agent"}
    rows = [{"type": types[kind], "value": "|".join(split(value)) if kind == "ip-port" else value, "comment": note, "to_ids": True}
            for kind, value, note in SET]
    return json.dumps({"Event": {"info": "x", "date": "2024-05-01", "Attribute": rows}})


def stix2():
    """A publisher of STIX writes what is valid there: values undone of their defanging."""
    def text(value):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def pattern(kind, value):
        family = "ipv6-addr" if value.count(":") > 1 else "ipv4-addr"
        if kind == "ip-port":
            host, port = split(value)
            return f"network-traffic:dst_ref.type = '{family}' AND network-traffic:dst_ref.value = '{host}' AND network-traffic:dst_port = {port}"
        path = {"domain": "domain-name:value", "url": "url:value", "ip": f"{family}:value", "prefix": f"{family}:value",
                "asn": "autonomous-system:number", "cert-sha1": "x509-certificate:hashes.'SHA-1'",
                "cert-sha256": "x509-certificate:hashes.'SHA-256'", "ja3": "network-traffic:extensions.'x'.ja3",
                "ja4": "network-traffic:extensions.'x'.ja4",
                "user-agent": "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"}[kind]
        return f"{path} = {value[2:] if kind == 'asn' else text(value)}"
    objects = [{"type": "indicator", "spec_version": "2.1", "id": f"indicator--00000000-0000-4000-8000-{number:012x}", "name": value,
                "description": note, "pattern_type": "stix", "pattern": f"[{pattern(kind, value)}]", "valid_from": "2024-05-01T00:00:00Z"}
               for number, (kind, value, note) in enumerate(SET)]
    return json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects})


def stix1():
    """Meta's layout: an Indicator with its Observable each."""
    def properties(kind, value):
        if kind == "domain":
            return f"<p:Properties xsi:type='DomainNameObj:DomainNameObjectType'><d:Value>{escape(value)}</d:Value></p:Properties>"
        if kind == "url":
            return f"<p:Properties xsi:type='URIObj:URIObjectType' type='URL'><u:Value>{escape(value)}</u:Value></p:Properties>"
        if kind == "ip-port":
            host, port = split(value)
            return ("<p:Properties xsi:type='SocketAddressObj:SocketAddressObjectType'><s:IP_Address><a:Address_Value>"
                    f"{escape(host)}</a:Address_Value></s:IP_Address><s:Port><o:Port_Value>{port}</o:Port_Value></s:Port></p:Properties>")
        if kind == "user-agent":
            return ("<p:Properties xsi:type='HTTPSessionObj:HTTPSessionObjectType'><h:HTTP_Request_Response><h:HTTP_Client_Request>"
                    "<h:HTTP_Request_Header><h:Parsed_Header><h:User_Agent>" + escape(value) + "</h:User_Agent></h:Parsed_Header>"
                    "</h:HTTP_Request_Header></h:HTTP_Client_Request></h:HTTP_Request_Response></p:Properties>")
        category = {"prefix": "cidr"}.get(kind, "ipv6-addr" if value.count(":") > 1 else "ipv4-addr")
        return (f"<p:Properties xsi:type='AddressObj:AddressObjectType' category='{category}'><a:Address_Value>{escape(value)}"
                "</a:Address_Value></p:Properties>")
    spaces = " ".join(f"xmlns:{name}={quoteattr('http://example.org/' + name)}" for name in "p d u a s o h i".split())
    items = [f"<i:Indicator><i:Title>{escape(note)}</i:Title><i:Observable><p:Object>{properties(kind, value)}</p:Object></i:Observable>"
             "</i:Indicator>" for kind, value, note in SET if kind in NETWORK | {"user-agent"}]
    return (f"<stix:STIX_Package xmlns:stix='http://stix.mitre.org/stix-1' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' {spaces} "
            f"version='1.2'><stix:Indicators>{''.join(items)}</stix:Indicators></stix:STIX_Package>")


def openioc():
    terms = {"domain": "Network/DNS", "url": "UrlHistoryItem/URL", "ip": "PortItem/remoteIP", "prefix": "PortItem/remoteIP",
             "user-agent": "Network/UserAgent"}

    def item(search, value, note=""):
        comment = f"<Comment>{escape(note)}</Comment>" if note else ""
        return (f"<IndicatorItem condition='is'><Context document='{search.split('/')[0]}' search='{search}' type='mir'/>"
                f"<Content type='string'>{escape(value)}</Content>{comment}</IndicatorItem>")
    items = []
    for kind, value, note in SET:
        if kind == "ip-port":
            host, port = split(value)
            items.append(f"<Indicator operator='AND'>{item('PortItem/remoteIP', host, note)}{item('PortItem/remotePort', port)}</Indicator>")
        elif kind in terms:
            items.append(item(terms[kind], value, note))
    return (f"<ioc xmlns='http://schemas.mandiant.com/2010/ioc' id='x'><short_description>x</short_description><definition>"
            f"<Indicator operator='OR'>{''.join(items)}</Indicator></definition></ioc>")


# what a form is called, what it is, its text, the types that it has
FORMS = [
    ("set.csv", "csv", table(",", ["type", "value", "note"], GENERIC), set(GENERIC)),
    ("set.tsv", "csv", table("\t", ["type", "value", "note"], GENERIC), set(GENERIC)),
    ("meta.csv", "meta-csv", table(",", META_COLUMNS, META), NETWORK),
    ("meta.tsv", "meta-csv", table("\t", META_COLUMNS, META), NETWORK),
    ("meta.json", "meta-json", meta_json(), NETWORK),
    ("stix2.json", "stix2", stix2(), set(GENERIC)),
    ("stix1.xml", "stix1", stix1(), NETWORK | {"user-agent"}),
    ("misp.json", "misp", misp(), set(GENERIC)),
    ("set.ioc", "openioc", openioc(), NETWORK | {"user-agent"}),
]


def read(name, text):
    done = subprocess.run([SIG, "import", "--campaign", "One", "--json", "-", write(name, text)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (name, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def key(one):
    return tuple(one[name] for name in ("type", "value", "scope", "role", "campaign", "advice", "context"))


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        reference, _ = read("set.csv", FORMS[0][2])
        assert len(reference) == len(SET) - 1, [one["value"] for one in reference]  # the prose
        for name, form, text, types in FORMS:
            found, said = read(name, text)
            assert len(types) >= 5
            want = {key(one) for one in reference if one["type"] in types}
            have = {key(one) for one in found}
            if want != have or len(found) != len(want):
                wrong.append(name)
                print(f"{name} ({form}):", *(f"  only in csv: {one}" for one in sorted(want - have)),
                      *(f"  only here: {one}" for one in sorted(have - want)), said, sep="\n")
        os.chdir("/")
    print(f"{len(FORMS)} forms, {len(SET)} rows, {len(wrong)} differ")
    return 1 if wrong else 0


sys.exit(main())
