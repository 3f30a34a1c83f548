"""The rules in force and what they would do with a mail: the portal says what the command says."""

import json
import re

import messages
import pytest
from portal_client import signed_in
from program import rule

ADA, MO, ADMIN = "ada@example.test", "mo@example.test", "admin@example.test"
RULES = (
    rule("no thanks", action="reject", sender=["no.example"], reason="We do not want them.")
    + rule("letters", sender=["letters.example"], spam_check=True)
    + rule("programs", attachment_extension=["exe"], hold_for="moderator", moderators=[MO], trusted_senders_may=True)
    + rule("partner", action="deliver", sender=["partner.example"])
    + rule("late", action="reject", subject="forbidden")
)


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=RULES)
    for address, role in ((ADA, None), (ADMIN, "administrator")):
        postern.add_person(address, role=role)
    return postern


@pytest.fixture
def admin(house):
    return signed_in(house, ADMIN)


def test_the_rules_in_force_are_listed_in_their_order(house, admin):
    answer = admin.get("/rules")
    assert [(rule["name"], rule["source"]) for rule in answer["rules"]] == [
        ("no thanks", "file"),
        ("letters", "file"),
        ("programs", "file"),
        ("partner", "file"),
        ("late", "file"),
        ("ambiguous executable or archive", "built in"),
        ("not exactly one From", "built in"),
    ]
    rules = {rule["name"]: rule for rule in answer["rules"]}
    assert rules["no thanks"]["stage"] == "rcpt" and rules["no thanks"]["reason"] == "We do not want them."
    assert rules["no thanks"]["conditions"] == ["sender no.example"] and rules["no thanks"]["hold_for"] is None
    assert rules["letters"]["spam_check"] and rules["letters"]["stage"] == "message"
    assert rules["programs"]["hold_for"] == "moderator" and rules["programs"]["moderators"] == [MO]
    assert rules["programs"]["trusted_senders_may"]
    assert rules["partner"]["stage"] == "rcpt" and rules["late"]["stage"] == "message"
    assert [step["step"] for step in answer["order"]] == list(range(1, len(answer["order"]) + 1))

    # A reload takes them over.
    house.config.rules = rule("only one", sender=["one.example"])
    house.write_config()
    house.run("reload")
    assert [rule["name"] for rule in admin.get("/rules")["rules"]][0] == "only one"


def explained_by_command(house, sender, message=None):
    arguments = ["explain", "--from", sender, "--to", ADA]
    if message is not None:
        file = house.directory / "mail.eml"
        file.write_bytes(message)
        arguments.append(str(file))
    said = house.run(*arguments).stdout.decode()
    fields = dict(re.findall(r"^(verdict|rule|reason) +(.*)$", said, re.M))
    steps = re.findall(r"^ +\d+  ", said, re.M)
    return fields, len(steps)


def test_the_portal_explains_as_the_command_does(house, admin):
    house.run("sender", "block", ADA, "blocked.example")
    house.run("sender", "permit", ADA, "good@letters.example")
    program = messages.with_attachment("a.exe")
    for sender, message in (
        ("x@no.example", None),
        ("x@blocked.example", None),
        ("good@letters.example", None),
        ("bad@letters.example", None),
        ("x@partner.example", program),
        ("x@other.example", program),
        ("x@other.example", messages.message("forbidden")),
        ("", None),
    ):
        fields, steps = explained_by_command(house, sender, message)
        body = {"from": sender, "to": ADA}
        if message is not None:
            body["message"] = message.decode().replace("\r\n", "\n")
        answer = admin.post("/explain", body)
        assert (answer["rule"], answer["reason"]) == (fields["rule"], fields["reason"]), sender
        assert fields["verdict"].startswith(answer["verdict"])
        assert len(answer["trace"]) == steps
        assert (answer["hold_for"] is None) == (answer["verdict"] != "hold")
        assert bool(answer["reply"]) == (answer["verdict"] == "reject")


def test_what_cannot_be_answered_says_why(house, admin):
    foreign = admin.post("/explain", {"from": "x@a.example", "to": "x@foreign.example"})
    assert foreign["verdict"] == "reject" and foreign["rule"] == "not our domain"
    for body, field in (
        ({"from": "nonsense", "to": ADA}, "from"),
        ({"from": "x@a.example", "to": ""}, "to"),
        ({"from": "x@a.example", "to": ADA, "ip": "300.1.1.1"}, "ip"),
        ({"from": "x@a.example", "to": ADA, "header_from": "a\r\nSubject: forbidden"}, "header_from"),
        ({"from": "x@a.example", "to": ADA, "message": "x" * (1 << 20) + "x"}, "message"),
    ):
        problem = admin.post("/explain", body, expect=400)
        assert field in problem["detail"], problem


def test_a_header_from_of_its_own_is_judged(house, admin):
    house.run("sender", "block", ADA, "author.example")
    body = {"from": "x@a.example", "to": ADA, "header_from": "me@author.example"}
    assert admin.post("/explain", body)["rule"] == "blocked author.example"
    assert admin.post("/explain", {**body, "header_from": ""})["verdict"] == "deliver"


def test_a_question_changes_nothing_and_is_on_record(house, admin, standin):
    before = house.holds()
    admin.post("/explain", {"from": "x@letters.example", "to": ADA})
    assert house.holds() == before
    house.stop()
    shown = json.dumps(audit(house))
    assert "explain.asked" in shown and ADA in shown and "from x@letters.example" in shown


def audit(house):
    import sqlite3

    with sqlite3.connect(house.directory / "store" / "postern.db") as store:
        return store.execute("SELECT who, act, object, detail FROM audit").fetchall()


def test_only_administrators_may_ask(house):
    ada = signed_in(house, ADA)
    ada.post("/explain", {"from": "x@a.example", "to": ADA}, expect=403)
