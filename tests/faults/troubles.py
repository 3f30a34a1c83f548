"""Back ends in trouble: the stand-in mail server with one thing wrong, while it is armed."""

import asyncio
import dataclasses
import socket
from collections.abc import Callable

import backend
from stand_in import StandIn

STAGES = ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BODY")
AFTER = {"GREETING": "the greeting", "BODY": "the final dot"}


@dataclasses.dataclass
class Trouble:
    """`answer(verb, argument, standin)` is that of backend.Backend. `body`, when given, is awaited
    in place of reading the message: it gets the wire."""

    name: str
    answer: Callable | None = None
    seconds_a_byte: float = 0
    body: Callable | None = None
    listens: bool = True  # False: nobody is there; None: connections are never completed


class TroubledWire(backend.Wire):
    def __init__(self, reader, writer, standin):
        super().__init__(reader, writer)
        self.standin = standin

    async def say(self, text):
        pause = self.standin.trouble.seconds_a_byte if self.standin.armed else 0
        if not pause:
            self.writer.write(text if isinstance(text, bytes) else text.encode("utf-8") + b"\r\n")
            await self.writer.drain()
            return
        for byte in text.encode("utf-8") + b"\r\n":
            self.writer.write(bytes([byte]))
            await self.writer.drain()
            await asyncio.sleep(pause)

    async def body(self):
        if self.standin.armed and self.standin.trouble.body:
            return await self.standin.trouble.body(self)
        return await super().body()


class TroubledBackend(backend.Backend):
    standin = None

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            await backend.Dialogue(self, TroubledWire(reader, writer, self.standin)).run()
        except OSError:
            pass  # The peer went away: its transaction ends here, and nothing was promised.
        finally:
            writer.close()

    async def other_answer(self, verb, argument):
        if not self.standin.armed or self.standin.trouble.answer is None:
            return None
        reply = self.standin.trouble.answer(verb, argument, self.standin)
        reply = await reply if asyncio.iscoroutine(reply) else reply
        return Raw(reply) if isinstance(reply, bytes) else reply


class Raw(bytes):
    """A reply that is written as it is. The dialogue asks a reply how it starts."""

    def startswith(self, _):
        return False


class TroubledStandIn(StandIn):
    def __init__(self, trouble):
        self.trouble, self.armed, self.lost_replies, self.hole = trouble, False, 0, []
        super().__init__()

    def start(self):
        if not isinstance(self.backend, TroubledBackend):
            self.backend = TroubledBackend(self.keep)
            self.backend.standin = self
        super().start()

    def arm(self):
        """From now on, and for no connection that is open already: those are closed."""
        super().stop()
        self.armed = True
        if self.trouble.listens:
            self.start()
        elif self.trouble.listens is None:
            self.hole = black_hole(self.port)

    def disarm(self):
        self.armed = False
        for one in self.hole:
            one.close()
        self.hole = []
        if self.loop is None:
            self.start()

    def stop(self):
        self.disarm()
        super().stop()


def black_hole(port):
    """A port whose queue of connections is full: another one is never completed."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
        waiting.append(one)
    return [listener, *waiting]


def at(stage, what):
    async def answer(verb, argument, standin):
        if verb != stage:
            return None
        return await what(argument, standin) if asyncio.iscoroutinefunction(what) else what

    return answer


async def silence(argument, standin):
    await asyncio.sleep(3600)


async def keep_and_close(mail, standin):
    standin.lost_replies += 1
    standin.keep(mail)
    return "close"


async def keep_and_fall_silent(mail, standin):
    standin.lost_replies += 1
    standin.keep(mail)
    await asyncio.sleep(3600)


async def close_after_354(wire):
    return None


async def close_in_the_middle(wire):
    await wire.until(b"Subject:")
    return None


async def stop_reading(wire):
    await asyncio.sleep(3600)


def nonsense():
    line = bytes(byte for byte in range(256) if byte not in b"\r\n")
    return {
        "random bytes": line * 4 + b"\r\n",
        "bytes without an end of line": line * 400_000,
        "a line of 10 MB": b"250 " + b"x" * 10_000_000 + b"\r\n",
        "100,000 lines in one reply": b"250-more\r\n" * 100_000 + b"250 end\r\n",
        "several codes in one reply": b"250-yes\r\n550-no\r\n354 maybe\r\n",
        "a reply of one empty line": b"\r\n",
        "half a code": b"25\r\n",
        "a code nobody knows": b"999 what\r\n",
        "a code below 200": b"150 wait\r\n",
        "line feeds only": b"250 yes\n250 yes\n",
    }


def all_troubles():
    found = [
        Trouble("refuses connections", listens=False),
        Trouble("never completes a connection", listens=None),
        Trouble("answers slowly, in time", seconds_a_byte=0.002),
        Trouble("answers too slowly", seconds_a_byte=0.2),
        Trouble("closes after 354", body=close_after_354),
        Trouble("closes in the middle of the message", body=close_in_the_middle),
        Trouble("does not read the message", body=stop_reading),
        Trouble("takes the mail and closes without a reply", at("BODY", keep_and_close)),
        Trouble("takes the mail and falls silent", at("BODY", keep_and_fall_silent)),
        Trouble("says 451 after the final dot", at("BODY", "451 4.3.0 not now")),
        Trouble("says 354 after the final dot", at("BODY", "354 and more")),
        Trouble("says 250 instead of 354", at("DATA", "250 2.0.0 what message?")),
        Trouble("says 354 to RCPT", at("RCPT", "354 go on")),
        Trouble("says 421 to MAIL", at("MAIL", "421 4.3.2 too busy")),
        Trouble("greets with 554", at("GREETING", "554 5.3.2 not here")),
        Trouble("greets with 354", at("GREETING", "354 go on")),
    ]
    for stage in STAGES:
        found.append(Trouble(f"closes at {AFTER.get(stage, stage)}", at(stage, "close")))
        found.append(Trouble(f"is silent at {AFTER.get(stage, stage)}", at(stage, silence)))
    for name, octets in nonsense().items():
        found.append(Trouble(f"RCPT: {name}", at("RCPT", octets)))
        found.append(Trouble(f"final dot: {name}", at("BODY", octets)))
    return found
