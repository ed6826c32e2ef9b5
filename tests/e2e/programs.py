# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: a program run for its exit code, and files."""
import subprocess


def run(code, *words, wait=None):
    """What it said on standard output and on standard error."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=wait)
    assert done.returncode == code, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout, done.stderr


def write(name, content):
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return name


def read(name):
    with open(name, "rb") as file:
        return file.read()
