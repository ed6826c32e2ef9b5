#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""default_pack.py KUKLA-SIG SOURCE_ROOT [KUKLA]: the default pack, signatures/packs/influence-operations.yaml.

Every value passes the gate, says where it is from and how long it holds, and nothing else; it is what tools/pack.py makes of the
publications, where they are there (KUKLA_SHARED). With KUKLA: a replay that names no signatures matches it."""
import json
import os
import re
import sys
import tempfile

from programs import read, run

SIG, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PACK = os.path.join(TOP, "signatures", "packs", "influence-operations.yaml")
INTEL = os.path.join(os.environ.get("KUKLA_SHARED") or os.path.join(TOP, "..", "shared"), "intel")
KEYS = {"campaign", "source", "reference", "role", "tlp", "licence", "published", "expires", "values"}


def test_gate(folder):
    out, said = run(0, SIG, "import", "--keep-expired", "--json", "-", PACK)
    found = [json.loads(line) for line in out.splitlines()]
    assert re.search(rf": {len(found)} read, {len(found)} accepted, 0 to review, 0 refused, 0 twice\n", said), said[-300:]
    assert len(found) > 6000, len(found)
    wrong = [one for one in found if (one["advice"], one["type"], one["role"], one["context"]) != ("match", "domain", "reader-facing", "")]
    assert not wrong, wrong[:3]
    names = {one["value"] for one in found}
    assert {"rrn.world", "dhakatv.net"} < names and not names & {"t.me", "reddit.com", "change.org", "example.org"}
    db = os.path.join(folder, "pack.kdb")
    run(0, SIG, "compile", "-q", "--keep-expired", PACK, "-o", db)
    again = os.path.join(folder, "again.yaml")
    run(0, SIG, "export", "-q", db, "--format", "pack", "-o", again)
    assert read(again) == read(PACK), "what is exported of the compiled pack is not the pack"


def test_expiry(folder):
    """A day after it expired nothing is left, a day before all of it is."""
    dates = sorted(set(re.findall(r'^    expires: "(\d{4}-\d\d-\d\d)"$', read(PACK).decode(), re.M)))
    assert len(dates) > 5 and dates[0] > "2022"
    out = run(0, SIG, "import", "--now", dates[-1], "--json", "-", PACK)[0]
    assert '"advice":"match"' not in out
    out = run(0, SIG, "import", "--now", "2022-01-01", "--json", "-", PACK)[0]
    assert '"advice":"review"' not in out


def test_words(folder):
    """Names of campaigns and addresses of what was published, nothing of its words; no set without a key that must be there."""
    text = read(PACK).decode()
    assert "note:" not in text
    sets = text.split("  - campaign: ")[1:]
    for one in sets:
        keys = {"campaign", *re.findall(r"^    (\w+):", one, re.M)}
        assert keys <= KEYS and KEYS - keys <= {"tlp"}, (one[:100], keys)
        assert re.search(r'^    source: (Meta|VIGINUM)\n    reference: "https://', one, re.M), one[:200]


def test_rebuild(folder):
    if not os.path.isdir(os.path.join(INTEL, "viginum")):
        print("# skipped: the publications (KUKLA_SHARED) are not there")
        return 77
    again = os.path.join(folder, "rebuilt.yaml")
    run(0, sys.executable, os.path.join(TOP, "tools", "pack.py"), SIG, INTEL, again)
    assert read(again) == read(PACK), "./dev pack would change the pack"
    return 0


def test_replay(folder, kukla):
    sys.path.insert(0, os.path.join(TOP, "tests", "golden"))
    import packets  # pylint: disable=import-outside-toplevel
    capture = os.path.join(folder, "x.pcap")
    with open(capture, "wb") as file:
        file.write(packets.pcap(packets.session(443, [(True, packets.client_hello(b"www.rrn.world"))])))
    case = os.path.join(folder, "case")
    out, said = run(0, kukla, "replay", "--case", case, capture)
    assert "RRN" in out and "--no-signatures" in said, (out, said)
    hits = [json.loads(line) for line in run(0, kukla, "hits", "--case", case, "--format", "json")[0].splitlines()]
    assert [hit["indicator"]["value"] for hit in hits] == ["rrn.world"], hits
    out, said = run(0, kukla, "replay", "--no-signatures", capture)
    assert "RRN" not in out and not said, (out, said)
    assert not run(0, kukla, "replay", "--quiet", capture)[1]


def main():
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 3:
            test_replay(folder, os.path.abspath(sys.argv[3]))
            print("test_replay: passed")
        else:
            test_gate(folder)
            test_expiry(folder)
            test_words(folder)
            status = test_rebuild(folder)
    return status


sys.exit(main())
