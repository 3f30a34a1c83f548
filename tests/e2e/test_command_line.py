"""The command line while `serve` runs: holds, backup, explain, accounts."""

import hashlib
import json
import re
import sqlite3
import threading

import messages
import pytest
from portal_client import Portal
from program import Config, Postern, rule

ADA, BEN = "ada@example.test", "ben@example.test"
FIELDS = {
    "id": str,
    "owner": str,
    "sender": str,
    "header_from": object,
    "subject": str,
    "reason": str,
    "rule": str,
    "state": str,
    "received_at": str,
    "size": int,
    "sha256": str,
}


@pytest.fixture
def holding(instances, standin):
    return instances(standin, rules=rule("all", sender=["sender.example"]))


def test_hold_list_json_is_one_array_with_the_fields_of_the_contract(holding):
    assert json.loads(holding.run("hold", "list", "--json").stdout) == []
    sent = messages.message("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=")
    holding.send(sent)
    (hold,) = json.loads(holding.run("hold", "list", "--json").stdout)
    for name, kind in FIELDS.items():
        assert isinstance(hold[name], kind), name
    assert hold["subject"] == "Grüße"
    assert hold["sha256"] == hashlib.sha256(sent).hexdigest()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", hold["received_at"])


def test_hold_list_by_owner_and_state(holding):
    holding.send(messages.message("one"), recipients=[ADA, BEN])
    holding.send(messages.message("two"), recipients=[ADA], sender="")
    assert len(holding.holds()) == 2  # The null sender's mail passed: no rule names it.
    holding.send(messages.message("three"), recipients=[ADA])
    assert sorted(hold["subject"] for hold in holding.holds("--owner", ADA)) == ["one", "three"]
    holding.run("hold", "reject", next(hold["id"] for hold in holding.holds("--owner", BEN)))
    assert [hold["owner"] for hold in holding.holds("--state", "rejected")] == [BEN]
    assert {hold["owner"] for hold in holding.holds("--state", "held")} == {ADA}


def test_hold_list_for_people(holding):
    holding.send(messages.message("for people"))
    said = holding.run("hold", "list").stdout.decode()
    assert "for people" in said and ADA in said


def test_hold_show_says_facts_and_history(holding):
    holding.send(messages.message("shown"))
    hold = holding.hold("shown")
    said = holding.run("hold", "show", hold["id"]).stdout.decode()
    for part in (hold["id"], hold["sha256"], "shown", "all", "someone@sender.example"):
        assert part in said
    holding.run("hold", "release", hold["id"])
    assert "release" in holding.run("hold", "show", hold["id"]).stdout.decode()


@pytest.mark.parametrize("command", ["show", "export", "release", "reject"])
@pytest.mark.parametrize("hold_id", ["nothing", "0", "../../etc/passwd", "1' OR '1'='1"])
def test_an_id_that_is_none(holding, command, hold_id):
    done = holding.run("hold", command, hold_id, check=False)
    assert done.returncode != 0
    assert done.stderr and not done.stdout


def test_a_hostile_subject_does_not_reach_the_terminal_raw(holding):
    holding.send(messages.message("=?utf-8?Q?a=1B]0;owned=07=0Ab=E2=80=AEc?="))
    for arguments in (["hold", "list"], ["hold", "show", holding.holds()[0]["id"]]):
        said = holding.run(*arguments).stdout.decode()
        assert "\x1b" not in said and "\x07" not in said and "\u202e" not in said
    assert "\x1b" not in holding.log() and "\u202e" not in holding.log()


def test_backup_while_mail_comes_in(instances, standin, tmp_path):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    sent = {f"mail {number}": messages.message(f"mail {number}", body=b"x" * 5000 + b"\r\n") for number in range(20)}
    for subject in list(sent)[:10]:
        postern.send(sent[subject])
    stop, more = threading.Event(), []

    def keep_sending():
        while not stop.is_set():
            more.append(postern.send(messages.message("during")))

    sender = threading.Thread(target=keep_sending)
    sender.start()
    copy = tmp_path / "copy.db"
    postern.run("backup", str(copy))
    stop.set()
    sender.join()
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    # The copy is a whole store: another instance serves it.
    other = Postern(tmp_path / "restored", Config(standin.address))
    (other.directory / "store").mkdir()
    copy.rename(other.directory / "store" / "postern.db")
    subjects = {hold["subject"]: hold for hold in other.holds()}
    for subject in list(sent)[:10]:
        assert other.run("hold", "export", subjects[subject]["id"]).stdout == sent[subject]


def test_backup_does_not_write_over_a_file(holding, tmp_path):
    there = tmp_path / "there.db"
    there.write_text("precious")
    done = holding.run("backup", str(there), check=False)
    assert done.returncode != 0 and there.read_text() == "precious"


EXPLAINED = rule("no thanks", action="reject", sender=["no.example"]) + rule(
    "programs", attachment_extension=["exe"], hold_for="administrator"
)


def test_explain_says_verdict_rule_and_what_was_considered(instances, standin, tmp_path):
    postern = instances(standin, start=False, rules=EXPLAINED)
    said = postern.run("explain", "--from", "x@no.example", "--to", ADA).stdout.decode()
    assert "reject" in said and "no thanks" in said
    mail = tmp_path / "mail.eml"
    mail.write_bytes(messages.with_attachment("a.exe"))
    said = postern.run("explain", "--from", "x@sender.example", "--to", ADA, str(mail)).stdout.decode()
    assert "hold" in said and "programs" in said
    # The rule that was considered before it is named too.
    assert "no thanks" in said
    mail.write_bytes(messages.message())
    said = postern.run("explain", "--from", "x@sender.example", "--to", ADA, "--ip", "192.0.2.7", str(mail)).stdout.decode()
    assert "deliver" in said


def test_explain_and_the_gateway_agree_on_managed_senders(instances, standin):
    postern = instances(standin)
    postern.run("sender", "block", ADA, "pushy.example")
    postern.run("sender", "permit", ADA, "good@pushy.example")
    for sender, code in (("good@pushy.example", 250), ("bad@pushy.example", 550)):
        said = postern.run("explain", "--from", sender, "--to", ADA).stdout.decode()
        assert ("deliver" in said) == (code == 250), said
        assert postern.send(messages.message(sender=f"X <{sender}>"), sender=sender)[0][0].code == code
    assert "pushy.example" in said


def test_user_add(instances, standin):
    postern = instances(standin)
    postern.add_person(ADA, "correct horse battery")
    Portal(postern.portal).sign_in(ADA, "correct horse battery")
    assert postern.run("user", "add", ADA, "--password-stdin", stdin=b"other words\n", check=False).returncode != 0
    assert postern.run("user", "add", "no address", "--password-stdin", stdin=b"some words\n", check=False).returncode != 0
    assert postern.run("user", "add", BEN, "--role", "king", "--password-stdin", stdin=b"words\n", check=False).returncode != 0
    assert postern.run("user", "add", BEN, "--password-stdin", stdin=b"\n", check=False).returncode != 0


def test_help_and_unknown_words(holding):
    assert b"serve" in holding.run("--help", check=False).stdout
    assert holding.run("fly", check=False).returncode != 0
