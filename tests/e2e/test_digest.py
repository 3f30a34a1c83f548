"""The digest: one mail that tells of new holds, and the page behind its link."""

import email
import email.policy
import html.parser
import pathlib
import re
import sqlite3

import messages
import pytest
import wire
from portal_client import Portal
from program import PUBLIC_URL, rule, until

ADA, BEN = "ada@example.test", "ben@example.test"
RULES = rule("all", sender=["sender.example"], reason="A test says so.")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


def with_digest(instances, behind, **tables):
    tables.setdefault("digest", {})
    tables["digest"] = {"enabled": True, **tables["digest"]}
    return instances(behind, rules=RULES, **tables)


def parts_of(mail):
    """(the parsed mail, its plain part, its HTML part)."""
    parsed = email.message_from_bytes(mail if isinstance(mail, bytes) else mail.data, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    plain, rich = parsed.iter_parts()
    assert [plain.get_content_type(), rich.get_content_type()] == ["text/plain", "text/html"]
    return parsed, plain.get_content(), rich.get_content()


def link_in(text):
    """The path of the page, as it stands in the plain part."""
    links = set(re.findall(rf"^{re.escape(PUBLIC_URL)}(/digest/[a-z2-7]{{52}})", text, re.M))
    assert len(links) == 1, text
    return links.pop()


class Page(html.parser.HTMLParser):
    """The page as a browser without script takes it: its words, and what its buttons post."""

    def __init__(self, text):
        super().__init__()
        self.words, self.forms, self.links, self.items, self.tags = [], [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.add(tag)
        if tag == "form":
            self.forms.append({"action": found["action"], "method": found["method"], "fields": {}, "acts": []})
        if tag == "input":
            self.forms[-1]["fields"][found["name"]] = found["value"]
        if tag == "button":
            self.forms[-1]["acts"].append((found["name"], found["value"]))
        if tag == "a":
            self.links.append(found["href"])
        if tag == "li":
            self.items.append(found["id"])
        assert not any(name.startswith("on") or name == "style" for name in found), found

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words)).replace("\u200b", "")


class Browser(Portal):
    """Somebody without a session who follows a link and presses buttons."""

    def page(self, path, expect=200):
        status, headers, body = self.request("GET", path)
        assert status == expect, body
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
        assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        page = Page(body.decode())
        assert "script" not in page.tags
        return page

    def press(self, path, expect=303, **fields):
        body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
        # As a browser posts from a page without a referrer.
        status, headers, answer = self.request("POST", path, body, {**FORM, "Origin": "null"})
        assert status == expect, (status, answer)
        if status != 303:
            return Page(answer.decode())
        assert headers["Location"].startswith(path + "?")
        return self.page(headers["Location"].partition("#")[0])


@pytest.fixture
def told(instances, standin):
    """A running program, two holds of Ada's, the digest she got, and her browser."""
    postern = with_digest(instances, standin, courier={"undo_window_seconds": 0})
    sent = [messages.message(f"mail {i}", body=b"Body %d.\r\n..\r\n.x\r\n" % i) for i in (1, 2)]
    for message in sent:
        postern.send(message)
    said = postern.run("digest", "send", "--now", ADA).stdout.decode()
    assert "2 messages" in said and ADA in said
    (mail,) = standin.wait_for(1)
    return postern, sent, mail, Browser(postern.portal)


def test_a_digest_arrives_as_text_and_html(told):
    postern, _, mail, _ = told
    assert mail.sender == "" and mail.recipients == [ADA]
    parsed, plain, rich = parts_of(mail)
    assert parsed["From"].addresses[0].addr_spec == "postern@mx.example.test"
    assert parsed["To"].addresses[0].addr_spec == ADA
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["X-Auto-Response-Suppress"] == "All"
    assert parsed["Date"].datetime and "@mx.example.test>" in parsed["Message-ID"]
    assert not parsed.defects
    link = PUBLIC_URL + link_in(plain)
    for part in (plain, rich):
        assert "mail 1" in part and "mail 2" in part and link in part
        assert "A test says so." in part
    for hold in postern.holds():
        assert f"{link}#m-{hold['id']}" in plain and f"{link}#m-{hold['id']}" in rich
    # Nothing new, no second mail.
    assert "no mail" in postern.run("digest", "send", "--now", ADA).stdout.decode()


