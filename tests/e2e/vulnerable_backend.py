"""A deliberately vulnerable mail server: whatever some server once took for the end of data ends it.

It counts transactions. Behind a gateway that is right it counts exactly one per mail, whatever the
mail holds. Run as a program it prints each transaction, for a look by hand.
"""

import re
import socket
import threading

# Every form of end-of-data that is known to have been accepted somewhere, dot line in the middle.
BEFORE = rb"(?:\r\0?\n|\0?\r\n|\r\n\0|\0\n|\n\0?|\r|\0)"
AFTER = rb"(?:\0?(?:\r\0?\n|\n|\r)|\0)"
ENDS = re.compile(BEFORE + rb"\." + AFTER)
LINE_END = re.compile(rb"\r\n|\n|\r")


class VulnerableBackend:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.transactions, self.commands = [], []
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self, connection):
        with connection:
            try:
                Loose(self, connection).run()
            except OSError:
                pass  # The peer closed; what it sent has been counted.


class Loose:
    """One connection, read as loosely as the loosest servers did."""

    def __init__(self, backend, connection):
        self.backend, self.connection, self.buffer = backend, connection, b""

    def say(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def more(self):
        received = self.connection.recv(1 << 16)
        self.buffer += received
        return bool(received)

    def until(self, pattern):
        """The bytes before the first match. A match at the very end of the buffer might grow by one
        byte (CR, then LF): the byte is taken if it is there already, as a loose server would."""
        while not (found := pattern.search(self.buffer)):
            if not self.more():
                return None
        taken, self.buffer = self.buffer[: found.start()], self.buffer[found.end() :]
        return taken

    def run(self):
        self.say("220 vulnerable.example.test ESMTP")
        envelope = None
        while (line := self.until(LINE_END)) is not None:
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
                # A dot as the first line ends at once in every server.
                self.buffer = b"\r\n" + self.buffer
                data = self.until(ENDS)
                if data is None:
                    return
                with self.backend.lock:
                    self.backend.transactions.append((envelope, data[2:]))
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
