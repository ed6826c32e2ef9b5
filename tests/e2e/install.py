#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""install.py BUILD PREFIX SYNTH_PCAP: `meson install` into a folder, and what is there works from there.

Programs with their libraries, the example pack, completions that complete, manual pages that groff takes without a word and that
name every option of --help."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD, PREFIX, SYNTH = sys.argv[1:4]
PROGRAMS = ("kukla", "kukla-probe", "kukla-sig")
failures = []


def check(what, holds, *shown):
    if not holds:
        failures.append(what)
        print(f"wrong: {what}", *shown, sep="\n  ")


def run(*words, cwd="/"):
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd, env={"PATH": "/usr/bin:/bin"}, timeout=120)
    return ran.returncode, ran.stdout, ran.stderr


def one(pattern):
    found = glob.glob(pattern, recursive=True)
    check(f"there is just one {pattern}", len(found) == 1, found)
    return found[0] if found else os.devnull


def help_of(program):
    """The help of a program and of its commands."""
    text = run(program, "--help")[1]
    for command in re.findall(r"^  (\w+) ", text.partition("commands:\n")[2].partition("options:\n")[0], re.M):
        text += run(program, command, "--help")[1]
    return text


def programs(top):
    for name in PROGRAMS:
        status, text, said = run(f"{top}/bin/{name}", "--version")
        check(f"{name} starts", status == 0 and text.startswith(f"{name} "), text, said)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SYNTH, f"{folder}/x.pcap", "seed=1", "flows=500"], check=True, stdout=subprocess.DEVNULL)
        status, text, said = run(f"{top}/bin/kukla", "replay", "--feed", f"{top}/share/kukla/packs/example.csv", "x.pcap", cwd=folder)
        check("replay with the example pack", status == 0 and "Campaign" in text, text, said)


def completions(top):
    for name, words, want in (("kukla", "kukla rep", "replay"), ("kukla", "kukla replay --ca", "--case"),
                              ("kukla-sig", "kukla-sig compile --out", "--output"), ("kukla-probe", "kukla-probe --wor", "--workers")):
        path = f"{top}/share/bash-completion/completions/{name}"
        function = "_" + name.replace("-", "_")
        status, text, said = run("bash", "-c", f'. "{path}"; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); {function}; '
                                 'echo "${COMPREPLY[*]}"')
        check(f"`{words}` completes", status == 0 and text.strip() == want and not said, text, said)


def pages(top):
    for name in PROGRAMS:
        status, text, said = run("groff", "-man", "-ww", "-b", "-Tutf8", "-P-cbou", "-rLL=200n", one(f"{top}/share/man/man1/{name}.1"))
        check(f"groff takes {name}.1 without a word", status == 0 and not said, said)
        options = set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)", help_of(f"{top}/bin/{name}"), re.M))
        missing = sorted(option for option in options if option not in text.replace("\u2212", "-").replace("\u2010", "-"))
        check(f"{name}.1 has all options", len(options) > 4 and not missing, missing, text[:300])


def main():
    meson = shutil.which("meson")
    if not meson:
        print("meson is not in PATH")
        return 77
    with tempfile.TemporaryDirectory(prefix="install-") as folder:
        done = subprocess.run([meson, "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder], capture_output=True, text=True,
                              check=False)
        check("meson install", done.returncode == 0, done.stdout[-1000:], done.stderr[-1000:])
        top = folder + PREFIX
        for name in ("LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "docs/usage.md", "docs/decisions/0000-template.md"):
            one(f"{top}/share/doc/kukla/{name}")
        programs(top)
        completions(top)
        if shutil.which("groff"):
            pages(top)
    print(f"{len(failures)} wrong")
    if not failures and not shutil.which("groff"):
        print("groff is not here: the manual pages were not looked at")
        return 77
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