def test_following_the_link_changes_nothing(told):
    postern, _, mail, browser = told
    path = link_in(parts_of(mail)[1])
    before = postern.holds("--state", "any")
    page = browser.page(path)
    assert len(page.items) == 2 and "mail 1" in page.text and "mail 2" in page.text
    assert "Body 1" not in page.text
    for _ in range(50):
        assert browser.request("HEAD", path)[::2] == (200, b"")
        for query in ("", "?act=release&hold=" + before[0]["id"], "?ask=revoke", "?done=released", "?revoke=all"):
            assert browser.request("GET", path + query)[0] == 200
    assert postern.holds("--state", "any") == before
    for hold in before:
        history = postern.run("hold", "show", hold["id"]).stdout.decode()
        assert "released" not in history and "rejected" not in history
    assert len(browser.page(path).items) == 2


def test_a_button_releases_the_mail_byte_for_byte(told, standin):
    postern, sent, mail, browser = told
    path = link_in(parts_of(mail)[1])
    hold = postern.hold("mail 2")
    form = next(form for form in browser.page(path).forms if form["fields"].get("hold") == hold["id"])
    assert form["action"] == path and form["method"] == "post"
    assert [value for _, value in form["acts"]] == ["release", "reject", "release_permit", "reject_block"]
    page = browser.press(path, hold=hold["id"], act="release")
    assert "Released. It is on its way" in page.text and f"by {ADA}" in page.text
    _, released = standin.wait_for(2)
    assert released.data.endswith(sent[1]) and released.sender == "someone@sender.example"
    # Once only, and the other one as it was.
    page = browser.press(path, hold=hold["id"], act="release")
    assert "decided about this message already" in page.text
    assert postern.state_of(postern.hold("mail 1")["id"]) == "held"
    postern.wait_for_state(hold["id"], "delivered")
    with sqlite3.connect(pathlib.Path(postern.directory) / "store" / "postern.db") as store:
        trail = store.execute("SELECT who, source FROM audit WHERE act = 'hold.released'").fetchall()
    assert trail == [(ADA, "digest link 127.0.0.1")]
    assert len(standin.mails) == 2


def test_rejecting_and_blocking_is_what_it_says(told):
    postern, _, mail, browser = told
    path = link_in(parts_of(mail)[1])
    browser.press(path, hold=postern.hold("mail 1")["id"], act="reject")
    browser.press(path, hold=postern.hold("mail 2")["id"], act="reject_block")
    assert not postern.holds()
    assert "someone@sender.example" in postern.run("sender", "list", ADA).stdout.decode()
    replies, _ = postern.send(messages.message("again"))
    assert replies[0].starts("550 5.7.1")


def test_a_link_opens_nothing_but_its_own_holds(told, standin):
    postern, _, mail, browser = told
    path = link_in(parts_of(mail)[1])
    postern.send(messages.message("for ben"), recipients=(BEN,))
    postern.send(messages.message("came later"))
    for subject in ("for ben", "came later"):
        foreign = postern.hold(subject)["id"]
        page = browser.press(path, hold=foreign, act="release")
        assert "not one of those listed here" in page.text
        assert postern.state_of(foreign) == "held"
    assert browser.request("GET", "/api/v1/holds", headers={"Authorization": f"Bearer {path[8:]}"})[0] == 401
    # Wrong tokens are all alike, and lead to the sign-in.
    for wrong in ("a" * 52, path[8:-1], path[8:] + "a", "%2e%2e", "x"):
        status, _, body = browser.request("GET", "/digest/" + wrong)
        assert status in (400, 404)
        if status == 404:
            assert "/sign-in" in Page(body.decode()).links
    browser.press("/digest/" + "a" * 52, 404, hold=postern.hold("mail 1")["id"], act="release")
    assert postern.state_of(postern.hold("mail 1")["id"]) == "held"


def test_all_that_wait_are_released_after_a_question(told, standin):
    postern, _, mail, browser = told
    path = link_in(parts_of(mail)[1])
    question = browser.press(path, 200, act="release_all")
    assert "Release all 2 messages?" in question.text
    assert len(postern.holds()) == 2
    page = browser.press(path, act="release_all", confirm="yes")
    assert "Released 2 messages" in page.text
    standin.wait_for(3)


