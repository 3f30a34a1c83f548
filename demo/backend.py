"""A stand-in mail server: strict SMTP in, one file per recipient and mail out.

It takes what RFC 5321 allows and nothing else (a line ends at CR LF only), so that what it keeps
is exactly what was sent to it. It keeps no queue and sends nothing on. The demonstration runs it
as a program; the end-to-end tests run it in a thread and change its answers.

usage: backend.py ADDRESS:PORT MAILDIR_ROOT [--unknown ADDRESS]...
"""

import argparse
import asyncio
import dataclasses
import itertools
import os
import pathlib
import re
import socket
import time

EXTENSIONS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN")
PATH = re.compile(r"<(?:@[^:>]*:)?([^>]*)>(.*)$", re.DOTALL)


@dataclasses.dataclass
class Mail:
    """One accepted transaction: the envelope as given, the bytes after dot-unstuffing."""

    sender: str
    mail_parameters: str
    recipients: list[str] = dataclasses.field(default_factory=list)
    recipient_parameters: list[str] = dataclasses.field(default_factory=list)
    data: bytes = b""
    hello: str = ""


class Wire:
    """Bytes in with one buffer for commands and data, so that pipelined input keeps its order."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.buffer = reader, writer, bytearray()

    async def until(self, end):
        """The bytes before the first `end`, which is taken away too; None when the peer is gone."""
        start = 0
        while (at := self.buffer.find(end, start)) < 0:
            start = max(0, len(self.buffer) - len(end) + 1)
            more = await self.reader.read(1 << 16)
            if not more:
                return None
            self.buffer += more
        taken = bytes(self.buffer[:at])
        del self.buffer[: at + len(end)]
        return taken

    async def body(self):
        """DATA up to CRLF.CRLF, dots unstuffed; every line with its CRLF."""
        if self.buffer.startswith(b".\r\n") or await self._starts_with_end():
            del self.buffer[:3]
            return b""
        raw = await self.until(b"\r\n.\r\n")
        if raw is None:
            return None
        raw = raw[1:] if raw.startswith(b".") else raw
        return raw.replace(b"\r\n.", b"\r\n") + b"\r\n"

    async def _starts_with_end(self):
        while len(self.buffer) < 3 and b".\r\n".startswith(bytes(self.buffer)):
            more = await self.reader.read(1 << 16)
            if not more:
                return False
            self.buffer += more
        return self.buffer.startswith(b".\r\n")

    async def say(self, text):
        self.writer.write(text.encode("utf-8") + b"\r\n")
        await self.writer.drain()


class Backend:
    """`keep(mail)` is called before the final 250; `answer(verb, argument)` may give another reply:
    a text replaces the usual one, "close" ends the connection without a word, None changes nothing.
    The verbs are GREETING, EHLO, MAIL, RCPT, DATA, BODY, RSET, NOOP, QUIT, and `answer` may be a
    coroutine function."""

    def __init__(self, keep, *, unknown=(), answer=None, extensions=EXTENSIONS, tls=None):
        self.keep, self.answer, self.extensions, self.tls = keep, answer, extensions, tls
        self.unknown = {address.lower() for address in unknown}
        self.connections = 0
        self.transcript = []

    async def other_answer(self, verb, argument):
        if self.answer is None:
            return None
        reply = self.answer(verb, argument)
        return await reply if asyncio.iscoroutine(reply) else reply

    async def serve(self, reader, writer):
        self.connections += 1
        # asyncio does it only for sockets that name their protocol, and these do not: the second of
        # two pipelined replies would wait 40 ms for the first one's acknowledgement.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await Dialogue(self, Wire(reader, writer)).run()
        except OSError:
            pass  # The peer went away: its transaction ends here, and nothing was promised.
        finally:
            writer.close()

    async def listen(self, host, port):
        listener = socket.create_server((host, port), reuse_port=False)
        return await asyncio.start_server(self.serve, sock=listener)


class Dialogue:
    """One connection. A method per command; each returns its reply, None to end without one."""

    def __init__(self, backend, wire):
        self.backend, self.wire = backend, wire
        self.hello, self.mail, self.secured = "", None, False

    async def run(self):
        reply = await self.backend.other_answer("GREETING", "") or "220 backend.example.test ESMTP"
        while reply not in (None, "close"):
            await self.wire.say(reply)
            if reply.startswith(("221", "421")):
                return
            line = await self.wire.until(b"\r\n")
            if line is None:
                return
            self.backend.transcript.append(line)
            verb, _, argument = line.decode("utf-8", "replace").partition(" ")
            reply = await self.command(verb.upper(), argument)

    async def command(self, verb, argument):
        if verb in ("DATA", "STARTTLS"):
            return await (self.data() if verb == "DATA" else self.starttls())
        other = await self.backend.other_answer(verb, argument)
        if other is not None:
            return other
        match verb:
            case "EHLO" | "HELO":
                return self.ehlo(verb, argument)
            case "MAIL":
                return self.mail_from(argument)
            case "RCPT":
                return self.rcpt_to(argument)
            case "RSET":
                self.mail = None
                return "250 2.0.0 ok"
            case "NOOP":
                return "250 2.0.0 ok"
            case "QUIT":
                return "221 2.0.0 bye"
        return "502 5.5.2 unknown command"

    def ehlo(self, verb, argument):
        self.hello, self.mail = argument, None
        lines = ["backend.example.test"]
        if verb == "EHLO":
            lines += self.backend.extensions
            if self.backend.tls and not self.secured:
                lines.append("STARTTLS")
        return "\r\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"])

    async def starttls(self):
        if not self.backend.tls or self.secured:
            return "502 5.5.1 not now"
        await self.wire.say("220 2.0.0 go ahead")
        await self.wire.writer.start_tls(self.backend.tls)
        self.wire.buffer.clear()
        self.hello, self.mail, self.secured = "", None, True
        line = await self.wire.until(b"\r\n")
        if line is None:
            return None
        verb, _, argument = line.decode("utf-8", "replace").partition(" ")
        return await self.command(verb.upper(), argument)

    def mail_from(self, argument):
        path = PATH.search(argument)
        if self.mail is not None:
            return "503 5.5.1 one transaction at a time"
        if path is None:
            return "501 5.5.4 MAIL FROM:<address>"
        self.mail = Mail(path[1], path[2].strip(), hello=self.hello)
        return "250 2.1.0 ok"

    def rcpt_to(self, argument):
        path = PATH.search(argument)
        if self.mail is None:
            return "503 5.5.1 MAIL first"
        if path is None:
            return "501 5.5.4 RCPT TO:<address>"
        if path[1].lower() in self.backend.unknown:
            return "550 5.1.1 no such person here"
        self.mail.recipients.append(path[1])
        self.mail.recipient_parameters.append(path[2].strip())
        return "250 2.1.5 ok"

    async def data(self):
        if self.mail is None or not self.mail.recipients:
            return "503 5.5.1 no recipients"
        other = await self.backend.other_answer("DATA", "")
        if other is not None:
            return other
        await self.wire.say("354 end with CRLF.CRLF")
        mail, self.mail = self.mail, None
        mail.data = await self.wire.body()
        if mail.data is None:
            return None
        other = await self.backend.other_answer("BODY", mail)
        if other is not None:
            return other
        self.backend.keep(mail)
        return "250 2.0.0 kept"


class MaildirRoot:
    """One Maildir per recipient below `root`. The bytes are kept as they came, CRLF and all."""

    def __init__(self, root):
        self.root, self.numbers = pathlib.Path(root), itertools.count(1)

    def keep(self, mail):
        for recipient in mail.recipients:
            folder = self.root / re.sub(r"[^\w.@+-]", "_", recipient.lower())
            for part in ("tmp", "new", "cur"):
                (folder / part).mkdir(parents=True, exist_ok=True)
            name = f"{time.time():.6f}.{os.getpid()}_{next(self.numbers)}.backend"
            with open(folder / "tmp" / name, "wb") as file:
                file.write(mail.data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(folder / "tmp" / name, folder / "new" / name)


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("listen")
    parser.add_argument("maildir_root")
    parser.add_argument("--unknown", action="append", default=[])
    given = parser.parse_args()
    host, _, port = given.listen.rpartition(":")
    backend = Backend(MaildirRoot(given.maildir_root).keep, unknown=given.unknown)
    server = await backend.listen(host, int(port))
    host, port = server.sockets[0].getsockname()[:2]
    print(f"event=listening address={host}:{port} room=backend", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
