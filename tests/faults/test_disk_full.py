"""A file system that really is full: 452 in time, while holds can still be released and deleted."""

import os
import subprocess

import messages
import pytest
from program import Config, Postern, rule, until

SIZE = 48 << 20
RESERVE = 12 << 20


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def postern(small_disk, standin, tmp_path):
    config = Config(
        standin.address,
        top={"data_dir": str(small_disk / "store")},
        quarantine={"disk_reserve_bytes": RESERVE},
        rules=rule("all", sender=["sender.example"]),
    )
    # Only the store is on the small disk: the log is to have room to say what happens.
    postern = Postern(tmp_path / "postern", config)
    yield postern.start()
    postern.kill()


def incompressible(subject):
    return messages.message(subject, body=os.urandom(700_000).hex().encode() + b"\r\n")


def last_reply(postern, subject):
    replies, final = postern.send(incompressible(subject))
    return final or replies[0]


def fill(postern):
    """Sends until 452; the subjects that were taken."""
    taken = []
    for number in range(200):
        reply = last_reply(postern, f"mail {number}")
        if reply.code != 250:
            assert reply.starts("452 4.3.1"), reply
            return taken
        taken.append(f"mail {number}")
    raise AssertionError("the disk never filled")


def test_a_full_disk_refuses_mail_and_serves_people(postern, standin, small_disk):
    taken = fill(postern)
    assert len(taken) > 5
    # Something else takes the rest of the disk, down to the last block.
    with open(small_disk / "something else", "wb") as other:
        try:
            while True:
                other.write(bytes(1 << 16))
                other.flush()
        except OSError:
            pass
    assert last_reply(postern, "one too many").starts("452 4.3.1")
    assert sorted(hold["subject"] for hold in postern.holds()) == sorted(taken)
    # Space is short, not gone: a person's decisions need little of it.
    os.truncate(small_disk / "something else", os.path.getsize(small_disk / "something else") - (3 << 20))
    postern.run("hold", "release", postern.hold(taken[0])["id"])
    (mail,) = standin.wait_for(1)
    assert b"Subject: mail 0\r\n" in mail.data
    postern.run("hold", "reject", *[postern.hold(subject)["id"] for subject in taken[1:4]])
    postern.stop()
    postern.start()
    assert sorted(hold["subject"] for hold in postern.holds()) == sorted(taken[4:])
    os.unlink(small_disk / "something else")
    (small_disk / "something else").write_bytes(b"")
    subprocess.run(["mount", "-o", f"remount,size={2 * SIZE}", str(small_disk)], check=True)
    until(lambda: last_reply(postern, "room again").starts("250 2.0.0"), "takes no mail again")
