#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sig_keys.py KUKLA-SIG SOURCE_ROOT: every key that kukla-sig writes as JSON is in docs/kukla-sig.md, in the section of its command."""
import json
import os
import re
import subprocess
import sys
import tempfile

from programs import write

PROGRAM, TOP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
KNOWN = "What is known about an indicator"
PACK = """kukla-signatures: 1
sets:
- {campaign: A, source: Publisher, reference: 'https://example.net/r', role: operator-side, tlp: 'TLP:AMBER', licence: CC0, disarm: T0143,
   note: first hop, confidence: 70, published: 2024-05-01, first_seen: 2024-04-01, last_confirmed: 2024-06-01, expires: 2999-01-01,
   values: [a.example.org, 'https://b.example.org/x', github.com, 10.0.0.1, user@example.org]}
protect:
- {campaign: Copied, source: Publisher, names: [spiegel.de]}
signatures:
- {name: first, campaign: S, source: Publisher, note: a hello, match: {tls.sni: c.example.org}}
- {name: weak, campaign: S, source: Publisher, match: {tls.sni: {suffix: github.com}}}
"""


def run(*words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2), (words, done.returncode, done.stdout, done.stderr)
    return done.stdout


def objects(*words):
    return [json.loads(line) for line in run(*words).splitlines()]


def keys_of(value):
    """All keys, those of objects within too; of `changes` the keys are those of indicators."""
    if isinstance(value, list):
        return set().union(*(keys_of(one) for one in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    return set(value) | set().union(*(keys_of(one) for one in value.values()))


def sections():
    with open(os.path.join(TOP, "docs", "kukla-sig.md"), encoding="utf-8") as file:
        parts = re.split(r"^## (.*)$", file.read(), flags=re.M)
    return {title: set(re.findall(r"`([a-z_]+)`", " ".join(line for line in text.splitlines() if line.startswith("| `"))))
            for title, text in zip(parts[1::2], parts[2::2])}


def written():
    """What each command writes, by its section."""
    feed = write("a.yaml", PACK)
    other = write("b.yaml", PACK.replace("first hop", "second hop").replace("a.example.org", "d.example.org"))
    broken = write("cut.csv", "Tactic,Technique,Procedure,Indicator\n0,0,0,a.example.org\n0,0,0,\"b.example.org\n")
    run("keygen", "-o", "key")
    out = {"import --json": objects("import", "-q", "--json", "-", feed),
           "review --json": objects("review", "-q", "--json", "-", feed),
           "lint --json": objects("lint", "--json", "-", write("wrong.yaml", "kukla-signatures: 1\nsignatures:\n- {name: x, mtch: 1}\n")),
           "compile --json": objects("compile", "-q", feed, "-o", "a.kdb", "--sign", "key", "--json", "-"),
           "export --json": objects("export", "-q", feed, "-f", "zeek", "-o", "a.intel", "--json", "-"),
           "diff --json": objects("diff", "-q", feed, other, "--json", "-"),
           "--report": objects("import", "-q", feed, broken, "--report", "-")}
    out["stats --json"] = objects("stats", "a.kdb", "--json", "-")
    out["test --json"] = objects("test", "a.kdb", "a.example.org", "spiegel.ltd", "tls.sni=c.example.org", "--json", "-")
    return out


def main():
    documented = sections()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        out = written()
        os.chdir("/")
    for title, found in out.items():
        keys = keys_of(found)
        assert found and keys <= documented[title] | documented[KNOWN], (title, keys - documented[title] - documented[KNOWN])
    one = out["import --json"][0]
    for key in ("source", "reference", "tlp", "licence", "disarm", "published", "first_seen", "last_confirmed", "expires", "note", "confidence"):
        assert key in one, (key, one)
        assert key in out["test --json"][0]["hits"][0], key
    assert any("reason" in item for item in out["import --json"])
    values = {line.get("value") for line in out["--report"] if line["record"] == "line"}
    assert {"github.com", "10.0.0.1", "user@example.org"} <= values, values
    about = out["stats --json"][0]
    assert about["number"] and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", about["created"]) and about["signed"] and about["key"], about
    print("passed")


main()
