"""A back end that is slow, down or odd costs time, never a mail."""

import time

import messages
import wire
from program import rule, until

ADA, BEN = "ada@example.test", "ben@example.test"


def test_known_recipients_are_taken_while_the_back_end_is_slow(instances, standin):
    import asyncio

    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("first"))

    async def slow(verb, argument):
        if verb == "RCPT":
            await asyncio.sleep(10)

    standin.answer(slow)
    started = time.monotonic()
    replies, final = postern.send(messages.message("second"))
    assert replies[0].code == 250 and final.starts("250 2.0.0")
    assert time.monotonic() - started < 8


def test_known_recipients_are_taken_and_held_while_the_back_end_is_down(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("first"))
    standin.stop()
    replies, final = postern.send(messages.message("second"))
    assert replies[0].code == 250 and final.starts("250 2.0.0")
    assert len(postern.holds()) == 2
    # Whom it has not heard of it does not promise anything to.
    replies, _ = postern.send(messages.message(), recipients=[BEN])
    assert replies[0].starts("451 4.4.1")


def test_an_unknown_recipient_is_never_cached(instances, standin):
    postern = instances(standin)
    assert postern.send(messages.message(), recipients=["unknown@example.test"])[0][0].code == 550
    standin.backend.unknown.clear()
    assert postern.send(messages.message(), recipients=["unknown@example.test"])[0][0].code == 250


def test_connections_to_the_back_end_are_kept(instances, standin):
    postern = instances(standin)
    for _ in range(10):
        assert postern.send(messages.message())[1].starts("250 2.0.0")
    assert len(standin.mails) == 10
    assert standin.backend.connections < 10


def test_a_kept_connection_that_died_is_no_ones_trouble(instances, standin):
    postern = instances(standin)
    assert postern.send(messages.message())[1].code == 250
    standin.stop()
    standin.start()
    assert postern.send(messages.message())[1].starts("250 2.0.0")
    assert len(standin.mails) == 2


def test_a_mail_for_two_back_ends(instances, standin):
    from stand_in import StandIn

    other = StandIn()
    try:
        domains = [
            {"name": "example.test", "backend": standin.address},
            {"name": "other.test", "backend": other.address},
        ]
        postern = instances(standin, domains=domains)
        sent = messages.message("two houses")
        replies, final = postern.send(sent, recipients=[ADA, "zoe@other.test"])
        # One of two things is right: both take it now, or the second is asked to come in a mail of its own.
        assert replies[0].code == 250
        taken = [ADA] if replies[1].code in (451, 452) else [ADA, "zoe@other.test"]
        assert final.starts("250 2.0.0")
        standin.wait_for(1)
        if len(taken) == 2:
            assert other.wait_for(1)[0].recipients == ["zoe@other.test"]
        assert [mail.recipients for mail in standin.mails] == [[ADA]]
    finally:
        other.stop()


def test_a_mix_is_safe_before_the_250_even_when_the_relay_part_fails(instances, standin):
    postern = instances(standin, rules=rule("ben's", recipient=[BEN]))
    refused = []

    def refuse_once(verb, argument):
        if verb == "BODY" and not refused:
            refused.append(argument)
            return "451 4.3.0 not now"
        return None

    standin.answer(refuse_once)
    _, final = postern.send(messages.message("mix"), recipients=[ADA, BEN])
    assert final.starts("250 2.0.0")
    assert [hold["owner"] for hold in postern.holds()] == [BEN]
    # The copy that was to be delivered is the courier's now.
    (mail,) = standin.wait_for(1)
    assert mail.recipients == [ADA]


def test_a_released_mail_waits_for_the_back_end(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("patient"))
    hold = postern.hold("patient")
    standin.stop()
    postern.run("hold", "release", hold["id"])
    until(lambda: postern.state_of(hold["id"]) == "released", "not released")
    standin.start()
    (mail,) = standin.wait_for(1)
    assert mail.recipients == [ADA]
    postern.wait_for_state(hold["id"], "delivered")
    assert len(standin.mails) == 1


def test_a_release_survives_a_restart(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("patient"))
    hold = postern.hold("patient")
    standin.stop()
    postern.run("hold", "release", hold["id"])
    postern.stop()
    standin.start()
    postern.start()
    standin.wait_for(1)
    postern.wait_for_state(hold["id"], "delivered")


def test_a_release_the_back_end_refuses_for_good_fails_and_is_kept(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("refused later"))
    hold = postern.hold("refused later")
    standin.answer(lambda verb, argument: "554 5.6.0 no" if verb == "BODY" and argument.sender else None)
    postern.run("hold", "release", hold["id"])
    postern.wait_for_state(hold["id"], "failed")
    assert postern.run("hold", "export", hold["id"]).stdout
    # The owner is told, with the null sender.
    (notice,) = standin.wait_for(1)
    assert notice.sender == "" and notice.recipients == [ADA]
    standin.answer(None)


def test_a_notice_that_is_refused_for_good_makes_no_further_notice(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("refused later"))
    hold = postern.hold("refused later")
    standin.answer(lambda verb, argument: "554 5.6.0 no" if verb == "BODY" else None)
    postern.run("hold", "release", hold["id"])
    postern.wait_for_state(hold["id"], "failed")
    # The notice becomes a hold too; a third try would be another notice.
    until(lambda: len(postern.holds("--state", "failed")) == 2, "the notice is not kept")
    standin.answer(None)
    postern.send(messages.message("another", sender="friend@other.example"), sender="friend@other.example")
    (other,) = standin.wait_for(1)
    assert other.sender == "friend@other.example"
    assert len(postern.events("courier", outcome="failed")) == 2


def test_a_back_end_that_offers_little_is_not_asked_for_more(instances):
    from stand_in import StandIn

    plain = StandIn(extensions=("SIZE 30000",))
    try:
        postern = instances(plain)
        postern.wait_for_offer(plain.backend.extensions)
        postern.send(messages.message())
        with wire.Wire(postern.smtp) as client:
            offered = client.hello()
            assert "SMTPUTF8" not in offered and "DSN" not in offered and "8BITMIME" not in offered
            assert int(offered["SIZE"]) <= 30_000
        assert plain.mails[0].mail_parameters == "" or "BODY" not in plain.mails[0].mail_parameters
    finally:
        plain.stop()


def test_dsn_and_smtputf8_are_carried_through(instances, standin):
    postern = instances(standin)
    postern.wait_for_offer(standin.backend.extensions)
    with wire.Wire(postern.smtp) as client:
        offered = client.hello()
        assert {"DSN", "SMTPUTF8", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE", "PIPELINING"} <= offered.keys()
        client.ask("MAIL FROM:<jürgen@sender.example> SMTPUTF8 BODY=8BITMIME RET=HDRS ENVID=a+2Bb", "250")
        client.ask("RCPT TO:<ada@example.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ada@example.test", "250")
        assert client.data(messages.message()).starts("250 2.0.0")
    (mail,) = standin.wait_for(1)
    assert mail.sender == "jürgen@sender.example"
    assert {"SMTPUTF8", "RET=HDRS", "ENVID=a+2Bb"} <= set(mail.mail_parameters.upper().replace("A+2BB", "a+2Bb").split())
    assert "NOTIFY=FAILURE,DELAY" in mail.recipient_parameters[0].upper()
