"""Clients and a person at work at the same time, all written down in a ledger."""

import random
import threading

from ledger import ADA
from portal_client import Portal
from program import rule

BEN = "ben@example.test"
RULES = rule("held", subject="^hold") + rule("ben's in a mix", subject="^mixed", recipient=[BEN])
KINDS = {
    "pass": {ADA: "deliver"},
    "hold": {ADA: "hold"},
    "mixed": {ADA: "deliver", BEN: "hold"},
}
ACTS = ("release", "release", "reject", "report")


class Load:
    def __init__(self, ledger, seed, clients=6):
        self.ledger, self.random, self.clients = ledger, random.Random(seed), clients
        self.running, self.threads, self.cookie = threading.Event(), [], None
        self.problems, self.address, self.portal = [], None, None

    def start(self, postern):
        self.address, self.portal = postern.smtp, postern.portal
        self.running.set()
        jobs = [self.client] * self.clients + [self.person]
        self.threads = [threading.Thread(target=self.watched, args=(job,)) for job in jobs]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.running.clear()
        for thread in self.threads:
            thread.join()
        assert not self.problems, self.problems

    def watched(self, job):
        try:
            while self.running.is_set() and job():
                pass
        except Exception as problem:  # In a thread it would only be printed.
            self.problems.append(f"{type(problem).__name__}: {problem}")

    def next_mail(self):
        word = self.random.choice(list(KINDS))
        size = self.random.choice((500, 3000, 20_000, 300_000))
        number = self.random.randrange(1 << 40)
        # A report blocks the sender: each mail has its own.
        return self.ledger.mail(word, size, f"{number}@sender.example", tuple(KINDS[word]), KINDS[word])

    def client(self):
        """False when the program is gone, so that nobody waits for it in a loop."""
        return self.ledger.send(self.address, self.next_mail()) is not None

    def sign_in(self, portal):
        if self.cookie is None:
            portal.sign_in(ADA)
            self.cookie = portal.cookie
        portal.cookie = self.cookie

    def person(self):
        """Looks at what is held and decides on one of it."""
        portal = Portal(self.portal)
        try:
            self.sign_in(portal)
            holds = portal.holds()
        except OSError:
            return False
        except AssertionError as problem:
            return self.is_temporary(problem)
        if not holds:
            return True
        hold, act = self.random.choice(holds), self.random.choice(ACTS)
        more = {"as": "spam"} if act == "report" else {}
        self.ledger.asked(hold["subject"], ADA, act, False)
        try:
            done = portal.act(act, hold["id"], **more)["done"]
        except OSError:
            return False
        except AssertionError as problem:
            return self.is_temporary(problem)
        self.ledger.asked(hold["subject"], ADA, act, hold["id"] in done)
        return True

    def is_temporary(self, problem):
        """A 5xx is how the portal says that the store is in trouble: nothing was promised."""
        if ": 500:" in str(problem) or ": 503:" in str(problem):
            return True
        raise problem
