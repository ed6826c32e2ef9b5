#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pack.py KUKLA-SIG INTEL OUTPUT: write the default pack anew from the publications of its sources.

INTEL is the folder with the files that signatures/packs/publications.yaml names. What is done is `kukla-sig export`: the domains
that pass the gate, without the words of the publishers, what has expired among them (docs/decisions/0026)."""
import os
import shutil
import subprocess
import sys
import tempfile

DEFINITION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "signatures", "packs", "publications.yaml")


def main():
    program, intel, output = (os.path.abspath(path) for path in sys.argv[1:4])
    with tempfile.TemporaryDirectory(prefix="pack-") as folder:
        for name in os.listdir(intel):  # a definition names files beside it
            os.symlink(os.path.join(intel, name), os.path.join(folder, name))
        definition = shutil.copy(DEFINITION, os.path.join(folder, "pack-of.yaml"))
        return subprocess.run([program, "export", definition, "--keep-expired", "--only", "domain", "--no-notes", "--format", "pack",
                               "--output", output, "--quiet"], check=False).returncode


sys.exit(main())
