"""Personal API tokens against the real program: what they open, when they end, where they do not show."""

import hashlib
import sqlite3

import messages
import pytest
from portal_client import Portal, signed_in
from program import rule

ADA, BEN = "ada@example.test", "ben@example.test"


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    for address in (ADA, BEN):
        postern.add_person(address)
    return postern


@pytest.fixture
def ada(house):
    return signed_in(house, ADA)


def make_token(portal, *scopes, days=30):
    return portal.post("/account/tokens", {"name": "nightly", "scopes": list(scopes), "expires_in_days": days})


def program(house, token):
    """What a script sends: neither cookie nor Origin."""
    client = Portal(house.portal)

    def call(method, path, body=None, expect=200, headers=()):
        fields = {"Authorization": f"Bearer {token}", "Origin": None, **dict(headers)}
        return client.call(method, path, body, expect, fields)

    return call


def test_a_token_reads_and_acts_within_its_scopes(house, ada, standin):
    house.send(messages.message("for ada"))
    house.send(messages.message("for ben"), recipients=[BEN])
    reader = program(house, make_token(ada, "holds:read")["token"])
    (hold,) = reader("GET", "/holds")["holds"]
    assert hold["subject"] == "for ada"
    reader("GET", f"/holds/{house.hold('for ben')['id']}", expect=404)
    reader("POST", "/holds/act", {"action": "release", "ids": [hold["id"]]}, expect=403)
    reader("GET", "/senders?list=blocked", expect=403)
    reader("GET", "/account/tokens", expect=403)
    assert house.state_of(hold["id"]) == "held"
    actor = program(house, make_token(ada, "holds:act")["token"])
    actor("POST", "/holds/act", {"action": "release", "ids": [hold["id"]]})
    house.wait_for_state(hold["id"], "delivered")
    assert len(standin.mails) == 1


def test_a_page_of_another_site_gains_nothing_by_the_field(house, ada):
    house.send(messages.message("for ada"))
    hold_id = ada.hold("for ada")["id"]
    body = {"action": "reject", "ids": [hold_id]}
    for value in ("Bearer", "Bearer ", "Bearer x", "Bearer pst_" + "a" * 26, "Basic eDp5"):
        fields = {"Authorization": value, "Origin": "https://evil.example"}
        status, _, _ = ada.request("POST", "/api/v1/holds/act", body, fields)
        assert status in (401, 403), value
    assert house.state_of(hold_id) == "held"
    # A browser asks first when a script wants to send the field elsewhere, and gets no leave.
    status, headers, _ = ada.request(
        "OPTIONS",
        "/api/v1/holds/act",
        headers={
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    assert status == 405 and not [name for name in headers if name.lower().startswith("access-control")]


def test_tokens_end_with_the_password_and_live_over_a_restart(house, ada):
    token = make_token(ada, "account:read")["token"]
    house.stop()
    house.start()
    ada.address = house.portal
    assert program(house, token)("GET", "/session")["address"] == ADA
    house.run("user", "password", ADA, "--password-stdin", stdin=b"seven grey umbrellas\n")
    program(house, token)("GET", "/session", expect=401)


def test_the_token_is_in_no_log_and_only_hashed_in_the_store(house, ada):
    token = make_token(ada, "account:read")["token"]
    program(house, token)("GET", "/session")
    program(house, "pst_" + "b" * 26)("GET", "/session", expect=401)
    house.stop()
    assert house.events("token_refused") and house.events("token_added")
    assert token not in house.log() and token[4:] not in house.log() and "b" * 26 not in house.log()
    stored = b"".join(path.read_bytes() for path in (house.directory / "store").iterdir() if path.is_file())
    assert token[4:].encode() not in stored
    with sqlite3.connect(house.directory / "store" / "postern.db") as store:
        (kept,) = store.execute("SELECT token_hash FROM api_token").fetchone()
    assert kept == hashlib.sha256(token.encode()).digest()
