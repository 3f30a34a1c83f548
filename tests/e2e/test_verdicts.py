"""Each recipient gets its own verdict, and managed senders count as product.md orders them."""

import hashlib

import messages
import pytest
from portal_client import Portal
from program import rule, until
from stand_in import as_relayed

ADA, BEN, CAROL = "ada@example.test", "ben@example.test", "carol@example.test"


def recipients_of(backend):
    return sorted(to for mail in backend.mails for to in mail.recipients)


def test_a_held_mail_is_the_received_bytes(instances, standin):
    postern = instances(standin, rules=rule("newsletter host", sender=["sender.example"]))
    sent = messages.message("held", body=".\r\n..dots\r\nüber\r\n".encode())
    _, final = postern.send(sent, options=" BODY=8BITMIME")
    assert final.starts("250 2.0.0")
    assert standin.mails == []
    hold = postern.hold("held")
    assert hold["owner"] == ADA
    assert hold["sender"] == "someone@sender.example"
    assert "someone@sender.example" in str(hold["header_from"])
    assert hold["rule"] == "newsletter host"
    assert hold["reason"]
    assert hold["state"] == "held"
    assert hold["size"] == len(sent)
    assert hold["sha256"] == hashlib.sha256(sent).hexdigest()
    assert hold["received_at"].endswith("Z")
    assert postern.run("hold", "export", hold["id"]).stdout == sent


def test_a_released_mail_is_delivered_once_with_its_own_envelope(instances, standin):
    postern = instances(standin, rules=rule("newsletter host", sender=["sender.example"]))
    sent = messages.message("held", body=b".\r\nend\r\n")
    postern.send(sent)
    hold = postern.hold("held")
    postern.run("hold", "release", hold["id"])
    (mail,) = standin.wait_for(1)
    assert mail.sender == "someone@sender.example"
    assert mail.recipients == [ADA]
    assert as_relayed(mail, sent)
    postern.wait_for_state(hold["id"], "delivered")
    # Decided is decided: a second release does nothing and says so.
    again = postern.run("hold", "release", hold["id"], check=False)
    assert again.returncode != 0
    assert postern.run("hold", "reject", hold["id"], check=False).returncode != 0
    assert len(standin.mails) == 1


def test_a_rejected_hold_is_never_delivered(instances, standin):
    postern = instances(standin, rules=rule("newsletter host", sender=["sender.example"]))
    postern.send(messages.message("held"))
    hold = postern.hold("held")
    postern.run("hold", "reject", hold["id"])
    assert postern.state_of(hold["id"]) == "rejected"
    assert postern.run("hold", "release", hold["id"], check=False).returncode != 0
    assert standin.mails == []


def test_recipients_of_one_mail_get_their_own_verdicts(instances, standin):
    rules = rule("carol's mail is read", recipient=[CAROL], hold_for="moderator", moderators=[BEN])
    postern = instances(standin, rules=rules)
    postern.run("sender", "block", BEN, "sender.example")
    sent = messages.message("three ways")
    replies, final = postern.send(sent, recipients=[ADA, BEN, CAROL])
    assert replies[0].code == 250 and replies[2].code == 250
    assert replies[1].starts("550 5.7.1")
    assert final.starts("250 2.0.0")
    (mail,) = standin.wait_for(1)
    assert mail.recipients == [ADA]
    assert as_relayed(mail, sent)
    assert [hold["owner"] for hold in postern.holds()] == [CAROL]
    postern.run("hold", "release", postern.hold("three ways")["id"])
    assert standin.wait_for(2)[1].recipients == [CAROL]