def test_an_act_can_be_taken_back(instances, standin):
    postern = with_digest(instances, standin, courier={"undo_window_seconds": 600})
    postern.send(messages.message("mind changed"))
    postern.run("digest", "send", "--now", ADA)
    (mail,) = standin.wait_for(1)
    path = link_in(parts_of(mail)[1])
    hold = postern.hold("mind changed")["id"]
    browser = Browser(postern.portal)
    page = browser.press(path, hold=hold, act="release_permit")
    assert "the sender is permitted" in page.text
    assert [form["acts"] for form in page.forms] == [[("act", "undo")]]
    page = browser.press(path, hold=hold, act="undo")
    assert "Taken back" in page.text and postern.state_of(hold) == "held"
    assert "sender.example" not in postern.run("sender", "list", ADA).stdout.decode()
    assert "too late" in browser.press(path, hold=hold, act="undo").text
    assert len(standin.mails) == 1


def test_links_can_be_ended_and_end(told):
    postern, _, mail, browser = told
    path = link_in(parts_of(mail)[1])
    question = browser.page(path + "?ask=revoke")
    assert ("revoke", "all") in question.forms[0]["acts"]
    assert "ended" in browser.press(path, 200, revoke="all").text
    for method in ("GET", "POST"):
        status, _, body = browser.request(method, path, b"act=release" if method == "POST" else None, FORM)
        assert status == 410 and "/sign-in" in Page(body.decode()).links
    assert len(postern.holds()) == 2
    # The next mail has a link of its own.
    postern.run("digest", "send", "--now", ADA, "--again")


def test_administrators_holds_are_not_in_it(instances, standin):
    rules = RULES + rule("odd", subject="odd", hold_for="administrator")
    postern = instances(standin, rules=rules, digest={"enabled": True})
    postern.send(messages.message("odd one"))
    assert "no mail" in postern.run("digest", "send", "--now", ADA).stdout.decode()
    postern.send(messages.message("mine"))
    postern.run("digest", "send", "--now", ADA)
    (mail,) = standin.wait_for(1)
    _, plain, _ = parts_of(mail)
    assert "mine" in plain and "odd one" not in plain
    browser = Browser(postern.portal)
    odd = postern.hold("odd one")["id"]
    assert "not one of those" in browser.press(link_in(plain), hold=odd, act="release").text
    assert postern.state_of(odd) == "held"


def test_the_token_stands_in_no_log(told):
    postern, _, mail, browser = told
    token = link_in(parts_of(mail)[1])[8:]
    browser.press("/digest/" + token, hold=postern.hold("mail 1")["id"], act="release")
    browser.request("GET", f"/digest/{token}?%zz")
    browser.request("PUT", f"/digest/{token}", b"x")
    postern.wait_for_event("acted")
    assert token not in postern.log() and token[:20] not in postern.log()


def test_guessing_links_is_slowed_down(told):
    postern, _, mail, browser = told
    path = link_in(parts_of(mail)[1])
    statuses = [browser.request("GET", "/digest/" + "b" * 52)[0] for _ in range(25)]
    assert statuses[:20] == [404] * 20 and statuses[-1] == 429
    status, headers, _ = browser.request("GET", "/digest/" + "a" * 52)
    assert status == 429 and 0 < int(headers["Retry-After"]) <= 60
    # Whoever has a link, behind the same address, is not kept out by that.
    assert "mail 1" in browser.page(path).text
    browser.press(path, hold=postern.hold("mail 1")["id"], act="reject")
    assert [hold["subject"] for hold in postern.holds()] == ["mail 2"]


def test_the_page_speaks_german(told):
    postern, _, mail, browser = told
    path = link_in(parts_of(mail)[1])
    status, _, body = browser.request("GET", "/digest/" + "c" * 52, headers={"Accept-Language": "de-AT,en;q=0.5"})
    assert status == 404 and '<html lang="de">' in body.decode() and "Im Portal anmelden" in body.decode()
    assert '<html lang="en">' in browser.request("GET", path)[2].decode()


