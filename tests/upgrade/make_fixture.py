#!/usr/bin/python3
"""Makes the frozen store of one released store version, with the program of that version.

    tests/upgrade/make_fixture.py POSTERN FIXTURE        (FIXTURE: tests/upgrade/store-v1.db.xz)

Holds in every state, an outbox that waits, lists, people, an audit trail: as that program wrote
them. Only three things are moved by SQL afterwards, because time would otherwise change them in
the years to come: what waits in the outbox is due in 2100, one hold is made to expire, and the
clock of expiry is at rest. To be run once for each released version of the store, before its
schema is changed; the result is kept for ever.
"""

import lzma
import pathlib
import sqlite3
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import messages  # noqa: E402
from portal_client import Portal  # noqa: E402
from program import Config, Postern, rule, until  # noqa: E402
from stand_in import StandIn  # noqa: E402

ADA, BEN, CAROL, ROOT = "ada@example.test", "ben@example.test", "carol@example.test", "root@example.test"
PASSWORD = "a long password"
YEAR_2100 = 4_102_444_800_000
RULES = (
    rule("no thanks", action="reject", sender=["no.example"])
    + rule("no programs", attachment_extension=["exe"], hold_for="administrator")
    + rule("read by the chief", subject=["^contract"], hold_for="moderator", moderators=[BEN])
    + rule("newsletters", sender=["sender.example"])
)


def settings(behind):
    return Config(behind, rules=RULES, quarantine={"disk_reserve_bytes": 1 << 20, "retention_days": 3650, "rejected_days": 3650})


def large():
    """Four pieces of 128 KiB that compress well: a fixture is small."""
    return messages.message("a large one", body=b"".join(b"line %d of a large mail\r\n" % number for number in range(18_000)))


def fill(postern, backend):
    for address, role in ((ADA, None), (BEN, "moderator"), (ROOT, "administrator")):
        postern.add_person(address, PASSWORD, role)
    postern.run("sender", "block", ADA, "pushy.example", "bad@mixed.example")
    postern.run("sender", "permit", ADA, "good@pushy.example", "mixed.example")
    postern.run("sender", "trust", ADA, "friend@example.org")
    postern.send(messages.message("held for one"))
    postern.send(messages.message("held for three", body=b".\r\n..dots\r\n"), recipients=[ADA, BEN, CAROL])
    postern.send(messages.message("held for three", body=b".\r\n..dots\r\n"), recipients=[ADA])  # the same bytes again
    postern.send(messages.message("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", body="über\r\n".encode()), options=" BODY=8BITMIME")
    postern.send(large())
    postern.send(messages.with_attachment("a.exe", subject="a program"))
    postern.send(messages.message("contract 7"), recipients=[ADA, CAROL])
    postern.send(messages.with_attachment("b.exe", subject="from nobody"), sender="")
    for what in ("delivered", "rejected", "reported", "failed", "waiting", "expired"):
        postern.send(messages.message(what))
    refused = postern.send(messages.message("blocked"), sender="x@pushy.example")[0][0]
    assert refused.code == 550
    postern.send(messages.message("blocked by header", sender="X <x@pushy.example>"), recipients=[ADA, BEN], sender="ok@sender.example")
    assert postern.send(messages.message("no"), sender="x@no.example")[0][0].code == 550

    postern.run("hold", "release", postern.hold("delivered")["id"])
    postern.wait_for_state(postern.hold("delivered")["id"], "delivered")
    postern.run("hold", "reject", postern.hold("rejected")["id"])
    ada = Portal(postern.portal)
    ada.sign_in(ADA, PASSWORD)
    ada.get("/holds/" + ada.hold("held for one")["id"])
    ada.act("report", ada.hold("reported")["id"], kind="phishing")
    until(lambda: any(mail.recipients == ["security@example.test"] for mail in backend.mails), "no report")
    backend.answer(lambda verb, argument: "550 5.2.1 no longer here" if verb == "RCPT" else None)
    postern.run("hold", "release", postern.hold("failed")["id"])
    postern.wait_for_state(postern.hold("failed")["id"], "failed")
    backend.stop()
    postern.run("hold", "release", postern.hold("waiting")["id"])
    postern.wait_for_event("courier", hold=postern.hold("waiting")["id"], outcome="retry")


def main(program, fixture):
    backend = StandIn()
    with tempfile.TemporaryDirectory(prefix="postern-fixture-") as folder:
        postern = Postern(pathlib.Path(folder) / "old", settings(backend.address), pathlib.Path(program).resolve())
        postern.start()
        try:
            fill(postern, backend)
            expired = postern.hold("expired")["id"]
            postern.stop()
            file = postern.directory / "store" / "postern.db"
            with sqlite3.connect(file) as store:
                store.execute("UPDATE hold SET expires_at = 1 WHERE id = ?", (expired,))
            store.close()
            postern.start()
            postern.wait_for_event("expired")
        finally:
            postern.stop()
        with sqlite3.connect(file) as store:
            store.execute("UPDATE outbox SET due = ?, is_being_sent = 0", (YEAR_2100,))
            store.execute("UPDATE expiry_clock SET rests_until = ?", (YEAR_2100,))
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.execute("PRAGMA journal_mode = DELETE")
        store.close()
        pathlib.Path(fixture).write_bytes(lzma.compress(file.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{fixture}: {pathlib.Path(fixture).stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
