"""TLS towards back ends that lie, and clients that try to cross the line into TLS or back.

The cases of the back end follow the behaviours in the public collection of the NO STARTTLS paper;
where the collection is there, a test compares the two lists.
"""

import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile

import certificates
import messages
import postfix
import pytest
import wire
from fake_server import FakeServer
from program import until

SUITES = pathlib.Path(os.environ.get("POSTERN_SUITES") or pathlib.Path(__file__).resolve().parents[3] / "shared/suites")
SUITE = SUITES / "starttls-fake-mail-server/testcases/smtp"
EXTRA = SUITES / "starttls-fake-mail-server/testcases_extra/Certificate Validation/smtp"
NO_EHLO = {"EHLO": "500 5.5.2 what?"}
REFUSED_HELO = "500 what?"
# In front of the handshake, from whoever sits on the wire: an EHLO's answer that would be believed.
INJECTED = b"250-fake.example.test\r\n250-SIZE 10\r\n250 AUTH LOGIN\r\n"

# name: (answers and other settings of the server, taken when TLS is optional, taken when required)
CASES = {
    "honest": ({}, True, True),
    "setup_opportunistic_encryption": ({"EHLO": "250-fake\r\n250-STARTTLS\r\n250 AUTH PLAIN"}, True, True),
    "Buffering/B_1": ({"injected": INJECTED}, False, False),
    "Buffering/B_1 one byte": ({"injected": b"2"}, False, False),
    "Negotiation/D_1": ({**NO_EHLO, "STARTTLS": "500 what?"}, True, False),
    "Negotiation/O_1": ({"EHLO": "250-fake\r\n250 AUTH PLAIN LOGIN", "STARTTLS": "502 no"}, True, False),
    "Negotiation/O_2": ({"STARTTLS": "502 Command not implemented"}, True, False),
    "Negotiation/O_3": ({"STARTTLS": "454 TLS not available due to temporary reason"}, True, False),
    "Negotiation/O_4": ({"STARTTLS": "354 do something else"}, False, False),
    "others/X_1": ({"EHLO": "250-fake\r\n250 AUTH " + " ".join(f"M{n}" for n in range(60))}, True, False),
    "others/starttls/220": ({"handshake": False}, False, False),
    "others/ehlo/250-all": ({"EHLO": "250-fake\r\n250-STARTTLS\r\n250-SIZE\r\n250 AUTH PLAIN"}, True, True),
    "others/ehlo/250-all-no-starttls": ({"EHLO": "250-fake\r\n250 AUTH PLAIN"}, True, False),
    "others/ehlo/250-empty": ({"EHLO": "250 fake"}, True, False),
    "EHLO in TLS refused": ({"EHLO in TLS": "550 no", "HELO": REFUSED_HELO}, False, False),
    "STARTTLS offered in TLS": ({"EHLO in TLS": "250-fake\r\n250 STARTTLS"}, True, True),
}
for code in (221, 354, 421, 500, 501, 530, 454):
    # A clean refusal of STARTTLS leaves an optional back end usable; anything else is no answer to it.
    CASES[f"others/starttls/{code}"] = ({"STARTTLS": f"{code} no"}, code >= 430, False)
CASES["others/greeting/220"] = ({"GREETING": "220 smtp.example.com ESMTP ready"}, True, True)
for code in (221, 354, 421, 500, 501, 530, 554):
    CASES[f"others/greeting/{code}"] = ({"GREETING": f"{code} no"}, False, False)
    CASES[f"others/quit/greeting500_quit{code}"] = ({"GREETING": "500 no", "QUIT": f"{code} x"}, False, False)
    CASES[f"others/helo/ehlo500_helo{code}"] = ({**NO_EHLO, "HELO": f"{code} x"}, False, False)
    CASES[f"others/rset/ehlo500_rset{code}"] = ({**NO_EHLO, "RSET": f"{code} x"}, True, False)
CASES["others/quit/greeting500_quit220"] = ({"GREETING": "500 no", "QUIT": "220 x"}, False, False)
CASES["others/helo/ehlo500_helo220"] = ({**NO_EHLO, "HELO": "220 x"}, False, False)
CASES["others/rset/ehlo500_rset220"] = ({**NO_EHLO, "RSET": "220 x"}, True, False)
for code in (220, 221, 354, 421, 500, 501, 502, 504, 530, 550):
    CASES[f"others/ehlo/{code}"] = ({"EHLO": f"{code} x", "HELO": REFUSED_HELO}, False, False)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("trusted"), "localhost")


