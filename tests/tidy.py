#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of docs/style that a compiler does not know, each with snippets it must catch or leave alone.

tidy.py [FILE...]    checks itself first, then the files (default: the whole tree); prints `file:line: rule: what to do`.

It reads text, not C: what clang-format lays out is what it relies on (a function's braces stand alone at the margin)."""
import fnmatch
import os
import re
import subprocess
import sys

FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 6
FILE_LINES_MAX = 600
COLUMNS_MAX = 100

# Functions that may take more, with the reason.
PARAMETERS_BASELINE = {
    "crypto_aes128_gcm_open": "the operation has four inputs by definition, RFC 5116 section 2.2",
    "on_begin": "libxml2's startElementNsSAX2Func",
}

MUTABLE_BASELINE = {
    "base/crypto.c": "OpenSSL's algorithms, fetched once a process, and its contexts, one for each thread",
    "base/log.c": "set once by main before it starts a thread: a program has one standard error",
}

ROOMS = {  # which rooms a room may include
    "base": {"base"},
    "dissectors": {"base", "dissectors"},
    "signatures": {"base", "dissectors", "signatures"},
    "probe": {"base", "dissectors", "signatures", "probe"},
    "collector": {"base", "dissectors", "signatures", "collector"},
}

OWNERS = [  # foreign header, files that may include it
    (r"hs(/hs)?\.h|hs/", ["signatures/match_patterns.c", "tests/bench/bench_match.c", "tests/bench/bench_lookalike.c"]),
    (r"ndpi", ["probe/classify_ndpi.c", "probe/ndpi_api*.[ch]"]),
    (r"rte_", ["probe/source/dpdk*.c"]),
    (r"fixbuf/|glib", ["base/ipfix_model.[ch]", "base/ipfix_write.c", "tests/bench/bench_match.c"]),
    (r"pcap", ["probe/source/pcap.c", "tests/*"]),
    (r"openssl/", ["base/crypto.c", "base/signing.c"]),
    (r"duckdb\.h", ["collector/store/parquet*.[ch]"]),
    (r"(zlib|zstd|lzma|lz4\w*)\.h", ["probe/source/inflate*.c", "tests/*"]),
    (r"maxminddb\.h", ["signatures/asn.c"]),
    (r"libpsl\.h", ["signatures/suffix.c"]),
    (r"seccomp\.h", ["signatures/limited.c"]),
    (r"idn2\.h", ["signatures/refang.c"]),
    (r"c?yaml", ["base/conf.c", "signatures/tree_yaml.c"]),
    (r"yajl/", ["signatures/tree_json.c"]),
    (r"libxml/", ["signatures/tree_xml.c"]),
    (r"cmocka\.h", ["tests/*"]),
]
SYSTEM_HEADER = re.compile(
    r"(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|stdalign|stdarg|stdatomic"
    r"|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|threads|time|uchar|wchar|wctype"  # C11
    r"|dirent|endian|fcntl|fnmatch|ftw|getopt|glob|grp|ifaddrs|libgen|netdb|poll|pthread|pwd|regex|sched|semaphore"
    r"|spawn|stdio_ext|strings|sysexits|syslog|termios|unistd|(x86|imm|emm|nmm)intrin"  # POSIX, Linux, compiler
    r"|(arpa|asm|linux|net|netinet|netpacket|sys)/\w+)\.h")

BANNED = [  # call, what to use, files where it is right
    (r"strcpy|strcat|strncpy|strncat|stpcpy", "snprintf or memcpy with the size", []),
    (r"v?sprintf", "snprintf", []),
    (r"gets|v?f?scanf|v?sscanf", "cursor.h for octets, text_* or strtoull for text", []),
    (r"alloca", "storage of fixed size", []),
    (r"ato(i|l|ll|f)", "strtoull with its end pointer checked", []),
    (r"strtok", "strtok_r or strcspn", []),
    (r"s?rand|random|drand48", "randomness is an argument", []),
    (r"time|gettimeofday|clock_gettime", "time is an argument: base/clock.c, called from main.c",
     ["base/clock.c", "main.c", "probe/source/dpdk*.c", "tests/*"]),
    (r"getenv|secure_getenv", "an option of main.c", ["main.c", "tests/*"]),
    (r"gmtime|localtime|ctime|asctime", "text_time", []),
    (r"system|popen", "posix_spawn or fork and exec, without a shell", ["tests/unit/*"]),
    (r"tmpnam|tempnam|mktemp", "mkstemp or mkdtemp", []),
    (r"exit|_exit|quick_exit", "return an error", ["main.c", "collector/replay*.c", "collector/cli/*", "probe/source/dpdk*.c", "signatures/limited.c", "tests/*"]),
    (r"abort", "assert, or return an error", ["tests/*"]),
]
LIBRARIES_DO_NOT_LOG = re.compile(r"\b(perror|printf|puts|putchar)\s*\(|\bstderr\b")
MAY_TALK = ["main.c", "base/log.c", "base/option*.c", "collector/cli/*", "signatures/cmd_*.c", "tests/*", "tools/*"]
SAME_NAME_ALLOWED = {"meson.build", "main.c", "README.md", "__init__.py", ".clang-tidy", ".gitignore"}
MACHINE = re.compile(r"(?<![\w.~])/(wor" r"k|far" r"m|ro" r"ot|ho" r"me)/|bash_" r"jobs|debian" r"\.org|npm" r"js\.(com|org)|py" r"pi\.org")

C_FILE = (".c", ".h")
WITH_SPDX = (".c", ".h", ".py", ".sh", "meson.build", "/dev", ".ci/run")
COMMENT_OR_STRING = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
FUNCTION = re.compile(r"^(?P<head>[A-Za-z_][^;{}#]*?\)[^;{}#()]*)\n\{\n(?P<body>.*?)^\}", re.M | re.S)
PROTOTYPE = re.compile(r"^(?P<head>[A-Za-z_][\w \t*\n]*?\b\w+\([^;{}]*?\)[^;{}()]*(?:\(\([^;]*?\)\))?);", re.M)

rules = []


class Source:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self.is_c = path.endswith(C_FILE)
        self.code = COMMENT_OR_STRING.sub(self._blank, text) if self.is_c else text

    @staticmethod
    def _blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def among(self, globs):
        return any(fnmatch.fnmatch(self.path, g) or ("/" not in g and os.path.basename(self.path) == g) for g in globs)


def rule(bad, good=()):
    """A rule yields (line, message) of a Source; `bad` and `good` are (path, text) it must catch or leave alone."""
    def add(function):
        rules.append((function.__name__.replace("_", "-"), function, bad, good))
        return function
    return add


def argument_count(head):
    """Parameters of the first call-like group that is no attribute."""
    start = next((m.end() for m in re.finditer(r"\b(\w+)\s*\(", head) if not m.group(1).startswith("__")), None)
    if start is None:
        return 0
    depth, count = 1, 1
    for char in head[start:]:
        depth += (char in "([{") - (char in ")]}")
        count += char == "," and depth == 1
        if depth == 0:
            break
    return count


@rule(bad=[("base/a.c", "int f(void)\n{\n" + "\tx();\n" * 70 + "}\n")],
      good=[("base/a.c", "int f(void)\n{\n" + "\tx();\n" * 67 + "}\n")])
def function_length(source):
    if not source.is_c:
        return
    for match in FUNCTION.finditer(source.code):
        lines = match.group().count("\n") + 1
        if lines > FUNCTION_LINES_MAX:
            name = re.search(r"(\w+)\s*\(", match["head"])
            yield source.line(match.start()), f"{name[1] if name else '?'} has {lines} lines, {FUNCTION_LINES_MAX} fit on a screen"


@rule(bad=[("base/a.c", "static int f(int a, int b, int c, int d, int e, int f, int g)\n{\n\treturn 0;\n}\n"),
           ("base/a.h", "int f(int a, int b, int c, int d,\n\tint e, int f, int g);\n")],
      good=[("base/a.c", "int f(int a, int (*b)(int, int), int c, int d, int e, int f)\n{\n\treturn 0;\n}\n"),
            ("base/a.h", "void f(const char *f, ...) __attribute__((format(printf, 1, 2)));\n")])
def parameters(source):
    if not source.is_c:
        return
    for match in [*FUNCTION.finditer(source.code), *PROTOTYPE.finditer(source.code)]:
        count = argument_count(match["head"])
        name = next((m for m in re.findall(r"\b(\w+)\s*\(", match["head"]) if not m.startswith("__")), "?")
        if count > PARAMETERS_MAX and name not in PARAMETERS_BASELINE:
            yield source.line(match.start()), f"{name} takes {count} parameters: at most {PARAMETERS_MAX}, then a struct"


@rule(bad=[("base/a.c", "/* */\n" * 601), ("tests/a.py", "#\n" * 601)], good=[("base/a.c", "/* */\n" * 600)])
def file_length(source):
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX and (source.is_c or source.path.endswith((".py", ".sh"))):
        yield 1, f"{lines} lines: split it, at most {FILE_LINES_MAX}"


@rule(bad=[("base/a.c", '#include "probe/pkt.h"\n'), ("dissectors/a.c", '#include "signatures/match.h"\n'),
           ("collector/a.c", '#include "probe/pkt.h"\n'), ("probe/a.c", '#include "collector/store.h"\n'),
           ("probe/a.c", '#include "pkt.h"\n')],
      good=[("probe/a.c", '#include "signatures/match.h"\n'), ("tests/unit/a.c", '#include "probe/pkt.h"\n')])
def layers(source):
    room = source.path.split("/")[0]
    if not source.is_c or room not in ROOMS:
        return
    for match in re.finditer(r'^#include "([^"]+)"', source.text, re.M):
        of = match[1].split("/")[0] if "/" in match[1] else None
        if of not in ROOMS:
            yield source.line(match.start()), f'"{match[1]}": write the path from the top, "room/file.h"'
        elif of not in ROOMS[room]:
            yield source.line(match.start()), f"{room} must not know {of} (base, dissectors, signatures, then probe or collector)"


@rule(bad=[("probe/a.c", "#include <hs/hs.h>\n"), ("base/a.h", "#include <openssl/evp.h>\n"), ("probe/a.c", "#include <curl/curl.h>\n"),
           ("probe/decode.c", "#include <pcap/pcap.h>\n")],
      good=[("signatures/match_patterns.c", "#include <hs/hs.h>\n"), ("probe/a.c", "#include <stdint.h>\n#include <sys/uio.h>\n")])
def foreign_header(source):
    if not source.is_c:
        return
    for match in re.finditer(r"^#\s*include <([^>]+)>", source.text, re.M):
        owners = next((files for pattern, files in OWNERS if re.match(pattern, match[1])), None)
        if owners is None and not SYSTEM_HEADER.fullmatch(match[1]):
            yield source.line(match.start()), f"<{match[1]}>: a new library needs its owner file in tests/tidy.py"
        elif owners is not None and not source.among(owners):
            yield source.line(match.start()), f"<{match[1]}> belongs to {' '.join(owners)}"


@rule(bad=[("base/a.c", f"\tx = {call}(y);\n") for call in
           ("strcpy", "sprintf", "strcat", "gets", "alloca", "atoi", "strtok", "rand", "time", "getenv", "localtime", "system",
            "sscanf", "tmpnam", "exit", "clock_gettime")],
      good=[("probe/main.c", "\ta = getenv(b);\n"), ("base/a.c", "\t/* strcpy(a) */ p->time(x); my_exit(1); snprintf(a);\n")])
def banned_call(source):
    if not source.is_c:
        return
    for pattern, instead, allowed in BANNED:
        for match in re.finditer(rf"(?<![\w.>])({pattern})\s*\(", source.code):
            if not source.among(allowed):
                yield source.line(match.start()), f"{match[1]}: use {instead}"


@rule(bad=[("base/a.c", '\tfprintf(stderr, "x");\n'), ("probe/decode.c", '\tprintf("x");\n')],
      good=[("base/log.c", '\tfprintf(stderr, "x");\n'), ("base/a.c", "\tsnprintf(a, 1, b);\n")])
def libraries_do_not_log(source):
    if source.is_c and not source.among(MAY_TALK):
        for match in LIBRARIES_DO_NOT_LOG.finditer(source.code):
            yield source.line(match.start()), "return an error; the program logs once (log.h in main.c)"


@rule(bad=[("dissectors/a.c", "\tp = malloc(4);\n"), ("dissectors/a.c", "\tfree(p);\n")],
      good=[("probe/a.c", "\tp = malloc(4);\n")])
def dissectors_do_not_allocate(source):
    if source.is_c and source.path.startswith("dissectors/"):
        for match in re.finditer(r"(?<![\w.>])(malloc|calloc|realloc|free|strdup)\s*\(", source.code):
            yield source.line(match.start()), f"{match[1]}: what lives on is in the dissector's state_bytes"


@rule(bad=[("base/a.c", "static int count;\n"), ("base/a.c", "int count = 3;\n"), ("base/a.c", "void f(void)\n{\n\tstatic int n;\n}\n"),
           ("base/a.c", "static char name[4] = {0};\n"), ("base/a.c", "static struct {\n\tint a;\n} b;\n")],
      good=[("base/a.c", "static const int a = 3;\n"), ("base/a.c", "static const char *const b[] = {0};\n"),
            ("probe/main.c", "static int said;\n"), ("base/a.c", "static int f(int a);\n"), ("base/a.h", "struct a {\n\tint b;\n};\n"), ("base/a.c", "typedef int a;\n")])
def mutable_global(source):
    if not source.path.endswith(".c") or source.among(["tests/*", "main.c", *MUTABLE_BASELINE]):
        return
    found = re.finditer(r"^(?:\t*static|(?!typedef|return|else|goto|extern|struct \w+;)[a-z]\w*) [\w \t*]*\w+(\[[^\]]*\])*( =[^=].*|;)$",
                        source.code, re.M)
    whole = re.finditer(r"^static (struct|union)( \w+)? \{\n[^}]*^\} [^;]*;", source.code, re.M)
    for match in [*found, *whole]:
        if not re.search(r"\bconst\b", match.group()):
            yield source.line(match.start()), "state that changes belongs to a struct that is passed"


@rule(bad=[("base/a.c", "int a(void);\n"), ("tests/a.py", "#!/usr/bin/env python3\n")],
      good=[("base/a.c", "/* SPDX-License-Identifier: Apache-2.0 */\n"), ("docs/a.md", "text\n")])
def spdx(source):
    if ("/" + source.path).endswith(WITH_SPDX) and not re.search(
            r"\A(#!.*\n)?(/\*|#|//) SPDX-License-Identifier: Apache-2\.0( \*/)?\n", source.text):
        yield 1, "the first line is SPDX-License-Identifier: Apache-2.0"


@rule(bad=[("base/a.c", "void f(void)\n{\n        x();\n}\n"), ("base/a.c", "\tx(); \n"), ("base/a.c", "\tx();\r\n"),
           ("base/a.c", "\t" + "x" * 93 + "\n"), ("base/a.c", "x();")],
      good=[("base/a.c", "/* a\n * b */\n\tx();\n")])
def layout(source):
    for number, line in enumerate(source.text.split("\n"), 1):
        if source.is_c and re.match(r" {2,}\S", line):
            yield number, "indent with tabs"
        if source.is_c and len(line.expandtabs(8)) > COLUMNS_MAX:
            yield number, f"longer than {COLUMNS_MAX} columns"
        if re.search(r"[ \t\r]$", line):
            yield number, "blank at the end of the line"
    if source.text and not source.text.endswith("\n"):
        yield source.text.count("\n") + 1, "no line end at the end"


@rule(bad=[("docs/a.md", "see /wor" "k/x\n"), ("base/a.c", '"/ho' 'me/me/x"\n'), ("dev", "deb.debian" ".org\n")],
      good=[("docs/a.md", "a framework/b, src/ro" "ot/c, network/\n")])
def path_of_a_machine(source):
    for match in MACHINE.finditer(source.text):
        yield source.line(match.start()), f"{match.group()}: relative paths, options; no place or host of one machine"


def same_names(paths):
    """Over the whole tree: a file name says which file is meant."""
    first = {}
    for path in paths:
        name = os.path.basename(path)
        if path.endswith((".c", ".h", ".py", ".sh")) and name not in SAME_NAME_ALLOWED:
            if name in first:
                yield path, f"{path}:1: unique-names: {first[name]} has that name too"
            first.setdefault(name, path)


def self_test():
    wrong = []
    for name, function, bad, good in rules:
        wrong += [f"{name} does not catch {text[:60]!r}" for path, text in bad if not list(function(Source(path, text)))]
        wrong += [f"{name} objects to {text[:60]!r}" for path, text in good if list(function(Source(path, text)))]
    if not list(same_names(["a/x.c", "b/x.c"])) or list(same_names(["a/meson.build", "b/meson.build", "a/x.c", "a/x.h"])):
        wrong.append("unique-names is wrong")
    return wrong


def tree(top):
    """What is or will be in the repository; without git all files but those of builds."""
    listed = subprocess.run(["git", "-C", top, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return sorted({p for p in listed.stdout.decode().split("\0") if p and os.path.isfile(os.path.join(top, p))})
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if not f.startswith((".", "build")) and f != "bin"]
        found += [os.path.relpath(os.path.join(folder, n), top) for n in names]
    return sorted(found)


def main():
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    wrong = [f"tests/tidy.py: self-test: {w}" for w in self_test()]
    named = [os.path.relpath(os.path.abspath(p), top) for p in sys.argv[1:]]
    paths = named or tree(top)
    for path in paths:
        with open(os.path.join(top, path), "rb") as file:
            octets = file.read()
        if b"\0" in octets or path == "LICENSE" or "/corpus/" in path or path.startswith("tests/golden/") and path.endswith(".txt"):
            continue  # data
        source = Source(path, octets.decode("utf-8", "replace"))
        for name, function, _, _ in rules:
            wrong += [f"{path}:{line}: {name}: {message}" for line, message in function(source)]
    wrong += [message for _, message in same_names(paths)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
