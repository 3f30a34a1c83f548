"""A disk whose every sync takes seconds: held mail waits for it, all other mail does not."""

import threading
import time

from program import rule, until

RULES = rule("held", subject="^held")
PASSERS = 4


def percentiles(times):
    ordered = sorted(times)
    return tuple(1000 * ordered[min(len(ordered) - 1, len(ordered) * part // 100)] for part in (50, 99))


class Passing:
    """Sessions that need no store, one mail after the other, each timed."""

    def __init__(self, postern, ledger):
        self.postern, self.ledger, self.going = postern, ledger, threading.Event()
        self.going.set()
        self.times, self.wrong = [], []
        self.threads = [threading.Thread(target=self.run) for _ in range(PASSERS)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while self.going.is_set():
            mail = self.ledger.mail("pass", expect="deliver")
            started = time.monotonic()
            try:
                reply = self.ledger.send(self.postern.smtp, mail)
            except AssertionError as problem:  # In a thread it would only be printed.
                reply = problem
            self.times.append(time.monotonic() - started)
            if getattr(reply, "code", None) != 250:
                self.wrong.append(reply)

    def stop(self):
        self.going.clear()
        for thread in self.threads:
            thread.join()
        return self.times


def passing_for(postern, ledger, count):
    passing = Passing(postern, ledger)
    until(lambda: len(passing.times) >= count or passing.wrong, "nothing passes", 600)
    times = passing.stop()
    assert not passing.wrong, passing.wrong
    return times


def run_with_delay(postern, faults, standin, ledger, report, milliseconds, count):
    without = percentiles(passing_for(postern, ledger, count))

    faults.delay_syncs(milliseconds)
    replies = []
    held = [ledger.mail("held", expect="hold") for _ in range(3)]
    waiting = [threading.Thread(target=lambda mail=mail: replies.append(ledger.send(postern.smtp, mail))) for mail in held]
    for thread in waiting:
        thread.start()
    passing = Passing(postern, ledger)
    for thread in waiting:
        thread.join()
    until(lambda: len(passing.times) >= count or passing.wrong, "nothing passes", 600)
    with_delay = percentiles(passing.stop())
    faults.delay_syncs(0)

    ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    for mail in ledger.unfinished():
        ledger.send_until_taken(lambda: postern.smtp, mail)
    counts = ledger.compare(postern, standin)
    note = "pass-through p50/p99 {:.0f}/{:.0f} ms, without the fault {:.0f}/{:.0f} ms".format(*with_delay, *without)
    report(f"each sync takes {milliseconds / 1000:g} s", 1, counts, note)
    counts.assert_kept()
    assert not passing.wrong, passing.wrong
    assert len(replies) == len(held), "a client of held mail fell over"
    return replies


def test_mail_that_needs_no_store_does_not_wait(faulty, standin, ledger, report, long):
    postern, faults = faulty(rules=RULES)
    ledger.send_until_taken(lambda: postern.smtp, word="held", expect="hold")
    count = 400 if long else 60
    replies = run_with_delay(postern, faults, standin, ledger, report, 2000, count)
    assert all(reply is not None and reply.code == 250 for reply in replies), replies
    if long:
        # Longer than these clients wait (wire.TIMEOUT_SECONDS): they are told nothing, and ask again.
        run_with_delay(postern, faults, standin, ledger, report, 20_000, count)