@pytest.fixture
def servers():
    made = []

    def make(context, settings):
        options = {name: settings[name] for name in ("injected", "handshake") if name in settings}
        answers = {name: text for name, text in settings.items() if name not in options}
        made.append(FakeServer(context, answers, **options))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def gateway(instances, trusted):
    """A gateway in front of that back end; it trusts the one certificate and nothing else."""

    def make(behind, mode, **tables):
        domain = {"name": "example.test", "backend": behind.address, "backend_tls": mode}
        backend = {"command_timeout_seconds": 2, "data_timeout_seconds": 2, "final_reply_timeout_seconds": 2}
        postern = instances(behind, start=False, domains=[domain], backend=backend, **tables)
        postern.environment = {"SSL_CERT_FILE": str(trusted[0])}
        return postern.start()

    return make


def outcome(postern):
    replies, final = postern.send(messages.message())
    return final or replies[0]


@pytest.mark.parametrize("name", CASES)
def test_a_back_end_that_lies_about_tls(gateway, servers, trusted, name):
    settings, taken_when_optional, taken_when_required = CASES[name]
    for mode, taken in (("optional", taken_when_optional), ("required", taken_when_required)):
        server = servers(certificates.server_context(*trusted), settings)
        answer = outcome(gateway(server, mode))
        assert answer.code == (250 if taken else 451), f"{mode}: {answer}"
        plain = server.verbs(in_tls=False)
        if mode == "required" or server.handshakes:
            # Not a word of the mail or of its envelope in the plain, where TLS was asked for.
            assert not {"MAIL", "RCPT", "DATA"} & set(plain), plain
        # TLS begins once: who offers it again inside is not followed.
        assert "STARTTLS" not in server.verbs(in_tls=True)
        if taken:
            assert b"Subject: a mail\r\n" in server.lines(in_tls=server.handshakes > 0)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_back_end_that_wants_tls_first_bounces_no_mail(gateway, servers, trusted, verb):
    settings = {verb: "530 5.7.0 Must issue a STARTTLS command first"}
    server = servers(certificates.server_context(*trusted), settings)
    assert outcome(gateway(server, "off")).starts("451 4.7.0")


def test_what_was_injected_is_not_believed(gateway, servers, trusted):
    server = servers(certificates.server_context(*trusted), {"injected": INJECTED})
    postern = gateway(server, "optional")
    assert outcome(postern).starts("451 4.4.1")
    # SIZE 10 would have been offered on, and the mail refused for good.
    with wire.Wire(postern.smtp) as client:
        assert client.hello().get("SIZE") != "10"


@pytest.mark.parametrize("which", ["self-signed", "unknown root", "other name", "expired"])
def test_a_wrong_certificate_is_refused_where_tls_is_required(gateway, servers, tmp_path, which):
    made = certificates.make(
        tmp_path, "other.example.test" if which == "other name" else "localhost", expired=which == "expired"
    )
    context = certificates.server_context(*made)
    server = servers(context, {})
    postern = gateway(server, "required")
    if which in ("other name", "expired"):
        # Trusted in itself, so that nothing but the name or the date can be the reason.
        postern.stop()
        postern.environment = {"SSL_CERT_FILE": str(made[0])}
        postern.start()
    assert outcome(postern).starts("451 4.4.1")
    assert not server.lines(in_tls=True) and "MAIL" not in server.verbs(in_tls=False)
    # Whoever asks for TLS without checking gets it without checking.
    server = servers(context, {})
    assert outcome(gateway(server, "optional")).code == 250
    assert "MAIL" in server.verbs(in_tls=True) and "MAIL" not in server.verbs(in_tls=False)


def test_every_behaviour_of_the_collection_is_among_ours():
    if not SUITE.is_dir():
        pytest.skip(f"the collection of behaviours is not in {SUITE}")
    theirs = {str(path.relative_to(SUITE).with_suffix("")) for path in SUITE.rglob("*.ron")} - {"setup"}
    assert theirs and not theirs - set(CASES)
    assert len(list(EXTRA.glob("T_*.ron"))) == 4  # the four kinds of certificate above


