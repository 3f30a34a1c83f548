"""`postern trace`: where is my mail, from stored records, whatever became of it."""

import json
import signal
import sqlite3

import messages
import pytest
import wire
from program import rule, until

ADA, BEN, CAROL = "ada@example.test", "ben@example.test", "carol@example.test"


def mail(subject, message_id, **more):
    return messages.message(subject, **more).replace(b"<1@sender.example>", f"<{message_id}>".encode())


def trace(postern, what, *options):
    """The messages that are found; none when the program says so."""
    done = postern.run("trace", "--json", what, *options, check=False)
    if done.returncode == 3:
        return []
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def events(postern, what, count=1):
    """(recipient, event) of everything that is known, as soon as there are `count`."""
    found = []

    def known():
        found[:] = [event for story in trace(postern, what) for event in story["events"]]
        return len(found) >= count

    until(known, f"{what}: only {found}")
    return found


def tries(postern, what, count):
    """As events(), when the courier's tries are on record too: until then a hold's own state tells of them, without
    the back end."""
    until(
        lambda: all("backend" in event for event in events(postern, what, count) if event["event"] in ("delivered", "retried")),
        f"{what}: a try that is not on record",
    )
    return events(postern, what, count)


def text(postern, what):
    return postern.run("trace", what).stdout.decode()


def id_of(reply):
    return reply.lines[-1].split()[-1].strip("<>.")


def test_relayed_mail_is_found_by_each_of_its_names(instances, standin):
    postern = instances(standin)
    _, final = postern.send(mail("relayed", "r1@sender.example"), recipients=[ADA, BEN])
    mail_id = id_of(final)
    for what in (mail_id, ADA, "Someone@sender.example", "r1@sender.example", "<r1@sender.example>"):
        found = events(postern, what)
        assert {event["event"] for event in found} == {"relayed"}, what
        assert {event["backend"] for event in found} == {standin.address}
        assert all(event["reply"].startswith("250") for event in found)
    assert [event["recipient"] for event in events(postern, mail_id)] == [ADA, BEN]
    # Whom else a mail went to is not the answer to where mine is.
    assert [event["recipient"] for event in events(postern, BEN)] == [BEN]
    (story,) = trace(postern, mail_id)
    assert story["client"] == "127.0.0.1" and story["sender"] == "someone@sender.example"
    assert story["header_from"] == "someone@sender.example" and story["size"] == len(mail("relayed", "r1@sender.example"))
    said = text(postern, mail_id)
    assert f"relayed at once to back end {standin.address}: 250" in said and "received from 127.0.0.1" in said


def test_a_held_mail_to_its_delivery_at_a_real_server(instances, real_backend):
    postern = instances(real_backend, rules=rule("newsletters", sender=["sender.example"]))
    _, final = postern.send(mail("held", "h1@sender.example"))
    hold = postern.hold("held")["id"]
    (held, now) = events(postern, id_of(final), 2)
    assert (held["event"], held["rule"], held["hold"]) == ("held", "newsletters", hold)
    assert held["reason"] and now["event"] == "on hold"
    postern.run("hold", "release", hold)
    postern.wait_for_state(hold, "delivered")
    for what in (hold, "<h1@sender.example>"):
        found = tries(postern, what, 3)
        assert [event["event"] for event in found] == ["held", "released", "delivered"]
        assert "command line" in found[1]["by"]
        assert found[2]["backend"] == real_backend.address and found[2]["reply"].startswith("250 2.0.0")
    said = text(postern, hold)
    assert 'held by rule "newsletters"' in said and "released by command line" in said
    assert f"delivered to back end {real_backend.address}: 250 2.0.0" in said
    assert [line.startswith(" ") for line in said.splitlines()] == [False] + [True] * 4


