"""kill -9 at any moment, under load, at the first start and while it recovers from the last kill."""

import random
import shutil
import time

from ledger import Counts, Ledger
from load import RULES, Load
from program import Config, Postern, until
from stand_in import StandIn

ROUNDS_PER_STORE = 25
ADA = "ada@example.test"


def test_nothing_acknowledged_is_lost(tmp_path, rounds, report):
    wanted, seed = rounds(5, 1000), random.randrange(1 << 30)
    print(f"seed {seed}")
    total, done, recoveries = Counts(), 0, 0
    try:
        while done < wanted:
            some = min(ROUNDS_PER_STORE, wanted - done)
            counts, killed_again = kill_often(tmp_path / f"{done}", some, seed + done)
            total, done, recoveries = total + counts, done + some, recoveries + killed_again
    finally:
        report("kill -9 at random times", done, total, f"{recoveries} kills during a start; seed {seed}")
    total.assert_kept()


def kill_often(folder, count, seed):
    """One store from its first start on: (counts, how often a start was killed)."""
    standin = StandIn()
    postern = Postern(folder / "postern", Config(standin.address, rules=RULES))
    ledger = Ledger(folder / "ledger")
    load = Load(ledger, seed)
    recoveries = 0
    try:
        start_killed(postern, load.random)
        postern.start()
        postern.add_person(ADA)
        for _ in range(count):
            kill_once(postern, ledger, load)
            if load.random.random() < 0.4:
                start_killed(postern, load.random)
                recoveries += 1
            postern.start()
            for mail in ledger.unfinished():
                ledger.send_until_taken(lambda: postern.smtp, mail)
        counts = ledger.compare(postern, standin)
        postern.stop()
        if not counts.wrong:
            shutil.rmtree(postern.directory)
        return counts, recoveries + 1
    finally:
        postern.kill()
        standin.stop()
        ledger.close()


def kill_once(postern, ledger, load):
    before = ledger.acknowledged
    load.start(postern)
    try:
        until(lambda: ledger.acknowledged > before + 15 or load.problems, "no mail is taken", 60)
        time.sleep(load.random.uniform(0, 0.2))  # Any moment is the right one to be killed in.
    finally:
        postern.kill()
        ledger.killed()
        load.stop()


def start_killed(postern, moments):
    """Ends a start somewhere between the first instruction and the first mail."""
    postern.start(wait=False)
    time.sleep(moments.uniform(0, 0.25))
    postern.kill()
