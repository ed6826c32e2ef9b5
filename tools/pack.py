#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pack.py KUKLA-SIG INTEL OUTPUT: write the default pack anew from the publications of its sources.

INTEL is the folder with the files that signatures/packs/publications.yaml names. What is done is `kukla-sig export`: the domains
that pass the gate, without the words of the publishers, what has expired among them (docs/decisions/0026)."""
import json
import os
import re
import subprocess
import sys
import tempfile

DEFINITION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "signatures", "packs", "publications.yaml")


def main():
    program, intel, output = (os.path.abspath(path) for path in sys.argv[1:4])
    with tempfile.TemporaryDirectory(prefix="pack-") as folder:
        definition = os.path.join(folder, "pack-of.yaml")
        with open(DEFINITION, encoding="utf-8") as whole, open(definition, "w", encoding="utf-8") as beside:
            beside.write(re.sub(r"^( *- file: )(.*)$", lambda line: line[1] + json.dumps(os.path.join(intel, line[2])), whole.read(), flags=re.MULTILINE))
        return subprocess.run([program, "export", definition, "--keep-expired", "--only", "domain", "--no-notes", "--format", "pack",
                               "--output", output, "--quiet"], check=False).returncode


sys.exit(main())
