"""No form of a false end of data makes two mails of one, whatever the server behind believes.

The back end of these tests takes every form that some server once took for the end. A mail with a
bare CR, LF or NUL is refused, so it counts none; from a client whose line ends are mended, exactly
one; and so do all the forms that a strict sender may send.
"""

import itertools

import messages
import pytest
import smuggling_matrix
import wire
from program import rule, until
from vulnerable_backend import KINDS, VulnerableBackend

ADA = "ada@example.test"
LINE_ENDS = {"CRLF": b"\r\n", "LF": b"\n", "CR": b"\r", "CRNULLF": b"\r\0\n", "NULLF": b"\0\n", "NUL": b"\0"}
SMUGGLED = (
    b"MAIL FROM:<evil@smuggled.example>\r\nRCPT TO:<ada@example.test>\r\nDATA\r\n"
    b"From: evil@smuggled.example\r\nSubject: smuggled\r\n\r\nevil\r\n"
)
FALSE_ENDS = {
    f"{a}.{b}": LINE_ENDS[a] + b"." + LINE_ENDS[b]
    for a, b in itertools.product(LINE_ENDS, LINE_ENDS)
    if (a, b) != ("CRLF", "CRLF")
} | {"CRLF.NULCRLF": b"\r\n.\0\r\n", "CRCRLF.CRLF": b"\r\r\n.\r\r\n", "LF.CRCRLF": b"\n.\r\r\n"}
# What a strict sender may send: after unstuffing a dot line, dots and blanks, CRLF everywhere.
HARMLESS = {
    "stuffed dot": b"\r\n..\r\n",
    "two stuffed dots": b"\r\n..\r\n..\r\n",
    "dot and blank": b"\r\n.. \r\n",
    "stuffed word": b"\r\n..MAIL\r\n",
}


def put(client, octets, at):
    """The bytes in two segments, cut at `at`."""
    client.raw(octets[:at])
    client.raw(octets[at:])


def try_one(postern, octets, at):
    """The final reply to a mail whose DATA on the wire is `octets`, cut at `at`."""
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.envelope("someone@sender.example", ADA)
        client.ask("DATA", "354")
        put(client, octets, at)
        reply = client.reply()
        if reply.code >= 500:
            client.assert_closed()
        return reply


def wire_of(form):
    start = messages.message("before", b"first part")
    return start + form + SMUGGLED + b".\r\n", range(len(start) - 1, len(start) + len(form) + 2)


@pytest.mark.parametrize("form", FALSE_ENDS.values(), ids=FALSE_ENDS.keys())
def test_a_false_end_is_refused_at_every_split(instances, vulnerable, form):
    postern = instances(vulnerable)
    octets, cuts = wire_of(form)
    for at in cuts:
        assert try_one(postern, octets, at).starts("550 5.5.2")
    assert vulnerable.transactions == []
    # The next client's mail is the only one the server has ever seen.
    assert postern.send(messages.message("after"))[1].starts("250 2.0.0")
    assert len(vulnerable.transactions) == 1
    assert not any(b"evil" in line for line in vulnerable.commands)


@pytest.mark.parametrize("form", FALSE_ENDS.values(), ids=FALSE_ENDS.keys())
def test_a_mended_false_end_is_one_mail(instances, vulnerable, form):
    postern = instances(vulnerable, smtp={"normalise_line_ends_from": ["127.0.0.0/8"]})
    octets, cuts = wire_of(form)
    passed = 0
    for at in cuts:
        reply = try_one(postern, octets, at)
        # A NUL has no line end to be mended to.
        assert reply.starts("550 5.5.2") if b"\0" in form else reply.starts("250 2.0.0")
        passed += reply.code == 250
    assert len(vulnerable.transactions) == passed
    assert all(b"smuggled" in data for _, data in vulnerable.transactions)
    assert not any(b"evil" in line for line in vulnerable.commands)


@pytest.mark.parametrize("form", HARMLESS.values(), ids=HARMLESS.keys())
@pytest.mark.parametrize("way", ["relayed", "released"])
def test_a_stuffed_mail_is_one_mail_at_every_split(instances, vulnerable, form, way):
    postern = instances(vulnerable, rules=rule("all", sender=["sender.example"]) if way == "released" else "")
    octets, cuts = wire_of(form)
    for at in cuts:
        assert try_one(postern, octets, at).starts("250 2.0.0")
    if way == "released":
        postern.run("hold", "release", *[hold["id"] for hold in postern.holds()])
    until(lambda: len(vulnerable.transactions) >= len(cuts), "not all mails arrived")
    assert len(vulnerable.transactions) == len(cuts)
    for _, data in vulnerable.transactions:
        # As on the wire behind us: still stuffed, and whole.
        assert data.endswith((form + SMUGGLED).removesuffix(b"\r\n"))
    assert not any(b"evil" in line for line in vulnerable.commands)


def release_all(postern):
    """A mail without a From may be held; it must leave as one mail all the same."""
    if holds := postern.holds():
        postern.run("hold", "release", *[hold["id"] for hold in holds])


def test_back_ends_of_every_kind_take_one_mail_for_one(tmp_path):
    """A sample of smuggling_matrix.py, which by --long tries each input at each split."""
    matrix = smuggling_matrix.Matrix(tmp_path / "matrix")
    try:
        result = matrix.run(smuggling_matrix.inputs()[::12], smuggling_matrix.sample)
    finally:
        matrix.stop()
    assert not result.beyond, f"{result}\n" + "\n".join(result.beyond)
    assert not result.missing and not result.wrong, (result.missing, result.wrong)
    assert smuggling_matrix.accepted(result.cases) > 20


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_without_a_gateway_each_of_them_is_smuggled_into(kind):
    backend = VulnerableBackend(kind)
    try:
        fooled = any(smuggling_matrix.straight(backend, one) for one in smuggling_matrix.inputs())
    finally:
        backend.stop()
    assert fooled


@pytest.mark.parametrize("octets", [b"..\r\n..x\r\n\r\n..\r\n.\r\n", b".\r\n"], ids=["dots", "empty"])
def test_a_mail_of_dots_or_nothing_is_one_mail_at_every_split(instances, vulnerable, octets):
    postern = instances(vulnerable)
    for at in range(len(octets)):
        assert try_one(postern, octets, at).code == 250
    release_all(postern)
    until(lambda: len(vulnerable.transactions) >= len(octets), "not all mails arrived")
    assert len(vulnerable.transactions) == len(octets)
    rest = octets.removesuffix(b".\r\n").removesuffix(b"\r\n")
    assert all(data.endswith(rest) for _, data in vulnerable.transactions)


@pytest.mark.parametrize("name", ["a\x01b", "a b", "<a>", "a\tb", "x" * 300])
def test_a_hello_name_cannot_write_header_fields(instances, standin, name):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        reply = client.ask(f"EHLO {name}")
        if reply.code != 250:
            assert 500 <= reply.code < 600
            return
        client.envelope("a@sender.example", ADA)
        sent = messages.message()
        assert client.data(sent).code == 250
    data = standin.mails[0].data
    assert data.endswith(sent)
    top = data[: len(data) - len(sent)]
    assert not set(top) - set(range(32, 127)) - {9, 10, 13}
    assert all(len(line) <= 998 for line in top.split(b"\r\n"))
