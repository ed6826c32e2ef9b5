#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""live.py KUKLA PROBE SIG SYNTH_PCAP TOP: a port is watched, from the wire to the case.

In a network namespace of its own: a veth pair, `kukla collect` on loopback, `kukla-probe --port` on one end of the pair as
af_packet and as af_xdp, tcpreplay into the other. The case must then hold what `kukla replay` finds in the same capture: the
same hits, every packet, books that close. Exit 77, with the reason, where this cannot be done."""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KUKLA, PROBE, SIG, SYNTH, TOP = (os.path.abspath(path) for path in sys.argv[1:6])
ELSEWHERE = "192.0.2.1"  # an address that is not loopback
WAIT_S = 60
failures = []


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def enter_namespace():
    if os.environ.get("KUKLA_IN_NETNS") == "1":
        return
    if os.geteuid() != 0:
        skip("a network namespace needs root")
    for tool in ("unshare", "ip", "tcpreplay"):
        if not shutil.which(tool):
            skip(f"{tool} is not installed")
    if "no packet source dpdk" in subprocess.run([PROBE, "--port", "none", "--to", "/dev/null"], capture_output=True, text=True,
                                                 check=False).stderr:
        skip("built without DPDK")
    for propagation in ("private", "unchanged"):  # where the root is no mount point, as in a chroot, only the latter can be had
        unshare = ["unshare", "--net", "--mount", "--propagation", propagation]
        if not subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
            os.execvpe("unshare", [*unshare, sys.executable, *sys.argv], {**os.environ, "KUKLA_IN_NETNS": "1"})
    skip("no network namespace can be made here")


def make_pair():
    if subprocess.run("ip link add kukla0 type veth peer name kukla1", shell=True, capture_output=True, check=False).returncode:
        skip("no veth pair can be made here")
    for end in ("kukla0", "kukla1"):  # nothing is sent there but what we send
        with open(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6", "w", encoding="ascii") as file:
            file.write("1")
        subprocess.run(["ip", "link", "set", end, "up", "arp", "off"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{ELSEWHERE}/32", "dev", "lo"], check=True)


def check(what, holds, *shown):
    print("ok" if holds else "not ok", what, *([] if holds else shown), sep="\n  " if not holds else " ")
    if not holds:
        failures.append(what)


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=WAIT_S)


def lines_of(*words):
    return [json.loads(line) for line in run(*words).stdout.splitlines()]


def hits_in(events):
    """Which indicator was found where, and how often."""
    return collections.Counter((e["indicator"]["value"], e["indicator"]["field"]) for e in events if e["event_type"] == "alert")


def ended_in(events):
    return {e["community_id"] for e in events if e["event_type"] == "flow" and e["flow"].get("reason") == "end"}


def wait_for(what, holds):
    end = time.monotonic() + WAIT_S
    while not holds():
        if time.monotonic() > end:
            check(f"waited {WAIT_S} s until {what}", False)
            return False
        time.sleep(0.05)
    return True


class Process:
    """What runs beside us; its standard error is a file."""

    def __init__(self, folder, name, *words, **more):
        self.log = os.path.join(folder, name)
        with open(self.log, "w", encoding="utf-8") as out:
            self.child = subprocess.Popen(words, stderr=out, stdin=subprocess.DEVNULL, **more)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def says(self, text):
        return wait_for(f"{os.path.basename(self.log)} says '{text}'", lambda: text in self.said() or self.child.poll() is not None) \
            and text in self.said()

    def end(self):
        """Asks it to stop; its exit status."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()