def test_why_mail_did_not_arrive(instances, standin):
    postern = instances(standin, rules=rule("no thanks", action="reject", sender=["no.example"]) + rule("dropped", "discard", subject=["^drop"]))
    postern.run("sender", "block", ADA, "pushy.example")
    for sender, to, who in (
        ("x@pushy.example", ADA, "blocked pushy.example"),
        ("x@no.example", ADA, "no thanks"),
        ("x@sender.example", "unknown@example.test", "back end"),
        ("x@sender.example", "ada@elsewhere.example", "not our domain"),
    ):
        (reply,), _ = postern.send(messages.message(), sender=sender, recipients=[to])
        assert reply.code == 550
        refused = events(postern, sender if to == ADA else to)[-1]
        assert (refused["event"], refused["stage"], refused["recipient"]) == ("refused", "recipient", to)
        assert refused["rule"] == who and refused["reply"].startswith("550")
        assert ("backend" in refused) == (who == "back end")
    assert "refused at RCPT by rule \"blocked pushy.example\": 550 5.7.1" in text(postern, "x@pushy.example")
    # After DATA: a bare line feed, a rule, and one copy among others.
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.envelope("bare@sender.example", ADA)
        client.ask("DATA", "354")
        client.raw(b"Subject: x\r\n\r\nbare\nfeed\r\n.\r\n")
        assert client.reply().starts("550 5.5.2")
    (bare,) = events(postern, "bare@sender.example")
    assert (bare["event"], bare["stage"]) == ("refused", "message") and bare["reply"].startswith("550 5.5.2")
    assert postern.send(mail("drop this", "d1@sender.example"))[1].code == 250
    assert events(postern, "d1@sender.example")[0]["event"] == "discarded"
    shared = mail("shared", "s1@sender.example", sender="X <x@pushy.example>")
    assert postern.send(shared, recipients=[ADA, BEN])[1].code == 250
    found = events(postern, "s1@sender.example", 3)
    assert {event["recipient"]: event["event"] for event in found if event["recipient"] == ADA} == {ADA: "rejected"}
    # Ben's copy went through the outbox: how it left is on record, though its row is gone.
    until(lambda: "delivered" in [event["event"] for event in events(postern, "s1@sender.example")], "no delivery")
    ben = [event["event"] for event in events(postern, "s1@sender.example") if event["recipient"] == BEN]
    assert ben[0] == "queued" and ben[-1] == "delivered"


def test_tries_of_the_courier_and_what_waits(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]), courier={"first_retry_seconds": 600, "max_retry_seconds": 600})
    postern.send(mail("waits", "w1@sender.example"))
    hold = postern.hold("waits")["id"]
    standin.answer(lambda verb, argument: "451 4.2.0 later" if verb == "RCPT" else None)
    postern.run("hold", "release", hold)
    postern.wait_for_event("courier", outcome="retry")
    found = tries(postern, hold, 4)
    assert [event["event"] for event in found] == ["held", "released", "retried", "waiting"]
    assert found[2]["reply"].startswith("451 4.2.0") and found[2]["backend"] == standin.address
    assert found[3]["tries"] == 1 and found[3]["until"] > found[2]["at"]


def test_a_back_end_that_is_down_and_a_client_that_goes_away(instances, standin):
    postern = instances(standin)
    standin.stop()
    (reply,), _ = postern.send(messages.message(), sender="down@sender.example")
    assert reply.code == 451
    (put_off,) = events(postern, "down@sender.example")
    assert put_off["event"] == "deferred" and put_off["reply"].startswith("451 4.4.1")
    standin.start()
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.envelope("gone@sender.example", ADA)
        client.ask("DATA", "354")
        client.raw(b"Subject: half")
    assert events(postern, "gone@sender.example")[0]["event"] == "abandoned"


