"""What passes, passes byte for byte through a real Postfix; what Postfix says of a recipient is passed on."""

import subprocess

import dkim
import messages
import pytest
import stand_in
import wire
from program import rule

BODIES = {
    "plain": b"Hello.\r\n",
    "8 bit": "Grüße – 山\r\n".encode() + bytes(range(0x80, 0x100)) + b"\r\n",
    "long line": b"x" * 20_000 + b"\r\n" + b"y" * 998 + b"\r\n",
    "leading dots": b".\r\n..\r\n.x\r\n...\r\n. \r\nend\r\n",
    "ends with a dot line": b"last\r\n.\r\n",
    "empty body": b"",
    "empty lines": b"\r\n\r\n\r\n",
    "tabs and spaces at line ends": b"a \t\r\n \r\n\t\r\n",
    "mail in a mail": b"From: x@y.example\r\n\r\nFrom me to you\r\n>From\r\n",
}


def delivered(data):
    """A Maildir's line ends are the system's; on the wire they were CRLF."""
    return data.replace(b"\n", b"\r\n")


def assert_only_fields_on_top(mail, sent):
    data = delivered(mail)
    assert data.endswith(sent)
    assert stand_in.is_fields(data[: len(data) - len(sent)])


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_mail_passes_byte_for_byte(instances, real_backend, body):
    postern = instances(real_backend)
    sent = messages.message(body=body)
    _, final = postern.send(sent, options=" BODY=8BITMIME")
    assert final.starts("250 2.0.0")
    # Delivered before our 250 means: nothing of it is ours any more.
    assert postern.holds() == []
    (mail,) = real_backend.wait_for("ada@example.test")
    assert_only_fields_on_top(mail, sent)
    assert b"by mx.example.test" in mail


def test_a_mail_without_any_header_passes(instances, real_backend):
    postern = instances(real_backend)
    sent = b"\r\nonly a body\r\n"
    _, final = postern.send(sent)
    # Not exactly one From may be held by rule, but it is never changed.
    assert final.starts("250 2.0.0")
    if real_backend.mails("ada@example.test") or not postern.holds():
        assert delivered(real_backend.wait_for("ada@example.test")[0]).endswith(sent)
    else:
        (hold,) = postern.holds()
        assert postern.run("hold", "export", hold["id"]).stdout == sent


def test_the_back_end_says_which_recipients_exist(instances, real_backend):
    postern = instances(real_backend)
    with wire.Wire(real_backend.address) as direct:
        direct.hello()
        (its_own,) = direct.envelope("someone@sender.example", "nobody@example.test")
    replies, final = postern.send(messages.message(), recipients=["nobody@example.test", "ben@example.test"])
    assert its_own.code == replies[0].code == 550
    assert replies[0].enhanced == its_own.enhanced
    assert "User unknown in virtual mailbox table" in replies[0].text
    assert replies[1].starts("250 2.1.5")
    assert final.starts("250 2.0.0")
    real_backend.wait_for("ben@example.test")


@pytest.mark.parametrize("path", ["passed", "released"])
def test_a_dkim_signature_still_verifies(instances, real_backend, tmp_path, path):
    subprocess.run(
        ["openssl", "genrsa", "-traditional", "-out", tmp_path / "key.pem", "2048"], check=True, capture_output=True
    )
    public = subprocess.run(
        ["openssl", "rsa", "-in", tmp_path / "key.pem", "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    rules = rule("all", sender=["sender.example"]) if path == "released" else ""
    postern = instances(real_backend, rules=rules)
    bare = messages.message(body=b"signed  \r\n.\r\n..\r\nbytes\r\n\r\n", to="ada@example.test")
    signature = dkim.sign(bare, b"s1", b"sender.example", (tmp_path / "key.pem").read_bytes())
    sent = signature + bare
    _, final = postern.send(sent)
    assert final.starts("250 2.0.0")
    if path == "released":
        (hold,) = postern.holds()
        postern.run("hold", "release", hold["id"])
    (mail,) = real_backend.wait_for("ada@example.test")
    assert_only_fields_on_top(mail, sent)

    def public_key(name, timeout=5):
        import base64

        assert name.rstrip(b".") == b"s1._domainkey.sender.example"
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    assert dkim.verify(delivered(mail), dnsfunc=public_key)
    # The verifier can say no: one changed byte and it does.
    assert not dkim.verify(delivered(mail).replace(b"bytes", b"bytez"), dnsfunc=public_key)


def test_a_released_mail_keeps_its_envelope_sender(instances, real_backend):
    postern = instances(real_backend, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("held"), sender="bounces+7@sender.example")
    postern.run("hold", "release", postern.hold("held")["id"])
    (mail,) = real_backend.wait_for("ada@example.test")
    assert mail.startswith(b"Return-Path: <bounces+7@sender.example>\n")
