"""A mail server that lies about TLS: each of its answers, and what it does behind them, is chosen."""

import socket
import ssl
import threading

from accepting import Accepting


class FakeServer(Accepting):
    """`answers` maps GREETING, EHLO, HELO, STARTTLS, RSET, QUIT, "EHLO in TLS" and so on to a reply
    without its last line end. `injected` follows the reply to STARTTLS in the same segment.
    `handshake` says whether TLS begins behind a 220. What comes is kept as (in TLS?, line)."""

    USUAL = {
        "GREETING": "220 fake.example.test ESMTP",
        "EHLO": "250-fake.example.test\r\n250-8BITMIME\r\n250 STARTTLS",
        "EHLO in TLS": "250-fake.example.test\r\n250 8BITMIME",
        "HELO": "250 fake.example.test",
        "STARTTLS": "220 go ahead",
        "DATA": "354 go ahead",
        "end": "250 2.0.0 kept",
        "QUIT": "221 bye",
    }

    def __init__(self, context, answers=None, *, injected=b"", handshake=True):
        self.context, self.injected, self.handshake = context, injected, handshake
        self.answers = {**self.USUAL, **(answers or {})}
        self.heard, self.handshakes, self.lock = [], 0, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        # By name, so that there is one to compare with the certificate.
        self.address = f"localhost:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def serve(self, connection):
        connection.settimeout(30)
        try:
            Talk(self, connection).run()
        except OSError:
            pass  # The client has had enough; what it said has been kept.
        finally:
            connection.close()

    def lines(self, in_tls):
        """What was said in TLS, or in the plain: commands and lines of messages."""
        with self.lock:
            return [line for tls, line in self.heard if tls == in_tls]

    def verbs(self, in_tls):
        return [line.split(b" ")[0].upper().decode("latin-1").strip() for line in self.lines(in_tls)]


class Talk:
    def __init__(self, server, connection):
        self.server, self.connection, self.in_tls = server, connection, False
        self.lines = connection.makefile("rb")

    def answer(self, event, otherwise="250 2.0.0 ok"):
        answers = self.server.answers
        found = answers.get(event + " in TLS") if self.in_tls else None
        return found or answers.get(event) or otherwise

    def say(self, text, more=b""):
        self.connection.sendall(text.encode() + b"\r\n" + more)

    def heard(self, line):
        with self.server.lock:
            self.server.heard.append((self.in_tls, line))

    def run(self):
        self.say(self.answer("GREETING"))
        while line := self.lines.readline():
            self.heard(line)
            verb = line.split()[0].upper().decode("latin-1") if line.split() else ""
            reply = self.answer(verb)
            if verb == "STARTTLS" and not self.in_tls:
                self.say(reply, self.server.injected)
                if reply.startswith("220") and self.server.handshake:
                    self.start_tls()
                continue
            self.say(reply)
            if verb == "DATA" and reply.startswith("354"):
                while (line := self.lines.readline()) not in (b".\r\n", b""):
                    self.heard(line)
                self.say(self.answer("end"))
            if verb == "QUIT" or reply.startswith(("221", "421")):
                return

    def start_tls(self):
        try:
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError as error:
            raise OSError(f"no handshake: {error}") from error
        self.in_tls = True
        with self.server.lock:
            self.server.handshakes += 1
        self.lines = self.connection.makefile("rb")