def test_a_real_postfix_behind_over_tls(gateway, trusted):
    if os.geteuid() != 0 or not shutil.which("postfix"):
        pytest.skip("a private Postfix needs root and the postfix package")
    top = pathlib.Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))  # as the fixture of conftest.py
    settings = f"smtpd_tls_security_level = encrypt\nsmtpd_tls_cert_file = {trusted[0]}\nsmtpd_tls_key_file = {trusted[1]}\n"
    server = postfix.Postfix(top, settings=settings + "smtpd_tls_loglevel = 1\nsmtpd_tls_received_header = yes\n")
    server.start()
    try:
        server_by_name = type("Named", (), {"address": f"localhost:{server.port}"})
        for mode in ("optional", "required"):
            assert outcome(gateway(server_by_name, mode)).starts("250 2.0.0"), server.log()
        for mail in server.wait_for("ada@example.test", 2):
            assert b"(using TLSv1.3 with cipher" in mail
        assert outcome(gateway(server_by_name, "off")).starts("451 4.7.0")
    finally:
        server.stop()
        shutil.rmtree(top)


# --- clients ---


@pytest.fixture
def secure(instances, standin, certificate):
    tls = {"certificate": str(certificate[0]), "key": str(certificate[1])}
    return instances(standin, tls=tls, listeners=[{"address": "127.0.0.1:0", "tls": "optional"}])


COMMANDS = b"EHLO evil.example\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<ada@example.test>\r\n"


@pytest.mark.parametrize("at", range(0, len(b"STARTTLS\r\n") + 6))
def test_commands_around_starttls_at_every_split(secure, standin, at):
    octets = b"STARTTLS\r\n" + COMMANDS
    with wire.Wire(secure.smtp) as client:
        client.hello()
        client.raw(octets[:at])
        client.raw(octets[at:])
        said = everything(client)
    # Either all of it came together and was refused, or the handshake has failed on it.
    assert re.fullmatch(rb"(554 5\.5\.0 [^\r]*\r\n|220 [^\r]*\r\n(\x15\x03[^2]*)?)", said, re.S), said
    assert not any(b"evil" in line for line in standin.transcript)


def everything(client):
    said = client.buffer
    while True:
        try:
            more = client.socket.recv(1 << 16)
        except ConnectionResetError:
            more = b""
        if not more:
            return said
        said += more


def test_nothing_that_was_begun_in_the_plain_goes_on_in_tls(secure, standin, certificate):
    with wire.Wire(secure.smtp) as client:
        client.hello("plain.example")
        client.envelope("plain@sender.example", "ada@example.test")
        client.ask("STARTTLS", "220")
        client.start_tls(certificates.client_context(certificate[0]))
        # RFC 3207 §4.2: not even the greeting.
        client.ask("MAIL FROM:<a@sender.example>", "503")
        client.hello()
        client.ask("RCPT TO:<ada@example.test>", "503")
        client.ask("STARTTLS", "5")
    assert not standin.mails


def test_a_client_cannot_renegotiate(secure):
    host, _, port = secure.smtp.rpartition(":")
    command = ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{host}:{port}", "-tls1_2", "-crlf"]
    # A line of R is its command for a new handshake.
    done = subprocess.run(command, input="R\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    assert "RENEGOTIATING" in done.stdout
    assert "no renegotiation" in done.stdout, done.stdout


def test_a_session_is_not_taken_up_again(secure, certificate):
    context = certificates.client_context(certificate[0])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.maximum_version = version
        with wire.Wire(secure.smtp) as client:
            client.hello()
            client.ask("STARTTLS", "220")
            client.start_tls(context)
            client.hello()
            session = client.socket.session
        with wire.Wire(secure.smtp) as client:
            client.hello()
            client.ask("STARTTLS", "220")
            client.socket = context.wrap_socket(client.socket, server_hostname="mx.example.test", session=session)
            client.hello()
            assert not client.socket.session_reused


def test_a_half_closed_or_truncated_tls_leaves_nothing_behind(secure, standin, certificate):
    """A message cut off by whoever can cut the wire is not taken for a whole one."""
    context = certificates.client_context(certificate[0])
    with wire.Wire(secure.smtp) as client:
        client.hello()
        client.ask("STARTTLS", "220")
        client.start_tls(context)
        client.hello()
        client.envelope("a@sender.example", "ada@example.test")
        client.ask("DATA", "354")
        client.raw(messages.message()[:-2] + b"\r\n")
        client.socket.shutdown(socket.SHUT_RDWR)
    assert secure.send(messages.message("after"))[1].code == 250
    until(lambda: standin.mails, "no mail")
    assert [b"Subject: after" in mail.data for mail in standin.mails] == [True]
