"""The replies that scripts outside look for, one test a row of the contract's table."""

import messages
import pytest
import wire
from portal_client import signed_in
from program import rule, until


def test_a_foreign_domain_is_refused(instances, standin):
    postern = instances(standin)
    replies, _ = postern.send(messages.message(), recipients=["x@elsewhere.example", "x@sub.example.test"])
    assert [str(reply)[:9] for reply in replies] == ["550 5.7.1", "550 5.7.1"]
    assert not any(b"elsewhere" in line for line in standin.transcript)


@pytest.mark.parametrize("path", ["x%y@example.test", "x!y@example.test", '"x@y"@example.test'])
def test_routing_characters_are_refused_for_our_recipients(instances, standin, path):
    postern = instances(standin)
    replies, _ = postern.send(messages.message(), recipients=[path])
    assert 500 <= replies[0].code < 600
    assert not any(line.upper().startswith(b"RCPT") for line in standin.transcript)


def test_a_personal_block_of_the_envelope_sender(instances, standin):
    postern = instances(standin)
    postern.run("sender", "block", "ada@example.test", "someone@sender.example")
    replies, final = postern.send(messages.message(), recipients=["ada@example.test", "ben@example.test"])
    assert replies[0].starts("550 5.7.1") and replies[1].code == 250 and final.starts("250 2.0.0")


@pytest.mark.parametrize("octets", [b"a\rb\r\n", b"a\nb\r\n", b"a\0b\r\n"], ids=["CR", "LF", "NUL"])
def test_a_bare_octet_in_data_is_answered_at_the_true_end(instances, standin, octets):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.envelope("someone@sender.example", "ada@example.test")
        client.ask("DATA", "354")
        client.raw(messages.message(body=octets))
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.read_line()
        client.socket.settimeout(wire.TIMEOUT_SECONDS)
        client.raw(b"more\r\n.\r\n")
        assert client.reply().starts("550 5.5.2")
        client.assert_closed()
    assert standin.mails == []


def test_a_message_over_the_limit(instances, standin):
    postern = instances(standin, smtp={"max_message_bytes": 20_000})
    with wire.Wire(postern.smtp) as client:
        assert client.hello()["SIZE"] == "20000"
        assert client.ask("MAIL FROM:<a@sender.example> SIZE=20001").starts("552 5.3.4")
        client.envelope("a@sender.example", "ada@example.test", options=" SIZE=100")
        assert client.data(messages.message(body=b"x" * 70 + b"\r\n") + b"y" * 30_000 + b"\r\n").starts("552 5.3.4")
    assert standin.mails == []


def test_a_message_of_exactly_the_limit_passes(instances, standin):
    postern = instances(standin, smtp={"max_message_bytes": 20_000})
    start = messages.message(body=b"")
    sent = start + b"x" * (20_000 - len(start) - 2) + b"\r\n"
    assert postern.send(sent)[1].starts("250 2.0.0")
    assert len(standin.mails) == 1


def test_a_back_end_that_is_down(instances, standin):
    postern = instances(standin)
    standin.stop()
    replies, _ = postern.send(messages.message())
    assert replies[0].starts("451 4.4.1")


def test_a_back_end_that_hangs_up(instances, standin):
    standin.answer(lambda verb, argument: "close" if verb == "RCPT" else None)
    postern = instances(standin)
    replies, _ = postern.send(messages.message())
    assert replies[0].starts("451 4.4.1")


def test_a_back_end_that_hangs_up_after_the_data(instances, standin):
    standin.answer(lambda verb, argument: "close" if verb == "BODY" else None)
    postern = instances(standin)
    _, final = postern.send(messages.message())
    assert final.starts("451 4.4.1")
    assert standin.mails == []


@pytest.mark.parametrize("said", ["554 5.6.0 not this content", "452 4.2.2 mailbox full"])
def test_the_back_ends_own_final_answer_is_passed_on(instances, standin, said):
    standin.answer(lambda verb, argument: said if verb == "BODY" else None)
    postern = instances(standin)
    _, final = postern.send(messages.message())
    assert final.starts(said[:9]) and said[10:] in final.text
    assert postern.holds() == []


@pytest.mark.parametrize("said", ["550 5.2.1 mailbox closed", "450 4.2.0 greylisted", "551 5.1.6 moved away"])
def test_the_back_ends_own_answer_to_rcpt_is_passed_on(instances, standin, said):
    standin.answer(lambda verb, argument: said if verb == "RCPT" and "ben@" in argument else None)
    postern = instances(standin)
    replies, final = postern.send(messages.message(), recipients=["ben@example.test", "ada@example.test"])
    assert replies[0].starts(said[:9]) and said[10:] in replies[0].text
    assert final.starts("250 2.0.0")
    assert [mail.recipients for mail in standin.mails] == [["ada@example.test"]]


def test_a_hostile_reply_text_is_cleaned(instances, standin):
    said = "550-5.1.1 one\r\n550 5.1.1 two\x07\x1b[31mthree"
    standin.answer(lambda verb, argument: said if verb == "RCPT" else None)
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        client.hello()
        (reply,) = client.envelope("a@sender.example", "ada@example.test")
        assert reply.code == 550
        assert not set(map(ord, "".join(reply.lines))) & set(range(32))
        client.ask("NOOP", "250")


def test_little_free_disk_is_452_while_people_can_act(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    for subject in ("first", "second"):
        postern.send(messages.message(subject))
    postern.stop()
    postern.config.tables["quarantine"]["disk_reserve_bytes"] = 1 << 40
    postern.write_config()
    postern.start()
    with wire.Wire(postern.smtp) as client:
        client.hello()
        replies = [client.ask("MAIL FROM:<someone@sender.example>")]
        if replies[0].code == 250:
            replies.append(client.ask("RCPT TO:<ada@example.test>"))
        if replies[-1].code == 250:
            replies.append(client.data(messages.message("third")))
        assert replies[-1].starts("452 4.3.1")
    postern.run("hold", "reject", postern.hold("first")["id"])
    postern.run("hold", "release", postern.hold("second")["id"])
    assert len(standin.wait_for(1)) == 1


def test_the_id_in_the_reply_is_in_the_log_and_the_portal(instances, standin):
    postern = instances(standin, rules=rule("held", subject="held"))
    postern.add_person("ada@example.test")
    _, passed = postern.send(messages.message("passes"))
    _, held = postern.send(messages.message("held"))
    portal = signed_in(postern, "ada@example.test")
    mail_id = portal.hold("held")["mail_id"]
    assert mail_id in held.text.split()
    until(lambda: mail_id in postern.log(), "the held mail's id is not in the log")
    ids = [word for word in passed.text.split() if len(word) >= 8]
    assert any(word in postern.log() for word in ids), f"no id of {passed} in the log"
