"""One table of one run in turns: source -> X -> sink, for X = nothing, Postfix, Haraka, Postern.

    tests/bench/run [--full] [--rounds N] [--seconds S] [--holds N] [--only TEXT] [--quick]
    tests/bench/run micro [NAME...]

The default takes about ten minutes. --full runs every combination of size, sessions, fate and TLS.
--quick runs everything with very little in it, to see that it works. POSTERN names the program to
measure (else the release build is made). The table goes to build/bench-run/table.md as well.
"""

import argparse
import os
import pathlib
import platform
import resource
import subprocess
import sys
import time

import cells
import limits
import peers
import processes
import report

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build/bench-run"


def options():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one run of one cell")
    parser.add_argument("--holds", type=int, default=1_000_000, help="holds and managed senders of the full store")
    parser.add_argument("--connections", type=int, default=10_000, help="idle ones")
    parser.add_argument("--only", default="", help="only traffic whose name has this text in it")
    parser.add_argument("--work", type=pathlib.Path, default=WORK, help="folder for stores and queues; on a disk")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.holds, chosen.connections = 1, 0.2, 10_000, 200
    return chosen


def program():
    if os.environ.get("POSTERN"):
        return pathlib.Path(os.environ["POSTERN"]).resolve()
    subprocess.run([TOP / "scripts/build", "release", "postern"], check=True)
    return TOP / "build/release/postern"


def load_program():
    if os.environ.get("SMTP_LOAD"):
        return pathlib.Path(os.environ["SMTP_LOAD"]).resolve()
    subprocess.run([TOP / "scripts/build", "bench", "smtp_load"], check=True)
    return TOP / "build/bench/tests/bench/smtp_load"


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, chosen):
        self.chosen, self.notes = chosen, []
        self.binary, self.source = program(), cells.Source(load_program())
        chosen.work.mkdir(parents=True, exist_ok=True)
        # Ten thousand connections are as many descriptors, here and there.
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.nothing = peers.Nothing(chosen.work)
        self.proxy = peers.PostfixProxy(chosen.work)
        self.queue = peers.PostfixQueue(chosen.work)
        self.haraka = peers.Haraka(chosen.work)
        self.postern = peers.Postern(chosen.work, self.binary)
        self.full = peers.Postern(chosen.work, self.binary, "postern full")
        self.all = [self.nothing, self.proxy, self.queue, self.haraka, self.postern, self.full]
        why = self.haraka.install(chosen.work / "haraka-program")
        if why:
            self.notes.append(f"Haraka is left out: {why}.")
            self.all.remove(self.haraka)

    def fill(self):
        store = self.full.make_store()
        count = self.chosen.holds
        say(f"filling a store with {count} holds and {count} managed senders")
        fill = [TOP / "tests/bench/fill_store", store, "--holds", str(count), "--senders", str(count)]
        subprocess.run(fill, check=True, stdout=subprocess.DEVNULL)

    def peers_for(self, traffic):
        if traffic.fate != "pass":
            wanted = [self.queue, self.postern]
        else:
            wanted = [self.nothing, self.proxy, self.queue, self.haraka, self.postern]
        return [peer for peer in wanted if peer in self.all and (peer.speaks_tls or not traffic.tls)]

    def make_cells(self):
        seconds = self.chosen.seconds
        kinds = [t for t in (cells.FULL if self.chosen.full else cells.SHORT) if self.chosen.only in str(t)]
        # smtp-source alone sends to two recipients, and it speaks no TLS.
        kinds = [t for t in kinds if not (t.tls and t.fate == "mixed")]
        table = {t: {p.name: cells.Cell(t, p, seconds) for p in self.peers_for(t)} for t in kinds}
        beside = {}
        for traffic in (cells.Traffic(to="p0@example.test"), cells.Traffic(many=True, to="p0@example.test"), cells.Traffic(fate="held", many=True, to="p0@example.test")):
            beside[traffic] = {p.name: cells.Cell(traffic, p, seconds) for p in (self.postern, self.full)}
        return table, beside

    def run_cells(self, groups):
        total = sum(len(row) for group in groups for row in group.values())
        for number in range(self.chosen.rounds):
            say(f"round {number + 1} of {self.chosen.rounds}: {total} runs")
            for group in groups:
                for row in group.values():
                    for cell in row.values():
                        cell.run(self.source)

    def run_latency(self):
        found = {peer.name: [] for peer in self.all}
        for number in range(self.chosen.rounds):
            for peer in self.all:
                # Some take 40 ms (a delayed acknowledgement) for each: a minute is not spent on them.
                slow = number > 0 and found[peer.name][0][0] > 5
                found[peer.name].append(self.source.latency(peer, 50 if slow or self.chosen.quick else 400))
        return found

    def run(self):
        chosen, data = self.chosen, report.Data()
        data.machine = machine()
        self.fill()
        try:
            for peer in self.all:
                peer.start()
            data.table, data.beside = self.make_cells()
            self.run_cells([data.table, data.beside])
            data.load = os.getloadavg()
            say("one session, one message after the other")
            data.latency = self.run_latency()
            say("start, memory")
            data.start = limits.start_times(self.full)
            data.holds = chosen.holds
            data.big = {sender: limits.kb_of_big_message(self.postern, self.source, f"big@{sender}") for sender in ("sender.example", "held.example")}
            data.connections = chosen.connections
            for tls in (False, True):
                # Each with a fresh process: freed memory of others would be used first.
                self.postern.stop()
                self.postern.start()
                data.idle[tls] = limits.kb_of_idle_connection(self.postern, self.source, chosen.connections, tls)
        finally:
            for peer in self.all:
                peer.stop()
        data.notes = self.notes
        return data


def machine():
    model = next((line.partition(": ")[2] for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    source, sink, peer = processes.cores()
    return f"{model}, {os.cpu_count()} cores (source on {source}, sink on {sink}, peer on {peer}), Linux {platform.release()}"


def main():
    if sys.argv[1:2] == ["micro"]:
        os.execv(TOP / "tests/bench/micro", [str(TOP / "tests/bench/micro"), *sys.argv[2:]])
    chosen = options()
    begun = time.monotonic()
    data = Bench(chosen).run()
    data.minutes = (time.monotonic() - begun) / 60
    text = report.text(data, chosen)
    (chosen.work / "table.md").write_text(text)
    print(text)
    say(f"written to {chosen.work / 'table.md'}")


if __name__ == "__main__":
    main()
