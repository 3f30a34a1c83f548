"""Two at one store: a second `serve`, and a reader that keeps the log from being emptied."""

import os
import sqlite3

import messages
from ledger import ADA
from program import Postern, rule, until

RULES = rule("held", subject="^held")
KEPT_BYTES = 64 << 20  # how long the log file may stay (journal_size_limit)


def random_message(subject):
    return messages.message(subject, body=os.urandom(1 << 20).hex().encode() + b"\r\n")


def test_a_second_server_is_refused(faulty, standin, ledger, report):
    postern, _ = faulty(rules=RULES)
    ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    second = Postern(postern.directory, postern.config)
    second.start(wait=False)
    assert second.wait() == 1
    refusal = second.log()
    assert f"in use by process {postern.process.pid}" in refusal and "stop that one first" in refusal, refusal
    # The first has not noticed, and sub-commands work beside it.
    postern.add_person(ADA)
    postern.run("sender", "permit", ADA, "friend@elsewhere.example")
    mail = ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    ledger.asked(mail.subject, ADA, "release", True)
    postern.run("hold", "release", postern.hold(mail.subject)["id"])
    standin.wait_for(1)
    postern.run("backup", str(postern.directory / "copy"))
    counts = ledger.compare(postern, standin)
    report("second server", 1, counts, "refused; user, sender, hold, backup work beside the first")
    counts.assert_kept()


def test_the_lock_goes_with_its_owner(faulty, standin, ledger, report):
    postern, _ = faulty(rules=RULES)
    ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    postern.kill()
    postern.start()
    ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    counts = ledger.compare(postern, standin)
    report("start after a kill", 1, counts, "no lock is left behind")
    counts.assert_kept()


def test_a_reader_that_starves_the_checkpoint(faulty, standin, ledger, report):
    """Somebody's sqlite3 in a transaction: the log cannot be emptied and grows. Mail goes on, the
    log of the program says it, and afterwards the file is small again."""
    postern, _ = faulty(rules=RULES)
    store = postern.directory / "store" / "postern.db"
    log_file = store.with_name("postern.db-wal")
    ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    reader = sqlite3.connect(store, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM hold").fetchone()
    grown = 0
    while grown < KEPT_BYTES * 3 // 2:
        mail = ledger.mail("held", expect="hold")
        mail.sent = random_message(mail.subject)
        ledger.send_until_taken(lambda: postern.smtp, mail)
        grown = log_file.stat().st_size
    said = len(postern.events("store_log_not_emptied"))
    assert said, f"the log has {grown} bytes and nobody says so:\n{postern.log()[-2000:]}"
    reader.execute("COMMIT")
    reader.close()

    def is_emptied():
        ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
        return log_file.stat().st_size <= KEPT_BYTES

    until(is_emptied, "the log is not emptied", 60)
    emptied = log_file.stat().st_size
    counts = ledger.compare(postern, standin)
    report("reader starves the checkpoint", 1, counts, f"-wal grew to {grown >> 20} MiB, said {said} times; {emptied >> 20} MiB after the reader")
    counts.assert_kept()
