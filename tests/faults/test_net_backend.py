"""A back end in trouble costs time: what was acknowledged is there once, and the others get theirs."""

import concurrent.futures

import wire
from ledger import Ledger
from program import Config, Postern, rule, until
from stand_in import StandIn
from troubles import TroubledStandIn, Trouble, all_troubles, at, silence

RULES = rule("to be released", subject="^hold") + rule("ben's in a mix", subject="^mixed", recipient=["ben@good.test"])
QUICK = {"connect_timeout_seconds": 2, "command_timeout_seconds": 2, "data_timeout_seconds": 2, "final_reply_timeout_seconds": 2}


class House:
    """A program in front of a good back end, good.test, and of one d0.test, d1.test ... a trouble."""

    def __init__(self, directory, troubles, **backend):
        self.good = StandIn()
        self.bad = [TroubledStandIn(trouble) for trouble in troubles]
        self.ledgers = [Ledger(directory / f"ledger {number}") for number in range(len(troubles))]
        self.good_ledger = Ledger(directory / "ledger of the good")
        domains = [{"name": "good.test", "backend": self.good.address}]
        domains += [{"name": f"d{n}.test", "backend": standin.address} for n, standin in enumerate(self.bad)]
        config = Config(self.good.address, domains=domains, backend={**QUICK, **backend}, rules=RULES)
        self.postern = Postern(directory / "postern", config)

    def __enter__(self):
        self.postern.start()
        return self

    def __exit__(self, *_):
        self.postern.kill()
        for one in [self.good, *self.bad]:
            one.stop()
        for ledger in [self.good_ledger, *self.ledgers]:
            ledger.close()

    def hold(self, ledger, recipient):
        return ledger.send_until_taken(lambda: self.postern.smtp, word="hold", recipients=(recipient,), expect="hold")

    def release(self, *mails):
        """Of each mail, what its first recipient holds."""
        ids = {(hold["subject"], hold["owner"]): hold["id"] for hold in self.postern.holds()}
        chosen = [ids[mail.subject, mail.recipients[0]] for _, mail in mails]
        self.postern.run("hold", "release", *chosen)
        for ledger, mail in mails:
            ledger.asked(mail.subject, mail.recipients[0], "release", True)
        return chosen

    def attempts(self, hold_id):
        return len(self.postern.events("courier", hold=hold_id))


def test_every_trouble_of_a_back_end(tmp_path, report, rounds):
    troubles = all_troubles()
    with House(tmp_path, troubles) as house, concurrent.futures.ThreadPoolExecutor(len(troubles)) as pool:
        for _ in range(rounds(1, 20)):
            one_round(house, pool)
        everything_is_found(house, report, rounds(1, 20))
        house.postern.stop()


def one_round(house, pool):
    numbers = range(len(house.bad))
    held = list(pool.map(lambda n: house.hold(house.ledgers[n], f"ada@d{n}.test"), numbers))
    good = house.hold(house.good_ledger, "ada@good.test")
    for standin in house.bad:
        standin.arm()
    ids = house.release(*zip(house.ledgers, held))
    passing = list(pool.map(lambda n: passes(house, n), numbers))
    # Others are served meanwhile: what passes, and what is released.
    house.good_ledger.send_until_taken(lambda: house.postern.smtp, recipients=("ada@good.test",), expect="deliver")
    house.release((house.good_ledger, good))
    until(lambda: house.good_ledger.compare(house.postern, house.good, seconds=0).lost == 0, "the good one waits too")
    until(lambda: all(house.attempts(hold_id) >= 1 for hold_id in ids), "the courier does not try", 90)
    for standin in house.bad:
        standin.disarm()
    for ledger, mail in zip(house.ledgers, passing):
        ledger.send_until_taken(lambda: house.postern.smtp, mail)


def passes(house, number):
    """A mail that would be relayed: refused for now, or taken and there (ledger.send asserts it)."""
    mail = house.ledgers[number].mail("pass", recipients=(f"ada@d{number}.test",), expect="deliver")
    house.ledgers[number].send(house.postern.smtp, mail)
    return mail


def everything_is_found(house, report, rounds):
    counts = {}
    for standin, ledger in zip(house.bad, house.ledgers):
        for _ in range(standin.lost_replies):
            # A reply that was lost after the final dot is a kill to the courier: it cannot know.
            ledger.killed()
        counts[standin.trouble.name] = ledger.compare(house.postern, standin)
        report(f"back end {standin.trouble.name}", rounds, counts[standin.trouble.name])
    report("a good back end beside those in trouble", rounds, house.good_ledger.compare(house.postern, house.good))
    for name, found in counts.items():
        try:
            found.assert_kept()
        except AssertionError as problem:
            raise AssertionError(f"{name}: {problem}\n{house.postern.log()[-20000:]}") from None
    house.good_ledger.compare(house.postern, house.good).assert_kept()


