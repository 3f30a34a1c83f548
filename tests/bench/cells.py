"""What is sent through the peers: one cell is one kind of traffic through one of them."""

import dataclasses
import re
import statistics
import subprocess
import threading
import time

import processes


@dataclasses.dataclass(frozen=True)
class Traffic:
    kilobytes: int = 4
    sessions: int = 50
    many: bool = False  # messages on one connection, not one
    fate: str = "pass"  # pass, held, mixed (two recipients, one of them held)
    tls: bool = False
    to: str = "ada@example.test"

    def __str__(self):
        size = f"{self.kilobytes} KB" if self.kilobytes < 1000 else f"{self.kilobytes // 1000} MB"
        words = [size, f"{self.sessions} sessions", "many" if self.many else "one"]
        return ", ".join(words + [self.fate] * (self.fate != "pass") + ["TLS"] * self.tls)


SHORT = [
    Traffic(),
    Traffic(many=True),
    Traffic(sessions=10, many=True),
    Traffic(sessions=200),
    Traffic(kilobytes=64, many=True),
    Traffic(kilobytes=1000, sessions=10, many=True),
    Traffic(fate="held"),
    Traffic(fate="held", many=True),
    Traffic(fate="mixed", many=True),
    Traffic(tls=True),
    Traffic(tls=True, many=True),
]
FULL = [
    Traffic(kilobytes, sessions, many, fate, tls)
    for fate in ("pass", "held", "mixed")
    for tls in (False, True)
    for kilobytes in (4, 64, 1000)
    for sessions in (10, 50, 200)
    for many in (False, True)
]


@dataclasses.dataclass
class Run:
    rate: float  # messages a second
    cpu_ms: float  # of the peer, per message
    resident_kb: int  # the peer's, the most that was seen


class Source:
    """Sends with smtp-source, and with our own source what that cannot send: TLS."""

    def __init__(self, load):
        self.load = load
        self.on = processes.cores()[0]

    def send(self, peer, traffic, messages):
        sender = "source@held.example" if traffic.fate == "held" else "source@sender.example"
        if traffic.tls:
            each = messages if traffic.many else 1
            options = ["--sessions", traffic.sessions, "--messages", messages, "--per-connection", each, "--tls", "--plain-text"]
            options += ["--bytes", traffic.kilobytes * 1024, "--from", sender, "--to", traffic.to]
            command = [self.load, "send", f"127.0.0.1:{peer.port}", *options]
        else:
            options = ["-s", traffic.sessions, "-m", messages, "-l", traffic.kilobytes * 1024, "-f", sender]
            options += ["-d"] * traffic.many
            # With -r the recipients are 0mixed@ and 1mixed@; a rule holds the first.
            options += ["-r", 2, "-t", "mixed@example.test"] if traffic.fate == "mixed" else ["-t", traffic.to]
            command = ["smtp-source", *options, f"127.0.0.1:{peer.port}"]
        process = processes.start(command, self.on, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said, wrong = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{traffic} through {peer.name}: {wrong.strip() or process.returncode}")
        return said

    def latency(self, peer, messages=400):
        """(median, p99) in milliseconds, one session, one message after the other."""
        command = [self.load, "send", f"127.0.0.1:{peer.port}", "--messages", messages, "--per-connection", messages, "--plain-text"]
        process = processes.start(command, self.on, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said, wrong = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"one by one through {peer.name}: {wrong.strip()}")
        return tuple(float(number) for number in re.search(r"median_ms (\S+) p99_ms (\S+)", said).groups())


class Cell:
    def __init__(self, traffic, peer, seconds):
        self.traffic, self.peer, self.seconds = traffic, peer, seconds
        self.runs, self.trouble = [], ""
        self.messages = 0  # of one run; found by the first

    def run(self, source):
        if self.trouble:
            return
        try:
            if not self.messages:
                pilot = self.measure(source, max(2 * self.traffic.sessions, 40))
                # A connection of the source must not outlive what servers allow on one.
                most = 900 * self.traffic.sessions
                self.messages = int(min(max(pilot.rate * self.seconds, self.traffic.sessions), most))
            self.runs.append(self.measure(source, self.messages))
        except RuntimeError as error:
            self.trouble = str(error)

    def measure(self, source, messages):
        pid, resident, over = self.peer.pid, [0], threading.Event()

        def watch():
            while not over.wait(0.4):
                resident.append(processes.resident_kb(pid))

        watcher = threading.Thread(target=watch)
        before = processes.cpu_seconds(pid) if pid else 0
        if pid:
            watcher.start()
        begun = time.monotonic()
        try:
            source.send(self.peer, self.traffic, messages)
            processes.until(self.peer.drained, f"{self.peer.name} does not get rid of its mail", 120)
            seconds = time.monotonic() - begun
        finally:
            over.set()
            if pid:
                watcher.join()
        used = processes.cpu_seconds(pid) - before if pid else 0
        if pid:
            resident.append(processes.resident_kb(pid))
        return Run(messages / seconds, 1000 * used / messages, max(resident))

    def median(self, field):
        return statistics.median(getattr(run, field) for run in self.runs) if self.runs else None


class Ratio:
    """Of two cells that ran in turn: the median over the rounds of each round's own ratio."""

    @staticmethod
    def of(cell, other, field="rate"):
        if cell is None or other is None:
            return None
        pairs = [(getattr(a, field), getattr(b, field)) for a, b in zip(cell.runs, other.runs)]
        pairs = [(a, b) for a, b in pairs if b]
        return statistics.median(a / b for a, b in pairs) if pairs else None

