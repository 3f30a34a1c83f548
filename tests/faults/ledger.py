"""The oracle of the fault tests: what was sent, what was acknowledged, and where all of it is now.

It lives in the test's own process and, line by line, in a file outside of the file system that is
made to fail. A line is one recipient's 250: the SHA-256 of the bytes, sender, recipient and the id
of the reply. compare() looks for each of them at the back end and in the store.
"""

import collections
import dataclasses
import hashlib
import json
import re
import threading
import time

import messages
import stand_in
import wire

SENDER = "someone@sender.example"
ADA = "ada@example.test"
SECURITY = "security@example.test"
TEMPORARY = (421, 450, 451, 452)
SUBJECT = re.compile(rb"(?:^|\r\n)Subject: ([^\r\n]*)")
# A hold in one of these states is the store's; the outbox sends what is `released`.
IN_STORE = ("held", "released", "failed")
ENDED_BY = {"reject": "rejected", "report": "reported"}


@dataclasses.dataclass
class Mail:
    """One message. `expect` may say where each recipient's copy belongs: "deliver" or "hold"."""

    subject: str
    sent: bytes
    sender: str
    recipients: tuple
    expect: dict
    about: str = ""  # what was done to it, for the sentences about it
    tries: int = 0
    blocked: bool = False
    acknowledged: dict = dataclasses.field(default_factory=dict)  # recipient -> id of the 250
    acts: dict = dataclasses.field(default_factory=dict)  # recipient -> act -> was it confirmed

    def is_finished(self):
        """Nothing more is to be sent: every recipient's 250 was seen, or the sender was blocked."""
        return self.blocked or len(self.acknowledged) == len(self.recipients)

    def copy_name(self, recipient):
        return f"{self.subject} for {recipient}" + f" ({self.about})" * bool(self.about)

    @property
    def sha256(self):
        return hashlib.sha256(self.sent).hexdigest()


@dataclasses.dataclass
class Counts:
    """Copies, one a recipient. `doubled` are those nothing excuses; `again` those that P2 allows,
    `resent` those the courier may have sent twice because it was killed between the back end's 250
    and the note of it (no SMTP client can know). `wrong` are sentences about all the rest."""

    acknowledged: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    again: int = 0
    resent: int = 0
    wrong: list = dataclasses.field(default_factory=list)

    def __add__(self, other):
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in dataclasses.fields(Counts)))

    def assert_kept(self):
        assert self.lost == 0 and self.doubled == 0 and not self.wrong, (
            f"{self.lost} lost, {self.doubled} doubled:\n" + "\n".join(self.wrong[:40])
        )
        assert self.acknowledged > 0, "nothing was acknowledged: nothing was tested"


