"""Backup while mail flows and is released; restore elsewhere; every hold against the ledger."""

import hashlib
import threading

import messages
from program import Config, Postern, rule
from stand_in import StandIn

ADA = "ada@example.test"
HELD = rule("all", sender=["sender.example"])


class Ledger:
    """What was acknowledged, and what was told to be released: kept outside of the program."""

    def __init__(self):
        self.lock = threading.Lock()
        self.digests, self.released, self.failures = {}, set(), []

    def copy(self):
        with self.lock:
            return set(self.digests), set(self.released)


class Load:
    """Sends mails that are held, and releases every third, until it is stopped."""

    def __init__(self, postern, ledger, name):
        self.postern, self.ledger, self.name = postern, ledger, name
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number = 0
        try:
            while not self.stopped.is_set():
                number += 1
                self.one(f"{self.name} {number}", number)
        except BaseException as problem:  # noqa: BLE001: told by stop()
            self.ledger.failures.append(problem)

    def one(self, subject, number):
        sent = messages.message(subject, body=b"x" * (number * 997 % 40_000) + b"\r\n")
        replies = self.postern.send(sent)[0]
        assert all(reply.code == 250 for reply in replies), replies
        with self.ledger.lock:
            self.ledger.digests[subject] = hashlib.sha256(sent).hexdigest()
        if number % 3 == 0:
            self.postern.run("hold", "release", self.postern.hold(subject)["id"])
            with self.ledger.lock:
                self.ledger.released.add(subject)

    def stop(self):
        self.stopped.set()
        self.thread.join()


def wait_until(condition):
    tick = threading.Event()
    for _ in range(1200):
        if condition():
            return
        tick.wait(0.05)
    raise AssertionError("the load did not get going")


def test_every_hold_is_as_the_ledger_says_after_a_restore(instances, tmp_path):
    behind, elsewhere = StandIn(), StandIn()
    # Released mail waits behind a back end that is busy, so that the backup has an outbox.
    behind.answer(lambda verb, _argument: "451 4.3.2 busy" if verb == "DATA" else None)
    postern = instances(behind, rules=HELD)
    ledger, backup = Ledger(), tmp_path / "backup.db"
    loads = [Load(postern, ledger, name) for name in ("one", "two")]
    try:
        wait_until(lambda: len(ledger.released) >= 4 or ledger.failures)
        sent_before, released_before = ledger.copy()
        postern.run("backup", str(backup))
        sent_after, _ = ledger.copy()
    finally:
        for load in loads:
            load.stop()
        behind.stop()
    assert not ledger.failures, ledger.failures

    other = Postern(tmp_path / "other", Config(elsewhere.address, rules=HELD))
    said = other.run("restore", str(backup)).stdout.decode()
    holds = {hold["subject"]: hold for hold in other.holds("--state", "any")}
    # Every mail acknowledged before the backup began is in it; none that was begun after its end.
    assert sent_before <= set(holds)
    in_flight = len(set(holds) - sent_after)
    assert in_flight <= len(loads), "more mails than were under way"
    for subject, hold in holds.items():
        exported = hashlib.sha256(other.run("hold", "export", hold["id"]).stdout).hexdigest()
        assert exported == hold["sha256"] == ledger.digests[subject], subject
        assert hold["state"] in ("held", "released"), hold
        if subject in released_before:
            assert hold["state"] == "released", subject
    waiting = [subject for subject, hold in holds.items() if hold["state"] == "released"]
    assert f"{len(waiting)} mails wait to be sent ({len(waiting)} released, 0 other)" in said

    # What was in the outbox leaves, once, with its bytes.
    other.start()
    try:
        mails = elsewhere.wait_for(len(waiting))
        for subject in waiting:
            other.wait_for_state(holds[subject]["id"], "delivered")
    finally:
        other.stop()
        elsewhere.stop()
    assert len(mails) == len(elsewhere.mails) == len(waiting)
    assert other.run("audit", "verify").returncode == 0


def test_restore_over_the_store_it_came_from_and_hold_the_outbox(instances, standin, tmp_path):
    standin.answer(lambda verb, _argument: "451 4.3.2 busy" if verb == "DATA" else None)
    postern = instances(standin, rules=HELD)
    for subject in ("stays", "released", "rejected later"):
        postern.send(messages.message(subject))
    postern.run("hold", "release", postern.hold("released")["id"])
    backup = tmp_path / "backup.db"
    postern.run("backup", str(backup))
    postern.run("hold", "reject", postern.hold("rejected later")["id"])
    postern.send(messages.message("came later"))

    refused = postern.run("restore", str(backup), "--replace", check=False)
    assert refused.returncode == 1 and b"in use by process" in refused.stderr
    postern.stop()
    refused = postern.run("restore", str(backup), check=False)
    assert refused.returncode == 1 and b"--replace" in refused.stderr
    said = postern.run("restore", str(backup), "--replace", "--hold-outbox").stdout.decode()
    assert "1 mails were waiting to be sent and are held instead" in said
    assert {hold["subject"] for hold in postern.holds()} == {"stays", "released", "rejected later"}
    (kept,) = (postern.directory / "store").glob("postern.db.before-*")
    assert str(kept) in said

    # The gateway goes on with it.
    standin.answer(lambda _verb, _argument: None)
    postern.start()
    postern.run("hold", "release", postern.hold("released")["id"])
    (mail,) = standin.wait_for(1)
    assert b"Subject: released" in mail.data
