"""STARTTLS: offered where configured, nothing of the plain phase survives it, nothing is injected."""

import ssl

import certificates
import messages
import pytest
import wire
from stand_in import StandIn


@pytest.fixture
def secure(instances, standin, certificate):
    def make(mode="optional", **tables):
        tls = {"certificate": str(certificate[0]), "key": str(certificate[1])}
        return instances(standin, tls=tls, listeners=[{"address": "127.0.0.1:0", "tls": mode}], **tables)

    return make


def test_starttls_is_not_offered_without_a_certificate(instances, standin):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        assert "STARTTLS" not in client.hello()
        assert 500 <= client.ask("STARTTLS").code < 504


def test_a_mail_over_tls(secure, standin, certificate):
    postern = secure()
    with wire.Wire(postern.smtp) as client:
        assert "STARTTLS" in client.hello()
        client.ask("STARTTLS", "220")
        client.start_tls(certificates.client_context(certificate[0]))
        assert "STARTTLS" not in client.hello()
        client.envelope("a@sender.example", "ada@example.test")
        assert client.data(messages.message()).starts("250 2.0.0")
        assert 500 <= client.ask("STARTTLS").code < 504
    (mail,) = standin.wait_for(1)
    assert b"with ESMTPS" in mail.data.replace(b"\r\n ", b" ")


def test_nothing_of_the_plain_phase_survives(secure, standin, certificate):
    postern = secure()
    with wire.Wire(postern.smtp) as client:
        client.hello("plain.example")
        client.envelope("plain@sender.example", "ada@example.test")
        client.ask("STARTTLS", "220")
        client.start_tls(certificates.client_context(certificate[0]))
        client.ask("RCPT TO:<ada@example.test>", "503")
        client.ask("DATA", "503")
        client.hello("secret.example")
        client.envelope("a@sender.example", "ada@example.test")
        assert client.data(messages.message()).code == 250
    assert b"plain.example" not in standin.wait_for(1)[0].data
    assert b"secret.example" in standin.mails[0].data


@pytest.mark.parametrize("injected", [b"E", b"EHLO evil.example\r\n", b"MAIL FROM:<evil@x.example>\r\n", b"\x16\x03\x01"])
def test_bytes_behind_starttls_are_not_taken_into_the_tls_phase(secure, standin, certificate, injected):
    postern = secure()
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.raw(b"STARTTLS\r\n" + injected)
        line = client.read_line()
        if line is not None:
            assert line.startswith("554 5.5.0"), line
            client.assert_closed()
    assert not any(b"evil" in line for line in standin.transcript)


def test_required_tls_takes_no_mail_before_it(secure, certificate):
    postern = secure("required")
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("MAIL FROM:<a@sender.example>", "530 5.7.0")
        client.ask("NOOP", "250")
        client.ask("STARTTLS", "220")
        client.start_tls(certificates.client_context(certificate[0]))
        client.hello()
        client.ask("MAIL FROM:<a@sender.example>", "250")


def test_old_tls_is_refused(secure, certificate):
    postern = secure()
    context = certificates.client_context(certificate[0])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("STARTTLS", "220")
        client.start_tls(context)
        assert client.socket.version() in ("TLSv1.2", "TLSv1.3")
    with pytest.warns(DeprecationWarning):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("STARTTLS", "220")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            client.start_tls(context)
    # A failed handshake is that client's trouble only.
    assert postern.send(messages.message())[1].starts("250 2.0.0")


def test_rubbish_instead_of_a_handshake(secure):
    postern = secure()
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("STARTTLS", "220")
        client.raw(b"MAIL FROM:<a@sender.example>\r\n" * 20)
        client.socket.settimeout(wire.TIMEOUT_SECONDS)
        try:
            while client.socket.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass
    assert postern.send(messages.message())[1].starts("250 2.0.0")


def test_the_back_end_over_tls(instances, certificate):
    backend = StandIn(tls=certificates.server_context(*certificate))
    try:
        domain = {"name": "example.test", "backend": backend.address}
        postern = instances(backend, domains=[{**domain, "backend_tls": "optional"}])
        assert postern.send(messages.message())[1].starts("250 2.0.0")
        assert b"STARTTLS" in backend.transcript
    finally:
        backend.stop()


def test_required_back_end_tls_that_is_not_offered_is_temporary(instances, standin):
    domain = {"name": "example.test", "backend": standin.address, "backend_tls": "required"}
    postern = instances(standin, domains=[domain])
    replies, _ = postern.send(messages.message())
    assert replies[0].starts("451 4")
    assert not any(line.upper().startswith(b"MAIL") for line in standin.transcript)
