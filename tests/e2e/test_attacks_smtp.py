"""Peers that dawdle, fall silent or die in the middle: they cost a bounded time, and no mail."""

import os
import signal
import socket
import subprocess
import threading
import time

import messages
import pytest
import wire
from program import rule, until

ADA = "ada@example.test"


class Peer:
    """A back end by hand: `talk(socket, say, lines)` is run for each connection."""

    def __init__(self, talk):
        self.talk, self.connections, self.open = talk, 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        def say(text):
            connection.sendall(text.encode() + b"\r\n")

        try:
            self.talk(connection, say, connection.makefile("rb"))
        except OSError:
            pass  # The other side has had enough.

    def stop(self):
        for each in [self.listener, *self.open]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # Closed already.
            each.close()


@pytest.fixture
def peers():
    made = []

    def make(talk):
        made.append(Peer(talk))
        return made[-1]

    yield make
    for peer in made:
        peer.stop()


def silence(connection, say, lines):
    """Accepts, and never says a word."""
    lines.read()


def script(replies):
    """A plain server without PIPELINING; a reply is a text or a function of the socket and `say`."""

    def talk(connection, say, lines):
        def answer(event, otherwise):
            reply = replies.get(event, otherwise)
            if callable(reply):
                reply(connection, say)
            else:
                say(reply)

        answer("greeting", "220 peer.test ESMTP")
        for line in lines:
            verb = line.split()[0].upper().decode()
            if verb == "DATA":
                answer("DATA", "354 go on")
                while lines.readline() not in (b".\r\n", b""):
                    pass
                answer("end", "250 2.0.0 taken")
            elif verb == "EHLO":
                answer("EHLO", "250-peer.test\r\n250 8BITMIME")
            else:
                answer(verb, "250 2.0.0 Ok")

    return talk


def stops_within(postern, seconds):
    started = time.monotonic()
    postern.signal(signal.SIGTERM)
    code = postern.wait(60)
    took = time.monotonic() - started
    assert code == 0 and took < seconds, f"exit {code} after {took:.1f} s"
    postern.process = None


# --- stopping ---

SHORT_GRACE = {"shutdown_timeout_seconds": 1}


def test_a_stop_does_not_wait_for_a_back_end_that_never_greets(instances, peers):
    hole = peers(silence)
    postern = instances(hole, top=SHORT_GRACE)
    clients = [wire.Wire(postern.smtp) for _ in range(6)]
    for client in clients:
        client.hello()
        client.ask("MAIL FROM:<a@sender.example>", "250")
        client.line(f"RCPT TO:<{ADA}>")
    until(lambda: hole.connections >= 3, "nobody asks the back end")
    stops_within(postern, 10)


def test_a_stop_does_not_wait_for_a_place_in_the_pool(instances, peers):
    hole = peers(silence)
    postern = instances(hole, top={**SHORT_GRACE, "threads": 1}, backend={"max_connections": 1})
    clients = [wire.Wire(postern.smtp) for _ in range(4)]
    for client in clients:
        client.hello()
        client.ask("MAIL FROM:<a@sender.example>", "250")
        client.line(f"RCPT TO:<{ADA}>")
    until(lambda: hole.connections >= 1, "nobody asks the back end")
    stops_within(postern, 10)


def test_a_stop_does_not_wait_for_a_final_reply(instances, peers):
    reached = threading.Event()

    def never(connection, say):
        reached.set()

    postern = instances(peers(script({"end": never})), top=SHORT_GRACE)
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.envelope("a@sender.example", ADA)
        client.ask("DATA", "354")
        client.raw(wire.stuffed(messages.message()))
        assert reached.wait(20)
        stops_within(postern, 10)


def test_a_stop_does_not_wait_for_the_couriers_back_end(instances, standin, peers):
    hole = peers(silence)
    domains = [{"name": "example.test", "backend": standin.address}]
    postern = instances(standin, top=SHORT_GRACE, domains=domains, rules=rule("all", sender=["sender.example"]))
    postern.send(messages.message("held"))
    domains[0]["backend"] = hole.address
    postern.write_config()
    postern.signal(signal.SIGHUP)
    postern.wait_for_event("reloaded")
    postern.run("hold", "release", postern.hold("held")["id"])
    until(lambda: hole.connections >= 1, "the courier does not try")
    stops_within(postern, 10)


