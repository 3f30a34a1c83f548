"""The long form: a store of each released version with a million holds is brought forward.

    tests/upgrade: pytest -s --long [--holds N]        (POSTERN names a release build)
"""

import random
import shutil
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
    shutil.copyfile(file, tmp_path / "old.db")

    took, steps = timed_start(postern)
    assert steps > 0 and versions(file) != old
    assert contents(file, columns) == before
    again, steps = timed_start(postern)
    assert steps == 0
    postern.start()
    begun = time.monotonic()
    assert b"held" in postern.run("trace", "fill.1000@example.org").stdout
    walk = time.monotonic() - begun
    postern.stop()

    # kill -9 while it is being brought forward, wherever that is.
    chance, untouched, after_kill = random.Random(1), 0, 0
    for _ in range(KILLS):
        for name in ("", "-wal", "-shm"):
            file.with_name(file.name + name).unlink(missing_ok=True)
        shutil.copyfile(tmp_path / "old.db", file)
        postern.start(wait=False)
        time.sleep(chance.uniform(0, took))
        postern.kill()
        untouched += versions(file) == old
        after_kill = max(after_kill, timed_start(postern)[0])
        assert contents(file, columns) == before
    print(
        f"\n{fixture.name}, {count} holds, {size >> 20} MiB: until mail was taken {took:.2f} s, at the next start "
        f"{again:.2f} s; {KILLS} kills meanwhile ({untouched} before its first commit), then {after_kill:.2f} s at most; "
        f"trace by an old mail's Message-ID {walk:.2f} s"
    )


def timed_start(postern):
    """(seconds until mail is taken, rooms' steps that were made); it is stopped again."""
    begun = time.monotonic()
    postern.start()
    took = time.monotonic() - begun
    steps = len(postern.events("store_migrated"))
    postern.stop()
    return took, steps
