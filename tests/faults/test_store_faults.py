"""ENOSPC and EIO in the store: whatever fails, an acknowledged mail is there, and nobody gets a 5xx."""

import errno
import hashlib
import time

import messages
import pytest
import wire
from program import rule

RULES = rule("all", sender=["sender.example"])
ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}
RECOVERY_SECONDS = 60


class Ledger:
    """Kept outside the program: what was sent, and what of it was acknowledged."""

    def __init__(self, postern):
        self.postern, self.acknowledged, self.number = postern, {}, 0

    def send(self):
        """The deciding reply to one more mail; None when the connection ended without one."""
        self.number += 1
        subject = f"mail {self.number}"
        sent = messages.message(subject, body=hashlib.sha512(subject.encode()).hexdigest().encode() * 300 + b"\r\n")
        try:
            replies, final = wire.send(self.postern.smtp, sent)
        except (AssertionError, OSError):
            # wire asserts on a connection that closes instead of answering: no promise was made.
            return None
        reply = final or replies[0]
        if reply.code == 250:
            self.acknowledged[subject] = hashlib.sha256(sent).hexdigest()
        return reply

    def check(self):
        held = {hold["subject"]: hold for hold in self.postern.holds()}
        for subject, sha256 in self.acknowledged.items():
            assert subject in held, f"{subject} was acknowledged and is gone"
            exported = self.postern.run("hold", "export", held[subject]["id"]).stdout
            assert hashlib.sha256(exported).hexdigest() == sha256

    def send_until_taken(self):
        deadline = time.monotonic() + RECOVERY_SECONDS
        while (reply := self.send()) is None or reply.code != 250:
            assert reply is None or reply.code in (421, 451, 452), reply
            assert time.monotonic() < deadline, f"takes no mail again: {reply}\n{self.postern.log()}"
            time.sleep(0.2)


def numbers(long):
    return range(1, 41) if long else (1, 2, 3, 5, 9)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
@pytest.mark.parametrize("operation", ["write", "sync"])
def test_the_nth_operation_fails_once(faulty, long, operation, error):
    postern, faults = faulty(rules=RULES)
    ledger = Ledger(postern)
    ledger.send_until_taken()
    total = 0
    for nth in numbers(long):
        faults.arm(operation, error, nth)
        for _ in range(3):
            reply = ledger.send()
            assert reply is None or reply.code in (250, 421, 451, 452), reply
        total += faults.disarm()
        ledger.send_until_taken()
        ledger.check()
    assert total > 0, "no fault was ever met: the library is not where the writing is"
    postern.stop()
    postern.environment = {}
    postern.start()
    ledger.check()
    ledger.send_until_taken()


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
@pytest.mark.parametrize("operation", ["write", "sync", "truncate"])
def test_a_lasting_fault_is_temporary_for_every_client(faulty, operation, error):
    postern, faults = faulty(rules=RULES)
    ledger = Ledger(postern)
    for _ in range(5):
        ledger.send_until_taken()
    faults.arm(operation, error, 1, for_ever=True)
    replies = [ledger.send() for _ in range(5)]
    if faults.hits:
        assert all(reply is None or reply.code in (421, 451, 452) for reply in replies), replies
        own_trouble = [reply for reply in replies if reply is not None]
        assert any(reply.starts("451 4.3.0") or reply.starts("452 4.3.1") for reply in own_trouble), replies
    assert postern.process.poll() is None, "it ended instead of waiting for better times"
    faults.disarm()
    ledger.send_until_taken()
    ledger.check()


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_a_store_that_cannot_be_opened_is_said(faulty, error):
    postern, faults = faulty(rules=RULES)
    ledger = Ledger(postern)
    ledger.send_until_taken()
    postern.stop()
    faults.arm("open", error, 1, for_ever=True)
    postern.start(wait=False)
    assert postern.wait() != 0
    assert "postern.db" in postern.log()
    faults.disarm()
    postern.start()
    ledger.check()


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_a_release_that_cannot_be_written_is_not_a_release(faulty, standin, error):
    postern, faults = faulty(rules=RULES)
    ledger = Ledger(postern)
    ledger.send_until_taken()
    (hold,) = postern.holds()
    # The command line writes by itself or through the program: either way it meets the fault.
    import os

    os.environ.update(postern.environment)
    try:
        faults.arm("write", error, 1, for_ever=True)
        done = postern.run("hold", "release", hold["id"], check=False)
        faults.disarm()
    finally:
        for name in postern.environment:
            del os.environ[name]
    if done.returncode != 0:
        assert done.stderr
        assert postern.state_of(hold["id"]) == "held"
        assert standin.mails == []
        postern.run("hold", "release", hold["id"])
    standin.wait_for(1)
    postern.wait_for_state(hold["id"], "delivered")
    assert len(standin.mails) == 1
