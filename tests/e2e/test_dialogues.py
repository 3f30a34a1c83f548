"""The dialogues of tests/dialogues, which the unit tests run in memory, against the real program.

    # comment
    @key value          a setting of the session
    C: text             sends the text and CRLF
    C> raw\\r\\n\\0\\xNN    sends exactly these bytes
    S: 250 2.1.0        the next reply starts so; lines of a multi-line reply before its last are
                        skipped unless they are written out (S: 250-...)
    S> closed           the connection is closed
"""

import pathlib
import re

import pytest
import wire

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "dialogues"
FILES = sorted(FOLDER.glob("**/*.dialogue"))
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))")
PLAIN = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"t": b"\t", b"\\": b"\\"}


def raw_of(text):
    return ESCAPE.sub(lambda match: bytes([int(match[1], 16)]) if match[1] else PLAIN[match[2]], text.encode())


def read(path):
    """(settings, [(kind, text)])."""
    settings, steps = {}, []
    for line in path.read_text().splitlines():
        if line.startswith("@"):
            key, _, value = line[1:].partition(" ")
            settings[key] = value
        elif re.match(r"[CS][:>]", line):
            steps.append((line[:2], line[2:].removeprefix(" ")))
        else:
            assert not line.strip() or line.startswith("#"), f"{path.name}: {line!r}"
    return settings, steps


def expect(client, wanted, name):
    while True:
        line = client.read_line()
        assert line is not None, f"{name}: closed, wanted {wanted!r}"
        if line.startswith(wanted):
            return
        # The earlier lines of a multi-line reply need not be written out.
        assert line[3:4] == "-" and wanted[3:4] != "-", f"{name}: wanted {wanted!r}, got {line!r}"


@pytest.mark.skipif(not FILES, reason="tests/dialogues holds no dialogue yet")
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_dialogue(instances, standin, path):
    settings, steps = read(path)
    smtp = {key: int(value) if value.isdigit() else value for key, value in settings.items()}
    postern = instances(standin, smtp=smtp)
    with wire.Wire(postern.smtp, greet=False) as client:
        for number, (kind, text) in enumerate(steps):
            name = f"{path.name} step {number + 1}"
            if kind == "C:":
                client.line(text)
            elif kind == "C>":
                client.raw(raw_of(text))
            elif kind == "S:":
                expect(client, text, name)
            else:
                assert text == "closed", f"{name}: S> {text}"
                client.assert_closed()
