# SPDX-License-Identifier: Apache-2.0
"""Signature databases (signatures/sigdb_format.h, name_set.h), right ones and lying ones."""
import hashlib
import struct

from corpus_file import write

MASK = (1 << 64) - 1
KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
TEXTS = b"\0" * 8 + b"\0008.8.8.8\000a.example.org\000b.example.org\000org\0"
ADDRESS, A, B, ORG = 9, 17, 31, 45
UA_PATTERN, SIGNATURE = 11, 16  # of enum indicator_type


def sip_round(v):
    def rotate(x, bits):
        return (x << bits | x >> (64 - bits)) & MASK
    v[0] = (v[0] + v[1]) & MASK
    v[2] = (v[2] + v[3]) & MASK
    v[1] = rotate(v[1], 13) ^ v[0]
    v[3] = rotate(v[3], 16) ^ v[2]
    v[0] = (rotate(v[0], 32) + v[3]) & MASK
    v[2] = (v[2] + v[1]) & MASK
    v[1] = rotate(v[1], 17) ^ v[2]
    v[3] = rotate(v[3], 21) ^ v[0]
    v[2] = rotate(v[2], 32)


def name_hash(name):
    """SipHash-1-3, its words taken from the end of the name."""
    v = [KEY[0] ^ 0x736F6D6570736575, KEY[1] ^ 0x646F72616E646F6D, KEY[0] ^ 0x6C7967656E657261, KEY[1] ^ 0x7465646279746573]
    left, words = name, []
    while len(left) >= 8:
        left, word = left[:-8], left[-8:]
        words.append(int.from_bytes(word, "little"))
    for word in [*words, int.from_bytes(left, "little") | (len(name) & 0xFF) << 56]:
        v[3] ^= word
        sip_round(v)
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(3):
        sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def names(values, buckets=2, words=1, reach=0, tag_change=0, used=None):
    """The section NAME, all of a bucket's names in the bucket where they belong."""
    filters, table, depths = [0] * words, [[] for _ in range(buckets)], 0
    for index, name in enumerate(values):
        h = name_hash(name)
        labels = name.split(b".")
        depths |= 1 << len(labels)
        table[(h >> 32) * buckets >> 32].append((h & 0xFFFF ^ tag_change, index))
        if len(labels) > 1:
            two = name_hash(b".".join(labels[-2:]))
            filters[(two & 0xFFFFFFFF) * words >> 32] |= sum({1 << (two >> at & 63) for at in (32, 38, 44, 50)})
    head = struct.pack(">QQ", *KEY) + depths.to_bytes(16, "big") + struct.pack(">IIII", len(values), words, buckets, 0)
    octets = head.ljust(64, b"\0") + b"".join(struct.pack("<Q", word) for word in filters).ljust((words * 8 + 63) // 64 * 64, b"\0")
    for slots in table:
        octets += bytes([len(slots) if used is None else used, reach, 0, 0])
        octets += b"".join(struct.pack(">H", tag) for tag, _ in slots).ljust(20, b"\0")
        octets += b"".join(struct.pack(">I", index) for _, index in slots).ljust(40, b"\0")
    return octets


def entry(kind, value, scope=1, advice=0, about=0):
    return struct.pack(">BBBBIII", kind, 0, scope, advice, value, 1, about)


def about(text=8, confidence=80):
    return struct.pack(">B3x7I4I", confidence, *[text] * 7, 1, 2, 3, 4)


def pack(sections, version=2, unsummed=0, shift=0, zero=0):
    """`sections` is pairs of id and octets; the last `unsummed` of them lie behind what is summed."""
    at, table, body, summed = 64 + 24 * len(sections), b"", b"", None
    for number, (name, octets) in enumerate(sections):
        gap = -at % 64
        if number == len(sections) - unsummed:
            summed = at
        table += name + struct.pack(">IQQ", zero, at + gap + shift, len(octets))
        body += b"\0" * gap + octets
        at += gap + len(octets)
    rest = struct.pack(">QII", summed or at, len(sections), 0) + table + body
    digest = hashlib.sha256(rest[:(summed or at) - 48]).digest()
    return b"KUKLASIG" + struct.pack(">II", version, 0) + digest + rest


def conditions(case):
    """Databases of one signature and one pattern of User-Agents."""
    def one(name, condition, pattern=b"Bot*/1", section=None):
        texts = b"\0" * 8 + b"\0" + pattern + b"\0s\0" + condition + b"\0"
        at = 9 + len(pattern) + 1
        case(name, {b"ENTR": entry(UA_PATTERN, 9, 0) + entry(SIGNATURE, at, 0), b"ABOU": about(), b"TEXT": texts, b"NAME": names([]),
                    b"EXPR": struct.pack(">I", at + 2) if section is None else section})

    good = b'all(tls.sni suffix "example.org", any(tls.ja4 exact "t13d", dest_port range "443"), not(tls.sni regex "^[ab]+$"))'
    one("good-condition", good)
    one("good-condition-as", b'dest_asn exact "AS64500"')
    one("condition-cut", good[:-1])
    one("condition-empty", b"")
    one("condition-that-selects-nothing", b'dest_port range "443"')
    one("condition-of-content", b'payload exact "a"')
    one("condition-with-bad-pattern", b'tls.sni regex "(a"')
    one("condition-hyperscan-refuses", b'tls.sni regex "a^b"')
    one("agents-that-are-everything", good, b"*")
    one("conditions-missing", good, section=b"")
    one("conditions-too-many", good, section=struct.pack(">II", 20, 20))
    one("conditions-in-half", good, section=b"\0\0")
    one("conditions-past-the-end", good, section=b"\xff\xff\xff\xf0")
    one("conditions-in-front", good, section=b"\0\0\0\1")


def sigdb():
    two = [b"a.example.org", b"b.example.org"]
    good = {b"ENTR": entry(0, A) + entry(0, B) + entry(2, ADDRESS, 0), b"ABOU": about(), b"TEXT": TEXTS, b"NAME": names(two)}

    def case(name, changed=(), **how):
        write("sigdb", name, pack([*{**good, **dict(changed)}.items()], **how))

    case("good")
    conditions(case)
    case("good-patterns-of-nobody", {b"PATT": b"\x55" * 200})
    case("good-one-label", {b"ENTR": entry(0, A) + entry(0, ORG), b"NAME": names([two[0], b"org"])})
    case("good-unknown-section", {b"WHAT": b"something"})
    case("good-signature", {b"SIGN": b"\x55" * 64}, unsummed=1)
    case("good-stamp", {b"STMP": struct.pack(">QQ", 7, 1700000000)})
    case("stamp-short", {b"STMP": struct.pack(">Q", 7)})
    case("stamp-late", {b"STMP": struct.pack(">QQ", 7, 1 << 32)})
    case("stamp-unsummed", {b"STMP": struct.pack(">QQ", 7, 1)}, unsummed=1)
    case("good-two-abouts", {b"ABOU": about() + about(ORG, 0), b"ENTR": entry(0, A, about=1) + entry(0, B) + entry(2, ADDRESS, 0)})
    case("good-empty", {b"ENTR": b"", b"ABOU": b"", b"TEXT": b"\0" * 8, b"NAME": names([])})
    case("offset-past-the-end", {b"ENTR": entry(0, 0xFFFFFFFF), b"NAME": names(two[:1])})
    case("offset-in-front", {b"ENTR": entry(0, 7), b"NAME": names(two[:1])})
    case("open-text", {b"TEXT": TEXTS[:-1]})
    case("no-texts", {b"TEXT": b""})
    case("unsorted", {b"ENTR": entry(0, B) + entry(0, A), b"NAME": names(two[::-1])})
    case("twice", {b"ENTR": entry(0, A) + entry(0, A), b"NAME": names([two[0], two[0]])})
    case("half-an-entry", {b"ENTR": good[b"ENTR"][:-1]})
    case("half-an-about", {b"ABOU": about()[:-1]})
    case("about-past-the-end", {b"ENTR": entry(0, A, about=1) + entry(0, B)})
    case("about-without-text", {b"ABOU": about(0xFFFFFFF0)})
    case("wrong-type", {b"ENTR": entry(200, ADDRESS), b"NAME": names([])})
    case("refused-advice", {b"ENTR": entry(0, A, 1, 4), b"NAME": names(two[:1])})
    for name, value in (("not-a-name", b"a|b"), ("empty-label", b"a..b"), ("trailing-dot", b"a.b."), ("leading-dot", b".a.b"),
                        ("upper-case-name", b"A.b"), ("long-name", b"a." * 126 + b"aa")):
        case(name, {b"ENTR": entry(0, 9), b"TEXT": b"\0" * 9 + value + b"\0", b"NAME": names([value])})
    protected = {b"ENTR": entry(0, A) + entry(15, B, 0), b"NAME": names(two[:1])}
    looks = struct.pack(">II", 1, 3) + b"\x1f" + b"\0\1" + b"\1\0\0b.example.org\0" + b"\1\0\1c.example.org\0" + b"\2\0\0co.uk\0"
    case("good-look-alike", {**protected, b"LOOK": looks})
    case("look-missing", protected)
    case("look-without-name", {b"LOOK": looks})
    case("look-cut", {**protected, b"LOOK": looks[:-1]})
    case("look-kinds", {**protected, b"LOOK": looks[:8] + b"\0" + looks[9:]})
    case("look-of-one-label", {b"ENTR": entry(15, ORG, 0), b"NAME": names([]), b"LOOK": looks})
    longest = b"a." * 126 + b"a"
    case("good-longest-name", {b"ENTR": entry(0, 9), b"TEXT": b"\0" * 9 + longest + b"\0", b"NAME": names([longest])})
    case("not-an-address", {b"ENTR": entry(2, A), b"NAME": names([])})
    urls = [b"h.org/a", b"http://H.org/a", b"http://h.org/a", b"http://h.org:80/a", b"https://h.org/a", b"/gate/panel.php"]
    offsets = [8 + sum(len(url) + 1 for url in urls[:number]) for number in range(len(urls))]
    case("good-urls", {b"ENTR": b"".join(entry(1, at, 3, 1) for at in offsets[:5]) + entry(12, offsets[5]),
                       b"TEXT": b"\0" * 8 + b"\0".join(urls) + b"\0", b"ABOU": about(8), b"NAME": names([])})
    case("upper-case-certificate", {b"ENTR": entry(6, 9), b"TEXT": b"\0" * 9 + b"C12F54A3\0", b"NAME": names([])})
    case("upper-case-fingerprint", {b"ENTR": entry(8, 9), b"TEXT": b"\0" * 9 + b"C12F54A3\0", b"NAME": names([])})
    case("next-version", version=3)
    case("first-version", version=1)
    write("sigdb", "section-again", pack([*good.items(), (b"TEXT", TEXTS)]))
    write("sigdb", "section-missing", pack([*good.items()][:-1]))
    write("sigdb", "many-sections", pack([*good.items()] + [(b"WHAT", b"")] * 61))
    case("known-section-unsummed", unsummed=1)
    case("sections-unaligned", shift=1)
    case("sections-elsewhere", shift=64)
    case("section-with-flags", zero=1)
    case("name-missing", {b"NAME": names(two[:1])})
    case("name-too-many", {b"NAME": names([*two, b"org"])})
    case("wrong-names", {b"NAME": names([b"c.example.org", b"d.example.org"])})
    case("wrong-tags", {b"NAME": names(two, tag_change=1)})
    case("good-reach", {b"NAME": names(two, reach=8)})
    case("long-reach", {b"NAME": names(two, reach=9)})
    case("too-many-slots", {b"NAME": names(two, used=11)})
    case("empty-filter", {b"NAME": names(two)[:64] + b"\0" * 64 + names(two)[128:]})
    case("no-depths", {b"NAME": names(two)[:16] + b"\0" * 16 + names(two)[32:]})
    case("more-depths", {b"NAME": names(two)[:31] + b"\x0c" + names(two)[32:]})
    case("no-buckets", {b"NAME": names([], buckets=0)})
    case("no-words", {b"NAME": names(two, words=1)[:36] + b"\0" * 4 + names(two)[40:]})
    case("words-lie", {b"NAME": names(two)[:36] + b"\xff" * 8 + names(two)[44:]})
    case("good-one-bucket", {b"NAME": names(two, buckets=1, words=9)})
