"""Child processes of the demonstration: started, waited for until they listen, stopped in order."""

import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

READY_SECONDS = 60
STOP_SECONDS = 30
LISTENING = re.compile(r"\bevent=listening\b")
ROOM = re.compile(r"\broom=(\w+)")


class Failure(Exception):
    """Something did not start; the text says what to read."""


def free_port(wanted):
    """`wanted` if nothing listens there, otherwise a port the system gives."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Failure("no free port on the loopback address")


class Child:
    """One process. A thread copies what it says to its log file and notes which rooms listen."""

    def __init__(self, name, arguments, log):
        self.name, self.log, self.rooms = name, pathlib.Path(log), set()
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C goes to this process alone; the children are stopped in their order.
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with open(self.log, "a", encoding="utf-8") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                if LISTENING.search(line) and (room := ROOM.search(line)):
                    with self.changed:
                        self.rooms.add(room[1])
                        self.changed.notify_all()
        with self.changed:
            self.rooms = None
            self.changed.notify_all()

    def wait_for(self, rooms):
        deadline = time.monotonic() + READY_SECONDS
        with self.changed:
            while self.rooms is not None and not rooms <= self.rooms:
                if not self.changed.wait(deadline - time.monotonic()):
                    raise Failure(f"{self.name} did not listen within {READY_SECONDS} s: see {self.log}")
            if self.rooms is None:
                tail = "".join(self.log.read_text(errors="replace").splitlines(True)[-20:])
                raise Failure(f"{self.name} ended early:\n{tail}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                print(f"{self.name} did not stop within {STOP_SECONDS} s; killed.")
                self.process.kill()
                self.process.wait()
        self.reader.join()


class Group:
    """Children that end together: the last one started is stopped first."""

    def __init__(self):
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for child in reversed(self.children):
            child.stop()

    def start(self, name, arguments, log, rooms):
        self.children.append(Child(name, arguments, log))
        self.children[-1].wait_for(rooms)

    def wait(self):
        """Until a child ends by itself, which none should; returns the exit code to give."""
        while all(child.process.poll() is None for child in self.children):
            for child in self.children:
                child.reader.join(timeout=0.5)
        for child in self.children:
            if child.process.poll() is not None:
                print(f"{child.name} ended (exit {child.process.returncode}): see {child.log}")
        return 1


def until(condition, seconds=READY_SECONDS):
    """True as soon as `condition()` is; False when it was not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
