"""A disk that really is full: 452 in time, while holds can still be released and deleted."""

import os

import messages
import pytest
from disks import LoopDisk
from ledger import ADA
from program import Config, Postern, rule, until

SIZE = 64 << 20
RESERVE = 12 << 20


@pytest.fixture
def disk(tmp_path):
    disk = LoopDisk(tmp_path, SIZE)
    yield disk
    disk.remove()


@pytest.fixture
def postern(disk, standin, tmp_path):
    config = Config(
        standin.address,
        top={"data_dir": str(disk.place / "store")},
        quarantine={"disk_reserve_bytes": RESERVE},
        rules=rule("all", sender=["sender.example"]),
    )
    # Only the store is on the small disk: the log is to have room to say what happens.
    postern = Postern(tmp_path / "postern", config)
    yield postern.start()
    postern.kill()


def incompressible(ledger):
    mail = ledger.mail("mail", expect="hold")
    mail.sent = messages.message(mail.subject, body=os.urandom(700_000).hex().encode() + b"\r\n")
    return mail


def send(postern, ledger):
    """The deciding reply to one more mail, and the mail."""
    mail = incompressible(ledger)
    reply = ledger.send(postern.smtp, mail)
    assert reply is not None and (reply.code == 250 or reply.starts("452 4.3.1")), reply
    return reply, mail


def fill(postern, ledger):
    """Sends until 452; the mails that were taken."""
    taken = []
    for _ in range(200):
        reply, mail = send(postern, ledger)
        if reply.code != 250:
            return taken
        taken.append(mail)
    raise AssertionError("the disk never filled")


def held(postern):
    return sorted(hold["subject"] for hold in postern.holds())


def test_a_full_disk_refuses_mail_and_serves_people(postern, standin, disk, ledger, report):
    taken = fill(postern, ledger)
    assert len(taken) > 5
    disk.fill()
    assert send(postern, ledger)[0].code == 452
    assert held(postern) == sorted(mail.subject for mail in taken)
    # Space is short, not gone: a person's decisions need little of it.
    disk.free(3 << 20)
    ledger.asked(taken[0].subject, ADA, "release", True)
    postern.run("hold", "release", postern.hold(taken[0].subject)["id"])
    standin.wait_for(1)
    for mail in taken[1:4]:
        ledger.asked(mail.subject, ADA, "reject", True)
        postern.run("hold", "reject", postern.hold(mail.subject)["id"])
    assert send(postern, ledger)[0].code == 452
    postern.stop()
    postern.start()
    assert held(postern) == sorted(mail.subject for mail in taken[4:])
    disk.free()
    until(lambda: send(postern, ledger)[0].code == 250, "takes no mail again")
    counts = ledger.compare(postern, standin)
    report("disk full", 1, counts, f"452 after {len(taken)} mails; released and rejected meanwhile")
    counts.assert_kept()
