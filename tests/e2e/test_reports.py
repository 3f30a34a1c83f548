"""Reports count what came in and what became of it, for administrators, as pages and as CSV."""

import csv
import io

import messages
import pytest
import wire
from portal_client import Portal, signed_in
from program import rule, until

ADA, BEN, ADMIN = "ada@example.test", "ben@example.test", "admin@example.test"
RULES = (
    rule("no thanks", action="reject", sender=["no.example"])
    + rule("=HYPERLINK(1)", subject="formula")
    + rule("programs", attachment_extension=["exe"], hold_for="administrator", reason="Programs wait for us.")
    + rule("newsletters", sender=["letters.example"])
)


@pytest.fixture
def house(instances, standin):
    postern = instances(standin, rules=RULES)
    for address, role in ((ADA, None), (ADMIN, "administrator")):
        postern.add_person(address, role=role)
    return postern


def send_all(house):
    for _ in range(3):
        house.send(messages.message("news"), sender="A@Letters.example")
    house.send(messages.message("news"), sender="b@letters.example", recipients=[ADA, BEN])
    house.send(messages.message("formula"))
    house.send(messages.with_attachment("a.exe"))
    house.send(messages.message("passes"))
    house.send(messages.message("no"), sender="x@no.example")
    house.run("sender", "block", ADA, "blocked.example")
    house.send(messages.message("no"), sender="x@blocked.example")


def sums(report):
    keys = ("delivered", "held", "refused", "rejected", "deferred", "discarded")
    return {key: sum(day[key] for day in report["per_day"]) for key in keys}


EXPECTED = {"delivered": 1, "held": 7, "refused": 2, "rejected": 0, "deferred": 0, "discarded": 0}


def reported(portal, **query):
    """The report, as soon as everything that was sent is in it: records are written in batches."""
    until(lambda: sums(portal.get("/reports", **query)) == EXPECTED, "the counts are not as expected")
    return portal.get("/reports", **query)


def test_a_report_counts_every_copy_once(house):
    send_all(house)
    admin = signed_in(house, ADMIN)
    report = reported(admin)
    assert len(report["per_day"]) == 7
    assert report["zone"] == "UTC" and report["recorded_since"]
    counts = {reason["rule"]: reason["count"] for reason in report["top_reasons"]}
    assert counts == {
        "newsletters": 5,
        "=HYPERLINK(1)": 1,
        "programs": 1,
        "no thanks": 1,
        "blocked by the recipient": 1,
    }
    reasons = {reason["rule"]: reason["reason"] for reason in report["top_reasons"]}
    assert reasons["programs"] == "Programs wait for us."
    assert report["top_senders"][0] == {"sender": "a@letters.example", "count": 3}
    assert report["top_recipients"] == [{"owner": ADA, "count": 6}, {"owner": BEN, "count": 1}]
    assert report["waiting"][0] == {"from_days": 0, "to_days": 1, "count": 7}
    assert sum(span["count"] for span in report["waiting"]) == 7
    assert report["waiting_by_kind"] == {"user": 6, "moderator": 0, "administrator": 1}

    # Releasing is no second mail.
    hold = next(hold for hold in house.holds() if hold["owner"] == BEN)
    house.run("hold", "release", hold["id"])
    house.wait_for_state(hold["id"], "delivered")
    after = admin.get("/reports")
    assert sums(after) == EXPECTED
    assert after["waiting"][0]["count"] == 6


def test_days_are_those_of_the_zone(house):
    send_all(house)
    admin = signed_in(house, ADMIN)
    reported(admin)
    for zone in ("Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "Europe/Berlin"):
        for days in (7, 14, 30):
            report = admin.get("/reports", days=days, zone=zone)
            assert report["zone"] == zone and len(report["per_day"]) == days
            # All of it has just come: today, wherever that is.
            assert report["per_day"][-1]["held"] == EXPECTED["held"]
    # +14:00 and -11:00 are never on one day.
    days = {zone: admin.get("/reports", zone=zone)["per_day"][-1]["day"] for zone in ("Pacific/Kiritimati", "Pacific/Niue")}
    assert days["Pacific/Kiritimati"] > days["Pacific/Niue"]
    for query in ({"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"}, {"days": 8}, {"days": "x"}):
        admin.get("/reports", expect=400, **query)


def test_each_table_comes_as_csv_that_no_spreadsheet_runs(house):
    send_all(house)
    admin = signed_in(house, ADMIN)
    report = reported(admin)
    tables = {
        "per_day": ("per_day", ["day", "delivered", "held", "refused", "rejected", "deferred", "discarded"]),
        "top_reasons": ("top_reasons", ["rule", "reason", "count"]),
        "top_senders": ("top_senders", ["sender", "count"]),
        "top_recipients": ("top_recipients", ["owner", "count"]),
        "waiting": ("waiting", ["from_days", "to_days", "count"]),
    }
    for table, (name, header) in tables.items():
        status, headers, body = admin.request("GET", f"/api/v1/reports/{table}.csv?days=7&zone=UTC")
        assert status == 200, body
        assert headers["Content-Type"] == "text/csv; charset=utf-8"
        first, last = report["per_day"][0]["day"], report["per_day"][-1]["day"]
        assert headers["Content-Disposition"] == f'attachment; filename="postern-{table}-{first}-to-{last}.csv"'
        assert body.startswith(b"\xef\xbb\xbf") and body.endswith(b"\r\n")
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
        assert rows[0] == header
        assert len(rows) == 1 + len(report[name])
        if table == "per_day":
            for row, day in zip(rows[1:], report[name]):
                assert row == [str(day[key]) for key in header]
        if table == "top_reasons":
            assert "'=HYPERLINK(1)" in [row[0] for row in rows]
    for path in ("per_day", "per_day.xls", "nothing.csv", ".csv"):
        status, _, _ = admin.request("GET", f"/api/v1/reports/{path}")
        assert status == 404, path


def test_only_administrators_see_reports(house):
    ada = signed_in(house, ADA)
    for path in ("/reports", "/reports/per_day.csv", "/rules"):
        status, _, _ = ada.request("GET", "/api/v1" + path)
        assert status == 403
    status, _, _ = Portal(house.portal).request("GET", "/api/v1/reports")
    assert status == 401


def test_a_refusal_before_our_domain_is_counted_under_a_fixed_name(house):
    for number in range(5):
        with wire.Wire(house.smtp) as client:
            client.hello()
            client.ask("MAIL FROM:<x@sender.example>", "250")
            client.ask(f"RCPT TO:<x@foreign{number}.example>", "550")
    admin = signed_in(house, ADMIN)
    until(
        lambda: admin.get("/reports")["top_reasons"]
        == [{"rule": "not our domain", "count": 5, "reason": "The recipient's domain is not one of ours."}],
        "the refusals are not counted",
    )
