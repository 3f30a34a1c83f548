"""The tests' own servers do what the other tests take for granted."""

import certificates
import messages
import pytest
import stand_in
import wire
from test_smuggling import FALSE_ENDS, wire_of


@pytest.mark.parametrize("form", FALSE_ENDS.values(), ids=FALSE_ENDS.keys())
def test_the_vulnerable_back_end_is_vulnerable_to_every_form(vulnerable, form):
    octets, _ = wire_of(form)
    with wire.Wire(vulnerable.address) as client:
        client.hello()
        client.envelope("someone@sender.example", "ada@example.test")
        client.ask("DATA", "354")
        client.raw(octets)
        codes = [client.reply().code for _ in range(5)]
    assert codes == [250, 250, 250, 354, 250]
    assert [envelope[0] for envelope, _ in vulnerable.transactions] == [
        b"MAIL FROM:<someone@sender.example>",
        b"MAIL FROM:<evil@smuggled.example>",
    ]


@pytest.mark.parametrize("form", FALSE_ENDS.values(), ids=FALSE_ENDS.keys())
def test_the_stand_in_takes_no_false_end(standin, form):
    octets, _ = wire_of(form)
    with wire.Wire(standin.address) as client:
        client.hello()
        client.envelope("someone@sender.example", "ada@example.test")
        client.ask("DATA", "354")
        client.raw(octets)
        assert client.reply().code == 250
    assert len(standin.mails) == 1


@pytest.mark.parametrize("message", [b"", b"\r\n", b".\r\n", b"..\r\n.\r\n", messages.message(body=b".a\r\nb\r\n.\r\n")])
def test_the_stand_in_keeps_what_was_sent(standin, message):
    octets = wire.stuffed(message)
    for at in range(len(octets) if len(octets) < 20 else 1):
        with wire.Wire(standin.address) as client:
            client.hello()
            client.envelope("a@sender.example", "ada@example.test")
            client.ask("DATA", "354")
            client.raw(octets[:at])
            client.raw(octets[at:])
            assert client.reply().code == 250
    assert {mail.data for mail in standin.mails} == {message}


def test_the_stand_in_speaks_tls(certificate):
    backend = stand_in.StandIn(tls=certificates.server_context(*certificate))
    try:
        with wire.Wire(backend.address) as client:
            assert "STARTTLS" in client.hello()
            client.ask("STARTTLS", "220")
            client.start_tls(certificates.client_context(certificate[0]))
            assert "STARTTLS" not in client.hello()
            client.envelope("a@sender.example", "ada@example.test")
            assert client.data(messages.message()).code == 250
    finally:
        backend.stop()


def test_the_stand_in_comes_back_on_its_port(standin):
    kept = wire.Wire(standin.address)
    standin.stop()
    kept.assert_closed()
    with pytest.raises(ConnectionRefusedError):
        wire.Wire(standin.address)
    standin.start()
    with wire.Wire(standin.address) as client:
        client.hello()


@pytest.mark.parametrize(
    "top,right",
    [
        (b"", True),
        (b"Received: a\r\n\tb\r\n", True),
        (b"A: b\r\nC: d\r\n", True),
        (b"A: b", False),
        (b" folded: first\r\n", False),
        (b"A: b\r\n\r\n", False),
        (b"no field\r\n", False),
        (b"A : b\r\n", False),
    ],
)
def test_fields_are_told_from_anything_else(top, right):
    assert stand_in.is_fields(top) == right
