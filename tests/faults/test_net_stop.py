"""A program that is stopped, paused or given other settings under load loses nothing it took."""

import contextlib
import pathlib
import re
import signal
import subprocess
import sys
import threading

import pytest
import wire
from ledger import ADA
from program import TOP, Config, Postern, rule, until
from senders import BEN, Senders, finish

RULES = rule("to be released", subject="^hold") + rule("ben's in a mix", subject="^mixed", recipient=[BEN])
QUICK = {"connect_timeout_seconds": 2, "command_timeout_seconds": 2, "data_timeout_seconds": 2, "final_reply_timeout_seconds": 2}


@pytest.fixture
def house(tmp_path):
    made = []

    def make(address, **tables):
        made.append(Postern(tmp_path / "postern", Config(address, rules=RULES, **tables)))
        return made[-1].start()

    yield make
    for postern in made:
        postern.kill()


class Delivered:
    def __init__(self, recipient, data):
        self.recipients, self.data = [recipient], data


class OtherProcess:
    """The stand-in mail server as a process of its own, which can be paused."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        command = [sys.executable, str(TOP / "demo/backend.py"), "127.0.0.1:0", str(self.root)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = re.search(r"address=(\S+)", self.process.stdout.readline())[1]

    @property
    def mails(self):
        return [Delivered(mail.parts[-3], mail.read_bytes()) for mail in self.root.glob("*/new/*")]

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def pause(process, seconds):
    process.send_signal(signal.SIGSTOP)
    threading.Event().wait(seconds)  # The fault itself: it lasts.
    process.send_signal(signal.SIGCONT)


def under_load(senders, more=40):
    enough = senders.taken + more
    until(lambda: senders.taken >= enough, f"no {more} mails are taken", 120)


@pytest.mark.parametrize("paused", ["the program", "its back end"])
def test_a_pause(house, tmp_path, ledger, report, long, rounds, paused):
    seconds, count = (30, 3) if long else (3, 1)
    backend = OtherProcess(tmp_path / "maildirs")
    try:
        postern = house(backend.address, backend=QUICK)
        with Senders(ledger, lambda: postern.smtp) as senders:
            for _ in range(count):
                under_load(senders)
                pause(backend.process if paused == "its back end" else postern.process, seconds)
            under_load(senders)
        finish(ledger, lambda: postern.smtp)
        release_some(postern, ledger, backend, seconds)
        for _ in range(count * len(senders.threads)):
            ledger.killed()  # A back end that took a mail and could not say so in time.
        counts = ledger.compare(postern, backend)
        report(f"SIGSTOP of {paused} for {seconds} s under load", count, counts, said(senders))
        counts.assert_kept()
        postern.stop()
    finally:
        backend.stop()


def release_some(postern, ledger, backend, seconds):
    """The back end is paused while the courier is busy with it."""
    some = postern.holds("--owner", ADA)[:20]
    postern.run("hold", "release", *[hold["id"] for hold in some])
    for hold in some:
        ledger.asked(hold["subject"], ADA, "release", True)
    pause(backend.process, seconds)


def said(senders):
    codes = ", ".join(f"{count} x {code}" for code, count in sorted(senders.replies.items()))
    return f"{senders.sessions} sessions, {senders.cut} cut; {codes}"


def test_reloads_under_load(house, standin, ledger, report, rounds):
    count = rounds(12, 500)
    postern = house(standin.address)
    with contextlib.ExitStack() as stack:
        # One that is in the middle of a message all the time, one that only waits.
        dawdler, waiting = (stack.enter_context(wire.Wire(postern.smtp)) for _ in range(2))
        for client in (dawdler, waiting):
            client.hello()
        mail = ledger.mail("hold", 100_000, expect={ADA: "hold"})
        dawdler.envelope(mail.sender, ADA)
        dawdler.ask("DATA", "354")
        octets = wire.stuffed(mail.sent)
        piece = len(octets) // (count + 1)
        senders = stack.enter_context(Senders(ledger, lambda: postern.smtp))
        for number in range(count):
            dawdler.raw(octets[number * piece : (number + 1) * piece])
            # What is in force and referred to changes: rules, domains, hostname, limits.
            postern.config.rules = RULES + rule(f"rule {number}", subject=f"^nobody {number}")
            postern.config.domains = postern.config.domains[:1] + [{"name": f"d{number}.test", "backend": standin.address}]
            postern.config.tables["smtp"]["max_recipients"] = 20 + number % 5
            postern.write_config()
            postern.signal(signal.SIGHUP)
            until(lambda: len(postern.events("reloaded")) == number + 1, "not reloaded")
            under_load(senders, 5)
        dawdler.raw(octets[count * piece :])
        final = dawdler.reply()
        mail.tries = 1
        assert final.starts("250 2.0.0"), final
        ledger.acknowledge(mail, [ADA], final)
        waiting.ask("NOOP", "250")
        senders.stop()
    counts = ledger.compare(postern, standin)
    report("reload under load", count, counts, said(senders))
    counts.assert_kept()
    assert senders.cut == 0 and senders.sessions == len(senders.threads), "a reload dropped a session"
    assert set(senders.replies) == {250}, senders.replies
    postern.stop()


def test_graceful_stops_under_load(house, standin, ledger, report, rounds):
    count = rounds(3, 60)
    postern = house(standin.address)
    address = [postern.smtp]
    with Senders(ledger, lambda: address[0]) as senders:
        for _ in range(count):
            under_load(senders)
            postern.stop()
            postern.start()
            address[0] = postern.smtp
        under_load(senders)
    finish(ledger, lambda: postern.smtp)
    counts = ledger.compare(postern, standin)
    report("graceful stop under load", count, counts, said(senders))
    counts.assert_kept()
    postern.stop()


def test_a_second_sigterm_ends_it_at_once(house, standin, ledger, report, rounds):
    count = rounds(2, 30)
    postern = house(standin.address, top={"shutdown_timeout_seconds": 600})
    for _ in range(count):
        with Senders(ledger, lambda: postern.smtp) as senders, wire.Wire(postern.smtp) as client:
            under_load(senders)
            client.hello()
            client.envelope("a@sender.example", ADA)
            client.ask("DATA", "354")
            postern.signal(signal.SIGTERM)
            postern.wait_for_event("stopping")
            # It waits for the client in the middle of its message.
            assert postern.process.poll() is None
            postern.signal(signal.SIGTERM)
            assert postern.wait() == -signal.SIGTERM
            senders.running.clear()
            client.assert_closed()
        assert postern.events("stopping_at_once"), postern.log()
        ledger.killed()
        postern.start()
        finish(ledger, lambda: postern.smtp)
    counts = ledger.compare(postern, standin)
    report("a second SIGTERM during a graceful stop", count, counts, "ends at once, by the signal")
    counts.assert_kept()
    postern.stop()
