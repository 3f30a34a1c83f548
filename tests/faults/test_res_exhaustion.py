"""Descriptors, memory and threads that run out: what was acknowledged stays, and better times help."""

import contextlib
import os
import pathlib
import random
import resource
import shlex
import shutil
import socket
import subprocess
import tempfile

import pytest
import wire
from ledger import ADA
from preload import Memory
from program import Config, Postern, rule, until

BEN = "ben@example.test"
RULES = rule("to be released", subject="^hold") + rule("ben's in a mix", subject="^mixed", recipient=[BEN])
EXPECT = {"pass": {ADA: "deliver"}, "hold": {ADA: "hold"}, "mixed": {ADA: "deliver", BEN: "hold"}}
# Nobody has this number, so that only the program counts against its limit of threads.
STRANGER = 54321


@pytest.fixture
def postern(tmp_path, standin):
    made = Postern(tmp_path / "postern", Config(standin.address, rules=RULES))
    yield made
    made.kill()


def send_one_of_each(postern, ledger, size=2000):
    return [
        ledger.send(postern.smtp, ledger.mail(word, size, recipients=tuple(expect), expect=expect))
        for word, expect in EXPECT.items()
    ]


def finish(postern, ledger, address=None):
    """What was not taken is taken now, and one of each kind after it."""
    address = address or (lambda: postern.smtp)
    for mail in ledger.unfinished():
        ledger.send_until_taken(address, mail)
    for word, expect in EXPECT.items():
        ledger.send_until_taken(address, word=word, recipients=tuple(expect), expect=expect)


def release_all(postern, ledger):
    holds = postern.holds("--owner", ADA)
    if holds:
        postern.run("hold", "release", *[hold["id"] for hold in holds])
        for hold in holds:
            ledger.asked(hold["subject"], ADA, "release", True)


def limit(postern, what, value=None):
    """The soft limit of the running program; without a value what it may be at most."""
    hard = resource.prlimit(postern.process.pid, what)[1]
    resource.prlimit(postern.process.pid, what, (hard if value is None else value, hard))


def open_files(postern):
    return len(os.listdir(f"/proc/{postern.process.pid}/fd"))


def connect(postern):
    host, _, port = postern.smtp.rpartition(":")
    return socket.create_connection((host, int(port)))


def test_no_descriptor_is_left(postern, standin, ledger, report, rounds):
    postern.start()
    finish(postern, ledger)
    for number in range(rounds(4, 60)):
        spare = number % 12
        failed = len(postern.events("accept_failed"))
        with contextlib.ExitStack() as open_ones:
            busy = open_ones.enter_context(wire.Wire(postern.smtp))
            busy.hello()
            limit(postern, resource.RLIMIT_NOFILE, open_files(postern) + spare)
            for _ in range(spare + 10):
                open_ones.enter_context(connect(postern))
            until(lambda: len(postern.events("accept_failed")) > failed, "nobody says that descriptors are short")
            # Who is in already gets an answer, whatever it is; who is not waits in the kernel.
            mail = ledger.mail("hold", 300_000, expect=EXPECT["hold"])
            mail.tries += 1
            with contextlib.suppress(AssertionError, OSError):  # Closed instead: no promise.
                replies = busy.envelope(mail.sender, ADA)
                final = busy.data(mail.sent) if replies[0].code == 250 else replies[0]
                if final.code == 250:
                    ledger.acknowledge(mail, [ADA], final)
        limit(postern, resource.RLIMIT_NOFILE)
        finish(postern, ledger)
    release_all(postern, ledger)
    assert postern.events("accept_failed")[0]["error"] == "Too many open files"
    counts = ledger.compare(postern, standin)
    report("no descriptor is left", rounds(4, 60), counts, "event=accept_failed; goes on when there are some again")
    counts.assert_kept()
    postern.stop()


class Supervisor:
    """Starts the program again when it has ended, as systemd would."""

    def __init__(self, postern, ledger):
        self.postern, self.ledger, self.ended = postern, ledger, 0

    def address(self):
        if self.postern.process.poll() is not None:
            self.postern.wait()
            self.ledger.killed()
            self.ended += 1
            self.postern.start()
        return self.postern.smtp


