"""Acts on all that match: one job that a kill cannot stop, undo that outlives a restart, requests that are done once."""

import pathlib
import subprocess
import sys

import messages
import pytest
from portal_client import signed_in
from program import rule, until

ADA = "ada@example.test"
FILL = pathlib.Path(__file__).resolve().parents[1] / "bench" / "fill_store"
RULES = rule("all", sender=["sender.example"])


@pytest.fixture
def full(instances, standin, request):
    """An instance that holds many mails for one person, and how many."""
    count = 14_000 if request.config.getoption("--long") else 1_200
    postern = instances(standin, rules=RULES, courier={"undo_window_seconds": 2, "parallel": 64})
    postern.add_person("own@example.test")
    postern.stop()
    command = [sys.executable, FILL, postern.directory / "store/postern.db", "--holds", str(count), "--own", str(count)]
    (postern.directory / "store/postern.db.reserve").unlink(missing_ok=True)
    subprocess.run([*command, "--message-bytes", "400"], check=True, capture_output=True)
    return postern.start(), count


def ended(portal, job, seconds=300):
    """The job when it has ended."""
    last = {}

    def is_over():
        last.update(portal.get(f"/jobs/{job}"))
        return last["state"] != "running"

    until(is_over, f"job {job} does not end: {last}", seconds)
    return last


def wait_for_progress(portal, job, count):
    until(lambda: portal.get(f"/jobs/{job}")["done"] >= count, f"job {job} does not get to {count}", 120)


def test_all_are_released_once_though_it_is_killed_in_the_middle(full, standin):
    postern, count = full
    portal = signed_in(postern, "own@example.test")
    job = portal.post("/holds/act", {"action": "release", "match": {"scope": "mine"}}, expect=202)
    assert job["total"] == count and job["state"] == "running"
    kills = 0
    for part in (0.1, 0.4, 0.7):
        wait_for_progress(portal, job["id"], int(count * part))
        before = portal.get(f"/jobs/{job['id']}")
        # Once it has ended mail is on its way, and a mail whose answer nobody heard is sent again.
        if before["state"] != "running":
            break
        postern.kill()
        kills += 1
        postern.start()
        # The session lives in the store, too.
        portal.address = postern.portal
        assert portal.get(f"/jobs/{job['id']}")["done"] >= before["done"]
    assert kills > 0, "it was over before it could be killed"
    done = ended(portal, job["id"])
    assert (done["state"], done["done"], done["problems"]) == ("done", count, 0)
    assert done["summary"] == f"Released {count} messages."
    standin.wait_for(count, 600)
    subjects = [line for mail in standin.mails for line in mail.data.split(b"\r\n", 40) if line.startswith(b"Subject: ")]
    assert len(subjects) == len(set(subjects)) == count
    until(lambda: not portal.holds(state="held"), "something is held still")
    assert len(portal.get("/jobs")["jobs"]) == 1


def test_a_job_can_be_cancelled_and_taken_back_after_a_restart(instances, standin):
    postern = instances(standin, rules=RULES, courier={"undo_window_seconds": 60})
    postern.add_person(ADA)
    portal = signed_in(postern, ADA)
    for number in range(5):
        postern.send(messages.message(f"bulk {number}"))
    postern.send(messages.message("keep"))
    job = portal.post("/holds/act", {"action": "release", "match": {"subject": "bulk"}}, expect=202)
    assert ended(portal, job["id"])["done"] == 5
    assert portal.post(f"/jobs/{job['id']}/cancel", {})["state"] == "done"
    postern.kill()
    postern.start()
    portal.address = postern.portal
    undone = portal.post(f"/jobs/{job['id']}/undo", {})
    assert (undone["state"], undone["summary"]) == ("undone", "Took back 5 messages.")
    assert len(portal.holds()) == 6
    portal.post(f"/jobs/{job['id']}/undo", {}, expect=409)
    assert standin.mails == []


def test_an_undo_outlives_a_kill(instances, standin):
    postern = instances(standin, rules=RULES, courier={"undo_window_seconds": 60})
    postern.add_person(ADA)
    portal = signed_in(postern, ADA)
    postern.send(messages.message("oops"))
    done = portal.act("release", portal.hold("oops")["id"], sender="permit_domain")
    postern.kill()
    postern.start()
    portal.address = postern.portal
    assert portal.post("/undo", {"undo": done["undo"]})["count"] == 1
    assert [hold["subject"] for hold in portal.holds()] == ["oops"]
    assert portal.get("/senders", list="permitted")["entries"] == []
    portal.post("/undo", {"undo": done["undo"]}, expect=409)
    assert standin.mails == []


def test_a_repeated_request_is_done_once_also_after_a_kill(instances, standin):
    postern = instances(standin, rules=RULES)
    postern.add_person(ADA)
    portal = signed_in(postern, ADA)
    postern.send(messages.message("once"))
    body = {"action": "reject", "ids": [portal.hold("once")["id"]]}
    key = {"Idempotency-Key": "0b5e-1"}
    first = portal.post("/holds/act", body, headers=key)
    assert first["count"] == 1
    assert portal.post("/holds/act", body, headers=key) == first
    postern.kill()
    postern.start()
    portal.address = postern.portal
    assert portal.post("/holds/act", body, headers=key) == first
    portal.post("/holds/act", {**body, "action": "release"}, expect=422, headers=key)
    assert portal.post("/holds/act", body)["count"] == 0


def test_a_known_list_is_not_sent_again(instances, standin):
    postern = instances(standin, rules=RULES)
    postern.add_person(ADA)
    portal = signed_in(postern, ADA)
    postern.send(messages.message("first"))
    _, headers, _ = portal.request("GET", "/api/v1/holds")
    status, again, body = portal.request("GET", "/api/v1/holds", headers={"If-None-Match": headers["ETag"]})
    assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    postern.send(messages.message("second"))
    status, again, _ = portal.request("GET", "/api/v1/holds", headers={"If-None-Match": headers["ETag"]})
    assert status == 200 and again["ETag"] != headers["ETag"]
