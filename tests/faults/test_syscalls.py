"""kill -9 at every system call of one pass, hold, release and report, and of one first start.

strace counts the calls of each thread first; then every (thread, call, N) is a round: the program
is started, strace attached to that one thread, and the N-th of those calls kills it before it is
made. strace's own counters are per thread and call, so that nothing else would name each once.
"""

import collections
import os
import random
import re
import shlex
import shutil
import signal
import subprocess

import pytest
from ledger import ADA, Counts, Ledger
from load import RULES
from portal_client import Portal
from program import Config, Postern

CALL = re.compile(r"^(\d+) +(\w+)\(")
# Threads that wait come back from these now and then by themselves; how often is no property of the
# operation, so that only the first few are aimed at.
WAITING = {"futex": 6, "epoll_wait": 6, "clock_nanosleep": 1, "restart_syscall": 1}
# What a start changes in files. Its other calls are the dynamic loader's.
OF_FILES = ("openat", "pwrite64", "fdatasync", "fsync", "ftruncate", "unlink", "fallocate", "fchown", "mkdir")


class Strace:
    """Attached to a process (every thread) or to one thread of it."""

    def __init__(self, pid, *options):
        self.process = subprocess.Popen(
            ["strace", *options, "-p", str(pid)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        # Its first line says that it is attached; before that nothing is counted.
        first = self.process.stderr.readline()
        assert "attached" in first, first

    def detach(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)


def threads_of(postern):
    """In the order they were made, which is the same in every run."""
    return sorted(int(name) for name in os.listdir(f"/proc/{postern.process.pid}/task"))


class Operation:
    """One kind of thing to interrupt. prepare() and run() are called with the program running."""

    def __init__(self, postern, standin, ledger):
        self.postern, self.standin, self.ledger = postern, standin, ledger
        self.cookie = None

    def prepare(self, about):
        self.mail = self.ledger.mail(self.word, 5000, f"{len(self.ledger.mails)}@sender.example", expect=self.expect)
        self.mail.about = about

    def run(self):
        self.ledger.send(self.postern.smtp, self.mail)

    def finish(self):
        """After the restart: what a client does without a 250."""
        self.ledger.send_until_taken(lambda: self.postern.smtp, self.mail)


class Pass(Operation):
    word, expect = "pass", "deliver"


class Hold(Operation):
    word, expect = "hold", "hold"


class Act(Operation):
    word, expect = "hold", "hold"

    def prepare(self, about):
        super().prepare(about)
        self.finish()
        portal = Portal(self.postern.portal)
        if self.cookie is None:
            portal.sign_in(ADA)
            self.cookie = portal.cookie
        portal.cookie = self.cookie
        self.portal, self.hold_id = portal, portal.hold(self.mail.subject)["id"]

    def run(self):
        self.ledger.asked(self.mail.subject, ADA, self.act, False)
        try:
            done = self.portal.act(self.act, self.hold_id, **self.more)["done"]
        except OSError:
            return  # Killed in the middle: the person was told nothing.
        self.ledger.asked(self.mail.subject, ADA, self.act, self.hold_id in done)
        # Until the courier has noted that it is gone, or was killed before.
        self.postern.wait_for_log(lambda: self.is_done() or None in self.postern.lines, "delivery")

    def is_done(self):
        return self.postern.events("courier", outcome="delivered")


class Release(Act):
    act, more = "release", {}


class Report(Act):
    act, more = "report", {"as": "phishing"}


def count_calls(postern, operation, folder):
    """[(thread's place, call, N)] of one run of the operation."""
    operation.prepare("counted")
    places = {thread: place for place, thread in enumerate(threads_of(postern))}
    log = folder / "strace"
    strace = Strace(postern.process.pid, "-f", "-o", str(log))
    operation.run()
    strace.detach()
    counts = collections.Counter()
    for line in log.read_text(errors="replace").splitlines():
        call = CALL.match(line)
        if call:
            counts[places[int(call[1])], call[2]] += 1
    return [
        (place, call, number)
        for (place, call), count in sorted(counts.items())
        for number in range(1, min(count, WAITING.get(call, count)) + 1)
    ]


def is_ended(process):
    try:
        process.wait(0.3)  # The call may come after what the client sees.
    except subprocess.TimeoutExpired:
        return False
    return True


def interrupt(postern, operation, target):
    """True when the program was killed by the call, false when that call was not reached."""
    place, call, number = target
    postern.start()
    operation.prepare(f"{call} {number} of thread {place}")
    thread = threads_of(postern)[place]
    strace = Strace(thread, "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}")
    operation.run()
    reached = is_ended(postern.process)
    strace.detach()
    postern.kill()
    operation.ledger.killed()
    postern.start()
    operation.finish()
    postern.kill()
    return reached


@pytest.mark.parametrize("kind", [Pass, Hold, Release, Report])
def test_killed_at_every_call_of_one(kind, tmp_path, standin, ledger, long, rounds, report):
    postern = Postern(tmp_path / "postern", Config(standin.address, rules=RULES, top={"threads": 1}))
    operation, reached = kind(postern, standin, ledger), 0
    try:
        postern.start()
        postern.add_person(ADA)
        targets = count_calls(postern, operation, tmp_path)
        postern.kill()
        ledger.killed()
        some = targets if long else random.sample(targets, rounds(4, 0))
        for target in some:
            reached += interrupt(postern, operation, target)
        postern.start()
        counts = ledger.compare(postern, standin)
        calls = f"{len(targets)} calls counted, killed at {reached} of {len(some)}"
        report(f"kill -9 at a system call: {kind.__name__.lower()}", len(some), counts, calls)
        counts.assert_kept()
        assert reached > 0, "no call that was aimed at was made"
        postern.stop()
    finally:
        postern.kill()


def started_under_strace(folder, standin, *options):
    """A program that strace (-D: from aside, so that the process is the program's own) starts."""
    postern = Postern(folder / "postern", Config(standin.address, rules=RULES))
    script = folder / "under-strace"
    command = shlex.join(["strace", "-D", "-qq", "-f", *options, str(postern.binary)])
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    script.chmod(0o755)
    under = Postern(folder / "postern", postern.config, postern=script)
    under.start(wait=False)
    under.wait_for_log(lambda: under.listening("portal") or None in under.lines, "start", 120)
    return postern, under


def calls_of_a_start(folder, standin):
    """[(call, N)]: N counts up to the most that one thread made."""
    folder.mkdir()
    _, under = started_under_strace(folder, standin, "-o", str(folder / "strace"), "-e", "trace=" + ",".join(OF_FILES))
    under.kill()
    counts = collections.Counter()
    for line in (folder / "strace").read_text(errors="replace").splitlines():
        if call := CALL.match(line):
            counts[call[1], call[2]] += 1
    most = {call: max(count for (_, name), count in counts.items() if name == call) for _, call in counts}
    return [(call, number) for call, count in sorted(most.items()) for number in range(1, count + 1)]


def test_killed_at_every_call_of_a_first_start(tmp_path, standin, long, rounds, report):
    targets = calls_of_a_start(tmp_path / "counted", standin)
    some = targets if long else random.sample(targets, rounds(4, 0))
    reached, total = 0, Counts()
    for call, number in some:
        folder = tmp_path / f"{call}-{number}"
        folder.mkdir()
        inject = f"inject={call}:signal=KILL:when={number}"
        postern, under = started_under_strace(folder, standin, "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)
        reached += is_ended(under.process)
        under.kill()
        ledger = Ledger(folder / "ledger")
        try:
            postern.start()
            ledger.send_until_taken(lambda: postern.smtp, word=f"hold {call}", expect="hold")
            total += ledger.compare(postern, standin)
            postern.stop()
        finally:
            postern.kill()
            ledger.close()
        shutil.rmtree(folder)
    report("kill -9 at a system call: first start", len(some), total, f"{len(targets)} calls counted, killed at {reached} of {len(some)}")
    total.assert_kept()
    assert reached > 0, "no call that was aimed at was made"
