"""A hold is seen and decided only by its owner or someone granted it, and once."""

import concurrent.futures
import time

import messages
import pytest
from portal_client import Portal, signed_in
from program import rule, until

ADA, BEN, MO, ADMIN = "ada@example.test", "ben@example.test", "mo@example.test", "admin@example.test"
RULES = (
    rule("programs", attachment_extension=["exe"], hold_for="administrator")
    + rule("confidential", subject="CONFIDENTIAL", hold_for="moderator", moderators=[MO])
    + rule("all", sender=["sender.example"])
)


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=RULES)
    for address, role in ((ADA, None), (BEN, None), (MO, "moderator"), (ADMIN, "administrator")):
        postern.add_person(address, role=role)
    return postern


@pytest.fixture
def people(house):
    def sign_in(address):
        return signed_in(house, address)

    return {address: sign_in(address) for address in (ADA, BEN, MO, ADMIN)}


def test_a_person_sees_their_own_holds_only(house, people):
    house.send(messages.message("for ada"))
    house.send(messages.message("for ben"), recipients=[BEN])
    assert [hold["subject"] for hold in people[ADA].holds()] == ["for ada"]
    assert [hold["subject"] for hold in people[BEN].holds()] == ["for ben"]
    assert people[ADA].get("/session")["address"] == ADA


def test_a_foreign_hold_is_a_missing_hold(house, people):
    house.send(messages.message("for ada"))
    hold_id = people[ADA].hold("for ada")["id"]
    missing = hold_id[:-1] + ("a" if hold_id[-1] != "a" else "b")
    answers = []
    for wanted in (hold_id, missing):
        for path in (f"/holds/{wanted}", f"/holds/{wanted}/html", f"/holds/{wanted}/parts/0"):
            status, _, answer = people[BEN].request("GET", "/api/v1" + path, headers={"Sec-Fetch-Dest": "iframe"})
            answers.append((path.replace(wanted, ""), status, answer.replace(wanted.encode(), b"")))
            # Without the right to download nothing is looked up at all.
            assert status == (403 if "/parts/" in path else 404)
    # Not even the words differ.
    assert answers[:3] == answers[3:]
    acts = {"release": {}, "reject": {"sender": "block_sender"}, "report": {"as": "spam"}, "block": {"sender": "block_sender"}}
    for action, more in acts.items():
        body = {"action": action, "ids": [hold_id], **more}
        status, _, answer = people[BEN].request("POST", "/api/v1/holds/act", body)
        assert status in (200, 404) and b'"done":["' not in answer.replace(b" ", b"")
    assert house.state_of(hold_id) == "held"
    assert people[BEN].get("/senders", list="blocked")["entries"] == []


def test_hold_kinds_decide_who_may_act(house, people):
    house.send(messages.with_attachment("a.exe", subject="program"))
    house.send(messages.message("CONFIDENTIAL paper"))
    house.send(messages.message("plain"))
    ids = {hold["subject"]: hold["id"] for hold in house.holds()}

    def released_by(person, subject):
        people[person].request("POST", "/api/v1/holds/act", {"action": "release", "ids": [ids[subject]]})
        return house.state_of(ids[subject]) != "held"

    assert not released_by(ADA, "program") and not released_by(MO, "program")
    assert not released_by(ADA, "CONFIDENTIAL paper") and not released_by(BEN, "CONFIDENTIAL paper")
    assert not released_by(BEN, "plain")
    assert [hold["subject"] for hold in people[MO].holds(scope="moderated")] == ["CONFIDENTIAL paper"]
    assert released_by(MO, "CONFIDENTIAL paper")
    assert released_by(ADMIN, "program")
    assert released_by(ADA, "plain")


def test_all_holds_are_the_administrators_only(house, people):
    house.send(messages.message("for ada"))
    assert len(people[ADMIN].holds(scope="all")) == 1
    for person in (BEN, MO):
        status, _, answer = people[person].request("GET", "/api/v1/holds?scope=all")
        assert status in (403, 404) or b"for ada" not in answer
    for person in (ADA, BEN):
        status, _, answer = people[person].request("GET", "/api/v1/holds?scope=moderated")
        assert status in (403, 404) or b"for ada" not in answer


def test_fifty_releases_at_once_are_one_delivery(house, people, standin):
    house.send(messages.message("once"))
    hold_id = people[ADA].hold("once")["id"]

    def release(_):
        status, _, answer = people[ADA].request("POST", "/api/v1/holds/act", {"action": "release", "ids": [hold_id]})
        return status == 200 and hold_id.encode() in answer.partition(b'"problems"')[0]

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        done = list(pool.map(release, range(50)))
    assert sum(done) == 1
    standin.wait_for(1)
    house.wait_for_state(hold_id, "delivered")
    # Something more would come after this one, in order, through the same courier.
    house.send(messages.message("after"))
    people[ADA].act("release", people[ADA].hold("after")["id"])
    standin.wait_for(2)
    assert len(standin.mails) == 2


def test_release_with_permit_is_one_act(house, people):
    house.send(messages.message("friend"))
    done = people[ADA].act("release", people[ADA].hold("friend")["id"], sender="permit_sender")
    assert done["count"] == 1 and done["summary"]
    entries = people[ADA].get("/senders", list="permitted")["entries"]
    assert [entry["entry"] for entry in entries] == ["someone@sender.example"]


def test_undo_within_its_time(instances, standin):
    postern = instances(standin, rules=RULES, courier={"undo_window_seconds": 30})
    postern.add_person(ADA)
    portal = signed_in(postern, ADA)
    postern.send(messages.message("oops"))
    hold_id = portal.hold("oops")["id"]
    done = portal.act("release", hold_id)
    assert portal.post("/undo", {"undo": done["undo"]})["count"] == 1
    assert postern.state_of(hold_id) == "held"
    portal.post("/undo", {"undo": done["undo"]}, expect=409)
    assert standin.mails == []


