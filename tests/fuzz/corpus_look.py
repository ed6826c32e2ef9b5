# SPDX-License-Identifier: Apache-2.0
"""Labels in Punycode, names, and sections of protected names (signatures/look_section.h), right ones and lying ones."""
import struct

from corpus_file import write


def section(names, kinds=b"\x0f\x0f\x1f", count=None, name_count=None, sets=b"\0\0\0\0\0\0"):
    """`names` is pairs of what a name is and the name, or three with the exceptions that it is among."""
    head = struct.pack(">II", len(kinds) if count is None else count, len(names) if name_count is None else name_count)
    return head + kinds + sets + b"".join(bytes([one[0]]) + struct.pack(">H", one[2] if len(one) > 2 else 0) + one[1] + b"\0" for one in names)


def look():
    names = [(4, b"ck"), (2, b"co.uk"), (6, b"kawasaki.jp"), (1, b"news.example"), (1, b"spiegel.de"), (8, b"www.ck")]
    good = section(names)

    def case(name, label=b"bcher-kva", asked=b"www.spiegelr.co.uk", octets=good):
        write("look", name, label + b"\n" + asked + b"\n" + octets)

    case("good")
    for name, label in (("label-russian", b"b1abfaaepdrnnbgefbadotcwatmq2g4l"), ("label-spanish", b"porqunopuedensimplementehablarenespaol-fmd56a"),
                        ("label-cut", b"bcher-kv"), ("label-hyphen", b"-kva"), ("label-ascii", b"abc-"), ("label-overflow", b"a-99999999"),
                        ("label-surrogate", b"ib9b"), ("label-long", b"a" * 62 + b"-kva"), ("label-many", b"a" * 60), ("label-upper", b"BCHER-KVA")):
        case(name, label=label)
    for name, asked in (("name-below", b"a.b.spiegel.any.ck"), ("name-exception", b"spiegel.www.ck"), ("name-own", b"x.spiegel.de."),
                        ("name-empty-labels", b"..spiegel..ltd"), ("name-punycode", b"xn--spegel-qvf.kawasaki.jp"), ("name-wrong-punycode", b"xn--99999.de"),
                        ("name-hyphens", b"-".join([b"spiegel"] * 7) + b".net"), ("name-all-hyphens", b"-" * 63 + b".net"), ("name-word", b"newsonline.org"),
                        ("name-subdomain", b"xn--sddeutsche-9db.example.org"), ("name-zero", b"spiegel\0.de"), ("name-long", b"a." * 127 + b"a"),
                        ("name-suffix", b"co.uk"), ("name-none", b"")):
        case(name, asked=asked)
    case("section-empty", octets=b"")
    case("section-no-names", octets=section([]))
    case("section-cut", octets=good[:-1])
    case("section-more", octets=good + b"x")
    case("section-counts-lie", octets=section(names, name_count=7))
    case("section-protected-lie", octets=section(names, count=2))
    case("section-huge", octets=section(names, count=0xFFFFFFFF, name_count=0xFFFFFFFF))
    case("section-no-kinds", octets=section(names, kinds=b"\x0f\0\x0f"))
    case("section-wrong-kinds", octets=section(names, kinds=b"\x0f\x20\x0f"))
    case("section-unsorted", octets=section(names[::-1]))
    case("section-twice", octets=section([names[1], names[1]]))
    case("section-nothing", octets=section([(0, b"co.uk")]))
    case("section-one-label", octets=section([(8, b"uk")]))
    case("section-wide-label", octets=section([(4, b"example")]), asked=b"spiegel.any.example")
    case("section-empty-label", octets=section([(2, b"co..uk")]))
    case("section-upper", octets=section([(2, b"CO.UK")]))
    case("section-long-name", octets=section([(2, b"a." * 126 + b"aa")]))
    mine = [(1, b"spiegel.at", 1), (1, b"spiegel.at", 2), (1, b"spiegel.ltd", 2)]
    for name, asked in (("exceptions-one", b"www.spiegel.ltd"), ("exceptions-both", b"spiegel.at"), ("exceptions-none", b"spiegel.net")):
        case(name, asked=asked, octets=section(mine, sets=b"\0\2\0\1\0\2"))
    case("exceptions-unsorted", octets=section(mine[::-1]))
    case("exceptions-twice", octets=section([mine[0], mine[0]]))
    case("exceptions-too-many", octets=section([(1, b"spiegel.at", 4)]))
    case("exceptions-rule", octets=section([(2, b"co.uk", 1)]))
    case("exceptions-lie", octets=section(mine, sets=b"\0\0\0\4\0\0"))
    case("section-all", octets=section([(15, b"co.uk")]), asked=b"spiegel.co.uk")
