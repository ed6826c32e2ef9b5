#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our IPFIX in the hands of others, and theirs in ours, over loopback.

ipfix_foreign.py TOOL nfcapd     Debian's nfcapd collects what we send by UDP; nfdump must print the same flows
ipfix_foreign.py TOOL tshark     Wireshark's dissector finds nothing wrong in our datagrams, and the same flows
ipfix_foreign.py TOOL softflowd  softflowd reads a small capture; our collector must understand it in each of its ways
ipfix_foreign.py KUKLA collect   the same into `kukla collect`: the flows are in the case, and its books claim no more than they can

TOOL is the program built from ipfix_tool.c. Exit 77, with the reason, where a program is missing."""
import ipaddress
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

FLOWS = 1000
WAIT_S = 60
T0 = 1700000000


def need(*programs):
    for name in programs:
        if not shutil.which(name):
            print(f"{name} is not installed")
            sys.exit(77)


def expected():
    """The flows of ipfix_tool.c: source port -> (source, packets, octets, both ways, start and end in milliseconds)."""
    return {1024 + n: ("2001:db8::c000:201" if n % 3 == 0 else "192.0.2.1", n + 1, 2 * n + 1, 100 * (n + 1), 1000 * (n + 1),
                       T0 * 1000 + n, T0 * 1000 + 1000 + n) for n in range(FLOWS)}


def check(what, wanted, got):
    wrong = [(key, wanted.get(key), got.get(key)) for key in {**wanted, **got} if wanted.get(key) != got.get(key)]
    for key, mine, theirs in wrong[:5]:
        print(f"{what}: {key}: expected {mine}, got {theirs}")
    if wrong:
        sys.exit(f"{what}: {len(wrong)} of {len(wanted)} flows differ")
    print(f"{what}: {len(wanted)} flows agree")


def wait_for(condition, what):
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"waited {WAIT_S} s for {what}")
        time.sleep(0.05)


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bound(port):
    with open("/proc/net/udp", encoding="ascii") as table:
        return f":{port:04X} " in table.read()


def nfcapd(tool, folder):
    need("nfcapd", "nfdump")
    port, log = free_udp_port(), os.path.join(folder, "log")
    store = os.path.join(folder, "flows")
    os.mkdir(store)
    with open(log, "w", encoding="utf-8") as out:
        daemon = subprocess.Popen(["nfcapd", "-w", store, "-b", "127.0.0.1", "-p", str(port), "-B", "4000000"], stdout=out, stderr=out)
    try:
        wait_for(lambda: bound(port) or daemon.poll() is not None, "nfcapd")
        subprocess.run([tool, "send", f"udp:127.0.0.1:{port}", str(FLOWS)], check=True)
        time.sleep(1)  # what lies in its socket
    finally:
        daemon.send_signal(signal.SIGTERM)
        result = daemon.wait(WAIT_S)
    if result:
        with open(log, encoding="utf-8") as text:
            sys.exit(f"nfcapd ended with {result}:\n{text.read()}")
    run = subprocess.run(["nfdump", "-R", store, "-q", "-N", "-6", "-o", "fmt:%sa,%sp,%ipkt,%opkt,%ibyt,%obyt,%ts,%te"], check=True,
                         capture_output=True, text=True, env={**os.environ, "TZ": "UTC"})

    def ms(text):
        whole, part = text.split(".")
        return int(time.mktime(time.strptime(whole, "%Y-%m-%d %H:%M:%S")) - time.timezone) * 1000 + int(part)
    got = {}
    for line in run.stdout.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        numbers = list(map(int, cells[1:6]))
        if len(cells) == 8 and any(numbers[1:]):  # nfcapd takes hits for flows without packets
            got[numbers[0]] = (cells[0], *numbers[1:], ms(cells[6]), ms(cells[7]))
    check("nfcapd", expected(), got)


def as_packet(number, datagram):
    """A packet record of a capture of raw IPv4."""
    udp = struct.pack(">HHHH", 9000, 4739, 8 + len(datagram), 0) + datagram
    packet = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0x7f000001, 0x7f000001) + udp
    return struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet


def tshark(tool, folder):
    need("tshark")
    name = os.path.join(folder, "sent.pcap")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sink.bind(("127.0.0.1", 0))
        sender = subprocess.Popen([tool, "send", f"udp:127.0.0.1:{sink.getsockname()[1]}", str(FLOWS)])
        sink.settimeout(0.2)
        with open(name, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
            count, idle = 0, 0
            while idle < 3:
                try:
                    out.write(as_packet(count, sink.recv(65535)))
                    count += 1
                except TimeoutError:
                    idle += sender.poll() is not None
    if sender.returncode:
        sys.exit("ipfix_tool failed")
    # the ledger has more fields than the 60 that tshark keeps of a template unless it is told so
    command = ["tshark", "-r", name, "-d", "udp.port==4739,cflow", "-o", "cflow.max_template_fields:0"]
    text = subprocess.run([*command, "-V"], check=True, capture_output=True, text=True).stdout
    for word in ("Malformed", "Expert Info", "No template found", "Unexpected flow sequence"):
        if word in text:
            sys.exit(f"tshark: {word} in\n{text[max(0, text.index(word) - 2000):text.index(word) + 200]}")
    got, flow = {}, {}
    for line in text.splitlines() + ["Flow 0"]:
        key, _, value = line.strip().partition(": ")
        if key.startswith("Flow ") and key[5:].isdigit():
            if "StartTime" in flow:
                got[int(flow["SrcPort"])] = (flow["SrcAddr"], *(int(flow[k]) for k in ("Packets", "Packets<", "Octets", "Octets<")))
            flow = {}
        elif value:
            reverse = "(Reverse" in value
            flow.setdefault(key + ("<" if reverse else ""), value.split(" (Reverse")[0])
    check(f"tshark, {count} datagrams", {port: flow[:5] for port, flow in expected().items()}, got)


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def small_capture(name):
    """One TCP connection, three packets each way, and one UDP datagram."""
    client, server = (ipaddress.IPv4Address(a).packed for a in ("192.0.2.1", "192.0.2.2"))
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))

        def packet(ms, to_server, ports, payload, flags=None):
            ends = (client, server) if to_server else (server, client)
            ports = ports if to_server else ports[::-1]
            if flags is None:
                body = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
            else:
                body = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, flags, 65535, 0, 0) + payload
            head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 17 if flags is None else 6, 0)
            head = head[:10] + struct.pack(">H", checksum(head + b"".join(ends)))
            frame = bytes(12) + b"\x08\x00" + head + b"".join(ends) + body
            out.write(struct.pack("<IIII", T0 + ms // 1000, ms % 1000 * 1000, len(frame), len(frame)) + frame)
        tcp = (1234, 443)
        packet(100, True, tcp, b"", 2)
        packet(200, False, tcp, b"", 18)
        packet(300, True, tcp, b"x" * 100, 24)
        packet(1000, False, tcp, b"y" * 500, 24)
        packet(1100, True, (5353, 53), b"q" * 30)
        packet(2500, True, tcp, b"", 17)
        packet(2600, False, tcp, b"", 17)


class Collector:
    def __init__(self, tool):
        self.process = subprocess.Popen([tool, "listen"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        self.ports = {words[0]: words[1], words[2]: words[3]}

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=WAIT_S)
        if self.process.returncode or " 0 rejected, 0 broken" not in err:
            sys.exit(f"our collector: {err}")
        return [json.loads(line) for line in out.splitlines()]


def close_to(text, ms, tolerance_us):
    stamp, part = text.split("+")[0].split(".")
    seconds = time.mktime(time.strptime(stamp, "%Y-%m-%dT%H:%M:%S")) - time.timezone
    return abs((seconds - T0) * 1000000 + int(part) - ms * 1000) <= tolerance_us


def softflowd(tool, folder):
    need("softflowd")
    name = os.path.join(folder, "small.pcap")
    small_capture(name)
    # Options of softflowd, and how far its times may be off: whole seconds, or its rounding of NTP fractions.
    for options, tolerance_us in ((["-P", "tcp"], 0), ([], 0), (["-b"], 0), (["-A", "milli"], 0), (["-A", "sec", "-b"], 999999),
                                  (["-A", "micro", "-b"], 1), (["-A", "nano"], 1)):
        collector = Collector(tool)
        port = collector.ports["tcp" if "-P" in options else "udp"]
        subprocess.run(["softflowd", "-d", "-r", name, "-a", "-v", "10", "-n", f"127.0.0.1:{port}", "-c", "none",
                        "-p", os.path.join(folder, "pid"), *options], check=True, capture_output=True)
        time.sleep(0.3)
        records = collector.end()
        what = "softflowd " + " ".join(options)
        got = {(r["src_port"], r["dest_port"]): counts(r["flow"]) for r in records}
        both = "-b" in options
        wanted = {(5353, 53): (1, 0, 58, 0), (1234, 443): (3, 3, 220, 620) if both else (3, 0, 220, 0)}
        if not both:
            wanted[443, 1234] = (3, 0, 620, 0)
        check(what, wanted, got)
        for record in records:
            start, end = (1100, 1100) if record["proto"] == "UDP" else (100, 2600)
            if not (close_to(record["flow"]["start"], start, tolerance_us) and close_to(record["flow"]["end"], end, tolerance_us) and
                    record["timestamp"] == record["flow"]["end"]):
                sys.exit(f"{what}: times of {record}")


def counts(flow):
    return tuple(flow.get(key, 0) for key in ("pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient"))


def collect(kukla, folder):
    need("softflowd")
    name = os.path.join(folder, "small.pcap")
    small_capture(name)

    def ask(command, *words):
        return subprocess.run([kukla, command, "--case", case, *words], check=True, capture_output=True, text=True).stdout

    for way in ("udp", "tcp"):
        case, log, port = os.path.join(folder, way), os.path.join(folder, way + ".log"), free_udp_port()
        with open(log, "w", encoding="utf-8") as out:
            daemon = subprocess.Popen([kukla, "collect", "--case", case, "--listen", f"127.0.0.1:{port}"], stderr=out)

        def said():
            with open(log, encoding="utf-8") as text:
                return text.read()
        try:
            wait_for(lambda: "listening on" in said() or daemon.poll() is not None, "kukla collect")
            subprocess.run(["softflowd", "-d", "-r", name, "-a", "-v", "10", "-n", f"127.0.0.1:{port}", "-c", "none", "-b", "-P", way,
                            "-p", os.path.join(folder, "pid")], check=True, capture_output=True)
        finally:
            daemon.send_signal(signal.SIGTERM)
            status = daemon.wait(WAIT_S)
        if status or "2 records stored, 0 rejected, 0 missing; a foreign exporter, which keeps no books" not in said():
            sys.exit(f"kukla collect, {way}: {status}\n{said()}")
        flows = [json.loads(line) for line in ask("flows", "--format", "json").splitlines()]
        check(f"softflowd by {way} into a case", {(5353, 53): (1, 0, 58, 0), (1234, 443): (3, 3, 220, 620)},
              {(r["src_port"], r["dest_port"]): counts(r["flow"]) for r in flows})
        books = [json.loads(line)["ledger"] for line in ask("ledger", "--format", "json").splitlines()]
        check(f"its books, {way}", {"foreign": 1, "received": 2, "stored": 2, "residual": 0, "reconstructed": 0, "wire_seen": 0},
              {key: value for key, value in books[0].items() if key in ("foreign", "received", "stored", "residual", "reconstructed",
                                                                        "wire_seen")} if len(books) == 1 else {})
        text = ask("ledger")
        if "foreign exporters, which keep none" not in text or "is accounted for" in text or "Nothing was lost" in text:
            sys.exit(f"kukla ledger claims too much or says too little:\n{text}")


if __name__ == "__main__":
    time.tzset()
    with tempfile.TemporaryDirectory() as scratch:
        {"nfcapd": nfcapd, "tshark": tshark, "softflowd": softflowd, "collect": collect}[sys.argv[2]](os.path.abspath(sys.argv[1]), scratch)
