"""Clients that send mail after mail, each on a connection that it keeps, all in a ledger."""

import collections
import itertools
import threading

import wire
from ledger import ADA, TEMPORARY

BEN = "ben@example.test"
KINDS = {"pass": {ADA: "deliver"}, "hold": {ADA: "hold"}, "mixed": {ADA: "deliver", BEN: "hold"}}


class Senders:
    """`replies` counts the deciding replies by code; `cut` the sessions that ended without a 421.
    A session that has ended is begun anew, until stop()."""

    def __init__(self, ledger, address, count=8, kinds=tuple(KINDS), size=4000):
        self.ledger, self.address, self.kinds, self.size = ledger, address, kinds, size
        self.running, self.lock = threading.Event(), threading.Lock()
        self.replies, self.cut, self.sessions, self.problems = collections.Counter(), 0, 0, []
        self.threads = [threading.Thread(target=self.client) for _ in range(count)]

    def __enter__(self):
        self.running.set()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.running.clear()
        for thread in self.threads:
            thread.join()
        assert not self.problems, self.problems

    def client(self):
        words = itertools.cycle(self.kinds)
        while self.running.is_set():
            try:
                with wire.Wire(self.address()) as session:
                    self.session(session, words)
            except (AssertionError, OSError):
                # wire asserts on a connection that closes instead of answering.
                with self.lock:
                    self.cut += 1
                threading.Event().wait(0.05)  # It may be about to start again.
            except Exception as problem:  # In a thread it would only be printed.
                self.problems.append(f"{type(problem).__name__}: {problem}")
                return

    def session(self, session, words):
        with self.lock:
            self.sessions += 1
        if session.greeting.code != 220 or session.ask("EHLO client.example.org").code == 421:
            return
        while self.running.is_set():
            word = next(words)
            mail = self.ledger.mail(word, self.size, recipients=tuple(KINDS[word]), expect=KINDS[word])
            code = self.one(session, mail)
            with self.lock:
                self.replies[code] += 1
            if code == 421:
                return
            if code != 250 and session.ask("RSET").code == 421:
                return
        session.line("QUIT")

    def one(self, session, mail):
        mail.tries += 1
        reply = session.ask(f"MAIL FROM:<{mail.sender}>")
        for recipient in mail.recipients:
            if reply.code == 250:
                reply = session.ask(f"RCPT TO:<{recipient}>")
        if reply.code == 250:
            reply = session.data(mail.sent)
        if reply.code == 250:
            self.ledger.acknowledge(mail, mail.recipients, reply)
        elif reply.code not in TEMPORARY:
            self.problems.append(f"{mail.subject}: {reply}")
        return reply.code

    @property
    def taken(self):
        with self.lock:
            return self.replies[250]


def finish(ledger, address):
    """What was not taken is sent again until it is."""
    for mail in ledger.unfinished():
        ledger.send_until_taken(address, mail)