class Progress:
    """The packets that the probe says it has read."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.read_end, False)
        self.text = ""

    def packets(self):
        try:
            while chunk := os.read(self.read_end, 65536):
                self.text += chunk.decode()
        except BlockingIOError:
            pass
        lines = self.text.split("\n")[:-1]
        return int(lines[-1].split()[2]) if lines else 0

    def close(self):
        os.close(self.read_end)
        os.close(self.write_end)


def watch(device, workers, folder, sent, want):
    """Collector, probe, traffic; both end cleanly and the case holds what it should."""
    case, config = os.path.join(folder, "case"), os.path.join(folder, "collect.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"case: {case}\ncommit-seconds: 1\nlisten:\n  address: 127.0.0.1\n  tcp: 4739\n")

    def hits_there():
        return hits_in(lines_of(KUKLA, "hits", "--case", case, "--format", "json"))

    def flows_there():
        return lines_of(KUKLA, "flows", "--case", case, "--format", "json")

    collector = Process(folder, "collect", KUKLA, "collect", "--config", config)
    progress, probe = Progress(), None
    try:
        collector.says("listening on")
        probe = Process(folder, "probe", PROBE, "--port", f"{device},iface=kukla0", "--signatures", os.path.join(folder, "../db"),
                        "--to", "tcp:127.0.0.1:4739", "--progress-fd", str(progress.write_end), "--workers", workers,
                        pass_fds=[progress.write_end])
        if not collector.says("a session over TCP begins"):
            check(f"{device}: opens", False, probe.said(), collector.said())
            return
        total = want["ledger"]["delivered"]
        ran = run("tcpreplay", "-q", "-i", "kukla1", "--pps", "5000", sent)
        check(f"{device}: tcpreplay", ran.returncode == 0, ran.stderr)
        wait_for(f"{total} packets are read", lambda: progress.packets() >= total or probe.child.poll() is not None)
        wait_for("hits and ended flows are in the case while the probe watches",
                 lambda: hits_there() == want["hits"] and want["ended"] <= ended_in(flows_there()))
        check(f"{device}: the probe ends with 0", probe.end() == 0, probe.said())
        collector.says("the session ends")
    finally:
        if probe:
            probe.end()
        status = collector.end()
        progress.close()
    check(f"{device}: the collector ends with 0", status == 0, collector.said())
    check(f"{device}: the session's books close", "0 rejected, 0 missing; its books close" in collector.said(), collector.said())
    got = hits_there()
    check(f"{device}: {sum(got.values())} hits of {len(got)} kinds, as replay", got == want["hits"] and got, got - want["hits"],
          want["hits"] - got)
    books = lines_of(KUKLA, "ledger", "--case", case, "--format", "json")
    check(f"{device}: one ledger", len(books) == 1, books)
    ledger = books[0]["ledger"]
    check(f"{device}: {total} packets", all(ledger[k] == want["ledger"][k] for k in ("wire_seen", "delivered", "flow_pkts", "exported_pkts")),
          ledger, want["ledger"])
    flows = flows_there()
    check(f"{device}: the flows have them", sum(f["flow"]["pkts_toserver"] + f["flow"]["pkts_toclient"] for f in flows) == total, len(flows))
    check(f"{device}: all received, all stored, residual 0",
          ledger["received"] == ledger["stored"] == ledger["spooled"] > 0 and ledger["residual"] == ledger["missing"] == 0
          and ledger["reconstructed"] == 0, ledger)
    check(f"{device}: and says so", "every packet and every record is accounted for" in run(KUKLA, "ledger", "--case", case).stdout)


def plaintext(folder, sent):
    """Records leave the machine only when told to."""
    case = os.path.join(folder, "case")
    collector = Process(folder, "collect", KUKLA, "collect", "--case", case, "--listen", f"{ELSEWHERE}:4739")
    try:
        collector.says("listening on")
        for way in ("tcp", "udp"):
            words = (PROBE, "-r", sent, "--to", f"{way}:{ELSEWHERE}:4739")
            ran = run(*words)
            check(f"{way} to another address is refused", ran.returncode == 1 and "--allow-plaintext" in ran.stderr, ran)
            ran = run(*words, "--allow-plaintext")
            check(f"{way} with --allow-plaintext goes", ran.returncode == 0 and not ran.stderr, ran)
    finally:
        check("the collector ends with 0", collector.end() == 0, collector.said())
    books = lines_of(KUKLA, "ledger", "--case", case, "--format", "json")
    check("no record came with what was refused", len(books) == 2 and all(b["ledger"]["stored"] for b in books), books)


def main():
    enter_namespace()
    make_pair()
    folder = tempfile.mkdtemp(prefix="live-")
    try:
        sent, db = os.path.join(folder, "sent.pcap"), os.path.join(folder, "db")
        subprocess.run([SYNTH, sent, "flows=100", "bytes=4000", "seed=7"], check=True, capture_output=True)
        subprocess.run([SIG, "compile", os.path.join(TOP, "signatures/packs/example.csv"), "-o", db], check=True, capture_output=True)
        events = lines_of(KUKLA, "replay", "--quiet", "--signatures", db, "--eve", "-", sent)
        want = {"hits": hits_in(events), "ended": ended_in(events), "ledger": events[-1]["ledger"]}
        check("replay finds hits and ended flows to compare with", want["hits"] and want["ended"] and want["ledger"]["residual"] == 0, want)
        for device, workers in (("net_af_packet0", "1"), ("net_af_xdp0", "2")):
            os.mkdir(os.path.join(folder, device))
            watch(device, workers, os.path.join(folder, device), sent, want)
        os.mkdir(os.path.join(folder, "plaintext"))
        plaintext(os.path.join(folder, "plaintext"), sent)
    finally:
        shutil.rmtree(folder)
    print(f"{len(failures)} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
