"""One mail through 127.0.0.1:25 with a mail server at port 2600 behind; prints the final reply.

A program of its own, because it runs in the network of a booted root (nsenter --net)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import wire  # noqa: E402
from stand_in import StandIn  # noqa: E402

backend = StandIn()
backend.stop()
backend.port = 2600
backend.start()
try:
    # Large enough for a file without a name.
    message = b"From: someone@sender.example\r\nSubject: hello\r\n\r\n" + b"A line of text.\r\n" * 40_000
    replies, final = wire.send("127.0.0.1:25", message)
    print(final or replies)
finally:
    backend.stop()