def test_without_serve_after_a_stop_and_after_a_kill(instances, standin):
    postern = instances(standin, rules=rule("all", subject=["^held"]))
    _, relayed = postern.send(mail("relayed", "r2@sender.example"))
    postern.stop()
    # What was not written yet is written by a graceful stop.
    assert [event["event"] for event in events(postern, id_of(relayed))] == ["relayed"]
    postern.start()
    _, held = postern.send(mail("held", "h2@sender.example"))
    postern.kill()
    # A kill may cost the record of the last moment, and never the trace of what we hold.
    found = events(postern, id_of(held), 2)
    assert [event["event"] for event in found] == ["held", "on hold"]
    postern.start()


def test_a_reload_switches_it_off_and_on(instances, standin):
    postern = instances(standin)
    for days, known in ((0, False), (14, True)):
        postern.config.tables["tracking"] = {"retention_days": days}
        postern.write_config()
        before = len(postern.events("reloaded"))
        postern.signal(signal.SIGHUP)
        postern.wait_for_log(lambda: len(postern.events("reloaded")) > before, "reloaded")
        postern.send(mail("a mail", f"{days}@sender.example"))
        if known:
            events(postern, f"{days}@sender.example")
    assert trace(postern, "0@sender.example") == []


def test_nothing_found_since_when_and_how_many(instances, standin):
    postern = instances(standin)
    done = postern.run("trace", "nobody@example.test", check=False)
    assert done.returncode == 3 and b"no mail is on record" in done.stderr
    for number in range(3):
        postern.send(mail("a mail", f"{number}@sender.example"))
    until(lambda: len(trace(postern, ADA)) == 3, "three mails")
    assert [story["message_id"] for story in trace(postern, ADA)] == [f"<{number}@sender.example>" for number in range(3)]
    assert len(trace(postern, ADA, "--since", "1h")) == 3 and trace(postern, ADA, "--since", "0s") == []
    newest = postern.run("trace", "--json", ADA, "--limit", "1")
    assert [story["message_id"] for story in json.loads(newest.stdout)] == ["<2@sender.example>"]
    assert b"--limit" in newest.stderr
    done = postern.run("trace", "nobody@example.test", check=False)
    assert done.returncode == 3 and b"is recorded since 20" in done.stderr and not done.stdout
    assert postern.run("trace", ADA, "--since", "yesterday", check=False).returncode == 2
    assert postern.run("trace", check=False).returncode == 2


@pytest.mark.parametrize("json_wanted", [False, True])
def test_hostile_names_stay_on_their_line(instances, standin, json_wanted):
    standin.answer(lambda verb, argument: "550 5.1.1 \x1b[31mred\u202e" if verb == "DATA" else None)
    postern = instances(standin)
    hostile = mail("x", "e\x1b]0;owned\x07vil\u202e@sender.example", sender="=?utf-8?Q?=1B[2J?= <x@sender.example>")
    postern.send(hostile, options=" BODY=8BITMIME")
    events(postern, ADA)
    said = postern.run("trace", ADA, *(["--json"] if json_wanted else [])).stdout.decode()
    assert "\x1b" not in said and "\x07" not in said
    if json_wanted:
        assert "owned" in json.loads(said)[0]["message_id"]
    else:
        assert "\u202e" not in said and len(said.splitlines()) == 3


def test_an_old_record_goes(instances, standin):
    postern = instances(standin, start=False)
    postern.start()
    postern.send(mail("old", "o1@sender.example"))
    events(postern, "o1@sender.example")
    postern.stop()
    day = 24 * 3_600_000
    with sqlite3.connect(postern.directory / "store" / "postern.db") as store:
        store.execute("UPDATE tracking_record SET row = row - ? * 1048576", (15 * day,))
        store.execute("UPDATE tracking_key SET row = row - ? * 1048576, hour = hour - ?", (15 * day, 15 * 24))
        store.execute("UPDATE tracking_hour SET hour = hour - ?", (15 * 24,))
    store.close()
    assert len(trace(postern, "o1@sender.example")) == 1
    postern.start()
    until(lambda: trace(postern, "o1@sender.example") == [], "housekeeping leaves it")
