"""The stand-in mail server of demo/backend.py in a thread, with answers a test can change."""

import asyncio
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "demo"))

import backend  # noqa: E402


class StandIn:
    """`mails` are the accepted transactions in order. `answer(verb, argument)` may be set at any
    time; see backend.Backend. Stopped and started again it keeps its port."""

    def __init__(self, **options):
        self.mails, self.changed = [], threading.Condition()
        self.backend = backend.Backend(self.keep, **options)
        self.port, self.loop, self.server, self.tasks = 0, None, None, set()
        self.start()

    def keep(self, mail):
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def transcript(self):
        return self.backend.transcript

    def answer(self, function):
        self.backend.answer = function

    def start(self):
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(10), "the stand-in did not start"

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(self.backend.listen("127.0.0.1", self.port))
        self.port = self.server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def stop(self):
        """Closes the listener and every connection: the next one is refused."""
        if self.loop is None:
            return

        def end():
            self.server.close()
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.call_soon(self.loop.stop)

        self.loop.call_soon_threadsafe(end)
        self.thread.join(10)
        assert not self.thread.is_alive(), "the stand-in did not stop"
        self.loop = None

    def wait_for(self, count, seconds=30):
        """The mails, as soon as there are `count`."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while len(self.mails) < count:
                left = deadline - time.monotonic()
                assert left > 0 and self.changed.wait(left), f"{len(self.mails)} mails, not {count}"
            return list(self.mails)


def as_relayed(mail, received):
    """True when the mail is whole header fields put before the bytes that were received."""
    if not mail.data.endswith(received):
        return False
    top = mail.data[: len(mail.data) - len(received)]
    return is_fields(top)


def is_fields(top):
    """True for nothing but well-formed header fields, folded lines included."""
    if top and not top.endswith(b"\r\n"):
        return False
    lines = top.split(b"\r\n")[:-1]
    started = False
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if not started:
                return False
        else:
            name, colon, _ = line.partition(b":")
            if not colon or not name or any(byte <= 32 or byte >= 127 for byte in name):
                return False
            started = True
    return True
