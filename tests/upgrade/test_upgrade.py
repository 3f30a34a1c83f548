"""Stores of every released version, opened by today's program: nothing is lost, whatever happens."""

import hashlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess

import make_fixture
import messages
import pytest
from old_store import FIXTURES, columns_of, contents, put_in_place, store_of, versions
from portal_client import Portal
from stand_in import as_relayed

ADA, BEN, PASSWORD = make_fixture.ADA, make_fixture.BEN, make_fixture.PASSWORD
every_version = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)


def test_there_is_a_fixture():
    assert FIXTURES


def known_versions(postern):
    """What this program would write, by its own word."""
    said = subprocess.run([postern.binary, "--version"], check=True, capture_output=True, text=True).stdout
    return {room: int(version) for room, version in re.findall(r"(\w+) (\d+)(?=,|\s|$)", said.partition("store:")[2])}


def assert_brought_forward(postern, before, columns):
    """Each row of each old table is there, unchanged, and the store is whole."""
    file = store_of(postern)
    assert contents(file, columns) == before
    found = versions(file)
    for room, version in known_versions(postern).items():
        assert found[room] == version, room
    with sqlite3.connect(file) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        # Every view, trigger and index still fits the tables; the search index fits its holds.
        store.execute("INSERT INTO hold_search(hold_search, rank) VALUES('integrity-check', 1)")
        store.rollback()
    store.close()


def assert_every_hold_comes_out(postern):
    compared = 0
    for hold in postern.holds("--state", "any"):
        if hold["state"] == "expired":
            continue  # Its bytes went when it expired.
        exported = postern.run("hold", "export", hold["id"]).stdout
        assert (hashlib.sha256(exported).hexdigest(), len(exported)) == (hold["sha256"], hold["size"])
        compared += 1
    assert compared >= 15


@every_version
def test_an_old_store_is_brought_forward_and_works(tmp_path, standin, fixture):
    postern = put_in_place(tmp_path / "old", fixture, standin.address)
    columns = columns_of(store_of(postern))
    before = contents(store_of(postern), columns)
    assert before["hold"][0] >= 17 and before["audit"][0] > 0 and before["managed_sender"][0] >= 6
    # Beside a store that is older a sub-command says what to do, and changes nothing.
    done = postern.run("hold", "list", check=False)
    assert done.returncode == 1 and b"postern serve" in done.stderr
    assert contents(store_of(postern), columns) == before
    postern.start()
    lists = postern.run("sender", "list", ADA).stdout.decode()
    for entry in ("pushy.example", "bad@mixed.example", "good@pushy.example", "mixed.example", "friend@example.org"):
        assert entry in lists
    postern.stop()
    assert_brought_forward(postern, before, columns)
    assert_every_hold_comes_out(postern)

    postern.start()
    # The lists still decide, people still get in, search still finds, the held still leaves.
    assert postern.send(messages.message(), sender="x@pushy.example")[0][0].code == 550
    ada = Portal(postern.portal)
    ada.sign_in(ADA, PASSWORD)
    assert [hold["subject"] for hold in ada.holds(q="Grüße")] == ["Grüße"]
    hold = postern.hold("a large one")["id"]
    sent = postern.run("hold", "export", hold).stdout
    assert sent == make_fixture.large()
    postern.run("hold", "release", hold)
    (mail,) = standin.wait_for(1)
    assert as_relayed(mail, sent) and mail.recipients == [ADA]
    postern.wait_for_state(hold, "delivered")
    said = postern.run("trace", hold).stdout.decode()
    assert "held by rule" in said and "released by command line" in said and "delivered to back end" in said
    # What was held before there were records is found by its other names, too.
    assert b"a large one" in postern.run("trace", "someone@sender.example").stdout
    postern.stop()
    # What waited in the old outbox leaves as well.
    with sqlite3.connect(store_of(postern)) as store:
        assert store.execute("UPDATE outbox SET due = 1").rowcount >= 1
    store.close()
    postern.start()
    postern.wait_for_state(postern.hold("waiting")["id"], "delivered")
    postern.stop()


@every_version
def test_a_migration_that_is_killed_starts_over(tmp_path, standin, fixture, long):
    """kill -9 before the N-th write to a file of the store, for N over the whole of the migration."""
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    first = put_in_place(tmp_path / "counted", fixture, standin.address)
    columns = columns_of(store_of(first))
    before = contents(store_of(first), columns)
    writes = writes_until_migrated(first)
    assert writes >= 10
    step = 1 if long else max(1, writes // 4)
    for number in range(1, writes + 1, step):
        postern = put_in_place(tmp_path / f"killed-{number}", fixture, standin.address)
        assert serve_killed_at(postern, number) == -signal.SIGKILL
        postern.start()
        postern.stop()
        assert_brought_forward(postern, before, columns)


def serve_traced(postern, *options):
    """Serves under strace until it is killed, or has started and was stopped. The exit code."""
    command = ["strace", "-f", "-qqq", "-o", postern.directory / "calls", "-e", "trace=pwrite64", *options]
    process = subprocess.Popen(
        [*map(str, command), str(postern.binary), "serve", "--config", str(postern.file)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},  # cannot be looked for under strace
    )
    with process.stderr as lines:
        for line in lines:
            if started := re.search(r"event=started .*pid=(\d+)", line):
                os.kill(int(started[1]), signal.SIGTERM)
    # strace ends as its child did.
    return process.wait(60)


def writes_until_migrated(postern):
    """How often the first thread writes, which opens the store and brings all rooms forward.

    strace counts for each thread by itself.
    """
    assert serve_traced(postern) == 0
    assert versions(store_of(postern)).items() >= known_versions(postern).items()
    calls = (postern.directory / "calls").read_text().splitlines()
    return sum(call.startswith(calls[0].split()[0]) and "pwrite64(" in call for call in calls)


def serve_killed_at(postern, number):
    return serve_traced(postern, "-e", f"inject=pwrite64:signal=SIGKILL:when={number}")


@every_version
@pytest.mark.parametrize("room", ["quarantine", "accounts", "tracking", "database"])
def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path, standin, fixture, room):
    postern = put_in_place(tmp_path / "new", fixture, standin.address)
    postern.start()
    postern.stop()
    file = store_of(postern)
    with sqlite3.connect(file) as store:
        store.execute("UPDATE schema_version SET version = version + 1 WHERE room = ?", (room,))
    store.close()
    bytes_before = file.read_bytes()
    postern.start(wait=False)
    assert postern.wait() == 1
    postern.process = None
    assert "newer Postern" in postern.log() and "backup from before the upgrade" in postern.log()
    if room != "database":  # which only the server looks at
        done = postern.run("hold", "list", check=False)
        assert done.returncode == 1 and b"newer Postern" in done.stderr
    assert file.read_bytes() == bytes_before