@pytest.mark.parametrize(
    "method,path",
    [
        ("GET", "/session"),
        ("GET", "/holds"),
        ("GET", "/holds/x"),
        ("GET", "/holds/x/html"),
        ("POST", "/holds/act"),
        ("POST", "/undo"),
        ("GET", "/senders?list=blocked"),
        ("POST", "/senders"),
        ("POST", "/senders/remove"),
        ("GET", "/rejected"),
    ],
)
def test_nothing_without_a_session(house, method, path):
    status, headers, _ = Portal(house.portal).request(method, "/api/v1" + path, {} if method == "POST" else None)
    assert status == 401
    assert headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Origin": None, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://portal.example.test.evil.example"},
        {"Origin": "http://portal.example.test"},
        {"Content-Type": "text/plain"},
        {"Content-Type": None},
    ],
    ids=str,
)
def test_a_foreign_page_changes_nothing(house, people, headers):
    house.send(messages.message("target"))
    hold_id = people[ADA].hold("target")["id"]
    body = {"action": "release", "ids": [hold_id]}
    status, _, _ = people[ADA].request("POST", "/api/v1/holds/act", body, headers)
    assert 400 <= status < 500
    assert house.state_of(hold_id) == "held"


def test_get_changes_nothing(house, people):
    house.send(messages.message("target"))
    hold_id = people[ADA].hold("target")["id"]
    for path in (f"/api/v1/holds/act?action=release&ids={hold_id}", f"/api/v1/holds/{hold_id}?action=release"):
        people[ADA].request("GET", path)
    assert house.state_of(hold_id) == "held"


def test_the_session_cookie(house):
    portal = signed_in(house, ADA)
    name, _, rest = portal.set_cookie.partition("=")
    assert name == "__Host-postern"
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert {"httponly", "secure", "samesite=strict", "path=/"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)
    first = portal.cookie
    portal.sign_in(ADA)
    assert portal.cookie != first


def test_signing_out_ends_the_session(house, people):
    portal = people[ADA]
    portal.call("DELETE", "/session", expect=204)
    portal.get("/session", expect=401)


def test_wrong_and_unknown_are_the_same_answer(house):
    answers = []
    for address in (ADA, "nobody@example.test"):
        portal = Portal(house.portal)
        answers.append(portal.request("POST", "/api/v1/session", {"address": address, "password": "wrong words"}))
        methods = portal.post("/sign-in/methods", {"address": address})
        assert methods == {"methods": ["password"]}
    assert answers[0][0] == answers[1][0] == 401
    assert answers[0][2] == answers[1][2]


def test_guessing_is_slowed_and_never_locks_out(house):
    portal = Portal(house.portal)
    statuses = []
    for _ in range(30):
        status, headers, _ = portal.request("POST", "/api/v1/session", {"address": BEN, "password": "guess"})
        statuses.append(status)
        if status == 429:
            break
    assert statuses[-1] == 429 and set(statuses[:-1]) == {401}
    wait = int(headers["Retry-After"])
    assert 1 <= wait <= 60
    time.sleep(wait + 0.1)  # The reply names this time; nothing else tells when it is over.
    until(lambda: portal.request("POST", "/api/v1/session", {"address": BEN, "password": "a long password"})[0] == 200,
          "locked out for good")


@pytest.mark.parametrize(
    "path,body",
    [
        ("/holds/act", b"{"),
        ("/holds/act", b"[]"),
        ("/holds/act", b'{"action":"fly","ids":[]}'),
        ("/holds/act", b'{"action":"release","ids":"x"}'),
        ("/holds/act", b'{"action":"release"}'),
        ("/holds/act", b'{"action":"release","ids":[1,2]}'),
        ("/holds/act", b'{"action":"release","ids":[' + b'"x",' * 1000 + b'"x"]}'),
        ("/holds/act", b"[" * 100_000),
        ("/holds/act", b'{"action":"release","ids":["\xff\xfe"]}'),
        ("/senders", b'{"list":"everyone","entries":["a@b.example"]}'),
        ("/senders", b'{"list":"auto_permitted","entries":["a@b.example"]}'),
        ("/undo", b'{"undo":7}'),
    ],
    ids=range(12),
)
def test_a_malformed_call_is_a_problem_not_a_crash(house, people, path, body):
    status, headers, _ = people[ADA].request("POST", "/api/v1" + path, body, {"Content-Type": "application/json"})
    assert 400 <= status < 500
    assert headers["Content-Type"].startswith("application/problem+json")
    people[ADA].get("/session")


def test_a_permit_for_an_own_domain_is_refused(house, people):
    done = people[ADA].post("/senders", {"list": "permitted", "entries": ["example.test", "friend@else.example"]})
    assert done["added"] == [] and [problem["entry"] for problem in done["problems"]] == ["example.test"]
    assert people[ADA].get("/senders", list="permitted")["entries"] == []


def test_moderators_have_no_block_or_permit_there(house, people):
    house.send(messages.message("CONFIDENTIAL paper"))
    (hold,) = people[MO].holds(scope="moderated")
    assert hold["may"]["manage_sender"] is False
    people[MO].request(
        "POST", "/api/v1/holds/act", {"action": "reject", "ids": [hold["id"]], "sender": "block_sender"}
    )
    assert people[ADA].get("/senders", list="blocked")["entries"] == []
    assert people[MO].get("/senders", list="blocked")["entries"] == []
