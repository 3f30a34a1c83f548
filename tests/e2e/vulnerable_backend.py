"""Deliberately vulnerable mail servers: each takes what some server once took for the end of data.

A kind says what is done to the bytes that come in, what ends a line of the dialogue and what ends
the data. A server counts transactions; behind a gateway that is right it counts exactly one per
mail, whatever the mail holds. Run as a program the loosest one prints its address, for a look by
hand.
"""

import dataclasses
import re
import socket
import threading

from accepting import Accepting


def without(byte):
    return lambda received: received.replace(byte, b"")


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    line_end: bytes  # of commands and of lines of data
    before: bytes = b""  # what may stand before the dot, the line end when not given
    after: bytes = b""  # what may stand behind it
    dot: bytes = rb"\."
    receive: object = None  # what is done to bytes before anybody looks at them

    @property
    def ends(self):
        return re.compile(b"(?:%s)%s(?:%s)" % (self.before or self.line_end, self.dot, self.after or self.line_end))


CRLF, LF, CR = rb"\r\n", rb"\r\n|\n", rb"\r\n|\r"
ANY = rb"\r\0?\n|\0?\r\n|\r\n\0|\0\n|\n\0?|\r|\0"
KINDS = (
    Kind("every form", rb"\r\n|\n|\r", before=ANY, after=rb"\0?(?:\r\0?\n|\n|\r)|\0"),
    Kind("LF ends a line", LF),
    Kind("CR ends a line", CR),
    Kind("LF.LF", CRLF, before=LF, after=LF),
    Kind("LF.CRLF", CRLF, before=LF),
    Kind("CRLF.LF", CRLF, after=LF),
    Kind("CRLF.CR", CRLF, after=CR),
    Kind("CR.CR", CRLF, before=CR, after=CR),
    Kind("CRs before LF", rb"\r*\n"),
    Kind("LF CR ends a line", rb"\r\n|\n\r"),
    Kind("CR is dropped", rb"\n", receive=without(b"\r")),
    Kind("NUL is dropped", CRLF, receive=without(b"\0")),
    Kind("NUL and CR are dropped", rb"\n", receive=lambda octets: octets.replace(b"\r", b"").replace(b"\0", b"")),
    Kind("NUL ends a line", rb"\r\n|\0"),
    Kind("NUL hides the rest", rb"(?:\0[^\n]*)?\r?\n", after=rb"(?:\0[^\n]*)?\r?\n"),
    Kind("blanks behind the dot", LF, dot=rb"\.[ \t]*"),
)


STRICT = Kind("strict", CRLF)


class Recorded:
    """What a server of a kind makes of one mail's bytes, in memory."""

    def __init__(self, kind, envelope, data):
        self.kind, self.line_end, self.ends = kind, re.compile(kind.line_end), kind.ends
        self.transactions, self.commands, self.lock = [], [], threading.Lock()
        self.waiting = [b"EHLO x\r\n", *(line + b"\r\n" for line in envelope), b"DATA\r\n", data]
        Dialogue(self, self).run()

    def recv(self, _):
        return self.waiting.pop(0) if self.waiting else b""

    def sendall(self, _):
        pass  # Nobody waits for its replies.


class VulnerableBackend(Accepting):
    def __init__(self, kind=KINDS[0]):
        self.kind = kind
        self.line_end, self.ends = re.compile(kind.line_end), kind.ends
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.transactions, self.commands = [], []
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                Dialogue(self, connection).run()
            except OSError:
                pass  # The peer closed; what it sent has been counted.


class Dialogue:
    """One connection, read in the way of its kind."""

    def __init__(self, backend, connection):
        self.backend, self.connection, self.buffer = backend, connection, b""

    def say(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def more(self):
        received = self.connection.recv(1 << 16)
        self.buffer += self.backend.kind.receive(received) if self.backend.kind.receive else received
        return bool(received)

    def until(self, pattern):
        """The bytes before the first match. A match at the very end of the buffer might grow by one
        byte (CR, then LF): the byte is taken if it is there already, as a loose server would."""
        searched = 0
        while not (found := pattern.search(self.buffer, searched)):
            searched = max(0, len(self.buffer) - 64)
            if not self.more():
                return None
        taken, self.buffer = self.buffer[: found.start()], self.buffer[found.end() :]
        return taken

    def run(self):
        self.say("220 vulnerable.example.test ESMTP")
        envelope = None
        while (line := self.until(self.backend.line_end)) is not None:
            verb = line[:4].upper()
            if line:
                with self.backend.lock:
                    self.backend.commands.append(line)
            if verb == b"EHLO":
                self.say("250-vulnerable.example.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 99999999")
            elif verb == b"MAIL":
                envelope = [line]
                self.say("250 ok")
            elif verb == b"RCPT" and envelope:
                envelope.append(line)
                self.say("250 ok")
            elif verb == b"DATA" and envelope:
                self.say("354 go on")
                # A dot as the first line ends at once in every server. Both bytes, whatever is
                # dropped from what comes in.
                first = b"\r\n" if self.backend.ends.search(b"\r\n.\r\n") else b"\n"
                self.buffer = first + self.buffer
                data = self.until(self.backend.ends)
                if data is None:
                    return
                with self.backend.lock:
                    self.backend.transactions.append((envelope, data[len(first) :]))
                envelope = None
                self.say("250 ok")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            elif verb in (b"RSET", b"NOOP"):
                envelope = None if verb == b"RSET" else envelope
                self.say("250 ok")
            elif line:
                self.say("500 what?")


if __name__ == "__main__":
    backend = VulnerableBackend()
    print(f"listening on {backend.address}", flush=True)
    threading.Event().wait()
