"""The long form: a store of each released version with a million holds is brought forward.

    tests/upgrade: pytest -s --long [--holds N]        (POSTERN names a release build)
"""

import random
import signal
import subprocess
import time

import pytest
from old_store import FIXTURES, HERE, columns_of, contents, put_in_place, store_of, versions

FILL = HERE.parent / "bench" / "fill_store"
KILLS = 5


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.name)
def test_a_full_store_is_brought_forward_within_seconds(tmp_path, standin, fixture, long, request):
    if not long:
        pytest.skip("minutes: --long")
    count = request.config.getoption("--holds")
    postern = put_in_place(tmp_path / "full", fixture, standin.address)
    file = store_of(postern)
    subprocess.run([FILL, file, "--holds", str(count)], check=True, stdout=subprocess.DEVNULL)
    columns, old = columns_of(file), versions(file)
    before = contents(file, columns)
    assert before["hold"][0] > count
    size = file.stat().st_size
    # kill -9 while it is being brought forward, wherever that is; the last start is left alone.
    chance, killed = random.Random(1), []
    for _ in range(KILLS):
        postern.start(wait=False)
        try:
            postern.process.wait(chance.uniform(0.05, 0.8))
        except subprocess.TimeoutExpired:
            postern.process.send_signal(signal.SIGKILL)
        postern.wait()
        killed.append(versions(file) == old)
    begun = time.monotonic()
    postern.start()
    took = time.monotonic() - begun
    done = postern.events("store_migrated")
    postern.stop()
    assert contents(file, columns) == before
    assert versions(file) != old
    begun = time.monotonic()
    postern.start()
    again = time.monotonic() - begun
    begun = time.monotonic()
    assert b"held" in postern.run("trace", "fill.1@example.org").stdout
    walk = time.monotonic() - begun
    postern.stop()
    print(
        f"\n{fixture.name}, {count} holds, {size >> 20} MiB: until mail was taken {took:.2f} s "
        f"({len(done)} steps left after {KILLS} kills, {sum(killed)} of them before the first step), "
        f"the next start {again:.2f} s; trace by an old mail's Message-ID {walk:.2f} s"
    )
