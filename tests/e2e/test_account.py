"""The account page's calls and the site's branding against the real program."""

import json
import re

import pytest
from portal_client import Portal, signed_in

ADA = "ada@example.test"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, portal={"product_name": "Mail gate"})
    postern.add_person(ADA)
    return postern


@pytest.fixture
def ada(house):
    return signed_in(house, ADA)


def test_preferences_live_over_a_restart(house, ada):
    wishes = {
        "language": "de",
        "time_zone": "Europe/Berlin",
        "mode": "notice",
        "digest_times": ["07:30", "18:00"],
        "digest_days": ["mon", "fri"],
    }
    assert ada.call("PUT", "/account/preferences", wishes)["preferences"] == wishes
    house.stop()
    house.start()
    ada.address = house.portal
    account = ada.get("/account")
    assert account["preferences"] == wishes and set(account["languages"]) == {"en", "de"}
    assert account["site"]["digest_enabled"] is False and account["digest_next_at"] is None
    assert ada.get("/session")["preferences"] == {"language": "de", "time_zone": "Europe/Berlin"}
    refused = ada.call("PUT", "/account/preferences", {"time_zone": "Nowhere/Else"}, expect=422)
    assert refused["field"] == "time_zone"
    assert "Europe/Berlin" in ada.get("/account/time-zones")["time_zones"]


def test_sessions_are_shown_and_ended(house, ada):
    phone = Portal(house.portal)
    status, headers, _ = phone.request(
        "POST",
        "/api/v1/session",
        {"address": ADA, "password": "a long password"},
        {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"},
    )
    assert status == 200
    phone.cookie = headers["Set-Cookie"].partition(";")[0]
    sessions = ada.get("/account/sessions")["sessions"]
    (other,) = [session for session in sessions if not session["this"]]
    assert len(sessions) == 2 and other["agent"] == "Safari on iPhone" and other["client"] == "127.0.0.1"
    assert not any(phone.cookie.split("=")[1] in str(session) for session in sessions)
    assert ada.post("/account/sessions/end", {"ids": [other["id"]]}) == {"ended": 1}
    phone.get("/session", expect=401)
    ada.get("/session")


def test_a_new_password_is_set_by_its_person(house, ada):
    elsewhere = signed_in(house, ADA)
    new = "seven grey umbrellas"
    ada.post("/account/password", {"current": "wrong password", "new": new}, expect=403)
    weak = ada.post("/account/password", {"current": "a long password", "new": "Password1234"}, expect=422)
    assert (weak["field"], weak["code"]) == ("new", "common")
    ada.post("/account/password", {"current": "a long password", "new": new}, expect=204)
    ada.get("/session")
    elsewhere.get("/session", expect=401)
    elsewhere.sign_in(ADA, expect=401)
    elsewhere.sign_in(ADA, new)
    assert house.events("password_changed", address=ADA)
    assert new not in house.log()


def test_the_brand_is_read_at_start_and_at_a_reload(house):
    visitor = Portal(house.portal)
    assert visitor.get("/branding") == {
        "name": "Mail gate",
        "logo": None,
        "accent": None,
        "accent_dark": None,
        "support_text": "",
        "support_url": "",
    }
    assert visitor.request("GET", "/branding/logo")[0] == 404
    (house.directory / "logo.svg").write_text(SVG)
    config = (house.directory / "postern.toml").read_text()
    added = '[portal]\nlogo = "logo.svg"\naccent = "#123456"\nsupport_url = "https://help.example.test"\n'
    house.write_config(config.replace("[portal]\n", added))
    house.run("reload")
    brand = visitor.get("/branding")
    assert (brand["logo"], brand["accent"]) == ("/branding/logo", "#123456")
    status, headers, body = visitor.request("GET", brand["logo"])
    assert (status, headers["Content-Type"], body) == (200, "image/svg+xml", SVG.encode())
    policy = headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    unchanged = visitor.request("GET", brand["logo"], headers={"If-None-Match": headers["ETag"]})
    assert unchanged[0] == 304 and unchanged[2] == b""

    # A brand nobody could read is refused with the place and the reason, and the old one stays.
    house.write_config(config.replace("[portal]\n", '[portal]\naccent = "#eeeeee"\n'))
    refused = house.run("check", check=False)
    said = (refused.stdout + refused.stderr).decode()
    assert refused.returncode == 1 and re.search(r"postern\.toml:\d+:\d+: accent: #eeeeee cannot be read", said)
    house.run("reload", check=False)
    assert visitor.get("/branding")["accent"] == "#123456"


def test_what_an_account_is_belongs_to_its_person(house):
    stranger = Portal(house.portal)
    for path in ("/account", "/account/sessions", "/account/tokens", "/account/time-zones"):
        stranger.get(path, expect=401)
    for path in ("/account/password", "/account/tokens", "/account/sessions/end", "/account/digest-links/revoke"):
        stranger.post(path, {}, expect=401)
    assert json.loads(house.run("user", "list", "--json").stdout)[0]["acts_for"] == []