def test_the_nth_request_for_memory_fails(tmp_path, postern, standin, ledger, report, rounds):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance, memory, failed = random.Random(seed), Memory(postern, tmp_path), 0
    supervisor = Supervisor(postern, ledger)
    postern.start()
    finish(postern, ledger)
    count = rounds(25, 3000)
    for number in range(count):
        # One call, and now and then a stretch of them; one mail of each kind and a release take
        # some thousands.
        memory.arm(1 + int(chance.choice((30, 300, 3000)) * chance.random()), chance.choice((0, 0, 0, 5, 100)))
        release_all(postern, ledger)
        send_one_of_each(postern, ledger)
        failed += memory.disarm()
        supervisor.address()
        if number % 10 == 9:
            finish(postern, ledger, supervisor.address)
    finish(postern, ledger, supervisor.address)
    counts = ledger.compare(postern, standin)
    report("the n-th request for memory fails", count, counts, f"{failed} were denied, the program ended {supervisor.ended} times")
    counts.assert_kept()
    assert failed > count / 4, "the library is not where the memory is asked for"


def test_the_address_space_is_full(postern, standin, ledger, report, rounds):
    """Not one call but all larger ones fail, as long as it lasts."""
    postern.start()
    finish(postern, ledger)
    supervisor, count = Supervisor(postern, ledger), rounds(2, 20)
    for _ in range(count):
        with open(f"/proc/{postern.process.pid}/statm", encoding="ascii") as statm:
            limit(postern, resource.RLIMIT_AS, int(statm.read().split()[0]) * resource.getpagesize())
        for _ in range(5):
            if postern.process.poll() is None:
                send_one_of_each(postern, ledger, 3_000_000)
        if postern.process.poll() is None:
            limit(postern, resource.RLIMIT_AS)
        finish(postern, ledger, supervisor.address)
    release_all(postern, ledger)
    counts = ledger.compare(postern, standin)
    report("the address space is full", count, counts, f"the program ended {supervisor.ended} times")
    counts.assert_kept()


@pytest.fixture
def stranger():
    """A program of a user with few threads: stranger(postern, threads)."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    # Where that user may go, unlike pytest's own folders.
    place = pathlib.Path(tempfile.mkdtemp(prefix="postern-"))

    def make(postern, threads):
        if not (place / "postern").exists():
            shutil.copy(postern.binary, place / "postern")
        script = place / f"as-stranger-{threads}"
        user = f"setpriv --reuid={STRANGER} --regid={STRANGER} --clear-groups"
        script.write_text(f'#!/bin/sh\nexec prlimit --nproc={threads} {user} {shlex.quote(str(place))}/postern "$@"\n')
        script.chmod(0o755)
        os.chown(place, STRANGER, STRANGER)
        stranger = Postern(place / "house", postern.config, script)
        os.chown(stranger.directory, STRANGER, STRANGER)
        return stranger

    yield make
    shutil.rmtree(place)


def test_no_thread_is_left(postern, standin, ledger, report, stranger):
    ended = []
    for threads in (1, 2, 3, 5, 8):
        short = stranger(postern, threads)
        short.start(wait=False)
        try:
            code = short.wait(30)
        except subprocess.TimeoutExpired:
            short.kill()  # That many are enough.
            continue
        short.process = None
        ended.append(threads)
        assert code == 1, f"{threads} threads: exit {code}\n{short.log()}"
        assert short.events("start_failed") and "hread" in short.log(), short.log()
    assert ended and ended[0] == 1, "a limit of one thread is no limit here"
    enough = stranger(postern, 100)
    enough.start()
    try:
        finish(enough, ledger)
        enough.add_person(ADA)
        counts = ledger.compare(enough, standin)
        report("no thread is left at the start", len(ended), counts, f"with {ended}: exit 1 and event=start_failed")
        counts.assert_kept()
        enough.stop()
    finally:
        enough.kill()


def test_no_thread_is_left_for_looking_up_a_name(postern, standin, ledger, report, stranger):
    """The first look-up of each loop would need a thread: it was begun at the start."""
    threads_max = 40
    port = standin.address.rpartition(":")[2]
    postern.config.domains = [{"name": "example.test", "backend": f"localhost:{port}"}]
    tight = stranger(postern, threads_max)
    tight.start()
    others = []
    try:
        used = len(os.listdir(f"/proc/{tight.process.pid}/task"))
        user = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
        others = [subprocess.Popen([*user, "sleep", "600"]) for _ in range(threads_max - used)]
        for _ in range(5):
            replies = send_one_of_each(tight, ledger)
            assert all(reply is not None and reply.code == 250 for reply in replies), f"{replies}\n{tight.log()}"
        assert tight.process.poll() is None and not tight.events("bug"), tight.log()
        end(others)
        finish(tight, ledger)
        counts = ledger.compare(tight, standin)
        report("no thread is left for looking up a name", 5, counts, "none is needed after the start")
        counts.assert_kept()
        tight.stop()
    finally:
        end(others)
        tight.kill()


def end(processes):
    for process in processes:
        process.kill()
        process.wait()
    processes.clear()