def test_a_stop_does_not_wait_for_a_proxy_header(instances, standin):
    listeners = [{"address": "127.0.0.1:0", "proxy_protocol_from": ["127.0.0.0/8"]}]
    postern = instances(standin, top=SHORT_GRACE, listeners=listeners)
    with wire.Wire(postern.smtp, greet=False) as client:
        begun, stopped = threading.Event(), threading.Event()

        def dribble():
            for byte in b"PROXY UNKNOWN " + b"x" * 80:
                try:
                    client.raw(bytes([byte]))
                except OSError:
                    return
                begun.set()
                if stopped.wait(0.5):
                    return

        thread = threading.Thread(target=dribble)
        thread.start()
        try:
            assert begun.wait(10)
            stops_within(postern, 8)
        finally:
            stopped.set()
            thread.join()


# --- slow, byte by byte ---


def test_a_command_has_one_deadline_however_slowly_it_comes(instances, standin):
    postern = instances(standin, smtp={"command_timeout_seconds": 2})
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.socket.settimeout(0.5)
        started, said = time.monotonic(), b""
        while b"\r\n" not in said and time.monotonic() - started < 12:
            client.raw(b"N")
            try:
                said += client.socket.recv(1000)
            except TimeoutError:
                pass
        assert said.startswith(b"421 4.4.2"), said


def test_a_final_reply_has_one_deadline_however_slowly_it_comes(instances, peers):
    def slowly(connection, say):
        for _ in range(60):
            say("250-still busy")
            time.sleep(0.5)
        say("250 2.0.0 taken")

    peer = peers(script({"end": slowly}))
    postern = instances(peer, backend={"final_reply_timeout_seconds": 2})
    started = time.monotonic()
    _, final = postern.send(messages.message())
    assert final.starts("451 4.4.1") and time.monotonic() - started < 10


# --- settings at their edge ---


def test_the_longest_command_line_that_may_be_configured(instances, standin):
    postern = instances(standin, smtp={"command_line_bytes_max": 65536})
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("NOOP " + "x" * 65000, "250")
        client.ask("NOOP " + "x" * 65536, "500")


# --- the courier ---


def test_a_silent_back_end_does_not_keep_the_mail_of_another_domain(instances, standin, peers):
    hole = peers(silence)
    domains = [
        {"name": "example.test", "backend": standin.address},
        {"name": "hole.test", "backend": standin.address},
    ]
    postern = instances(
        standin,
        domains=domains,
        courier={"parallel": 2},
        backend={"command_timeout_seconds": 4, "max_connections": 50},
        rules=rule("all", sender=["sender.example"]),
    )
    for number in range(10):
        postern.send(messages.message(f"hole {number}"), recipients=[f"u{number}@hole.test"])
    postern.send(messages.message("good"))
    domains[1]["backend"] = hole.address
    postern.write_config()
    postern.signal(signal.SIGHUP)
    postern.wait_for_event("reloaded")
    ids = {hold["subject"]: hold["id"] for hold in postern.holds()}
    good = ids.pop("good")
    postern.run("hold", "release", *ids.values())
    until(lambda: hole.connections >= 2, "the courier does not try the silent one")
    before = hole.connections
    postern.run("hold", "release", good)
    standin.wait_for(1)
    assert hole.connections - before <= 4, "the good mail had to wait for all the others"


# --- a back end that dies, in every phase ---


def cut(connection, say):
    connection.shutdown(socket.SHUT_RDWR)
    raise OSError


