"""A mailbox that several people act for: who acts is told to the others, and a grant ends at once."""

import json
import sqlite3

import messages
import pytest
from portal_client import signed_in
from program import rule

ADA, BEN, INFO, CAROL = "ada@example.test", "ben@example.test", "info@example.test", "carol@example.test"
RULES = (
    rule("programs", attachment_extension=["exe"], hold_for="administrator")
    + rule("all", sender=["sender.example"])
)


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=RULES)
    for address in (ADA, BEN, CAROL):
        postern.add_person(address)
    for delegate in (ADA, BEN):
        postern.run("user", "act-for", delegate, INFO)
    return postern


def test_one_acts_and_the_other_sees_who_did(house, standin):
    ada, ben, carol = (signed_in(house, address) for address in (ADA, BEN, CAROL))
    house.send(messages.message("an order"), recipients=[INFO])
    assert ada.get("/session")["acts_for"] == [INFO]
    hold = ben.hold("an order")
    assert hold["owner"] == hold["mailbox"] == INFO and hold["may"]["manage_sender"]
    assert carol.holds() == [] and carol.get(f"/holds/{hold['id']}", expect=404)

    done = ada.act("release", hold["id"], sender="permit_sender")
    assert done["done"] == [hold["id"]] and done["problems"] == []
    house.wait_for_state(hold["id"], "delivered")
    assert [mail.recipients for mail in standin.mails] == [[INFO]]

    seen = ben.get("/holds", state="decided")["holds"][0]
    assert (seen["id"], seen["decided_by"], seen["acted_by_other"]) == (hold["id"], ADA, True)
    assert seen["decided_at"] and not any(seen["may"][act] for act in ("release", "reject", "report"))
    late = ben.act("reject", hold["id"])
    assert late["done"] == [] and [problem["id"] for problem in late["problems"]] == [hold["id"]]
    assert "lready" in late["problems"][0]["problem"]
    assert ada.get("/holds", state="decided")["holds"][0]["acted_by_other"] is False
    assert len(standin.mails) == 1

    # The sender went to the mailbox's own list; the trail says whose hand it was.
    assert [entry["entry"] for entry in ben.get("/senders", list="permitted", own=INFO)["entries"]] == [hold["header_from"]["address"]]
    assert ada.get("/senders", list="permitted")["entries"] == []
    with sqlite3.connect(house.directory / "store" / "postern.db") as store:
        trail = store.execute("SELECT who, detail FROM audit WHERE act = 'sender.permitted'").fetchall()
        grants = store.execute("SELECT object, detail FROM audit WHERE act = 'account.mailbox_granted'").fetchall()
    store.close()
    assert trail == [(ADA, f"for {INFO}")]
    assert grants == [(ADA, INFO), (BEN, INFO)]


def test_only_what_is_for_the_mailbox_itself_to_decide(house):
    house.send(messages.with_attachment("a.exe", subject="a program"), recipients=[INFO])
    house.send(messages.message("for carol"), recipients=[CAROL])
    ada = signed_in(house, ADA)
    assert ada.holds() == []
    for subject in ("a program", "for carol"):
        hold_id = house.hold(subject)["id"]
        ada.get(f"/holds/{hold_id}", expect=404)
        assert ada.act("release", hold_id)["done"] == []


def test_a_grant_that_is_taken_away_ends_at_once(house):
    ada, ben = signed_in(house, ADA), signed_in(house, BEN)
    house.send(messages.message("an order"), recipients=[INFO])
    hold_id = ada.hold("an order")["id"]
    house.run("user", "act-for", ADA, INFO, "--remove")
    assert ada.holds() == [] and ada.get("/session")["acts_for"] == []
    ada.get(f"/holds/{hold_id}", expect=404)
    assert ada.act("release", hold_id)["done"] == []
    ada.call("GET", f"/senders?list=blocked&own={INFO}", expect=403)
    assert ben.act("reject", hold_id)["done"] == [hold_id]
    listed = {person["address"]: person for person in json.loads(house.run("user", "list", "--json").stdout)}
    assert listed[ADA]["acts_for"] == [] and [mailbox["address"] for mailbox in listed[BEN]["acts_for"]] == [INFO]


def test_the_mailbox_of_a_person_says_who_acts_for_it(house):
    house.run("user", "act-for", ADA, CAROL)
    carol = signed_in(house, CAROL)
    assert [delegate["address"] for delegate in carol.get("/account")["acted_by"]] == [ADA]
    house.send(messages.message("while away"), recipients=[CAROL])
    ada = signed_in(house, ADA)
    hold_id = ada.hold("while away")["id"]
    assert ada.act("block", hold_id, sender="block_sender")["done"] == [hold_id]
    seen = carol.get("/holds", state="decided")["holds"][0]
    assert (seen["decided_by"], seen["acted_by_other"], seen["mailbox"]) == (ADA, True, "")
    assert len(carol.get("/senders", list="blocked")["entries"]) == 1
    assert ada.get("/senders", list="blocked")["entries"] == []
