"""The dialogues of tests/dialogues, which the unit tests run in memory, against the real program.

tests/dialogues/README.md says how they read.
"""

import pathlib
import re

import certificates
import pytest
import wire
from stand_in import StandIn

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "dialogues"
FILES = sorted(FOLDER.glob("**/*.dialogue"))
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))")
PLAIN = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"t": b"\t", b"\\": b"\\"}


def raw_of(text):
    return ESCAPE.sub(lambda match: bytes([int(match[1], 16)]) if match[1] else PLAIN[match[2]], text.encode())


def read(path):
    """(settings, [(kind, text)]); client lines that follow each other are one "C" step in bytes."""
    settings, steps, joins = {}, [], False
    for line in path.read_text(encoding="utf-8").split("\n"):
        kind, text = line[:2], line[3:]
        if line.startswith("@"):
            key, _, value = line[1:].partition(" ")
            settings[key] = value
        elif kind in ("C:", "C>"):
            octets = text.encode() + b"\r\n" if kind == "C:" else raw_of(text)
            if joins:
                octets = steps.pop()[1] + octets
            steps.append(("C", octets))
        elif kind in ("S:", "S-", "S>"):
            steps.append((kind, text))
        else:
            assert not line or line.startswith("#"), f"{path.name}: {line!r}"
        joins = kind in ("C:", "C>") or (joins and line.startswith("#"))
    return settings, steps


def expect(client, wanted, name, last):
    """Reads over `250-` lines, up to one that starts so (not `last`) or to the reply's last line."""
    while True:
        line = client.read_line()
        assert line is not None, f"{name}: closed, wanted {wanted!r}"
        goes_on = line[3:4] == "-"
        if goes_on and (last or not line.startswith(wanted)):
            continue
        assert (line + " ").startswith(wanted), f"{name}: wanted {wanted!r}, got {line!r}"
        return


def answer(verb, argument):
    if verb == "RCPT" and argument.lower().startswith("to:<slow@"):
        return "451 4.4.1 slow"
    return None


def start(instances, standin, certificate, settings):
    without = settings.pop("backend_without", "").split()
    standin.backend.extensions = [word for word in standin.backend.extensions if word.split()[0] not in without]
    standin.answer(answer)
    listener, tables = {"address": "127.0.0.1:0"}, {}
    if mode := settings.pop("starttls", None):
        listener["tls"] = "required" if mode == "required" else "optional"
        tables["tls"] = {"certificate": str(certificate[0]), "key": str(certificate[1])}
    settings.pop("split", None)
    smtp = {}
    if settings.pop("normalise", None):
        smtp["normalise_line_ends_from"] = ["127.0.0.0/8"]
    smtp |= {key: int(value) for key, value in settings.items()}
    postern = instances(standin, smtp=smtp, listeners=[listener], **tables)
    if mode != "required":
        # What EHLO offers is known once the back end has been spoken to.
        with wire.Wire(postern.smtp) as client:
            client.hello()
            client.envelope("first@sender.example", "first@example.test")
    return postern


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_dialogue(instances, standin, certificate, path):
    settings, steps = read(path)
    postern = start(instances, standin, certificate, settings)
    talks_first = steps[0][0] == "C"
    early = steps.pop(0)[1] if talks_first else b""
    with wire.Wire(postern.smtp, greet=False, before=early) as client:
        for number, (kind, text) in enumerate(steps):
            name = f"{path.name} step {number + 1}"
            if kind == "C":
                client.raw(text)
            elif kind in ("S:", "S-"):
                expect(client, text, name, last=kind == "S:")
            elif text == "tls":
                client.start_tls(certificates.client_context(certificate[0]))
            else:
                assert text == "closed", f"{name}: S> {text}"
                client.assert_closed()
