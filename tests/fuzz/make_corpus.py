#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the inputs that a person thought of into tests/fuzz/corpus/NAME/. What a fuzzer found is added beside them by hand.

Names are those set aside for documentation (RFC 2606, RFC 5737); no octet comes from a capture."""
import os
import struct
import sys

from corpus_file import write
from corpus_flows import FLOWS
from corpus_look import look
from corpus_sigdb import sigdb
from corpus_tables import tables


def text():
    write("text", "address4", b"192.0.2.255")
    write("text", "address6", b"2001:db8:0:0:1:0:0:1")
    write("text", "mapped", b"::ffff:192.0.2.1")
    write("text", "escape", b"\x1b[2J\x9b1m\xc2\x9b1m\r\n\t\x7f\x00")
    write("text", "bidi", "a\u202eb\u2066c\u2069\u2028\ufeff\U000e0041".encode())
    write("text", "utf8", "caf\u00e9 \u20ac \U0001f600 \U0010ffff".encode())
    write("text", "not-utf8", b"\xc0\xaf\xe0\x80\xaf\xed\xa0\x80\xf4\x90\x80\x80\xff\xfe\xc3")
    write("text", "words", b"workerswrokers")


def assemble():
    def pieces(*of):
        return b"".join(struct.pack(">HB", at, len(octets)) + octets for at, octets in of)
    write("assemble", "in-order", pieces((0, b"hello "), (6, b"world")))
    write("assemble", "out-of-order", pieces((6, b"wor"), (10, b"d"), (0, b"hello "), (9, b"l")))
    write("assemble", "conflict", pieces((2, b"cd"), (6, b"gh"), (0, b"abXXefghij")))
    write("assemble", "past-the-end", pieces((290, b"0123456789abcdef"), (300, b"x"), (65535, b"y")))
    write("assemble", "many-ranges", pieces(*((2 * i, b"x") for i in range(40))))


def json():
    def value(table, field, octets):
        return bytes([table + 4 * field, len(octets)]) + octets
    write("json", "flow", value(0, 0, b"\0" * 8) + value(0, 1, b"\x2a") + value(0, 2, b"\0" * 10 + b"\xff\xff\xc0\0\2\1") +
          value(0, 6, b"\x06") + value(0, 9, b"\x0a") + value(0, 9, b"\x14") + value(1, 0, b"\5") + value(1, 12, b"\x1b"))
    write("json", "hostile-text", value(2, 0, b"</script>\"\\\x00\x1b\xff" + "\u2028\u2029".encode()) + value(1, 7, b"\xed\xa0\x80"))
    write("json", "lists", b"".join(value(3, i % 4, bytes([65 + i])) for i in range(12)) + value(3, 1, b"") + value(3, 0, b"x"))
    write("json", "uneven-lists", value(3, 1, b"a") + value(3, 1, b"b") + value(3, 2, b"\1") + value(3, 3, b"\1"))


def set_number():
    head = b"kukla-signatures-number "
    write("set_number", "clock", head + b"1764277200\n")
    write("set_number", "greatest", head + b"18446744073709551615\n")
    write("set_number", "too-great", head + b"18446744073709551616\n")
    write("set_number", "zeros", head + b"0000000000000000000007\n")
    write("set_number", "sign", head + b"-1\n")
    write("set_number", "cut", head + b"17642772")
    write("set_number", "zero-octet", head + b"17\x00\n")
    write("set_number", "two-lines", head + b"17\n18\n")
    write("set_number", "other", b"indicators: 7\n")


def conf():
    write("conf", "all", b"workers: 8\nquiet: true\nspool: /var/spool/x\nfeeds:\n  - a.csv\n  - \"b \\x1b\\u202e\"\n"
          b"receive:\n  address: '::1'\n  port: 4739\n  allow: [192.0.2.1, 198.51.100.0/24]\n")
    write("conf", "no-character", b"feeds: [\"a\\uffff\"]\n")
    write("conf", "flow-style", b"---\n{workers: 3, receive: {port: 7}, feeds: []}\n...\n")
    write("conf", "dotted", b"receive.port: 99\n# comment\n")
    write("conf", "duplicate", b"workers: 1\nworkers: 2\n")
    write("conf", "unknown", b"wrokers: 1\n")
    write("conf", "alias", b"spool: &a x\nreceive:\n  address: *a\n")
    write("conf", "block", b"spool: |\n  one\n  two\nfeeds:\n- >-\n  folded\n  text\n- ? a\n")
    write("conf", "deep", b"[[[[{[{[[{\n")
    write("conf", "utf16", "workers: 3\n".encode("utf-16"))
    write("conf", "tag", b"%YAML 1.1\n%TAG ! tag:example.org,2000:\n---\nworkers: !!int 3\n")


def decode():
    def frame(name, link, octets, longer=0):
        write("decode", name, struct.pack(">HB", link, longer) + octets)

    def ether(kind, octets):
        return bytes(12) + struct.pack(">H", kind) + octets

    def ip4(protocol, octets, fragment=0, extra=b""):
        return struct.pack(">BBHHHBBH", 0x45 + len(extra) // 4, 0, 20 + len(extra) + len(octets), 1, fragment, 64, protocol, 0) + \
            b"\xc0\0\2\1\xc6\x33\x64\7" + extra + octets

    def ip6(protocol, octets):
        return struct.pack(">IHBB", 0x60000000, len(octets), protocol, 64) + bytes.fromhex("20010db8") + bytes(11) + b"\1" + \
            bytes.fromhex("20010db8") + bytes(11) + b"\2" + octets
    tcp = struct.pack(">HHIIBBHHH", 40000, 443, 1, 2, 0x50, 0x18, 1000, 0, 0) + b"hello"
    udp = struct.pack(">HHHH", 40000, 53, 13, 0) + b"hello"
    vxlan = struct.pack(">HHHH", 40000, 4789, 8 + 8 + 14 + 20 + len(tcp), 0) + b"\x08\0\0\0\0\0\1\0"
    frame("tcp4", 1, ether(0x0800, ip4(6, tcp)))
    frame("udp6", 1, ether(0x86dd, ip6(17, udp)))
    frame("raw4", 101, ip4(17, udp))
    frame("raw6", 101, ip6(6, tcp))
    frame("null", 0, struct.pack("<I", 2) + ip4(6, tcp))
    frame("loop", 108, struct.pack(">I", 24) + ip6(6, tcp))
    frame("cooked", 113, bytes(14) + b"\x08\0" + ip4(6, tcp))
    frame("cooked2", 276, b"\x08\0" + bytes(18) + ip4(6, tcp))
    frame("vlans", 1, ether(0x88a8, b"\0\x0a\x81\0\0\x14\x08\0" + ip4(6, tcp)))
    frame("too-many-vlans", 1, ether(0x8100, b"\0\1\x81\0" * 9 + b"\0\1\x08\0" + ip4(6, tcp)))
    frame("mpls", 1, ether(0x8847, b"\0\0\x10\x40\0\0\x21\x40" + ip4(6, tcp)))
    frame("options", 1, ether(0x0800, ip4(6, tcp, extra=b"\x94\4\0\0\0\0\0\0")))

    def over_udp(port, octets):
        return ip4(17, struct.pack(">HHHH", 40000, port, 8 + len(octets), 0) + octets)

    inner, inside = ip4(17, udp), ether(0x0800, ip4(6, tcp))
    llc = b"\xaa\xaa\3\0\0\0\x08\0"
    for name, octets in (
            ("gre", ip4(47, b"\xb0\0\x86\xdd" + bytes(12) + ip6(17, udp))), ("gre-routing", ip4(47, b"\x40\0\x08\0" + bytes(8) + inner)),
            ("pptp", ip4(47, b"\x30\x81\x88\x0b\0\x24\0\x2a" + bytes(8) + b"\xff\3\0\x21" + inner)),
            ("erspan2", ip4(47, b"\x10\0\x88\xbe" + bytes(12) + inside)), ("erspan3", ip4(47, b"\x10\0\x22\xeb" + bytes(15) + b"\1" + bytes(8) + inside)),
            ("vxlan", over_udp(4789, b"\x08\0\0\0\0\0\1\0" + inside)), ("gpe-nsh", over_udp(4790, b"\x0c\0\0\4\0\0\1\0\x0f\xc2\2\1\0\0\1\xff" + inner)),
            ("geneve", over_udp(6081, b"\2\0\x65\x58\0\0\1\0" + bytes(8) + inside)), ("gtp", over_udp(2152, b"\x34\xff\0\0\0\0\0\1\0\0\0\x85\1\0\0\0" + inner)),
            ("gtp-v0", over_udp(3386, b"\x1e\xff" + bytes(18) + inner)), ("teredo", over_udp(3544, b"\0\1\0\0" + bytes(9) + bytes(8) + ip6(6, tcp))),
            ("l2tp", over_udp(1701, b"\x4a\2\0\0\0\1\0\2\0\0\0\0\0\1\0\x21" + inner)), ("l2tpv3", ip4(115, b"\0\0\0\7" + bytes(8) + inside)),
            ("etherip", ip4(97, b"\x30\0" + inside)), ("pim", ip4(103, b"\x21" + bytes(7) + inner)), ("ah", ip4(51, b"\4\4" + bytes(22) + inner)),
            ("capwap", over_udp(5247, b"\0\x10\3\0\0\0\0\0\1\x08" + bytes(22) + llc + inner)),
            ("three-deep", ip4(4, ip6(41, ip6(4, ip4(4, inner))))), ("first-fragment", ip4(17, udp, fragment=0x2000))):
        frame("tunnel-" + name, 101, octets)
    frame("fragment6", 101, ip6(44, b"\x11\0\0\1\0\0\0\1" + udp))
    frame("ppp", 9, b"\xff\3\0\x21" + inner)
    frame("hdlc", 104, b"\x0f\0\x08\0" + inner)
    frame("frame-relay", 107, b"\x18\x41\3\0\x80\0\0\0\x08\0" + inner)
    frame("wlan", 105, b"\x88\3" + bytes(22) + bytes(8) + llc + inner)
    frame("radiotap", 127, b"\0\0\x09\0\2\0\0\0\x20\x08\1" + bytes(22) + llc + inner)
    frame("nflog", 239, b"\2\0\0\0\x08\0\1\0\0\0\0\0" + struct.pack("<HH", 4 + len(inner), 9) + inner)
    frame("ppi", 192, b"\0\0\x08\0" + struct.pack("<I", 1) + inside)
    frame("pseudowire", 1, ether(0x8847, b"\0\0\x11\xff\0\0\0\0" + inside))

    frame("fragment", 1, ether(0x0800, ip4(17, udp, fragment=0x2001)))
    frame("first-fragment", 1, ether(0x0800, ip4(17, udp, fragment=0x2000)))
    frame("extensions", 1, ether(0x86dd, ip6(0, b"\x2b\0\1\4\0\0\0\0\x3c\0\4\0\0\0\0\0\x2c\0\1\4\0\0\0\0\6\0\0\1\0\0\0\2" + tcp)))
    frame("extension-loop", 1, ether(0x86dd, ip6(0, b"\0\0\1\4\0\0\0\0" * 20)))
    frame("icmp", 1, ether(0x0800, ip4(1, b"\x08\0\0\0\0\1\0\1ping")))
    frame("icmp6", 1, ether(0x86dd, ip6(58, b"\x87\0\0\0" + bytes(20))))
    frame("gre", 1, ether(0x0800, ip4(47, b"\0\0\x08\0" + ip4(6, tcp))))
    frame("ip-in-ip", 1, ether(0x0800, ip4(4, ip4(41, ip6(6, tcp)))))
    frame("vxlan", 1, ether(0x0800, ip4(17, vxlan + ether(0x0800, ip4(6, tcp)))))
    frame("arp", 1, ether(0x0806, bytes(28)))
    frame("padded", 1, ether(0x0800, ip4(17, udp) + bytes(13)))
    frame("cut-off", 1, ether(0x0800, ip4(6, tcp))[:40], longer=19)
    frame("no-length", 1, ether(0x0800, ip4(6, tcp)[:2] + b"\0\0" + ip4(6, tcp)[4:]))
    frame("bad-version", 1, ether(0x0800, b"\x95" + ip4(6, tcp)[1:]))
    frame("bad-header-length", 1, ether(0x0800, b"\x41" + ip4(6, tcp)[1:]))
    frame("bad-tcp-offset", 1, ether(0x0800, ip4(6, tcp[:12] + b"\x20" + tcp[13:])))
    frame("unknown-link", 9999, bytes(40))


def defrag():
    def pieces(name, *of):
        write("defrag", name, b"".join(bytes(piece) for piece in of))

    more, v6 = 4, 8
    pieces("in-order", (more, 0, 9, 1, 0), (more, 10, 9, 2, 0), (0, 20, 4, 3, 0))
    pieces("backwards", (v6, 20, 4, 3, 0), (v6 | more, 10, 9, 2, 0), (v6 | more, 0, 9, 1, 0))
    pieces("twice", *[(more, 0, 9, 1, 0)] * 2, *[(0, 10, 4, 3, 0)] * 2)
    pieces("overlap", (more, 0, 9, 1, 0), (more, 9, 9, 2, 0), (0, 20, 4, 3, 0))
    pieces("two-ends", (0, 20, 4, 3, 0), (0, 30, 4, 3, 0), (more, 0, 19, 1, 0))
    pieces("behind-the-end", (more, 30, 4, 3, 0), (0, 20, 4, 3, 0))
    pieces("time", (more, 0, 9, 1, 0), (more, 20, 9, 1, 15), (more, 1, 1, 1, 15), (0, 10, 9, 2, 15))
    pieces("many", *[(more, 2 * i, 0, 1, 0) for i in range(70)])
    pieces("interleaved", *[(more | i % 4, 10 * (i // 4), 9, i, 1) for i in range(24)], *[(i, 60, 3, 9, 0) for i in range(4)])


def ipfix():
    def message(*sets):
        body = b"".join(struct.pack(">HH", number, 4 + len(octets)) + octets for number, octets in sets)
        return struct.pack(">HHIII", 10, 16 + len(body), 1000, 0, 1) + body

    def template(number, *elements):
        return struct.pack(">HH", number, len(elements)) + b"".join(
            struct.pack(">HH", ie, size) if pen is None else struct.pack(">HHI", ie | 0x8000, size, pen) for ie, size, pen in elements)
    own, any_size = 32473, 65535
    flow = template(256, (8, 4, None), (12, 4, None), (4, 1, None), (2, 8, None), (1, 4, None), (2, 8, 29305), (152, 8, None),
                    (101, 4, own), (96, any_size, None), (291, any_size, None))
    values = (bytes([192, 0, 2, 1, 192, 0, 2, 2, 6]) + struct.pack(">QIQQI", 1, 2, 3, 1700000000000, 999999) + b"\3TLS" +
              b"\x09\4" + struct.pack(">HHHH", 58, 2, 5, 6))
    options = struct.pack(">HHHHHHH", 257, 2, 1, 149, 4, 160, 8)
    uptime = template(258, (22, 4, None), (21, 4, None), (27, 16, None))
    stream, datagram = b"\2\0", b"\3\0"
    write("ipfix", "flow", stream + message((2, flow), (256, values)))
    write("ipfix", "two-messages", stream + message((2, flow)) + message((256, 2 * values + b"\0")))
    write("ipfix", "in-pieces", b"\0\6" + message((2, flow), (256, values)))
    write("ipfix", "uptime", datagram + message((3, options), (257, bytes(5) + b"\1" + bytes(6)), (2, uptime), (258, bytes(24))))
    write("ipfix", "withdrawn", stream + message((2, flow + struct.pack(">HH", 256, 0)), (256, values)))
    write("ipfix", "redefined", datagram + message((2, flow + template(256, (4, 1, None))), (256, b"\6\7")))
    write("ipfix", "ledger", stream + message((2, template(300, (1000, 8, own), (1199, 3, own))), (300, bytes(11))))
    write("ipfix", "list-lies", datagram + message((2, template(256, (4, 1, None), (291, any_size, None))),
                                                   (256, b"\6\7\4" + struct.pack(">HH", 58, 4) + b"\0\0")))


def feeds():
    head = b"Tactic ,Technique,Procedure,Indicator,Commernts\r\n"
    write("import", "kill-chain", b"\xef\xbb\xbf" + head + b"0,0.6 Domains,\"0.6.1 a,\r\nb\",hxxps[://]a(.)example{.}org[:]8080/x?y,"
          b"\"a \"\"note\"\"\"\r\n,,,,\r\n0,0.6,p,b[.]example[.]org (note),\r\n0,0.9,p,12 accounts,\r\n0,0.6,p,\"x\"y,\r\n0,0,0,\"open")
    write("import", "legacy", b"indicator_type,indicator_value,comment,ds\ndomain_name,a.example.org,,2030-01-01\n"
          b"md5,10c1f38305792a0f925e8a2cf9482ce3,,\nemail,a@example.org,,\nip,8.8.8.8,,\nip,10.0.0.1,,\n")
    write("import", "tabs", b"indicator_type\tindicator_value\tcomment\tds\ndomain\t*.example.org.\t\t\n")
    write("import", "list", "# list\nm\u00fcnchen.example.org \u00a0note\n8.8.8.0/24\n[2001:4860::8888]:443\rAS64496\n"
          "http://[2001:4860::8888]/\nt13d1516h2_8daaf6152771_e5627efa2ab1\n@handle\n/path\nco.uk\n".encode())
    write("import", "odd-octets", b"a\x00b.example.org\n\xff.example.org\nexample.org|\n\xc2\xa0\n\xe2\x80\x8b\n..\n*.\n.\n")
    write("import", "long", b"a" * 64 + b".org\n" + b"a." * 126 + b"org\n" + b"a.org/" + b"b" * 2100 + b"\n")
    write("import", "pack-protect", b"kukla-signatures: 1\nprotect:\n- campaign: c\n  except: [a.example.net]\n  names:\n  - example.net\n"
          b"  - {name: xn--bcher-kva.de, kinds: [edit, word, subdomain], except: []}\n  - bild.de\n  - co.uk\n  - 192.0.2.1\n")
    write("import", "pack", b"# ours\nkukla-signatures: 1\nsets:\n- campaign: c\n  role: operator-side\n  expires: 2024-11-01\n  values:\n"
          b"  - a.example[.]org\n  - {value: b.example.org, note: n}\n  - {value: '64500', type: asn}\n- values: [x]\n  payload: y\n")
    write("import", "pack-signatures", b"kukla-signatures: 1\nsignatures:\n- name: a\n  role: operator-side\n  match:\n    all:\n"
          b"    - tls.sni: {suffix: [a.example.org, b.example.org]}\n    - any: [{dest_port: [443, 8000-8999]}, {dest_asn: 64500}]\n"
          b"    - not: {dest_ip: 198.51.100.0/24}\n- name: b\n  match: {http.hostname: {regex: '^[a-z]+\\.example\\.org$'}, proto: tcp}\n"
          b"- name: c\n  match: {dest_port: 1}\n- name: d\n  match: {payload: x}\n")
    write("import", "utf16", "a.example.org\n".encode("utf-16"))


def expression():
    def one(name, text):
        write("expression", name, text)
    one("all", b'all(tls.sni suffix "example.org", not(dest_ip address "198.51.100.0/24"), any(dest_port range "80", dest_port range "8000-8999"))')
    one("any", b'any(http.hostname regex "^[a-z]+\\\\.example\\\\.org$", http.http_user_agent wildcard "Bot*", dest_asn exact "AS64500")')
    one("not-not", b'not(not(tls.ja4 exact "t13d1516h2_8daaf6152771_e5627efa2ab1"))')
    one("wrong-everything", b'not(tls.sni exact "a.example.org")')
    one("wrong-deep", b"all(" * 9 + b'tls.sni exact "a"' + b")" * 9)
    one("wrong-escape", b'tls.sni exact "\\a"')
    one("wrong-open", b'tls.sni exact "a')
    one("wrong-field", b'payload exact "a"')
    one("pattern-regex", b"^(a|b)+[^c]?x{2,3}\\.org$\nabbxx.org")
    one("pattern-caseless", b"(?i)bot\na Bot")
    one("pattern-wildcard", b"news-*.example.?rg\nnews-1.example.org")
    one("wrong-pattern-large", b"(a{200}){200}\na")
    one("wrong-pattern-deep", b"(" * 18 + b"a\na")
    one("wrong-pattern", b"a|*b\\\nb")


def tree():
    json, xml, yaml = b"\0", b"\1", b"\2"
    write("tree", "stix", json + b'{"type": "bundle",\r\n "objects": [{"type": "domain-name", "value": "a.example.org"}, {"n": -1.5e+3,\n'
          b' "b": true, "z": null, "l": [[], {}]}]}\n')
    write("tree", "json-escapes", json + rb'["\"\\\/\b\f\n\r\t", "\u0041\u00e9\u20ac\ud83d\ude00", "\ud83dabc\ud83d", "\ude00\u0000", {"\u0000": 1}]')
    write("tree", "json-twice", json + b'{"a": 1, "a": 2}\n{"a": 3}\n')
    write("tree", "json-deep", json + b"[" * 40 + b'{"a":' * 40)
    write("tree", "json-bom", json + b"\xef\xbb\xbf[1]")
    write("tree", "json-octets", json + b'["\xc3\xa9", "\xc0\xaf", "\0"]')
    write("tree", "openioc", xml + b'<?xml version="1.0" encoding="utf-8"?>\r\n<ioc xmlns:xsi="urn:x" id="1">\n <!-- c -->\n <Indicator operator="OR">'
          b'<Context search="Network/DNS"\n type="mir" />\n<Content xsi:type="string"> a&amp;b&#x41;<![CDATA[ <c> ]]></Content></Indicator><?pi x?></ioc>\n')
    write("tree", "xml-bomb", xml + b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;"><!ENTITY % d SYSTEM "file:///x">%d;]><a e="&c;">&c;</a>')
    write("tree", "xml-encoding", xml + b"<?xml version='1.0' encoding='ISO-2022-CN-EXT'?><a/>")
    write("tree", "xml-utf16", xml + "<a/>".encode("utf-16"))
    write("tree", "xml-odd", xml + b"<a:b c='>' c=\"<\" d=e f='&g;'>]]><!-- -- --><h></b>&#0;<![CDATA[")
    write("tree", "xml-namespaces", xml + b"<a" + b"".join(b" xmlns:a%d='u:%d'" % (i, i % 3) for i in range(20)) + b"><a1:b a2:c='' a5:c=''/></a>")
    write("tree", "pack", yaml + b"--- # c\r\nname: x\nlist:\n- 'a'\n- {b: [c, \"d\\u20ac\\0\"]}\n-\n  - |\n    e\n    f\n? k\n: ~\n...\n")
    write("tree", "yaml-bomb", yaml + b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    write("tree", "yaml-tag", yaml + b"%TAG ! tag:example.org,2000:\n---\na: !!int 3\n--- b\n")
    write("tree", "yaml-deep", yaml + b"[{a: " * 40)
    write("tree", "yaml-lines", yaml + "a:\u0085\u2028- b\u2029\rc: 'd\r\n\n e'\n".encode())


def ipfix_streams():
    def part(kind, octets):
        return struct.pack(">HH", kind, 4 + len(octets)) + octets

    def message(*sets, sequence=0):
        body = b"".join(sets)
        return struct.pack(">HHIII", 10, 16 + len(body), 1684047600, sequence, 1) + body

    def template(number, *elements):
        return struct.pack(">HH", number, len(elements)) + b"".join(
            struct.pack(">HH", ie | (0x8000 if pen else 0), width) + (struct.pack(">I", pen) if pen else b"") for ie, width, pen in elements)

    def text(octets):
        return bytes([len(octets)]) + octets
    basic = template(256, (8, 4, 0), (12, 4, 0), (7, 2, 0), (11, 2, 0), (4, 1, 0), (2, 8, 0), (1, 4, 0), (152, 8, 0), (153, 8, 0), (2, 8, 29305))
    row = b"\xc0\0\2\1\xc6\x33\x64\7\x9c\x40\1\xbb\6" + bytes(7) + b"\5\0\0\2\0" + struct.pack(">QQQ", 1684047600000, 1684047600500, 4)
    named = template(257, (27, 16, 0), (28, 16, 0), (96, 65535, 0), (294, 65535, 6871), (4, 1, 0))
    named_row = bytes(15) + b"\1" + bytes(15) + b"\2" + text(b"TLS") + b"\xff\0\x0f" + b"www.example.org" + b"\6"

    def stream(name, *messages, step=7):
        write("ipfix", name, bytes([0, step]) + b"".join(messages))

    def datagrams(name, *messages):
        write("ipfix", name, b"\1\0" + b"".join(struct.pack(">H", len(m)) + m for m in messages))
    first = message(part(2, basic + named))
    data = message(part(256, row * 3 + bytes(3)), part(257, named_row))
    stream("many-flows", first, data, message(part(256, row), sequence=4))
    stream("options", message(part(3, struct.pack(">HHHHHHHHH", 258, 3, 1, 149, 4, 41, 8, 42, 8)), part(258, bytes(20))), first, data)
    stream("no-template", data, first, data, step=1)
    stream("again", first, message(part(2, template(256, (4, 1, 0)))), message(part(256, b"\6\x11")))
    stream("withdrawn-and-used", first, message(part(2, struct.pack(">HH", 256, 0))), data)
    stream("bad-version", first, b"\0\x09" + data[2:])
    stream("bad-length", first, data[:2] + b"\0\x0f" + data[4:])
    stream("bad-set", first, message(struct.pack(">HH", 256, 3) + row))
    stream("long-set", first, message(struct.pack(">HH", 256, 65535) + row))
    stream("empty-elements", message(part(2, template(259, (2, 0, 0), (1, 0, 0))), part(259, bytes(40))))
    stream("no-elements", message(part(2, template(260)), part(260, bytes(40))))
    stream("wide-number", message(part(2, template(261, (2, 9, 0), (4, 2, 0))), part(261, bytes(22))))
    stream("text-lies", message(part(2, template(262, (96, 65535, 0))), part(262, b"\xff\xff\xffabc")))
    stream("lists", message(part(2, template(263, (291, 65535, 0), (293, 65535, 0))),
           part(263, text(b"\3\0\x3a\0\2\0\x0a\0\x14") + text(b"\3\1\x07" + text(b"x")))))
    datagrams("udp", first, data, message(part(257, named_row), sequence=9), b"\0", data)


def filters():
    for name, expression in (
            ("address", "src_ip = 192.0.2.0/24 and not dest_ip = ::1"), ("port", "dest_port >= 443 or dest_port < 0x10"),
            ("name", 'app_proto ~ "Exa" and (proto = TCP or proto != 17)'), ("time", "timestamp > 2023-05-14T07:00:00.5+02:00"),
            ("list", "vlan = 20 and hits != x"), ("deep", "not (" * 20 + "flow_id = 42" + ")" * 20), ("open", 'app_proto = "x'),
            ("long", " or ".join(["flow.pkts_toserver = 7"] * 60)), ("octets", 'app_proto ~ "\\xff\xff\0"')):
        write("filter", name, expression.encode("latin-1"))


def capture():
    """The captures of the golden tests: half of them are wrong on purpose."""
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
    import packets
    for name, octets in packets.captures().items():
        write("capture", name, octets)


for target in (text, assemble, capture, json, set_number, conf, *FLOWS, decode, defrag, ipfix, ipfix_streams, feeds, expression, tables, sigdb, look, tree,
               filters):
    target()