def test_one_silent_back_end_does_not_hold_every_place_of_the_courier(tmp_path, report):
    quiet = Trouble("is silent at the greeting", at("GREETING", silence))
    # No time-out ends within this test: who waits for a place would wait in vain.
    hours = {"connect_timeout_seconds": 3600, "command_timeout_seconds": 3600}
    with House(tmp_path, [quiet]) as house:
        bad, ledger = house.bad[0], house.ledgers[0]
        held = [house.hold(ledger, "ada@d0.test") for _ in range(20)]
        good = [house.hold(house.good_ledger, "ada@good.test") for _ in range(5)]
        house.postern.stop()
        house.postern.config.tables["backend"].update(hours)
        house.postern.write_config()
        bad.arm()
        house.postern.start()
        house.release(*[(ledger, mail) for mail in held])
        until(lambda: bad.backend.connections >= 2, "the courier does not try")
        house.release(*[(house.good_ledger, mail) for mail in good])
        house.good.wait_for(5)
        for hold in house.postern.holds("--state", "any", "--owner", "ada@good.test"):
            house.postern.wait_for_state(hold["id"], "delivered")
        assert bad.mails == []
        house.postern.kill()
        ledger.killed()
        bad.disarm()
        house.postern.start()
        counts = ledger.compare(house.postern, bad) + house.good_ledger.compare(house.postern, house.good)
        report("20 releases for a silent back end before 5 for another", 1, counts, "the 5 were not kept waiting")
        counts.assert_kept()


def test_a_back_end_that_refuses_after_the_final_dot(tmp_path, report):
    for_good = Trouble("says 554 after the final dot", at("BODY", "554 5.6.0 no"))
    with House(tmp_path, [for_good]) as house:
        bad, ledger = house.bad[0], house.ledgers[0]
        held = house.hold(ledger, "ada@d0.test")
        bad.arm()
        passing = ledger.mail("pass", recipients=("ada@d0.test",), expect="deliver")
        _, final = wire.send(house.postern.smtp, passing.sent, passing.sender, passing.recipients)
        assert final.starts("554 5.6.0"), final
        (hold_id,) = house.release((ledger, held))
        house.postern.wait_for_state(hold_id, "failed")
        counts = ledger.compare(house.postern, bad)
        report("back end refuses for good after the final dot", 1, counts, "relayed: its own 554; released: kept as failed")
        counts.assert_kept()
        assert bad.mails == []


def test_one_of_several_recipients_is_refused_late(tmp_path, report):
    """Accepted at RCPT, refused when the message is sent: to the courier alone the others matter."""
    late = Trouble("refuses zoe late", lambda verb, argument, _: "550 5.1.1 left" if verb == "RCPT" and "zoe@" in argument else None)
    with House(tmp_path, [late]) as house:
        bad, ledger = house.bad[0], house.ledgers[0]
        # Held for ben at the other house; the copies for ada and zoe are the courier's.
        people = ("ben@good.test", "ada@d0.test", "zoe@d0.test")
        expect = dict(zip(people, ("hold", "deliver", None)))
        passing = ledger.mail("pass", recipients=people[1:])
        with wire.Wire(house.postern.smtp) as client:
            client.hello()
            assert [reply.code for reply in client.envelope("a@sender.example", *people[1:])] == [250, 250]
            bad.arm()  # Also ends the connection that the recipients were asked on.
            final = client.data(passing.sent)
        assert final.code == 451, f"one reply for both cannot be 250: {final}"
        assert bad.mails == []
        bad.disarm()
        mixed = ledger.mail("mixed", recipients=people, expect=expect)
        with wire.Wire(house.postern.smtp) as client:
            client.hello()
            assert [reply.code for reply in client.envelope(mixed.sender, *people)] == [250, 250, 250]
            bad.arm()
            final = client.data(mixed.sent)
        assert final.starts("250 2.0.0"), final
        mixed.tries = 1
        ledger.acknowledge(mixed, people, final)
        both = Both(bad, house.good)
        until(lambda: any(hold["state"] == "failed" for hold in house.postern.holds("--state", "any")), "zoe's is not kept")
        counts = ledger.compare(house.postern, both)
        report("one of several recipients refused late", 1, counts, "the others got it; hers is kept as failed")
        counts.assert_kept()


class Both:
    """What two back ends have, notices aside: they are nobody's mail."""

    def __init__(self, *standins):
        self.standins = standins

    @property
    def mails(self):
        return [mail for standin in self.standins for mail in list(standin.mails) if mail.sender]
