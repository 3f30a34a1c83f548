"""Frozen stores of released versions, put in place for today's program, and compared with it."""

import hashlib
import lzma
import pathlib
import sqlite3

from make_fixture import settings
from program import Postern

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = sorted(HERE.glob("store-v*.db.xz"))
made = []  # instances of this test; what a failure left running is ended behind it
# What a start changes by itself, whatever the version: versions, notes of the store, sessions that
# have ended, and when the next try is due.
CHANGING = {
    "schema_version": {},
    "store_state": {},
    "session": {},
    "expiry_clock": {},
    "outbox": {"due", "is_being_sent", "attempts"},
}


def put_in_place(directory, fixture, behind):
    """An instance that is not started, with that store."""
    config = settings(behind)
    # A start brings what waits nearer, to the longest delay there is: not into this test.
    config.tables["courier"].update(first_retry_seconds=86_400, max_retry_seconds=86_400)
    postern = Postern(directory, config)
    made.append(postern)
    file = store_of(postern)
    file.parent.mkdir()
    file.write_bytes(lzma.decompress(fixture.read_bytes()))
    return postern


def store_of(postern):
    return pathlib.Path(postern.directory) / "store" / "postern.db"


def columns_of(file):
    """The tables that hold rows, and their columns. Those behind the search index are its own."""
    with sqlite3.connect(file) as store:
        names = [name for (name,) in store.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {
            name: [row[1] for row in store.execute(f"PRAGMA table_info({name})")]
            for name in names
            if not name.startswith(("sqlite_", "hold_search"))
        }


def contents(file, columns):
    """Every row of those tables by those columns, as digests: {table: (rows, SHA-256)}."""
    found = {}
    with sqlite3.connect(file) as store:
        for table, names in columns.items():
            left_out = CHANGING.get(table)
            if left_out == {}:
                continue
            kept = [name for name in names if name not in (left_out or ())]
            digest, count = hashlib.sha256(), 0
            for row in store.execute(f"SELECT {', '.join(kept)} FROM {table} ORDER BY {', '.join(kept[:3])}"):
                digest.update(repr(row).encode())
                count += 1
            found[table] = (count, digest.hexdigest())
    store.close()
    return found


def versions(file):
    with sqlite3.connect(file) as store:
        found = dict(store.execute("SELECT room, version FROM schema_version"))
    store.close()
    return found