def test_a_digest_that_is_refused_for_good_leaves_nothing_behind(instances, standin):
    postern = with_digest(instances, standin)
    postern.send(messages.message("held"))
    standin.answer(lambda verb, argument: "554 5.6.0 no" if verb == "BODY" else None)
    postern.run("digest", "send", "--now", ADA)
    postern.wait_for_event("courier", outcome="failed")
    standin.answer(None)
    postern.send(messages.message("passes", sender="friend@other.example"), sender="friend@other.example")
    (mail,) = standin.wait_for(1)
    assert b"passes" in mail.data
    assert [hold["subject"] for hold in postern.holds("--state", "any")] == ["held"]
    assert len(postern.events("courier", outcome="failed")) == 1


def test_a_notice_comes_by_itself(instances, standin):
    postern = with_digest(instances, standin, digest={"mode": "notice"})
    postern.send(messages.message("news"))
    (mail,) = standin.wait_for(1, seconds=70)
    _, plain, _ = parts_of(mail)
    assert "1 new message" in plain and "news" in plain
    assert Browser(postern.portal).page(link_in(plain)).items
    assert postern.events("digest", kind="notice", recipient=ADA)


def test_digests_survive_a_kill_between_storing_and_sending(instances, standin):
    """Whatever is cut short: every hold is told of once, and no digest comes twice."""
    postern = with_digest(instances, standin)
    subjects = set()
    for turn in range(3):
        subjects |= {f"turn {turn} mail {i}" for i in range(5)}
        for i in range(5):
            postern.send(messages.message(f"turn {turn} mail {i}"))
        standin.stop()  # what is composed waits in the outbox
        done = postern.run("digest", "send", "--now", ADA)
        assert "5 messages" in done.stdout.decode()
        postern.kill()
        standin.start()
        postern.start()
        standin.wait_for(turn + 1)
    listed = [subject for mail in standin.mails for subject in re.findall(r"^turn \d mail \d", parts_of(mail)[1], re.M)]
    assert sorted(listed) == sorted(subjects)
    assert "no mail" in postern.run("digest", "send", "--now", ADA).stdout.decode()


def test_a_round_that_is_killed_goes_on_and_nobody_gets_two(instances, standin):
    people = [f"p{i}@example.test" for i in range(50)]
    postern = with_digest(instances, standin, smtp={"max_recipients": 50})
    postern.send(messages.message("held for many"), recipients=people)
    postern.stop()
    # As if it had been off for two days: a time has been missed.
    with sqlite3.connect(pathlib.Path(postern.directory) / "store" / "postern.db") as store:
        assert store.execute("UPDATE digest_clock SET served_until = served_until - 172800000").rowcount == 1
    postern.start()
    postern.wait_for_event("digest", kind="digest")
    postern.kill()
    postern.start()
    postern.wait_for_event("digest_round")
    until(lambda: len({mail.recipients[0] for mail in standin.mails}) == len(people), "not everybody has got one")
    mails = list(standin.mails)
    # The courier may repeat what it was sending at the kill; a digest itself is never made twice.
    ids = {mail.recipients[0]: set() for mail in mails}
    for mail in mails:
        ids[mail.recipients[0]].add(parts_of(mail)[0]["Message-ID"])
    assert sorted(ids) == sorted(people)
    assert all(len(found) == 1 for found in ids.values())


def test_the_page_with_a_real_mail_server(instances, real_backend):
    postern = with_digest(instances, real_backend, courier={"undo_window_seconds": 0})
    sent = messages.message("through postfix", body="Grüße 🙂\r\n.\r\n..\r\n".encode())
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("MAIL FROM:<someone@sender.example> BODY=8BITMIME", "250")
        client.ask(f"RCPT TO:<{ADA}>", "250")
        assert client.data(sent).starts("250")
    postern.run("digest", "send", "--now", ADA)
    (mail,) = real_backend.wait_for(ADA)
    _, plain, _ = parts_of(mail)
    Browser(postern.portal).press(link_in(plain), hold=postern.hold("through postfix")["id"], act="release")
    mails = real_backend.wait_for(ADA, 2)
    released = next(found for found in mails if b"through postfix" in found.partition(b"\n\n")[0])
    assert released.endswith(sent.replace(b"\r\n", b"\n"))


def test_a_digest_that_is_switched_off_says_so(instances, standin):
    postern = instances(standin, rules=RULES)
    done = postern.run("digest", "send", "--now", ADA, check=False)
    assert done.returncode == 1 and b"public_url" in done.stderr
    assert postern.run("digest", "send", ADA, check=False).returncode == 2
