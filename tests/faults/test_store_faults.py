"""ENOSPC, EIO, EDQUOT and EROFS in the store's files: whatever fails, once or for ever, what was
acknowledged is there, nobody gets a 5xx, and when the fault is gone mail flows again."""

import errno
import os

import pytest
from ledger import TEMPORARY
from program import rule

RULES = rule("held", subject="^held")
ERRORS = {name: getattr(errno, name) for name in ("ENOSPC", "EIO", "EDQUOT", "EROFS")}
# A mail over 128 KiB goes through a file without a name first: open and write are met there too.
SIZES = (2000, 200_000)
# The N-th operation is looked for up to here by the long form. A mail writes often and syncs once.
LAST = {"open": 8, "write": 40, "sync": 12, "rename": 2}


def send_some(postern, ledger, count=2):
    """The replies to held mails of both sizes; None where the connection ended without one."""
    replies = []
    for number in range(count):
        mail = ledger.mail("held", SIZES[number % len(SIZES)], expect="hold")
        replies.append(ledger.send(postern.smtp, mail))
    return replies


def flows_again(postern, ledger):
    ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    for mail in ledger.unfinished():
        ledger.send_until_taken(lambda: postern.smtp, mail)


@pytest.mark.parametrize("operation", ["open", "write", "sync", "rename"])
def test_the_nth_operation_fails_once(faulty, standin, ledger, long, report, operation):
    postern, faults = faulty(rules=RULES)
    flows_again(postern, ledger)
    met = rounds = 0
    for place, error in enumerate(ERRORS.values()):
        for nth in range(1, LAST[operation] + 1) if long else (place % LAST[operation] + 1,):
            faults.arm(operation, error, nth)
            # Every second mail is big enough to open a file.
            send_some(postern, ledger, 2 if operation == "write" else 2 * nth)
            met += faults.disarm()
            rounds += 1
            flows_again(postern, ledger)
    # And what is in the files is what was promised, to a program that has seen no fault.
    postern.kill()
    ledger.killed()
    postern.environment = {}
    postern.start()
    counts = ledger.compare(postern, standin)
    report(f"{'/'.join(ERRORS)} once: {operation}", rounds, counts, f"{met} met")
    counts.assert_kept()
    # serve renames nothing; the row stays, for the day that changes.
    assert met > 0 or operation == "rename", "no fault was ever met: the library is not where the writing is"
    postern.stop()


@pytest.mark.parametrize("operation", ["open", "write", "sync"])
def test_a_lasting_fault_is_temporary_for_every_client(faulty, standin, ledger, report, operation):
    postern, faults = faulty(rules=RULES)
    flows_again(postern, ledger)
    met = 0
    for name, error in ERRORS.items():
        faults.arm(operation, error, 1, for_ever=True)
        replies = send_some(postern, ledger, 4)
        # Mail that needs no store passes meanwhile.
        passing = ledger.send(postern.smtp, ledger.mail("pass", expect="deliver"))
        met += faults.hits
        if operation in ("write", "sync"):
            assert faults.hits, "no fault was ever met"
            assert all(reply is None or reply.code in TEMPORARY for reply in replies), (name, replies)
            trouble = [reply for reply in replies if reply is not None]
            assert any(reply.starts("451 4.3.0") or reply.starts("452 4.3.1") for reply in trouble), (name, replies)
            assert passing is not None and passing.code in (250, 451, 452), passing
        assert postern.process.poll() is None, "it ended instead of waiting for better times"
        faults.disarm()
        flows_again(postern, ledger)
    counts = ledger.compare(postern, standin)
    report(f"{'/'.join(ERRORS)} for ever: {operation}", len(ERRORS), counts, f"{met} met")
    counts.assert_kept()


def test_a_stop_and_a_start_that_cannot_truncate(faulty, standin, ledger, report):
    """Emptying the log at the end and making its index at the start are what truncates."""
    postern, faults = faulty(rules=RULES)
    met = refused = 0
    for error in ERRORS.values():
        flows_again(postern, ledger)
        faults.arm("truncate", error, 1, for_ever=True)
        postern.stop()
        postern.start(wait=False)
        postern.wait_for_log(lambda: postern.listening("smtp") or None in postern.lines, "start or refusal")
        if not postern.listening("smtp"):
            refused += 1
            assert postern.wait() != 0
            assert "postern.db" in postern.log() and os.strerror(error) in postern.log(), postern.log()
        met += faults.disarm()
        if not postern.listening("smtp"):
            postern.start()
    flows_again(postern, ledger)
    counts = ledger.compare(postern, standin)
    report(f"{'/'.join(ERRORS)} for ever: truncate, at stop and start", len(ERRORS), counts, f"{met} met, {refused} starts refused")
    counts.assert_kept()
    assert met > 0, "no fault was ever met"


def test_a_store_that_cannot_be_opened_is_said(faulty, standin, ledger, report):
    postern, faults = faulty(rules=RULES)
    flows_again(postern, ledger)
    for error in ERRORS.values():
        postern.stop()
        faults.arm("open", error, 1, for_ever=True)
        postern.start(wait=False)
        assert postern.wait() != 0
        assert "postern.db" in postern.log() and os.strerror(error) in postern.log(), postern.log()
        faults.disarm()
        postern.start()
    counts = ledger.compare(postern, standin)
    report(f"{'/'.join(ERRORS)} for ever: open, at the start", len(ERRORS), counts)
    counts.assert_kept()


def test_a_release_that_cannot_be_written_is_not_a_release(faulty, standin, ledger, report, monkeypatch):
    postern, faults = faulty(rules=RULES)
    for error in ERRORS.values():
        mail = ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
        hold, before = postern.hold(mail.subject), len(standin.mails)
        # The command line opens the store itself: it has to meet the fault as well.
        with monkeypatch.context() as patch:
            for name, value in postern.environment.items():
                patch.setenv(name, value)
            faults.arm("write", error, 1, for_ever=True)
            done = postern.run("hold", "release", hold["id"], check=False)
            faults.disarm()
        if done.returncode != 0:
            assert done.stderr
            assert postern.state_of(hold["id"]) == "held"
            assert len(standin.mails) == before
            postern.run("hold", "release", hold["id"])
        (recipient,) = mail.recipients
        ledger.asked(mail.subject, recipient, "release", True)
        standin.wait_for(before + 1)
        postern.wait_for_state(hold["id"], "delivered")
        assert len(standin.mails) == before + 1
    counts = ledger.compare(postern, standin)
    report(f"{'/'.join(ERRORS)} for ever: write, on a release", len(ERRORS), counts)
    counts.assert_kept()
