#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A new dissector is one file and one line: the one README.md shows, added to a copy of the tree.

dissector.py SOURCE_ROOT [OPTION...]: builds the copy with these options of meson; its field must come out in the documentation of
fields and in the --eve of a capture with one WHOIS question, and no file of the tree but the list of names was changed."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

TARGETS = ["tools/fields", "probe/kukla-probe", "collector/kukla"]
QUESTION = b"www.example.org\r\n"


def copy_tree(top, to):
    listed = subprocess.run(["git", "-C", top, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if os.path.isfile(os.path.join(top, name)):
            os.makedirs(os.path.dirname(os.path.join(to, name)), exist_ok=True)
            shutil.copy2(os.path.join(top, name), os.path.join(to, name))
    if os.path.isdir(os.path.join(top, ".deps")):
        os.symlink(os.path.realpath(os.path.join(top, ".deps")), os.path.join(to, ".deps"))


def add_dissector(tree):
    """What README.md tells to do, and no more."""
    with open(os.path.join(tree, "README.md"), encoding="utf-8") as file:
        source = re.search(r"^```c\n(.*?)^```", file.read(), re.M | re.S)[1]
    with open(os.path.join(tree, "dissectors", "whois.c"), "w", encoding="utf-8") as file:
        file.write(source)
    path = os.path.join(tree, "dissectors", "meson.build")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("dissector_names = [\n", "dissector_names = [\n  'whois',\n", 1))


def tcp(client, sequence, acknowledge, flags, payload=b""):
    ports, addresses = ((40000, 43), (b"\xc0\0\2\1", b"\xc6\x33\x64\2")) if client else ((43, 40000), (b"\xc6\x33\x64\2", b"\xc0\0\2\1"))
    segment = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledge, 0x50, flags, 65535, 0, 0) + payload
    return b"\2" * 12 + b"\x08\0" + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0) + b"".join(addresses) + segment


def write_capture(path):
    packets = [tcp(True, 100, 0, 0x02), tcp(False, 500, 101, 0x12), tcp(True, 101, 501, 0x10), tcp(True, 101, 501, 0x18, QUESTION),
               tcp(False, 501, 101 + len(QUESTION), 0x18, b"domain: example.org\r\n")]
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, packet in enumerate(packets):
            file.write(struct.pack("<IIII", 1684047600, number, len(packet), len(packet)) + packet)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[:4])}: exit {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        tree, build, capture = os.path.join(folder, "tree"), os.path.join(folder, "build"), os.path.join(folder, "whois.pcap")
        copy_tree(sys.argv[1], tree)
        add_dissector(tree)
        run(sys.executable, os.path.join(tree, "tests", "tidy.py"), os.path.join(tree, "dissectors", "whois.c"))
        run("meson", "setup", build, tree, "-Dbuildtype=debug", "-Dwerror=true", *sys.argv[2:])
        run("ninja", "-C", build, "-j2", *TARGETS)
        if "`whois.query`" not in run(os.path.join(build, "tools", "fields")):
            sys.exit("the field is not in the documentation")
        write_capture(capture)
        events = [json.loads(line) for line in run(os.path.join(build, "collector", "kukla"), "replay", "--quiet", "--no-signatures", "--eve", "-",
                                                   capture).splitlines()]
        found = [event.get("whois") for event in events if event["event_type"] == "flow"]
        if found != [{"query": "www.example.org"}]:
            sys.exit(f"the flow has {found}")
    print("one file and one line")


if __name__ == "__main__":
    main()
