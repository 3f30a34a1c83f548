"""Power loss under load: the file system forgets, in one instant, whatever was not synced.

The same run with synchronous=NORMAL has to lose mail. If it does not, the test is blind, and what
it says about FULL means nothing.
"""

import pathlib
import random
import signal
import time

from disks import LoopDisk
from ledger import ADA, Counts, Ledger
from load import RULES, Load
from program import Config, Postern, until
from stand_in import StandIn

DISK_BYTES = 160 << 20
BLIND_AFTER = 8


def stop_at_once(postern):
    """Every thread stands still, as without power: nothing is answered any more. Otherwise it would
    run on for milliseconds on a file system that is gone, where a sync that is under way in that
    moment may end well and be taken for one."""
    postern.signal(signal.SIGSTOP)
    tasks = pathlib.Path(f"/proc/{postern.process.pid}/task")

    def states():
        # After the name in parentheses, which may hold anything.
        return {(task / "stat").read_text().rpartition(") ")[2][0] for task in tasks.iterdir()}

    # D: within a call to the disk, which ends before the thread can do anything more.
    until(lambda: states() <= {"T", "D"}, "the program does not stand still")


def lose_power_once(folder, seed, environment=None):
    """One store on one disk: (counts, what the store says of itself afterwards)."""
    disk = LoopDisk(folder, DISK_BYTES)
    standin = StandIn()
    ledger = Ledger(folder / "ledger")
    load = Load(ledger, seed)
    config = Config(standin.address, top={"data_dir": str(disk.place / "store")}, rules=RULES)
    postern = Postern(folder / "postern", config)
    try:
        postern.environment = environment or {}
        postern.start()
        postern.add_person(ADA)
        load.start(postern)
        try:
            until(lambda: ledger.acknowledged > 60 or load.problems, "no mail is taken", 60)
            time.sleep(load.random.uniform(0, 0.5))  # Power fails at any moment.
            stop_at_once(postern)
            disk.lose_power()
        finally:
            postern.kill()
            ledger.killed()
            load.stop()
        disk.unmount()
        disk.mount()
        postern.environment = {}
        postern.start()
        for mail in ledger.unfinished():
            ledger.send_until_taken(lambda: postern.smtp, mail)
        counts = ledger.compare(postern, standin, seconds=5 if environment else 60)
        postern.stop()
        return counts
    finally:
        postern.kill()
        standin.stop()
        ledger.close()
        disk.remove()


def test_nothing_synced_is_lost(tmp_path, rounds, report):
    seed, total, done = random.randrange(1 << 30), Counts(), 0
    try:
        for done in range(1, rounds(1, 100) + 1):
            total += lose_power_once(tmp_path / str(done), seed + done)
    finally:
        report("power loss, synchronous=FULL", done, total, f"seed {seed}")
    total.assert_kept()


def test_without_the_sync_mail_is_lost(tmp_path, rounds, report, preloaded):
    """The test of the test."""
    seed, total, done = random.randrange(1 << 30), Counts(), 0
    environment = preloaded("synchronous_normal.c")
    wanted = rounds(1, 20)
    while done < wanted or total.lost == 0 and done < BLIND_AFTER:
        done += 1
        total += lose_power_once(tmp_path / str(done), seed + done, environment)
    report("power loss, synchronous=NORMAL (has to lose)", done, total, f"seed {seed}")
    assert total.lost > 0, f"{done} losses of power without a sync lost nothing: this test is blind"