def test_the_bytes_of_several_holds_are_one(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    sent = messages.message("for three")
    postern.send(sent, recipients=[ADA, BEN, CAROL])
    holds = postern.holds()
    assert sorted(hold["owner"] for hold in holds) == [ADA, BEN, CAROL]
    for hold in holds:
        assert postern.run("hold", "export", hold["id"]).stdout == sent
    postern.run("hold", "release", *[hold["id"] for hold in holds])
    # However they are grouped, each recipient gets one copy.
    until(lambda: recipients_of(standin) == [ADA, BEN, CAROL], "not delivered to all three")


PRECEDENCE = [
    # blocked, permitted, envelope sender, passes
    (["pushy.example"], ["user1@pushy.example"], "user1@pushy.example", True),
    (["pushy.example"], ["user1@pushy.example"], "user3@pushy.example", False),
    (["bad@pushy.example"], ["pushy.example"], "bad@pushy.example", False),
    (["bad@pushy.example"], ["pushy.example"], "good@pushy.example", True),
    (["pushy.example"], [], "x@deep.down.pushy.example", False),
    (["pushy.example"], ["down.pushy.example"], "x@deep.down.pushy.example", True),
    (["pushy.example"], ["down.pushy.example"], "x@up.pushy.example", False),
    (["down.pushy.example"], ["pushy.example"], "x@down.pushy.example", False),
    (["pushy.example"], [], "x@notpushy.example", True),
    (["Pushy.Example"], [], "x@pushy.example", False),
    (["pushy.example"], [], "X@PUSHY.EXAMPLE", False),
]


@pytest.mark.parametrize("blocked,permitted,sender,passes", PRECEDENCE)
def test_the_most_specific_managed_sender_wins(instances, standin, blocked, permitted, sender, passes):
    postern = instances(standin)
    postern.run("sender", "block", ADA, *blocked)
    if permitted:
        postern.run("sender", "permit", ADA, *permitted)
    replies, final = postern.send(messages.message(), sender=sender, recipients=[ADA, BEN])
    assert replies[0].starts("250" if passes else "550 5.7.1")
    # What one person blocks, another still gets.
    assert replies[1].code == 250
    assert final.starts("250 2.0.0")
    assert recipients_of(standin) == ([ADA, BEN] if passes else [BEN])


def test_an_administrators_permit_goes_before_a_personal_block(instances, standin):
    postern = instances(standin, rules=rule("partners", action="deliver", sender=["sender.example"]))
    postern.run("sender", "block", ADA, "sender.example")
    _, final = postern.send(messages.message())
    assert final.starts("250 2.0.0")
    assert recipients_of(standin) == [ADA]


def test_the_null_sender_is_nobodys_managed_sender(instances, standin):
    postern = instances(standin)
    postern.run("sender", "block", ADA, "sender.example")
    replies, final = postern.send(messages.message(sender="Bounce <mailer@other.example>"), sender="")
    assert replies[0].code == 250 and final.starts("250 2.0.0")
    assert standin.mails[0].sender == ""


def test_a_block_of_the_header_from_is_known_after_data(instances, standin):
    postern = instances(standin)
    postern.run("sender", "block", ADA, "sender.example")
    replies, final = postern.send(messages.message(), sender="bounce@elsewhere.example")
    assert replies[0].code == 250
    assert final.starts("550")
    assert standin.mails == [] and postern.holds() == []


def test_a_copy_blocked_by_header_from_is_listed_not_dropped(instances, standin):
    postern = instances(standin)
    postern.add_person(ADA)
    postern.add_person(BEN)
    postern.run("sender", "block", ADA, "sender.example")
    _, final = postern.send(messages.message("two readers"), sender="bounce@elsewhere.example", recipients=[ADA, BEN])
    assert final.starts("250 2.0.0")
    assert standin.wait_for(1)[0].recipients == [BEN]
    ada, ben = Portal(postern.portal), Portal(postern.portal)
    ada.sign_in(ADA)
    ben.sign_in(BEN)
    (rejected,) = ada.get("/rejected")["rejected"]
    assert rejected["subject"] == "two readers"
    assert rejected["sender"] == "bounce@elsewhere.example"
    assert rejected["recipient"] == ADA
    assert ben.get("/rejected")["rejected"] == []


@pytest.mark.parametrize("entry", ["example.test", "sub.example.test", "*", "@", "not an address", ""])
def test_a_permit_for_an_own_domain_or_everything_is_refused(instances, standin, entry):
    postern = instances(standin)
    done = postern.run("sender", "permit", ADA, entry, check=False)
    assert done.returncode != 0
    assert done.stderr
    assert b"example" not in postern.run("sender", "list", ADA).stdout


def test_managed_senders_are_listed_and_removed(instances, standin):
    postern = instances(standin)
    postern.run("sender", "block", ADA, "pushy.example", "bad@other.example")
    postern.run("sender", "trust", ADA, "friend@other.example")
    listed = postern.run("sender", "list", ADA).stdout.decode()
    for entry in ("pushy.example", "bad@other.example", "friend@other.example"):
        assert entry in listed
    postern.run("sender", "remove", ADA, "pushy.example")
    assert "pushy.example" not in postern.run("sender", "list", ADA).stdout.decode()
    replies, _ = postern.send(messages.message(sender="X <x@pushy.example>"), sender="x@pushy.example")
    assert replies[0].code == 250


def test_a_reject_rule_at_rcpt_and_after_data(instances, standin):
    rules = rule("no thanks", action="reject", sender=["no.example"]) + rule(
        "no casinos", action="reject", subject="(?i)casino"
    )
    postern = instances(standin, rules=rules)
    replies, _ = postern.send(messages.message(), sender="x@no.example")
    assert replies[0].starts("550 5.7.1")
    replies, final = postern.send(messages.message("Best CASINO ever"))
    assert replies[0].code == 250 and final.starts("550 5.7.1")
    assert standin.mails == []


def test_a_discarded_mail_is_answered_and_recorded(instances, standin):
    postern = instances(standin, rules=rule("quiet", action="discard", sender=["quiet.example"]))
    _, final = postern.send(messages.message("never seen"), sender="x@quiet.example")
    assert final.starts("250 2.0.0")
    assert standin.mails == [] and postern.holds() == []
    assert "quiet" in postern.log()


def test_the_strictest_matching_rule_wins(instances, standin):
    rules = rule("for the owner", sender=["sender.example"]) + rule(
        "no programs", attachment_extension=["exe"], hold_for="administrator"
    )
    postern = instances(standin, rules=rules)
    postern.send(messages.with_attachment("tool.EXE", subject="strict"))
    assert postern.hold("strict")["rule"] == "no programs"
    postern.send(messages.message("mild"))
    assert postern.hold("mild")["rule"] == "for the owner"
