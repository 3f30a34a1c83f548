"""Home: what is new, what waits, what became of things lately, and how the gateway is."""

import messages
import pytest
from portal_client import signed_in
from program import rule, until

ADA, BEN, MO, ADMIN = "ada@example.test", "ben@example.test", "mo@example.test", "admin@example.test"
RULES = (
    rule("confidential", subject="CONFIDENTIAL", hold_for="moderator", moderators=[MO])
    + rule("all", sender=["sender.example"])
)


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=RULES)
    for address, role in ((ADA, None), (MO, "moderator"), (ADMIN, "administrator")):
        postern.add_person(address, role=role)
    return postern


def test_home_shows_the_persons_own_and_nothing_of_others(house):
    for number in range(7):
        house.send(messages.message(f"mail {number}"))
    house.send(messages.message("for ben"), recipients=[BEN])
    house.send(messages.message("CONFIDENTIAL"))
    house.run("sender", "block", ADA, "blocked.example")
    house.send(messages.message("no"), sender="x@blocked.example")
    ada = signed_in(house, ADA)
    home = ada.get("/home")
    assert home["held"] == 7 and home["held_is_exact"] and home["new"] == 7
    assert home["new_since"] is None  # a first visit has none before it
    assert [hold["subject"] for hold in home["newest"]] == [f"mail {number}" for number in (6, 5, 4, 3, 2)]
    assert home["expiring_soon"] == 0 and home["failed"] == 0 and home["released"] == []
    assert home["counts_7d"] == {"released": 0, "rejected": 0, "reported": 0, "refused": 1}
    assert home["counts_are_exact"]
    assert home["moderated"] is None and home["all"] is None
    # The tests' configuration sends none.
    assert home["digest"] == {"mode": "none", "next_at": None}
    moderator, admin = signed_in(house, MO).get("/home"), signed_in(house, ADMIN).get("/home")
    assert (moderator["held"], moderator["moderated"], moderator["all"]) == (0, 1, None)
    assert (admin["held"], admin["all"]) == (0, 9)


def test_home_shows_what_became_of_things(house):
    for number in range(4):
        house.send(messages.message(f"mail {number}"))
    ada = signed_in(house, ADA)
    ids = {hold["subject"]: hold["id"] for hold in ada.holds()}
    ada.act("release", ids["mail 0"])
    ada.act("release", ids["mail 3"])
    ada.act("reject", ids["mail 1"])
    ada.post("/holds/act", {"action": "report", "as": "spam", "ids": [ids["mail 2"]]})
    house.wait_for_state(ids["mail 3"], "delivered")
    home = ada.get("/home")
    assert home["held"] == 0 and home["newest"] == []
    assert home["counts_7d"] == {"released": 2, "rejected": 1, "reported": 1, "refused": 0}
    # The last that was released comes first.
    assert [hold["subject"] for hold in home["released"]] == ["mail 3", "mail 0"]
    assert home["released"][0]["decided_by"] == ADA


def test_what_expires_within_two_days_is_counted(instances, standin):
    house = instances(standin, rules=RULES, quarantine={"retention_days": 1})
    house.add_person(ADA)
    house.send(messages.message("soon"))
    assert signed_in(house, ADA).get("/home")["expiring_soon"] == 1


def test_home_says_when_the_next_digest_comes(instances, standin):
    house = instances(standin, digest={"enabled": True, "times": ["08:00"]})
    house.add_person(ADA)
    ada = signed_in(house, ADA)
    digest = ada.get("/home")["digest"]
    assert digest["mode"] == "digest" and digest["next_at"].endswith("T08:00:00.000Z")
    ada.call("PUT", "/account/preferences", {"mode": "none"})
    assert ada.get("/home")["digest"] == {"mode": "none", "next_at": None}


def test_home_says_how_the_gateway_is(house, standin):
    ada = signed_in(house, ADA)
    assert ada.get("/home")["gateway"] == {"state": "ok", "code": "ok", "text": "Mail is passing."}
    house.send(messages.message("held"))
    assert ada.get("/home")["gateway"]["code"] == "ok"
    standin.stop()
    ada.act("release", ada.hold("held")["id"])
    until(lambda: ada.get("/home")["gateway"]["code"] == "backend", "the mail server is not said to be down")
    assert ada.get("/home")["gateway"]["state"] == "trouble"


def test_home_says_when_the_disk_is_nearly_full(instances, standin):
    house = instances(standin, rules=RULES, quarantine={"disk_reserve_bytes": 1 << 40})
    house.add_person(ADA)
    assert signed_in(house, ADA).get("/home")["gateway"]["code"] == "disk"
