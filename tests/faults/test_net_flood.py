"""Clients that mean no good, thousands at a time: memory stays in its bound and good ones are served."""

import pathlib
import re
import resource
import statistics
import subprocess
import sys
import time

import certificates
import pytest
from flood import FLOODS
from program import Config, Postern, rule, until
from senders import BEN, Senders, finish

HERE = pathlib.Path(__file__).resolve().parent
RULES = rule("to be released", subject="^hold") + rule("ben's in a mix", subject="^mixed", recipient=[BEN])
# Those that do not wait but work: a few make a flood.
BUSY = ("handshakes", "junk", "connects")
MEMORY_MAX = {"each": 100 << 10, "in all": 64 << 20}  # bytes


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def postern(tmp_path, standin, certificate):
    config = Config(
        standin.address,
        top={"threads": 0},
        smtp={"max_connections": 20_000, "unlimited_connections_from": ["127.0.0.0/8"], "max_recipients": 20},
        tls={"certificate": str(certificate[0]), "key": str(certificate[1])},
        listeners=[{"address": "127.0.0.1:0", "tls": "optional"}],
        rules=RULES,
    )
    made = Postern(tmp_path / "postern", config)
    yield made.start()
    made.kill()


class Flooding:
    def __init__(self, kind, postern, count):
        command = [sys.executable, str(HERE / "flood.py"), kind, postern.smtp, str(count)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        assert self.process.stdout.readline() == "ready\n", "the flood did not come"
        return self

    def __exit__(self, *_):
        said, _ = self.process.communicate("")
        self.made = int(said)


def memory(postern):
    text = pathlib.Path(f"/proc/{postern.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) << 10


def open_sockets(postern):
    return sum(1 for _ in pathlib.Path(f"/proc/{postern.process.pid}/fd").iterdir())


def rate(senders, seconds):
    """Mails a second for about that long, ten mails at least."""
    before, started = senders.taken, time.monotonic()
    until(lambda: senders.taken >= before + 10 and time.monotonic() - started >= seconds, "good clients are starved", 180)
    return (senders.taken - before) / (time.monotonic() - started)


def sizes(kind, long):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if kind in BUSY:
        return 100 if long else 20
    wanted = 10_000 if long else 200
    return min(wanted, hard - 500)


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood(postern, standin, ledger, report, long, rounds, kind):
    count, turns, seconds = sizes(kind, long), rounds(1, 5), 5 if long else 0.5
    without, within, made, each = [], [], 0, []
    with Senders(ledger, lambda: postern.smtp, count=4) as senders:
        rate(senders, seconds)  # What it needs for good mail alone has its memory now.
        for _ in range(turns):
            without.append(rate(senders, seconds))
            base, sockets = memory(postern), open_sockets(postern)
            with Flooding(kind, postern, count) as flood:
                within.append(rate(senders, seconds))
                grown = memory(postern) - base
                each.append(grown / count)
            made += flood.made
            assert grown <= MEMORY_MAX["each"] * count + MEMORY_MAX["in all"], f"{grown} bytes more for {count}"
            until(lambda: open_sockets(postern) < sockets + 40, "connections stay open", 60)
    finish(ledger, lambda: postern.smtp)
    counts = ledger.compare(postern, standin, exports=3)
    plain, flooded = statistics.median(without), statistics.median(within)
    note = f"{count} at a time, {made} in all; good mail at {flooded / plain:.0%} of {plain:.0f}/s"
    if kind not in BUSY:
        # Later turns find memory that the first has left.
        note += f"; {each[0] / 1024:.1f} KiB each"
    report(f"flood: {kind}", turns, counts, note)
    counts.assert_kept()
    assert senders.cut == 0, "a good client was cut off"
    postern.stop()
