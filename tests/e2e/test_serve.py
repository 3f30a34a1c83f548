"""Starting, stopping and reloading; stores that must not be opened."""

import re
import signal
import sqlite3
import threading

import messages
import pytest
import wire
from program import rule, until

ADA = "ada@example.test"


def test_sigterm_stops_gracefully(instances, standin):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as idle:
        idle.hello()
        postern.signal(signal.SIGTERM)
        line = idle.read_line()
        assert line is None or line.startswith("421")
        assert postern.wait() == 0
    with pytest.raises(ConnectionRefusedError):
        wire.Wire(postern.listening("smtp")[0])


def test_a_mail_in_progress_is_finished_before_the_stop(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.envelope("a@sender.example", ADA)
        client.ask("DATA", "354")
        sent = messages.message("in time")
        client.raw(sent[:50])
        postern.signal(signal.SIGTERM)
        client.raw(sent[50:] + b".\r\n")
        reply = client.reply()
        assert reply.starts("250 2.0.0") or reply.code == 421
        assert postern.wait() == 0
    held = [hold["subject"] for hold in postern.holds()]
    assert held == (["in time"] if reply.code == 250 else [])


def test_two_sigterms_are_no_worse_than_one(instances, standin):
    postern = instances(standin)
    postern.signal(signal.SIGTERM)
    try:
        postern.signal(signal.SIGTERM)
    except ProcessLookupError:
        pass
    assert postern.wait() in (0, -signal.SIGTERM)
    postern.process = None


def test_sighup_puts_a_good_file_in_force(instances, standin):
    postern = instances(standin)
    assert postern.send(messages.message("before"))[1].code == 250
    with wire.Wire(postern.smtp) as kept:
        kept.hello()
        postern.config.rules = rule("new", sender=["sender.example"])
        postern.write_config()
        postern.signal(signal.SIGHUP)

        def held():
            assert postern.send(messages.message("after"))[1].code == 250
            return bool(postern.holds())

        until(held, "the new rule is not in force")
        assert postern.holds()[0]["rule"] == "new"
        # A connection from before the reload is not lost.
        kept.envelope("a@sender.example", ADA)
        assert kept.data(messages.message("kept")).code == 250


def test_sighup_with_a_bad_file_keeps_the_old_settings(instances, standin):
    postern = instances(standin, rules=rule("old", sender=["sender.example"]))
    good = postern.file.read_text()
    postern.write_config(good.replace("[smtp]", "[smtp]\nmax_mesage_bytes = 1") + '\n[[rule]]\naction = "fly"\n')
    postern.signal(signal.SIGHUP)
    pattern = re.compile(re.escape(str(postern.file)) + r":\d+:\d+")
    postern.wait_for_log(lambda: len(pattern.findall(postern.log())) >= 2, "both problems with their places")
    postern.send(messages.message("still held"))
    # The command line would refuse the bad file as well.
    postern.write_config(good)
    assert postern.hold("still held")["rule"] == "old"


def test_a_second_serve_is_refused(instances, standin):
    postern = instances(standin)
    second = postern.run("serve", check=False)
    assert second.returncode != 0
    said = second.stderr.decode()
    assert str(postern.directory / "store") in said
    assert str(postern.process.pid) in said or "running" in said
    assert postern.send(messages.message())[1].code == 250


def test_a_store_of_a_newer_version_is_refused(instances, standin):
    postern = instances(standin)
    postern.stop()
    store = postern.directory / "store" / "postern.db"
    with sqlite3.connect(store) as database:
        changed = database.execute("UPDATE schema_version SET version = version + 1 WHERE room = 'quarantine'")
        assert changed.rowcount == 1
    database.close()
    before = store.read_bytes()
    done = postern.run("serve", check=False)
    assert done.returncode != 0
    assert "newer" in done.stderr.decode()
    assert postern.run("hold", "list", check=False).returncode != 0
    assert store.read_bytes() == before


@pytest.mark.parametrize("damage", ["header", "middle", "not a database"])
def test_a_corrupt_store_is_refused(instances, standin, damage):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    for number in range(5):
        postern.send(messages.message(f"mail {number}", body=bytes(range(32, 127)) * 200 + b"\r\n"))
    postern.stop()
    store = postern.directory / "store" / "postern.db"
    for left in store.parent.glob("postern.db-*"):
        left.unlink()
    octets = bytearray(store.read_bytes())
    if damage == "header":
        octets[:16] = b"SQLite format 9\0"
    elif damage == "middle":
        # Every page but the first: whichever the check looks at, it meets one.
        for at in range(4096, len(octets), 4096):
            octets[at : at + 64] = b"\xa5" * 64
    else:
        octets[:] = b"this is no database\n" * 100
    store.write_bytes(octets)
    done = postern.run("serve", check=False)
    assert done.returncode != 0
    said = done.stderr.decode()
    assert "postern.db" in said and re.search("backup|restore", said)
    assert store.read_bytes() == bytes(octets)


def test_a_port_that_is_taken_is_named(instances, standin):
    postern = instances(standin)
    other = instances(standin, start=False, listeners=[{"address": standin.address}])
    done = other.run("serve", check=False)
    assert done.returncode != 0
    assert standin.address in done.stderr.decode()
    assert postern.send(messages.message())[1].code == 250


def test_several_listeners(instances, standin):
    postern = instances(standin, listeners=[{"address": "127.0.0.1:0"}, {"address": "127.0.0.1:0"}])
    first, second = postern.listening("smtp")
    assert first != second
    for address in (first, second):
        assert wire.send(address, messages.message())[1].starts("250 2.0.0")


def test_a_hundred_mails_at_once(instances, standin):
    postern = instances(standin, rules=rule("odd", subject="odd"))
    failures = []

    def client(number):
        for turn in range(5):
            subject = f"{'odd' if turn % 2 else 'even'} {number}.{turn}"
            _, final = postern.send(messages.message(subject, body=subject.encode() * 300 + b"\r\n"))
            if not final.starts("250 2.0.0"):
                failures.append((subject, final))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(standin.mails) == 60
    assert len({hold["subject"] for hold in postern.holds()}) == 40
