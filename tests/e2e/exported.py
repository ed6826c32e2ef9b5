#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""exported.py KUKLA-SIG: what others read in an export: STIX 2.1 and MISP's core format as their specifications have them.

That the same set is read again is of tests/unit/test_export.c; each test here looks for that as well, with `diff`."""
import json
import os
import subprocess
import sys
import tempfile

SIG = os.path.abspath(sys.argv[1])
NOW, NOW_S = "2026-03-01", 1772323200
MARKINGS = {"white": "613f2e26-407d-48c7-9eca-b8e91df99dc9", "green": "34098fce-860f-48ae-8e50-ebd3cc5e41da",
            "amber": "f88d31f6-486f-44da-b317-01333bde0b82", "red": "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"}  # STIX 2.1 section 7.2.1.4


def run(code, *words):
    done = subprocess.run([SIG, *words], capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


def write(name, sets):
    """JSON is YAML."""
    with open(name, "w", encoding="utf-8") as file:
        file.write("kukla-signatures: 1\nsets: " + json.dumps(sets) + "\n")
    return name


def export(source, form, *words):
    """What is read again is the same, and the same again is the same octets."""
    name = form + ".json"
    texts = []
    for _ in range(2):
        run(0, "export", "-q", source, "--format", form, "-o", name, *words)
        with open(name, encoding="utf-8") as file:
            texts.append(file.read())
    assert texts[0] == texts[1] and texts[0].count("\n") > 1
    out = run(0, "diff", source, name, "--keep-expired")
    assert out == "", out
    return json.loads(texts[0])


def stix(source, *words):
    """The indicators by their names, and all objects by their ids."""
    objects = export(source, "stix", *words)["objects"]
    by_id = {one["id"]: one for one in objects}
    assert len(by_id) == len(objects)
    for one in objects:
        assert one.get("modified", one["created"]) >= one["created"], one
        refs = one.get("object_marking_refs", []) + [one[key] for key in ("created_by_ref", "source_ref", "target_ref") if key in one]
        assert all(ref in by_id for ref in refs), one
    return {one["name"]: one for one in objects if one["type"] == "indicator"}, by_id


def misp(source, *words):
    """Pairs of an event and an attribute of its, by the value of that; and all events."""
    events = [one["Event"] for one in export(source, "misp", *words)["response"]]
    return {one["value"]: (event, one) for event in events for one in event["Attribute"] if one["to_ids"]}, events


def tags(of):
    return [tag["name"] for tag in of.get("Tag", [])]


def test_tlp():
    """Whoever reads an export honours the marking, however its source wrote it."""
    cases = [("TLP:GREEN", "green", "tlp:green"), ("tlp:red", "red", "tlp:red"), ("TLP:WHITE", "white", "tlp:white"), ("clear", "white", "tlp:clear"),
             ("TLP:CLEAR", "white", "tlp:clear"), ("Tlp:Amber", "amber", "tlp:amber"), ("TLP:AMBER+STRICT", "amber", "tlp:amber+strict"),
             ("TLP:AMBER", "amber", "tlp:amber"), ("", None, None)]
    source = write("tlp.yaml", [{"campaign": "A", "source": "s", "tlp": tlp, "values": [f"v{i}.example.org"]} for i, (tlp, _, _) in enumerate(cases)])
    items, by_id = stix(source, "--now", NOW)
    events, _ = misp(source, "--now", NOW)
    for i, (text, marking, tag) in enumerate(cases):
        refs = items[f"v{i}.example.org"].get("object_marking_refs", [])
        assert refs == ["marking-definition--" + MARKINGS[marking]] if marking else not refs, (text, refs)
        have = [name for name in tags(events[f"v{i}.example.org"][0]) if name.startswith("tlp:")]
        assert have == ([tag] if tag else []), (text, have)
    defined = [one for one in by_id.values() if one["type"] == "marking-definition"]
    assert {one["id"]: one["definition"] for one in defined} == {"marking-definition--" + uuid: {"tlp": word} for word, uuid in MARKINGS.items()}
    assert all(one["definition_type"] == "tlp" and one["created"] == "2017-01-20T00:00:00.000Z" for one in defined)


def dated():
    return write("dated.yaml", [
        {"campaign": "A", "source": "s", "values": ["none.example.org", {"value": "seen.example.org", "first_seen": "2025-02-03"},
                                                    {"value": "confirmed.example.org", "last_confirmed": "2025-02-04"}]},
        {"campaign": "B", "source": "s", "published": "2024-05-01T07:00:01Z",
         "values": ["said.example.org", {"value": "both.example.org", "first_seen": "2023-02-03", "confidence": 50}]},
        {"campaign": "C", "source": "s", "published": "2030-01-01", "values": ["later.example.org"]},
        {"campaign": "D", "source": "s", "expires": "2026-01-01", "values": ["expired.example.org"]}])


WHEN = {"none": ("2026-03-01T00:00:00", None), "seen": ("2025-02-03T00:00:00", None), "confirmed": ("2026-03-01T00:00:00", None),
        "said": ("2024-05-01T07:00:01", None), "both": ("2024-05-01T07:00:01", "2023-02-03T00:00:00"), "later": ("2030-01-01T00:00:00", None),
        "expired": ("2026-03-01T00:00:00", "2025-12-31T23:59:59")}


def test_dates():
    """Nothing is of 1970, and of two exports the later one is newer: who has the older one takes it."""
    source = dated()
    items, by_id = stix(source, "--now", NOW, "--keep-expired")
    for name, (created, since) in WHEN.items():
        one = items[name + ".example.org"]
        assert one["created"] == created + ".000Z" and one["valid_from"] == (since or created) + ".000Z", one
        assert one["modified"] == max(created, "2026-03-01T00:00:00") + ".000Z", one
        relation = next(other for other in by_id.values() if other.get("source_ref") == one["id"])
        assert (relation["created"], relation["modified"]) == (one["created"], one["modified"])
    assert items["expired.example.org"]["valid_until"] == "2026-01-01T00:00:00.000Z"
    assert not any("1970" in one[key] for one in by_id.values() for key in ("created", "modified") if key in one)
    later, _ = stix(source, "--now", "2026-03-02", "--keep-expired")
    assert all(later[name]["id"] == one["id"] and later[name]["modified"] > one["modified"] for name, one in items.items() if "later" not in name)

    values, events = misp(source, "--now", NOW, "--keep-expired")
    assert {event["info"]: event["date"] for event in events} == {"A": "2025-02-03", "B": "2024-05-01", "C": "2030-01-01", "D": "2026-03-01"}
    for value, (event, one) in values.items():
        stamp = 1893456000 if "later" in value else NOW_S
        assert int(one["timestamp"]) == int(event["timestamp"]) == stamp, (value, one, event["timestamp"])


def test_set():
    """Of a database its own time counts, whenever it is exported; without one only what is said is dated."""
    run(0, "compile", "-q", dated(), "--now", "2025-12-01", "-o", "dated.kdb")
    items, _ = stix("dated.kdb", "--now", "2026-09-09")
    assert items["none.example.org"]["created"] == items["said.example.org"]["modified"] == "2025-12-01T00:00:00.000Z"
    assert misp("dated.kdb", "--now", "2026-09-09")[0]["none.example.org"][1]["timestamp"] == "1764547200"
    run(0, "compile", "-q", dated(), "--undated", "--now", "2025-12-01", "-o", "undated.kdb")
    items, by_id = stix("undated.kdb")
    assert items["said.example.org"]["modified"] == items["said.example.org"]["created"] == "2024-05-01T07:00:01.000Z"
    assert items["none.example.org"]["created"] == items["none.example.org"]["valid_from"] == "1970-01-01T00:00:00.000Z"
    assert "1970" not in by_id["extension-definition--6c4c5a1b-6f0e-5e0a-9d52-6d8a4c1f7b3e"]["created"]
    assert misp("undated.kdb")[0]["none.example.org"][1]["timestamp"] == "0"


REFERENCES = [  # as it is written, the URLs that it is
    ("https://example.net/report?a=1&b=2#c", 1), ("https://example.net/a http://example.org/b%20c", 2), ("sslbl.example.net/x", 0),
    ("hxxps://example[.]net/a", 0), ("https://example[.]net/a", 0), ("see https://example.net/a", 0), ("https://example.net/a.", 1),
    ("https://example.net/%zz", 0), ("http://[2a01:4f8::1]:8080/", 1), ("https://example.net/b\u00fccher", 0), ("https://", 0),
    ("javascript:alert(1)", 0), (" https://example.net/a", 1)]


def test_references():
    """Whoever follows a reference gets to it: what is no URL is words."""
    for text, urls in REFERENCES:
        source = write("reference.yaml", [{"campaign": "A", "source": "s", "reference": text, "values": [{"value": "a.example.org", "note": "x"}]}])
        refs = stix(source, "--now", NOW)[0]["a.example.org"]["external_references"]
        assert [ref["url"] for ref in refs if "url" in ref] == (text.split() if urls else []), (text, refs)
        assert len(refs) == max(urls, 1) and (urls or refs[0]["description"] == text), (text, refs)
        values, events = misp(source, "--now", NOW)
        links = [one["value"] for one in events[0]["Attribute"] if one["type"] == "link"]
        assert links == (text.split() if urls else []), (text, links)
        assert values["a.example.org"][1]["comment"] == ("x" if urls else f"x ({text})"), text


def test_events():
    """An event for each publisher, campaign, role, label and licence; what differs in one stands at the attributes."""
    base = {"campaign": "A", "source": "s"}
    rows = [{"value": f"v{i}.example.org", "reference": f"https://example.net/{i}", "expires": f"2027-01-0{i + 1}", "published": f"2025-01-0{i + 1}"}
            for i in range(4)]
    rows[3].update(note="a note (https://example.net/3)", disarm="T0149.001")
    del rows[2]["reference"]
    source = write("events.yaml", [{**base, "values": rows}, {**base, "tlp": "TLP:RED", "reference": "https://example.net/r", "values": ["r.example.org"]},
                                   {**base, "role": "operator-side", "values": ["o.example.org"]}, {**base, "licence": "CC0", "values": ["l.example.org"]},
                                   {**base, "campaign": "B", "values": ["b.example.org"]}, {**base, "source": "t", "values": ["t.example.org"]}])
    values, events = misp(source, "--now", NOW)
    assert len(events) == 6 and len({event["uuid"] for event in events}) == 6
    assert len({values[row["value"]][0]["uuid"] for row in rows}) == 1
    event = values["v0.example.org"][0]
    assert event["date"] == "2025-01-01" and not any("example.net" in name or "expires" in name for name in tags(event))
    assert [values[row["value"]][1].get("comment") for row in rows] == ["(https://example.net/0)", "(https://example.net/1)", None,
                                                                       "a note (https://example.net/3) (https://example.net/3)"]
    assert [one["value"] for one in values["r.example.org"][0]["Attribute"] if one["type"] == "link"] == ["https://example.net/r"]
    # MISP core format, what an event, its organisation and an attribute have to have
    for event in events:
        assert event["attribute_count"] == str(len(event["Attribute"])) and event["publish_timestamp"] == "0" and not event["published"]
        assert event["org_id"] == event["orgc_id"] == event["Orgc"]["id"] == "0"
        assert {"uuid", "info", "threat_level_id", "analysis", "date", "timestamp", "distribution"} <= set(event)
        assert all({"uuid", "type", "category", "to_ids", "event_id", "distribution", "timestamp", "value"} <= set(one) for one in event["Attribute"])


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                test()
        os.chdir("/")
    print("all as it should be")


main()
