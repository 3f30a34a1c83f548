"""The real program: its configuration written, started, asked by command line, stopped."""

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import wire

TOP = pathlib.Path(__file__).resolve().parents[2]
PUBLIC_URL = "https://portal.example.test"
READY_SECONDS = 60
STOP_SECONDS = 60
SANITIZER = re.compile(r"(?:ERROR|WARNING): \w+Sanitizer|runtime error:|ensure\(")
FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


def binary():
    chosen = os.environ.get("POSTERN")
    places = [chosen] if chosen else [TOP / "build/test/postern", TOP / "build/release/postern"]
    for place in map(pathlib.Path, places):
        if place.is_file():
            return place.resolve()
    raise AssertionError(f"no postern to test at {' or '.join(map(str, places))}: build it first")


class Config:
    """A configuration for tests: short deadlines where time would pass, two loops, free ports.

    Tables are dictionaries of TOML values; `rules` and `more` are TOML text put at the end.
    """

    def __init__(self, behind, **tables):
        self.tables = collections.defaultdict(dict)
        self.tables[""] = {"hostname": "mx.example.test", "data_dir": "store", "threads": 2}
        self.tables["smtp"] = {"max_recipients": 20}
        self.tables["quarantine"] = {"disk_reserve_bytes": 1 << 20}
        self.tables["courier"] = {"first_retry_seconds": 1, "max_retry_seconds": 2, "undo_window_seconds": 0}
        self.tables["backend"] = {"connect_timeout_seconds": 5, "recipient_cache_after_milliseconds": 500}
        self.tables["portal"] = {"address": "127.0.0.1:0", "public_url": PUBLIC_URL}
        self.tables["digest"] = {"enabled": False}
        self.tables["report"] = {"security_team": "security@example.test"}
        self.listeners = [{"address": "127.0.0.1:0"}]
        self.domains = [{"name": "example.test", "backend": behind}]
        self.rules, self.more = "", ""
        for name, table in tables.items():
            if name in ("listeners", "domains", "rules", "more"):
                setattr(self, name, table)
            else:
                self.tables["" if name == "top" else name].update(table)

    def text(self):
        parts = [pairs(self.tables[""])]
        for name, table in self.tables.items():
            if name and table:
                parts.append(f"[{name}]\n{pairs(table)}")
        parts += [f"[[smtp.listener]]\n{pairs(listener)}" for listener in self.listeners]
        parts += [f"[[domain]]\n{pairs(domain)}" for domain in self.domains]
        return "\n".join(parts + [self.rules, self.more])


def pairs(table):
    # JSON's strings, numbers, booleans and arrays are TOML's.
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items() if value is not None)


def rule(name, action="hold", **keys):
    return f"[[rule]]\n{pairs({'name': name, 'action': action, **keys})}\n"


class Postern:
    def __init__(self, directory, config, postern=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.binary = postern or binary()
        self.config = config
        self.file = self.directory / "postern.toml"
        self.write_config()
        self.process, self.lines, self.changed = None, [], threading.Condition()
        self.environment = {}

    def write_config(self, text=None):
        self.file.write_text(self.config.text() if text is None else text)

    # Serving

    def start(self, wait=True):
        self.lines = []
        self.process = subprocess.Popen(
            [str(self.binary), "serve", "--config", str(self.file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, **self.environment},
        )
        self.reader = threading.Thread(target=self.read, args=(self.process, self.lines), daemon=True)
        self.reader.start()
        if wait:
            rooms = ["smtp"] * len(self.config.listeners) + ["portal"] * bool(self.config.tables["portal"])
            self.wait_for_log(lambda: all(len(self.listening(room)) >= rooms.count(room) for room in rooms), "listening")
        return self

    def read(self, process, lines):
        with open(self.directory / "postern.log", "a", encoding="utf-8") as log:
            for line in process.stderr:
                log.write(line)
                log.flush()
                with self.changed:
                    lines.append(line.rstrip("\n"))
                    self.changed.notify_all()
        with self.changed:
            lines.append(None)
            self.changed.notify_all()

    def wait_for_log(self, condition, what, seconds=READY_SECONDS):
        deadline = time.monotonic() + seconds
        with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                ended = None in self.lines
                assert not ended and left > 0, f"no {what} in the log{' before the end' if ended else ''}:\n{self.log()}"
                self.changed.wait(left)

    def wait_for_event(self, name, seconds=READY_SECONDS, **fields):
        """The first line with that event and those fields, as a dictionary."""
        self.wait_for_log(lambda: self.events(name, **fields), f"event={name} {fields}", seconds)
        return self.events(name, **fields)[0]

    def events(self, name, **fields):
        found = []
        for line in self.lines:
            parsed = {key: unquoted(value) for key, value in FIELD.findall(line or "")}
            if parsed.get("event") == name and all(parsed.get(key) == value for key, value in fields.items()):
                found.append(parsed)
        return found

    def log(self):
        return "\n".join(line for line in self.lines if line is not None)

    def listening(self, room):
        return [event["address"] for event in self.events("listening", room=room)]

    @property
    def smtp(self):
        return self.listening("smtp")[0]

    @property
    def portal(self):
        return self.listening("portal")[0]

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        """The exit code."""
        code = self.process.wait(seconds)
        self.reader.join(seconds)
        return code

    def stop(self):
        """Stops gracefully; the sanitizers have found nothing."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {STOP_SECONDS} s:\n{self.log()}") from None
        self.process = None
        assert not SANITIZER.search(self.log()), self.log()
        assert code == 0, f"exit {code}:\n{self.log()}"

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.wait()
            self.process = None

    def wait_for_offer(self, extensions):
        """Until EHLO offers what the back end, whose EHLO is asked for at the start, can carry."""
        carried = {"8BITMIME", "SMTPUTF8", "DSN"}
        wanted = carried & {extension.partition(" ")[0] for extension in extensions}

        def offered():
            with wire.Wire(self.smtp) as client:
                return carried & client.hello().keys()

        until(lambda: offered() == wanted, f"EHLO does not come to offer {wanted}")

    # Command line

    def run(self, *arguments, stdin=b"", check=True):
        done = subprocess.run(
            [str(self.binary), *arguments, "--config", str(self.file)],
            input=stdin,
            capture_output=True,
            timeout=120,
        )
        said = done.stderr.decode("utf-8", "replace")
        assert not SANITIZER.search(said), said
        assert not check or done.returncode == 0, f"{arguments}: exit {done.returncode}: {said}"
        return done

    def holds(self, *options):
        """What waits for a decision, unless the options name a state."""
        state = () if "--state" in options else ("--state", "held")
        return json.loads(self.run("hold", "list", "--json", *state, *options).stdout)

    def hold(self, subject):
        """The one hold with that subject."""
        found = [hold for hold in self.holds("--state", "any") if hold["subject"] == subject]
        assert len(found) == 1, f"{len(found)} holds with the subject {subject!r}"
        return found[0]

    def state_of(self, hold_id):
        return next(hold["state"] for hold in self.holds("--state", "any") if hold["id"] == hold_id)

    def wait_for_state(self, hold_id, state, seconds=30):
        until(lambda: self.state_of(hold_id) == state, f"{hold_id} does not become {state}", seconds)

    def add_person(self, address, password="a long password", role=None):
        options = ["--role", role] if role else []
        self.run("user", "add", address, *options, "--password-stdin", stdin=(password + "\n").encode())

    def send(self, message, **envelope):
        return wire.send(self.smtp, message, **envelope)


def unquoted(value):
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1])


def until(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
