"""Report: the original to the security team as an attachment, the sender blocked, nothing to the sender."""

import email
import email.policy

import messages
from portal_client import signed_in
from program import rule

ADA = "ada@example.test"


def original_in(mail):
    """The bytes of the message/rfc822 part. Cut out by hand: a parser would write it anew."""
    report = email.message_from_bytes(mail.data, policy=email.policy.SMTP)
    parts = [part for part in report.walk() if part.get_content_type() == "message/rfc822"]
    assert len(parts) == 1
    return report, parts[0]


def test_a_report_reaches_the_security_team(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.add_person(ADA)
    sent = messages.message("act now!", body=b"Click here: https://evil.example/\r\n.\r\nlast\r\n")
    postern.send(sent)
    portal = signed_in(postern, ADA)
    hold = portal.hold("act now!")
    done = portal.act("report", hold["id"], **{"as": "phishing"})
    assert done["done"] == [hold["id"]]
    assert postern.state_of(hold["id"]) == "reported"

    (report,) = standin.wait_for(1)
    assert report.recipients == ["security@example.test"]
    # Nobody but the security team hears of it, and no bounce can go back to the sender.
    assert report.sender != "someone@sender.example"
    parsed, original = original_in(report)
    assert sent.rstrip(b"\r\n") in report.data
    assert ADA in str(parsed) and "phishing" in str(parsed).lower()
    assert original.get_payload(0)["Subject"] == "act now!"

    blocked = portal.get("/senders", list="blocked")["entries"]
    assert [entry["entry"] for entry in blocked] == ["someone@sender.example"]
    replies, _ = postern.send(messages.message("again"))
    assert replies[0].starts("550 5.7.1")
    assert len(standin.mails) == 1


def test_a_report_is_not_a_release(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    postern.add_person(ADA)
    postern.send(messages.message("spam"))
    portal = signed_in(postern, ADA)
    hold = portal.hold("spam")
    portal.act("report", hold["id"], **{"as": "spam"})
    assert postern.run("hold", "release", hold["id"], check=False).returncode != 0
    standin.wait_for(1)
    assert all(mail.recipients == ["security@example.test"] for mail in standin.mails)
