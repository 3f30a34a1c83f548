"""What the page of a held mail says of it: links, images, whom it looks like, and why it is held."""

import base64

import messages
import pytest
from portal_client import signed_in
from program import rule

ADA = "ada.lovelace@example.test"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RULES = rule("own words", subject="worded", reason="We look at these.") + rule("all", sender=["sender.example"])


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=RULES)
    postern.add_person(ADA)
    return postern


@pytest.fixture
def ada(house):
    return signed_in(house, ADA)


def html_mail(html, *images, subject="html"):
    head = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="edge"\r\n'
    parts = [b"--edge\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode() + b"\r\n"]
    for content_id, content in images:
        encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
        parts.append(
            b"--edge\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <"
            + content_id.encode() + b">\r\n\r\n" + encoded
        )
    return messages.message(subject, b"".join(parts) + b"--edge--\r\n", extra=head.encode())


def shown(house, ada, mail, **envelope):
    house.send(mail, recipients=[ADA], **envelope)
    newest = ada.holds()[0]["id"]
    return newest, ada.get(f"/holds/{newest}")


def frame(ada, hold_id, query=""):
    status, headers, body = ada.request("GET", f"/api/v1/holds/{hold_id}/html{query}", headers={"Sec-Fetch-Dest": "iframe"})
    assert status == 200, body
    return headers, body.decode()


def test_links_say_where_they_lead(house, ada):
    html = (
        '<a href="https://evil.example/x">https://bank.example</a> <a href="https://a.example">Offer</a>'
        '<a href="https://xn--bcher-kva.example/">Books</a>'
    )
    _, detail = shown(house, ada, html_mail(html))
    assert detail["links"] == [
        {"text": "https://bank.example", "url": "https://evil.example/x", "host": "evil.example", "host_unicode": "", "differs": True},
        {"text": "Offer", "url": "https://a.example", "host": "a.example", "host_unicode": "", "differs": False},
        {"text": "Books", "url": "https://xn--bcher-kva.example/", "host": "xn--bcher-kva.example", "host_unicode": "bücher.example", "differs": False},
    ]
    _, plain = shown(house, ada, messages.message("plain", b"See https://b.example/y.\r\n"))
    assert [link["url"] for link in plain["links"]] == ["https://b.example/y"]


def test_the_mails_own_images_are_shown_when_asked_for(house, ada):
    html = '<img src="cid:logo@x"><img src="cid:svg@x"><img src="cid:none@x"><img src="https://beacon.example/1.png">'
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    hold_id, detail = shown(house, ada, html_mail(html, ("logo@x", PNG), ("svg@x", svg)))
    assert detail["inline_images"] == 1
    assert detail["remote_image_hosts"] == ["beacon.example"] and detail["has_remote_images"]
    data = "data:image/png;base64," + base64.b64encode(PNG).decode()
    _, without = frame(ada, hold_id)
    assert "data:" not in without and "cid:logo@x" in without
    headers, own = frame(ada, hold_id, "?inline=1")
    assert f'<img src="{data}"><img src="cid:svg@x"><img src="cid:none@x">' in own
    assert "svg+xml" not in own and "onload" not in own
    # The mail's own images open nothing to the outside.
    assert "http:" not in headers["Content-Security-Policy"] and "sandbox" in headers["Content-Security-Policy"]
    headers, _ = frame(ada, hold_id, "?inline=1&images=1")
    assert "img-src data: http: https:" in headers["Content-Security-Policy"]


def test_too_many_or_too_large_images_are_left_out(house, ada):
    many = [(f"i{number}@x", PNG) for number in range(30)]
    html = "".join(f'<img src="cid:{content_id}">' for content_id, _ in many)
    hold_id, detail = shown(house, ada, html_mail(html, *many))
    assert detail["inline_images"] == 20
    large = PNG + bytes(4 * 1024 * 1024)
    html = "".join(f'<img src="cid:l{number}@x">' * 20 for number in range(3))
    hold_id, detail = shown(house, ada, html_mail(html, *[(f"l{number}@x", large) for number in range(3)]))
    assert detail["inline_images"] == 1
    _, own = frame(ada, hold_id, "?inline=1")
    assert own.count("data:image/png") == 1 and len(own) < 9 * 1024 * 1024


def test_a_display_name_of_ours_is_told(house, ada):
    for sender, expected in (
        ("=?utf-8?q?=D0=90da_Lovelace?= <boss@sender.example>", {"name": ADA, "address": ADA}),
        ('"Lovelace, Ada" <boss@sender.example>', {"name": ADA, "address": ADA}),
        (f'"{ADA}" <boss@sender.example>', {"name": ADA, "address": ADA}),
        ('"Help desk example.test" <boss@sender.example>', {"name": "example.test", "address": ""}),
        ('"Grace Hopper" <grace@sender.example>', None),
        (f"Ada Lovelace <{ADA}>", None),
    ):
        _, detail = shown(house, ada, messages.message("who", sender=sender))
        assert detail["looks_like"] == expected, sender
        assert detail["authentication"] is None


def test_the_reason_has_a_word_for_translation(house, ada):
    _, detail = shown(house, ada, messages.message("made"))
    assert detail["why"]["code"] == "held_by_rule"
    assert detail["why"]["params"]["rule"] == "all" and "sender.example" in detail["why"]["params"]["words"]
    _, detail = shown(house, ada, messages.message("worded"))
    assert detail["why"]["code"] == "" and detail["why"]["params"] == {}
    assert detail["why"]["summary"] == "We look at these."
    two = messages.message("two", extra=b"From: other@sender.example\r\n")
    _, detail = shown(house, ada, two, sender="x@elsewhere.example")
    assert detail["why"]["code"] == "not_one_from"


def test_a_senders_own_authentication_results_are_no_fact(house, ada):
    forged = b"Authentication-Results: mx.example.test; spf=pass; dkim=pass; dmarc=pass\r\n"
    _, detail = shown(house, ada, messages.message("forged", extra=forged))
    assert detail["authentication"] is None