class Ledger:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.mails = {}  # by subject
        self.courier_kills = 0

    def close(self):
        self.file.close()

    # Sending

    def mail(self, word="mail", size=2000, sender=SENDER, recipients=(ADA,), expect=None):
        """A new message; its subject, "WORD NUMBER", is how it is found again."""
        with self.lock:
            subject = f"{word} {len(self.mails)}"
            line = hashlib.sha256(subject.encode()).hexdigest().encode() + b"\r\n"
            body = line * max(1, size // len(line))
            expect = {recipient: expect for recipient in recipients} if isinstance(expect, str) else expect or {}
            sent = messages.message(subject, body=body, sender=f"Someone <{sender}>")
            mail = Mail(subject, sent, sender, tuple(recipients), expect)
            self.mails[subject] = mail
            return mail

    def send(self, address, mail):
        """The deciding reply; None when the connection ended or fell silent without one. A reply
        that is neither 250 nor temporary fails the test: nobody is told 5xx for our trouble."""
        with self.lock:
            mail.tries += 1
        try:
            replies, final = wire.send(address, mail.sent, mail.sender, mail.recipients)
        except (AssertionError, OSError):
            # wire asserts on a connection that closes instead of answering: no promise was made.
            return None
        taken = [to for to, reply in zip(mail.recipients, replies) if reply.code == 250]
        reply = final if final is not None else replies[0]
        if reply.code == 550 and any("report" in acts for acts in mail.acts.values()):
            # Held without our 250 having arrived, then reported, which blocks its sender.
            with self.lock:
                mail.blocked = True
            return reply
        for one in [*replies, reply]:
            assert one.code == 250 or one.code in TEMPORARY, f"{mail.subject}: {one}"
        if final is not None and final.code == 250:
            self.acknowledge(mail, taken, final)
        return reply

    def acknowledge(self, mail, recipients, reply):
        """Writes down a 250; for cases that speak SMTP themselves."""
        with self.lock:
            for recipient in recipients:
                mail.acknowledged[recipient] = reply.lines[-1].split()[-1]
                line = [mail.sha256, mail.sender, recipient, mail.acknowledged[recipient]]
                self.file.write(json.dumps(line) + "\n")
            self.file.flush()

    def send_until_taken(self, address, mail=None, seconds=60, **about):
        """`address` is a function, so that a restarted program is found again."""
        mail = mail or self.mail(**about)
        deadline = time.monotonic() + seconds
        while not mail.is_finished():
            reply = self.send(address(), mail)
            if mail.is_finished():
                return mail
            assert time.monotonic() < deadline, f"{mail.subject} is not taken: {reply}"
            time.sleep(0.1)
        return mail

    def unfinished(self):
        with self.lock:
            return [mail for mail in self.mails.values() if not mail.is_finished()]

    @property
    def acknowledged(self):
        with self.lock:
            return sum(len(mail.acknowledged) for mail in self.mails.values())

    # Acts of people

    def asked(self, subject, recipient, act, confirmed):
        """A person asked for release, reject or report; confirmed: they were told it is done."""
        with self.lock:
            acts = self.mails[subject].acts.setdefault(recipient, {})
            acts[act] = acts.get(act, False) or confirmed

    def killed(self):
        """The program was ended without a warning: what the courier had in hand may go twice."""
        with self.lock:
            self.courier_kills += 1

    # Comparing

    def compare(self, postern, standin, seconds=60, exports=20):
        """Counts, after what is on its way has left (`seconds` at most): the courier is not
        finished while it owns a copy. `exports` holds are exported and their bytes hashed too."""
        deadline = time.monotonic() + seconds
        while True:
            # The store first: what leaves it in between is seen at the back end.
            holds = self.holds_by_copy(postern)
            counts = self.count(holds, self.mails_by_copy(standin))
            moving = any(hold["state"] == "released" for found in holds.values() for hold in found)
            if not (counts.wrong or moving) or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        # Once more: a copy that was in both places for a moment is in one now.
        counts = self.count(self.holds_by_copy(postern), self.mails_by_copy(standin))
        counts.wrong += self.wrong_bytes(postern, holds, exports)
        return counts

    def holds_by_copy(self, postern):
        found = collections.defaultdict(list)
        for hold in postern.holds("--state", "any"):
            found[hold["subject"], hold["owner"]].append(hold)
        return found

    def mails_by_copy(self, standin):
        found = collections.defaultdict(list)
        for mail in list(standin.mails):
            # The first is the mail's own; a report carries the reported mail's as its last.
            subjects = [subject.decode("utf-8", "replace") for subject in SUBJECT.findall(mail.data)] or [""]
            for recipient in mail.recipients:
                found[subjects[-1 if recipient == SECURITY else 0], recipient].append(mail)
        return found

    def count(self, holds, mails):
        counts = Counts()
        with self.lock:
            for mail in self.mails.values():
                for recipient in mail.acknowledged:
                    key = (mail.subject, recipient)
                    self.count_copy(mail, recipient, holds.get(key, []), mails.get(key, []), counts)
                    self.check_acts(mail, recipient, holds.get(key, []), mails, counts)
        return counts

    def count_copy(self, mail, recipient, holds, mails, counts):
        name, acts = mail.copy_name(recipient), mail.acts.get(recipient, {})
        counts.acknowledged += 1
        for hold in holds:
            if hold["sha256"] != mail.sha256 or hold["size"] != len(mail.sent):
                counts.wrong.append(f"{name}: held with other bytes: {hold}")
        for one in mails:
            if not stand_in.as_relayed(one, mail.sent):
                counts.wrong.append(f"{name}: delivered with other bytes")
        states = [hold["state"] for hold in holds]
        stored = sum(state in IN_STORE for state in states)
        ended = sum(act in acts and state == ended for act, ended in ENDED_BY.items() for state in states)
        copies = stored + ended + len(mails)
        if copies == 0:
            counts.lost += 1
            counts.wrong.append(f"{name}: acknowledged as {mail.acknowledged[recipient]} and gone ({states})")
            return
        counts.found += 1
        self.count_too_many(mail, name, states, copies - 1, len(mails), counts)
        wanted = mail.expect.get(recipient)
        if wanted == "deliver" and holds or wanted == "hold" and not holds:
            counts.wrong.append(f"{name}: should be {wanted}: {states} and {len(mails)} at the back end")

    def check_acts(self, mail, recipient, holds, mails, counts):
        """What a person was told is done is done, and nothing is done that nobody asked for."""
        name, acts = mail.copy_name(recipient), mail.acts.get(recipient, {})
        states, delivered = [hold["state"] for hold in holds], mails.get((mail.subject, recipient), [])
        for act, confirmed in acts.items():
            # One that was sent twice is held twice, and only one of them was meant.
            if confirmed and "held" in states and len(states) == 1:
                counts.wrong.append(f"{name}: {act} was confirmed, and it is still held")
        if acts.get("release") and not delivered and "failed" not in states:
            counts.wrong.append(f"{name}: its release was confirmed, and it was not delivered")
        if holds and delivered and "release" not in acts:
            counts.wrong.append(f"{name}: delivered, and nobody released it")
        if acts.get("report") and not mails.get((mail.subject, SECURITY)):
            counts.wrong.append(f"{name}: its report was confirmed, and the security team has nothing")

    def count_too_many(self, mail, name, states, more, delivered, counts):
        if more == 0:
            return
        if mail.tries > 1:
            counts.again += more
        elif self.courier_kills and delivered > 1 and more <= self.courier_kills and self.is_couriers(mail, states):
            counts.resent += more
        else:
            counts.doubled += more
            counts.wrong.append(f"{name}: {more} too many: {states} and {delivered} at the back end")

    def is_couriers(self, mail, states):
        # A release, or the delivered copies of a mail that others hold.
        return bool(states) or "hold" in mail.expect.values()

    def wrong_bytes(self, postern, holds, exports):
        wrong = []
        kept = [hold for found in holds.values() for hold in found if hold["state"] in IN_STORE]
        for hold in kept[:: max(1, len(kept) // exports)][:exports] if exports else []:
            exported = postern.run("hold", "export", hold["id"]).stdout
            if hashlib.sha256(exported).hexdigest() != hold["sha256"]:
                wrong.append(f"{hold['subject']}: exported with other bytes")
        return wrong
