"""Two things at the same moment: a new password during sign-in, settings that go while they are used."""

import asyncio
import concurrent.futures
import contextlib
import os
import socket
import threading

import messages
import pytest
import wire
from ledger import ADA
from portal_client import Portal
from program import Config, Postern, rule, until

RULES = rule("to be released", subject="^hold")


@pytest.fixture
def postern(tmp_path, standin):
    made = Postern(tmp_path / "postern", Config(standin.address, rules=RULES))
    yield made
    made.kill()


def sign_in(postern, password):
    """The browser's side of one attempt; None when it was refused, for whatever reason."""
    portal = Portal(postern.portal)
    body = {"address": ADA, "password": password}
    status, headers, answer = portal.request("POST", "/api/v1/session", body)
    assert status in (200, 401, 409, 429, 503), f"{status}: {answer!r}"
    if status != 200:
        return None
    portal.cookie = headers["Set-Cookie"].partition(";")[0]
    return portal


def test_a_password_that_changes_during_sign_in(postern, report, rounds):
    """Whenever the change comes, what was begun with the old password ends with it."""
    count, sessions = rounds(6, 200), 0
    postern.start()
    postern.add_person(ADA, "password number 0")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for number in range(count):
            old, new = f"password number {number}", f"password number {number + 1}"
            changing, attempts = threading.Event(), []

            def attempt_until_changed():
                found = []
                while not changing.is_set():
                    found.append(sign_in(postern, old))
                return found + [sign_in(postern, old)]

            attempts = [pool.submit(attempt_until_changed) for _ in range(3)]
            postern.run("user", "password", ADA, "--password-stdin", stdin=f"{new}\n".encode())
            changing.set()
            begun = [portal for attempt in attempts for portal in attempt.result() if portal]
            sessions += len(begun)
            for portal in begun:
                portal.get("/holds", expect=401)
            # Guesses with the old one make everybody wait; the new one works then.
            until(lambda: sign_in(postern, new) is not None, "the new password does not work", 90)
    report("a password that changes during sign-in", count, None, f"{sessions} sessions begun, none outlived it")
    assert sessions > 0
    postern.stop()


def test_a_relayed_mail_waits_for_a_place_no_longer_than_it_may(postern, standin, ledger, report):
    """All connections to the back end are in use: 451 after the bound, not after the other's time."""
    postern.config.tables[""]["threads"] = 1
    postern.config.tables["backend"].update(
        {"max_connections": 1, "connect_timeout_seconds": 1, "command_timeout_seconds": 2, "final_reply_timeout_seconds": 600}
    )
    postern.write_config()
    postern.start()
    ledger.send_until_taken(lambda: postern.smtp, word="pass", expect={ADA: "deliver"})
    free = threading.Event()

    async def keep_waiting(verb, argument):
        while verb == "BODY" and not free.is_set():
            await asyncio.sleep(0.05)

    standin.answer(keep_waiting)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(wire.Wire(postern.smtp, timeout=60))
        first.hello()
        mail = ledger.mail("pass", expect={ADA: "deliver"})
        mail.tries += 1
        first.envelope(mail.sender, ADA)
        first.ask("DATA", "354")
        first.raw(wire.stuffed(mail.sent))
        second = ledger.mail("pass", expect={ADA: "deliver"})
        # Known: accepted at RCPT from memory, so that it is the relay that waits.
        reply = ledger.send(postern.smtp, second)
        assert reply is not None and reply.starts("451 4.4.1"), reply
        free.set()
        final = first.reply()
        assert final.starts("250 2.0.0"), final
        ledger.acknowledge(mail, [ADA], final)
    ledger.send_until_taken(lambda: postern.smtp, second)
    counts = ledger.compare(postern, standin)
    report("all connections to the back end in use", 1, counts, "451 4.4.1 while the other still waits")
    counts.assert_kept()
    postern.stop()


def test_stalled_downloads_of_one_person_leave_others_theirs(postern, standin, report):
    postern.config.tables["quarantine"]["users_may_download_attachments"] = True
    postern.write_config()
    postern.start()
    people = (ADA, "ben@example.test")
    big = messages.with_attachment("big.bin", os.urandom(12_000_000), subject="hold this")
    replies, final = wire.send(postern.smtp, big, recipients=people)
    assert final.starts("250 2.0.0"), final
    portals = {}
    for address in people:
        postern.add_person(address)
        portals[address] = Portal(postern.portal)
        portals[address].sign_in(address)
    paths = {address: f"/api/v1/holds/{portal.hold('hold this')['id']}/parts/" for address, portal in portals.items()}
    index = next(part["index"] for part in portals[ADA].get(paths[ADA].split("/api/v1")[1][: -len("/parts/")])["parts"])
    with contextlib.ExitStack() as stack:
        statuses = [stalled(stack, portals[ADA], paths[ADA] + str(index)) for _ in range(8)]
        assert statuses[0] == 200 and statuses[-1] == 503, statuses
        status, _, content = portals["ben@example.test"].request("GET", paths["ben@example.test"] + str(index))
        assert status == 200 and len(content) == 12_000_000
    report("eight stalled downloads of one person", 1, None, f"{statuses.count(200)} of them had places; the other's came")
    postern.stop()


def stalled(stack, portal, path):
    """The status of a download whose rest is never read."""
    host, _, port = portal.address.rpartition(":")
    one = stack.enter_context(socket.socket())
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect((host, int(port)))
    one.settimeout(30)
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: {portal.host}\r\nCookie: {portal.cookie}\r\n\r\n".encode())
    return int(one.recv(12)[9:12])