PHASES = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "end")
DEATHS = {
    "closes": cut,
    "421": "421 4.3.2 not now",
    "garbage": "\x00\xff no reply at all",
    "endless": lambda connection, say: [say("250-more") for _ in range(200)],
    "long line": "250 " + "x" * 100_000,
    "odd code": "199 what?",
    "354": "354 go on",
    "two replies": "250 2.0.0 Ok\r\n250 2.0.0 Ok",
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_back_end_that_misbehaves_costs_time_and_no_mail(instances, peers, phase):
    told = {}
    peer = peers(script(told))
    # Every mail on a connection of its own, and to somebody the gateway has not heard of.
    backend = {"command_timeout_seconds": 3, "final_reply_timeout_seconds": 3}
    backend |= {"max_transactions_per_connection": 1, "max_connections": 1}
    postern = instances(peer, top={"threads": 1}, backend=backend)
    assert postern.send(messages.message("before"))[1].starts("250 2.0.0")
    for number, (name, death) in enumerate(DEATHS.items()):
        told[phase] = death
        replies, final = postern.send(messages.message(name), recipients=[f"u{number}@example.test"])
        answer = final or replies[0]
        fine = name == "two replies" and phase == "end" or (name, phase) == ("354", "DATA")
        assert answer.code == (250 if fine else 451), f"{name} at {phase}: {replies} {final}"
        told.clear()
        assert postern.send(messages.message("after"))[1].starts("250 2.0.0"), f"after {name} at {phase}"


def test_clients_that_leave_in_every_phase_leave_nothing_behind(instances, standin):
    postern = instances(standin, top={"threads": 1}, backend={"max_connections": 2})
    whole = wire.stuffed(messages.message())
    for _ in range(10):
        for said in (
            b"",
            b"EH",
            b"EHLO x\r\n",
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n",
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ada@example.test>\r\n",
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ada@example.test>\r\nDATA\r\n",
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ada@example.test>\r\nRSET\r\n",
        ):
            with wire.Wire(postern.smtp) as client:
                for line in said.splitlines(keepends=True):
                    client.raw(line)
                    if line.endswith(b"\n"):
                        client.reply()
                if said.endswith(b"DATA\r\n"):
                    client.raw(whole[: len(whole) // 2])
    assert not standin.mails
    # All places in the pool are free again: two at once, and more one after the other.
    with wire.Wire(postern.smtp) as one, wire.Wire(postern.smtp) as two:
        for client in (one, two):
            client.hello()
            assert client.envelope("a@sender.example", ADA)[0].code == 250
        for client in (one, two):
            assert client.data(messages.message()).starts("250 2.0.0")
    assert len(standin.mails) == 2


def test_a_domain_that_goes_between_rcpt_and_data(instances, standin):
    domains = [
        {"name": "example.test", "backend": standin.address},
        {"name": "gone.test", "backend": standin.address},
    ]
    postern = instances(standin, domains=domains)
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.envelope("a@sender.example", "u@gone.test")
        domains.pop()
        postern.write_config()
        postern.signal(signal.SIGHUP)
        postern.wait_for_event("reloaded")
        assert client.data(messages.message()).starts("250 2.0.0")
        assert client.envelope("a@sender.example", "u@gone.test")[0].starts("550 5.7.1")
    assert len(standin.mails) == 1


def test_the_limit_of_connections_holds_for_all_loops_together(instances, peers):
    peer = peers(script({}))
    postern = instances(peer, top={"threads": 4}, backend={"max_connections": 1})
    for _ in range(16):
        assert postern.send(messages.message())[1].starts("250 2.0.0")
    assert peer.connections == 1


def test_a_refused_loop_is_in_the_log(instances, standin):
    postern = instances(standin)
    hops = b"".join(b"Received: from a by b%d; Mon, 02 Nov 2026 09:12:41 +0100\r\n" % n for n in range(51))
    assert postern.send(hops + messages.message())[1].starts("554 5.4.6")
    assert postern.wait_for_event("mail_loop")["message_id"] == "<1@sender.example>"


# --- log ---


def test_no_client_writes_our_log(instances, standin):
    postern = instances(standin, rules=rule("all", sender=["sender.example"]))
    forged = 'x"_\u2028event=message_verdict=deliver'
    with wire.Wire(postern.smtp) as client:
        client.line(f"EHLO {forged}")
        client.reply()
        client.ask('MAIL FROM:<"a b\\"  event=forged x"@sender.example>', "250")
        client.ask('RCPT TO:<"q event=forged"@example.test>')
        client.ask(f"RCPT TO:<{ADA}>")
        subject = "=?utf-8?q?a=0D=0Aevent=3Dforged_level=3Dinfo?="
        assert client.data(messages.message(subject, extra=b"X: event=forged\r\n")).code == 250
    postern.wait_for_event("message", recipient=ADA)
    assert not [line for line in postern.lines if line.lstrip().startswith("event=forged")]
    # A reader that splits at blanks outside quotes finds no event of the client's.
    assert not postern.events("forged")


# --- a disk that many messages fill at once ---


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_messages_on_their_way_leave_the_reserve_alone(instances, standin, small_disk):
    def free():
        found = os.statvfs(small_disk)
        return found.f_bavail * found.f_frsize

    postern = instances(
        standin,
        top={"data_dir": str(small_disk / "store")},
        quarantine={"disk_reserve_bytes": 16 << 20},
    )
    piece = (b"x" * 76 + b"\r\n") * 3300  # a quarter of a MiB
    clients = [wire.Wire(postern.smtp) for _ in range(8)]
    for client in clients:
        client.hello()
        client.envelope("a@sender.example", ADA)
        client.ask("DATA", "354")
        client.raw(b"From: a@sender.example\r\nSubject: large\r\n\r\n")
    lowest = free()
    for _ in range(48):
        for client in clients:
            client.raw(piece)
            lowest = min(lowest, free())
    finals = []
    for client in clients:
        client.raw(b".\r\n")
        finals.append(client.reply())
        lowest = min(lowest, free())
    assert lowest > 8 << 20, f"{lowest} bytes were left"
    refused = [final for final in finals if final.code != 250]
    assert refused and all(final.starts("452 4.3.1") for final in refused)
    assert len(standin.mails) == len(finals) - len(refused)
