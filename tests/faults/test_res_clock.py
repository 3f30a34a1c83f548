"""A wall clock that jumps, either way: nothing expires early, nothing is given up, nothing stalls."""

import random

import pytest
from ledger import ADA
from portal_client import Portal
from preload import Clock
from program import Config, Postern, rule, until

HOUR, DAY = 3600, 86400
RULES = rule("to be released", subject="^hold") + rule("ben's in a mix", subject="^mixed", recipient=["ben@example.test"])


@pytest.fixture
def postern(tmp_path, standin, monkeypatch):
    made = Postern(tmp_path / "postern", Config(standin.address, rules=RULES))
    made.clock = Clock(made, tmp_path)
    # The command line has the same clock.
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    made.start()
    yield made
    made.kill()


def hold(postern, ledger, count=1):
    for _ in range(count):
        ledger.send_until_taken(lambda: postern.smtp, word="hold", expect="hold")
    return [one["id"] for one in postern.holds()]


def release(postern, ledger, ids):
    postern.run("hold", "release", *ids)
    for one in postern.holds("--state", "any"):
        if one["id"] in ids:
            ledger.asked(one["subject"], ADA, "release", True)


def tried(postern, times):
    until(lambda: len(postern.events("courier", outcome="retry")) >= times, f"the courier does not try {times} times")


def test_nothing_expires_by_a_jump(postern, standin, ledger, report):
    hold(postern, ledger, 5)
    for jump in (400 * DAY, -800 * DAY, 400 * DAY):
        postern.clock.jump(jump)
        # A start looks for what has expired, as a running gateway does every ten minutes.
        postern.stop()
        postern.start()
        postern.wait_for_event("expiry_rests")
        hold(postern, ledger)
    counts = ledger.compare(postern, standin)
    report("clock: 400 days forth and back, retention 14 days", 3, counts, "nothing expired")
    counts.assert_kept()
    assert {one["state"] for one in postern.holds("--state", "any")} == {"held"}


def test_a_jump_forward_gives_up_on_nothing(postern, standin, ledger, report):
    ids = hold(postern, ledger, 3)
    standin.stop()
    release(postern, ledger, ids)
    tried(postern, 3)
    postern.clock.jump(6 * DAY)
    tried(postern, 5)
    postern.clock.jump(400 * DAY)
    tried(postern, 7)
    assert {postern.state_of(one) for one in ids} == {"released"}
    standin.start()
    for one in ids:
        postern.wait_for_state(one, "delivered")
    counts = ledger.compare(postern, standin)
    report("clock: 6 and 400 days forth while the back end is down", 2, counts, "the courier went on trying")
    counts.assert_kept()


def test_a_jump_back_stalls_nothing(postern, standin, ledger, report):
    ids = hold(postern, ledger, 3)
    standin.stop()
    release(postern, ledger, ids)
    tried(postern, 3)
    postern.clock.jump(-2 * DAY)
    standin.start()
    for one in ids:
        postern.wait_for_state(one, "delivered")
    # And when the clock was set back while nobody looked.
    ids = hold(postern, ledger, 3)
    standin.stop()
    release(postern, ledger, ids)
    tried(postern, len(postern.events("courier", outcome="retry")) + 1)
    postern.stop()
    postern.clock.jump(-2 * DAY)
    standin.start()
    postern.start()
    for one in ids:
        postern.wait_for_state(one, "delivered")
    counts = ledger.compare(postern, standin)
    report("clock: 2 days back while mail waits, running and stopped", 2, counts, "the courier did not wait for the clock")
    counts.assert_kept()


def test_people_can_sign_in_whatever_the_clock_does(postern, report):
    postern.add_person(ADA)
    portal = Portal(postern.portal)
    portal.sign_in(ADA)
    portal.get("/holds")
    postern.clock.jump(30 * DAY)
    portal.get("/holds", expect=401)
    for _ in range(6):  # Too many wrong guesses: one has to wait.
        Portal(postern.portal).request("POST", "/api/v1/session", {"address": ADA, "password": "wrong"})
    postern.clock.jump(-60 * DAY)
    portal = Portal(postern.portal)
    portal.sign_in(ADA)
    portal.get("/holds")
    # A session of the time before the jump does not live for those days on top.
    postern.clock.jump(9 * HOUR)
    portal.get("/holds", expect=401)
    report("clock: sessions and guesses, 30 days forth, 60 back", 1, None, "ended sessions end; nobody is locked out")


def test_mail_flows_while_the_clock_jumps(postern, standin, ledger, report, rounds):
    count = rounds(10, 300)
    chance = random.Random(count)
    for _ in range(count):
        postern.clock.jump(chance.choice((-1, 1)) * chance.choice((0.5, 30, HOUR, DAY, 30 * DAY)))
        ledger.send_until_taken(lambda: postern.smtp, word="pass", expect="deliver")
        mail = ledger.send_until_taken(
            lambda: postern.smtp,
            word="mixed",
            recipients=(ADA, "ben@example.test"),
            expect={ADA: "deliver", "ben@example.test": "hold"},
        )
        assert mail.acknowledged
    counts = ledger.compare(postern, standin)
    report("clock: a jump before every mail", count, counts)
    counts.assert_kept()
