"""SMTP by hand: every byte and every segment is the test's own."""

import re
import socket

TIMEOUT_SECONDS = 20


class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3])
        self.text = "\n".join(line[4:] for line in lines)
        enhanced = re.match(r"\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b", lines[-1])
        self.enhanced = enhanced[1] if enhanced else None

    def starts(self, prefix):
        return self.lines[-1].startswith(prefix)

    def __repr__(self):
        return "\n".join(self.lines)


class Wire:
    """One connection. Sends are separate segments: Nagle's algorithm is off."""

    def __init__(self, address, *, greet=True, timeout=TIMEOUT_SECONDS, before=b"", source=None):
        host, _, port = address.rpartition(":")
        source_address = (source, 0) if source else None
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout, source_address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        if before:
            self.socket.sendall(before)
        if greet:
            self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def raw(self, octets):
        self.socket.sendall(octets)

    def line(self, text):
        self.raw(text.encode("utf-8") + b"\r\n")

    def reply(self):
        """The next reply, all its lines. Fails on silence and on a closed connection."""
        lines = []
        while True:
            line = self.read_line()
            assert line is not None, f"closed instead of a reply; before that: {lines}"
            lines.append(line)
            assert re.match(r"[2345]\d\d[ -]|[2345]\d\d$", line), f"no reply line: {line!r}"
            if line[3:4] != "-":
                return Reply(lines)

    def read_line(self):
        while b"\r\n" not in self.buffer:
            try:
                more = self.socket.recv(1 << 16)
            except ConnectionResetError:
                more = b""
            if not more:
                assert not self.buffer, f"closed in the middle of a line: {self.buffer!r}"
                return None
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        assert b"\r" not in line and b"\n" not in line, f"bare CR or LF in a reply: {line!r}"
        return line.decode("utf-8", "replace")

    def ask(self, text, expected=None):
        """Sends a command, returns its reply; with `expected` the reply must start so."""
        self.line(text)
        reply = self.reply()
        assert expected is None or reply.starts(expected), f"{text}: wanted {expected}, got {reply}"
        return reply

    def hello(self, name="client.example.org"):
        """The extensions that are offered, by keyword."""
        reply = self.ask(f"EHLO {name}", "250")
        words = [line[4:].partition(" ") for line in reply.lines[1:]]
        return {word.upper(): rest for word, _, rest in words}

    def envelope(self, sender, *recipients, options=""):
        self.ask(f"MAIL FROM:<{sender}>{options}", "250")
        return [self.ask(f"RCPT TO:<{recipient}>") for recipient in recipients]

    def data(self, message):
        """DATA with the message stuffed and ended; the final reply, or the one that is no 354."""
        reply = self.ask("DATA")
        if reply.code != 354:
            return reply
        self.raw(stuffed(message))
        return self.reply()

    def assert_closed(self):
        assert (line := self.read_line()) is None, f"should be closed, but said {line!r}"

    def start_tls(self, context, name="mx.example.test"):
        self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self.buffer = b""


def stuffed(message):
    """What stands on the wire for the message, which ends with CRLF or is empty."""
    assert not message or message.endswith(b"\r\n")
    body = message.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + b".\r\n"


def send(address, message, sender="someone@sender.example", recipients=("ada@example.test",), options=""):
    """One mail on a connection of its own; ([reply per recipient], final reply or None)."""
    with Wire(address) as wire:
        wire.hello()
        replies = wire.envelope(sender, *recipients, options=options)
        final = wire.data(message) if any(reply.code == 250 for reply in replies) else None
        if wire.socket:
            wire.line("QUIT")
        return replies, final
