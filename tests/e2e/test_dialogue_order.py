"""PIPELINING as RFC 2920 groups it, and nothing that comes too early is ever run."""

import messages
import pytest
import wire

EVIL = b"MAIL FROM:<evil@smuggled.example>\r\nRCPT TO:<ada@example.test>\r\nDATA\r\nSubject: evil\r\n\r\nx\r\n.\r\n"


def assert_nothing_evil(standin):
    assert not any(b"evil" in line for line in standin.transcript)
    assert standin.mails == []


def replies_until_closed(client):
    found = []
    while True:
        try:
            line = client.read_line()
        except ConnectionResetError:
            return found
        if line is None:
            return found
        found.append(line)


def test_a_pipelined_group_is_answered_in_order(instances, standin):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        assert "PIPELINING" in client.hello()
        client.raw(
            b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<ada@example.test>\r\nRCPT TO:<unknown@example.test>\r\n"
            b"RCPT TO:<x@elsewhere.example>\r\nRCPT TO:<ben@example.test>\r\nDATA\r\n"
        )
        codes = [client.reply().code for _ in range(6)]
        assert codes == [250, 250, 550, 550, 250, 354]
        client.raw(wire.stuffed(messages.message()))
        assert client.reply().starts("250 2.0.0")
        # A second transaction behind the first, split in the middle of a command.
        client.raw(b"RSET\r\nMAIL FROM:<b@sender.exam")
        assert client.reply().code == 250
        client.raw(b"ple>\r\nRCPT TO:<ada@example.test>\r\nQUIT\r\n")
        assert [client.reply().code for _ in range(3)] == [250, 250, 221]
        client.assert_closed()
    assert [mail.recipients for mail in standin.mails] == [["ada@example.test", "ben@example.test"]]


@pytest.mark.parametrize("cut", [None, *range(0, 40, 5)])
def test_a_body_pipelined_behind_refused_recipients_never_runs(instances, standin, cut):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        client.hello()
        group = b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<unknown@example.test>\r\nDATA\r\n"
        tail = EVIL + b"QUIT\r\n"
        if cut is None:
            client.raw(group + tail)
        else:
            client.raw(group + tail[:cut])
            client.raw(tail[cut:])
        lines = replies_until_closed(client)
    assert lines[0].startswith("250") and lines[1].startswith("550")
    assert not any(line.startswith("354") for line in lines)
    assert len(lines) <= 4, f"the body was run as commands: {lines}"
    assert_nothing_evil(standin)


def test_a_body_sent_before_354_is_refused_and_closed(instances, standin):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.raw(
            b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<ada@example.test>\r\nDATA\r\n"
            + wire.stuffed(messages.message()) + EVIL
        )
        assert [client.reply().code for _ in range(2)] == [250, 250]
        assert client.reply().starts("554 5.5.0")
        client.assert_closed()
    assert_nothing_evil(standin)


def test_bytes_before_the_greeting(instances, standin):
    postern = instances(standin, smtp={"greeting_delay_seconds": 1})
    with wire.Wire(postern.smtp, greet=False, before=b"EHLO early.example\r\n") as client:
        assert client.reply().starts("554 5.5.0")
        client.assert_closed()
    with wire.Wire(postern.smtp) as patient:
        patient.hello()


def test_bytes_behind_ehlo_in_its_group(instances, standin):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        client.raw(b"EHLO client.example.org\r\n" + EVIL)
        assert client.reply().starts("554 5.5.0")
        client.assert_closed()
    assert_nothing_evil(standin)


@pytest.mark.parametrize("command", [b"BDAT 86 LAST", b"BDAT 86", b"bdat 0 last"])
def test_bdat_is_not_offered_and_closes(instances, standin, command):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        assert "CHUNKING" not in client.hello()
        client.envelope("a@sender.example", "ada@example.test")
        client.raw(command + b"\r\n" + EVIL)
        assert client.reply().starts("502")
        client.assert_closed()
    assert_nothing_evil(standin)


@pytest.mark.parametrize("command", [b"NO\nOP\r\n", b"NO\rOP\r\n", b"NO\0OP\r\n", b"RSET\n" + EVIL])
def test_a_bare_octet_in_a_command_closes(instances, standin, command):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.raw(command)
        if not command.endswith(b"\r\n"):
            client.raw(b"\r\n")
        assert client.reply().code == 500
        client.assert_closed()
    assert_nothing_evil(standin)


@pytest.mark.parametrize(
    "commands,last",
    [
        (["MAIL FROM:<a@b.example>"], "503"),
        (["EHLO x.example", "RCPT TO:<ada@example.test>"], "503"),
        (["EHLO x.example", "DATA"], "503"),
        (["EHLO x.example", "MAIL FROM:<a@b.example>", "DATA"], "503"),
        (["EHLO x.example", "MAIL FROM:<a@b.example>", "MAIL FROM:<a@b.example>"], "503"),
        (["EHLO x.example", "MAIL FROM:<a@b.example>", "RSET", "RCPT TO:<ada@example.test>"], "503"),
        (["EHLO x.example", "MAIL FROM:<a@b.example>", "EHLO x.example", "RCPT TO:<ada@example.test>"], "503"),
        (["EHLO x.example", "MAIL FROM:<a@b.example> SIZE=1 SIZE=1"], "501"),
        (["EHLO x.example", "MAIL FROM:<a@b.example> SIZE=99999999999999999999999"], "5"),
        (["EHLO x.example", "MAIL FROM:<a@b.example> UNKNOWN=1"], "555"),
        (["EHLO x.example", "MAIL FROM:a@b.example"], "501"),
        (["EHLO x.example", "MAIL FROM:<a@b..example>"], "5"),
        (["EHLO x.example", "VRFY ada"], "252"),
        (["EHLO x.example", "EXPN staff"], "502"),
        (["EHLO x.example", "WIBBLE"], "500"),
        (["HELO x.example", "MAIL FROM:<>"], "250"),
    ],
)
def test_commands_out_of_order_or_malformed(instances, standin, commands, last):
    postern = instances(standin)
    with wire.Wire(postern.smtp) as client:
        for command in commands[:-1]:
            client.ask(command, "250")
        client.ask(commands[-1], last)
        client.ask("QUIT", "221")
        client.assert_closed()
