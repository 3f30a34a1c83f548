"""Mail that moderators decide: whoever decides it changes nobody's lists of senders, by whichever way they come."""

import messages
import pytest
from portal_client import Portal, signed_in
from program import rule, until
from test_digest import FORM, link_in, parts_of

ADA, MO, ADMIN = "ada@example.test", "mo@example.test", "admin@example.test"
RULES = (
    rule("confidential", subject="CONFIDENTIAL", hold_for="moderator", moderators=[MO, ADMIN])
    + rule("all", sender=["sender.example"])
)
CHANGES = [
    {"action": "release", "sender": "permit_sender"},
    {"action": "release", "sender": "permit_domain"},
    {"action": "reject", "sender": "block_sender"},
    {"action": "reject", "sender": "block_domain"},
    {"action": "block"},
    {"action": "block", "sender": "block_domain"},
]


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=RULES, digest={"enabled": True})
    for address, role in ((ADA, None), (MO, "moderator"), (ADMIN, "administrator")):
        postern.add_person(address, role=role)
    postern.send(messages.message("CONFIDENTIAL plans"))
    postern.send(messages.message("CONFIDENTIAL to the moderator"), recipients=[MO])
    postern.send(messages.message("own mail"), recipients=[MO])
    return postern


def by_token(house, address):
    """As a program that may do everything a token can be allowed."""
    portal = signed_in(house, address)
    scopes = ["holds:read", "holds:act", "senders:read", "senders:write"]
    token = portal.post("/account/tokens", {"name": "all", "scopes": scopes, "expires_in_days": 1})["token"]
    client = Portal(house.portal)
    request = client.request
    fields = {"Authorization": f"Bearer {token}", "Origin": None}
    client.request = lambda method, path, body=None, headers=(): request(method, path, body, {**fields, **dict(headers)})
    return client


def entries_of(house, *people):
    lists = ("blocked", "permitted", "auto_permitted", "trusted")
    return [signed_in(house, who).get("/senders", list=name)["entries"] for who in people for name in lists]


@pytest.mark.parametrize("reach", [signed_in, by_token])
def test_moderated_mail_changes_no_lists(house, reach):
    moderated = [house.hold(f"CONFIDENTIAL {what}")["id"] for what in ("plans", "to the moderator")]
    for who in (MO, ADMIN):
        portal = reach(house, who)
        for change in CHANGES:
            for ids in ([moderated[0]], [moderated[1]], moderated):
                status, _, answer = portal.request("POST", "/api/v1/holds/act", {**change, "ids": ids})
                assert status == 403, f"{who} {change} {ids}: {status}: {answer}"
            for scope in ("moderated", "all"):
                body = {**change, "match": {"scope": scope, "subject": "CONFIDENTIAL"}}
                status, _, answer = portal.request("POST", "/api/v1/holds/act", body)
                assert status == 403, f"{who} {change} {scope}: {status}: {answer}"
        for hold in portal.holds(scope="moderated"):
            assert hold["may"]["manage_sender"] is False
    assert {house.state_of(hold) for hold in moderated} == {"held"}
    assert not any(entries_of(house, ADA, MO, ADMIN))


def test_moderated_mail_is_reported_without_a_change_of_lists(house):
    hold = house.hold("CONFIDENTIAL to the moderator")["id"]
    signed_in(house, MO).act("report", hold, **{"as": "spam", "sender": "block_sender"})
    assert house.state_of(hold) == "reported"
    assert not any(entries_of(house, ADA, MO))


def test_own_and_moderated_mail_together_change_the_own_sender_alone(house):
    moderated, own = house.hold("CONFIDENTIAL plans")["id"], house.hold("own mail")["id"]
    done = signed_in(house, MO).act("block", moderated, own)
    assert done["done"] == [own] and [each["id"] for each in done["problems"]] == [moderated]
    assert house.state_of(moderated) == "held"
    assert entries_of(house, ADA) == [[], [], [], []]


def test_a_job_over_ones_own_mail_leaves_moderated_mail_alone(house):
    # The moderator is a recipient, too: the mail is theirs, and still not theirs to decide as their own.
    moderated = house.hold("CONFIDENTIAL to the moderator")["id"]
    portal = signed_in(house, MO)
    job = portal.post("/holds/act", {"action": "block", "match": {"scope": "mine"}}, expect=202)
    until(lambda: portal.get(f"/jobs/{job['id']}")["state"] != "running", "the job does not end")
    assert house.state_of(moderated) == "held"
    assert house.hold("own mail")["state"] == "rejected"


def test_no_digest_link_decides_moderated_mail(house, standin):
    house.run("digest", "send", "--now", MO)
    path = link_in(parts_of(standin.wait_for(1)[-1])[1])
    somebody = Portal(house.portal)
    for subject in ("CONFIDENTIAL plans", "CONFIDENTIAL to the moderator"):
        hold = house.hold(subject)["id"]
        for act in ("release", "release_permit", "reject", "reject_block", "undo"):
            body = f"hold={hold}&act={act}".encode()
            somebody.request("POST", path, body, {**FORM, "Origin": "null"})
            assert house.state_of(hold) == "held", f"{subject} {act}"
    assert not any(entries_of(house, ADA, MO))
