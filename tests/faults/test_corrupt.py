"""A damaged store: the program works or refuses with what to do, it never crashes, and `recover`
gives out what can be read, each mail's bytes proved by their digest."""

import collections
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import threading

import wire
from ledger import ADA, Ledger
from load import BEN
from program import SANITIZER, Config, Postern, rule
from stand_in import StandIn

PAGE = 4096
HOLDS = 60
RULES = rule("held", subject="^held")
ADVICE = re.compile(r"backup|recover|move this one away|newer Postern|first page is damaged")


class Original:
    """A store with mail, people and lists: closed properly, and as a kill -9 leaves it."""

    def __init__(self, folder):
        self.standin, self.ledger = StandIn(), Ledger(folder / "ledger")
        self.postern = Postern(folder / "original", Config(self.standin.address, rules=RULES))
        self.store = self.postern.directory / "store"
        self.closed, self.killed = folder / "closed", folder / "killed"
        self.postern.start()
        for person in (ADA, BEN):
            self.postern.add_person(person)
        entries = [f"sender{number}@lists.example" for number in range(300)]
        self.postern.run("sender", "block", ADA, *entries)
        self.send(HOLDS // 2)
        self.postern.stop()
        self.copy_to(self.closed)
        self.postern.start()
        self.send(HOLDS // 2)
        self.holds = {hold["id"]: hold["sha256"] for hold in self.postern.holds()}
        self.postern.kill()
        self.copy_to(self.killed)
        self.standin.stop()

    def copy_to(self, place):
        place.mkdir()
        for name in ("postern.db", "postern.db-wal", "postern.db-shm"):
            if (self.store / name).exists():
                shutil.copy(self.store / name, place)

    def send(self, count):
        for number in range(count):
            size = (1000, 5000, 60_000, 400_000)[number % 4]
            recipients = (ADA, BEN) if number % 5 == 0 else (ADA,)
            mail = self.ledger.mail("held", size, recipients=recipients, expect="hold")
            self.ledger.send_until_taken(lambda: self.postern.smtp, mail)

    def holds_of(self, place):
        """id -> sha256 of what was in that copy."""
        if place == self.killed:
            return self.holds
        first = {mail.sha256 for mail in list(self.ledger.mails.values())[: HOLDS // 2]}
        return {hold: sha256 for hold, sha256 in self.holds.items() if sha256 in first}


def damage(folder, chance):
    """Does one kind of harm to the store's file or its log; what it was, in words."""
    files = [folder / "postern.db"] * 3 + [path for path in [folder / "postern.db-wal"] if path.exists()]
    path = chance.choice(files)
    octets = bytearray(path.read_bytes())
    if not octets:
        return f"{path.name} is empty"
    kind = chance.choice(("bytes", "bytes", "zeros", "noise", "cut", "swap", "first page"))
    page = chance.randrange(max(1, len(octets) // PAGE)) * PAGE
    if kind == "bytes":
        for _ in range(chance.choice((1, 3, 20))):
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    elif kind == "first page":
        octets[chance.randrange(min(len(octets), PAGE))] = chance.randrange(256)
    elif kind in ("zeros", "noise"):
        size = chance.choice((16, 512, PAGE, 4 * PAGE))
        octets[page : page + size] = bytes(size) if kind == "zeros" else chance.randbytes(size)
    elif kind == "cut":
        del octets[chance.randrange(len(octets)) :]
    else:
        other = chance.randrange(max(1, len(octets) // PAGE)) * PAGE
        octets[page : page + PAGE], octets[other : other + PAGE] = octets[other : other + PAGE], octets[page : page + PAGE]
    path.write_bytes(octets)
    return f"{kind} in {path.name} at {page}"


class Trial:
    """One damaged copy. `wrong` are sentences about what should not have been."""

    def __init__(self, folder, original, seed):
        chance = random.Random(seed)
        self.seed, self.wrong, self.outcome, self.verified = seed, [], "", 0
        place = chance.choice((original.closed, original.killed))
        self.expected = original.holds_of(place)
        self.postern = Postern(folder, Config("127.0.0.1:1", rules=RULES, top={"threads": 1}))
        self.store, self.out = folder / "store", folder / "out"
        shutil.copytree(place, self.store)
        self.what = damage(self.store, chance)

    def run(self):
        self.recover()
        self.serve()
        return self

    def say(self, text):
        self.wrong.append(f"seed {self.seed} ({self.what}): {text}")

    def recover(self):
        before = (self.store / "postern.db").read_bytes()
        done = self.postern.run("recover", str(self.out), check=False)
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode not in (0, 1):
            self.say(f"recover: exit {done.returncode}: {said[:500]}")
        if (self.store / "postern.db").read_bytes() != before:
            self.say("recover changed the store")
        if not (self.out / "index.json").exists():
            if done.returncode == 0 or not ADVICE.search(said):
                self.say(f"recover gave nothing and no advice: {said[:500]}")
            return
        found = {}
        for mail in json.loads((self.out / "index.json").read_text()):
            if mail["bytes"] != "verified":
                continue
            digest = hashlib.sha256((self.out / mail["file"]).read_bytes()).hexdigest()
            if digest != mail["sha256"]:
                self.say(f"recover: {mail['file']} is not what it says")
            if mail["kind"] == "hold":
                found[mail["id"]] = digest
        self.verified = sum(found.get(hold) == sha256 for hold, sha256 in self.expected.items())
        if done.returncode == 0 and found != self.expected and "-wal" not in self.what:
            self.say(f"recover said that all is there, and {self.verified} of {len(self.expected)} are")
        if done.returncode == 1 and not said:
            self.say("recover: exit 1 without a word")

    def serve(self):
        self.postern.start(wait=False)
        try:
            self.postern.wait_for_log(lambda: self.postern.listening("smtp") or None in self.postern.lines, "start or refusal")
            if self.postern.listening("smtp"):
                self.outcome = "works"
                self.use()
                self.postern.signal(15)
            else:
                self.outcome = "refused"
            code = self.postern.wait()
            if code < 0 or SANITIZER.search(self.postern.log()):
                self.say(f"serve crashed ({code}): {self.postern.log()[-1500:]}")
            if self.outcome == "refused" and (code != 1 or not ADVICE.search(self.postern.log())):
                self.say(f"serve refused with exit {code} and no advice: {self.postern.log()[-500:]}")
        finally:
            self.postern.kill()

    def use(self):
        for arguments in (["hold", "list", "--json", "--state", "any"], ["hold", "export", next(iter(self.expected))]):
            done = self.postern.run(*arguments, check=False)
            if done.returncode not in (0, 1) or (done.returncode == 1 and not done.stderr):
                self.say(f"{arguments}: exit {done.returncode}: {done.stderr[:500]}")
        try:
            with wire.Wire(self.postern.smtp) as client:
                client.hello()
                if client.ask("MAIL FROM:<someone@sender.example>").code // 100 == 5:
                    self.say("5xx to MAIL")
        except (AssertionError, OSError) as problem:
            self.say(f"no SMTP: {problem}")


def test_a_damaged_store_works_or_is_refused(tmp_path, rounds, report):
    original = Original(tmp_path)
    count, first = rounds(16, 10_000), random.randrange(1 << 30)
    outcomes, wrong, verified, expected = collections.Counter(), [], 0, 0
    lock = threading.Lock()

    def one(seed):
        nonlocal verified, expected
        folder = tmp_path / str(seed)
        trial = Trial(folder, original, seed).run()
        if not trial.wrong:
            shutil.rmtree(folder)
        with lock:
            outcomes[trial.outcome] += 1
            wrong.extend(trial.wrong)
            verified += trial.verified
            expected += len(trial.expected)

    try:
        with concurrent.futures.ThreadPoolExecutor(min(4, len(os.sched_getaffinity(0)))) as pool:
            list(pool.map(one, range(first, first + count)))
    finally:
        note = ", ".join(f"{number} {name}" for name, number in sorted(outcomes.items()))
        share = 100 * verified / max(1, expected)
        report("damaged store", sum(outcomes.values()), None, f"{note}; recovered whole {verified} of {expected} holds ({share:.1f} %); first seed {first}")
    assert not wrong, "\n".join(wrong[:20])
