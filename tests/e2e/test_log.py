"""The log as JSON: one event per line, valid for whatever a client says, and no content of a mail."""

import json
import re

import messages
import program
import pytest
import wire
from program import rule, until

ADA = "ada@example.test"
CONTROLS = bytes(byte for byte in range(1, 256) if byte not in b"\r\n\t")
BODY = b"the body is nobody's business: 4711-secret\r\n"


def test_every_line_is_json_whatever_clients_say(instances, standin):
    postern = instances(standin, start=False, log={"format": "json", "level": "debug"}, rules=rule("odd", subject="odd"))
    postern.start(wait=False)
    until(lambda: len(events(postern, "listening")) == 2, "it does not start")
    address = next(event["address"] for event in events(postern, "listening") if event["room"] == "smtp")
    wire.send(address, messages.message("plain", body=BODY))
    wire.send(address, messages.message("odd", body=BODY))
    with wire.Wire(address) as client:
        client.hello()
        for hostile in (CONTROLS[:31], CONTROLS[31:140], CONTROLS[140:], '"\\{}","event":"forged'.encode()):
            client.raw(b"MAIL FROM:<" + hostile + b"@x>\r\n")
            client.reply()
        client.ask("RSET", "250")
        client.raw("MAIL FROM:<\"a\u202e\\\"b\"@sender.example> SMTPUTF8\r\n".encode())
        client.reply()
        client.raw(b'RCPT TO:<"a b\\"c"@elsewhere.example>\r\n')
        client.reply()
    with wire.Wire(address) as client:
        client.hello()
        client.envelope("a@sender.example", ADA)
        data = b"Message-ID: <\xff\xfe\x01\"\\ \xe2\x80\xae id>\r\nSubject: \x1b[2Jodd \xc2\x9b\r\n\r\n" + BODY
        assert client.data(data).code == 250
    until(lambda: len(events(postern, "message")) == 3, "not all mails are logged")
    for line in filter(None, postern.lines):
        event = json.loads(line)
        assert list(event)[:3] == ["time", "level", "event"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["time"])
        assert event["level"] in ("debug", "info", "warning", "error")
        assert all(isinstance(value, str) for value in event.values())
        assert len(json.loads(line, object_pairs_hook=list)) == len(event), "a name stands twice"
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", line)
    assert "4711-secret" not in postern.log()
    assert not any("forged" == event["event"] for event in events(postern))
    last = events(postern, "message")[-1]
    assert last["verdict"] == "hold" and last["rule"] == "odd"
    assert "\u202e" in last["message_id"]


def events(postern, name=None):
    parsed = [json.loads(line) for line in postern.lines if line]
    return [event for event in parsed if name in (None, event["event"])]


def test_both_forms_have_the_same_fields(instances, standin):
    names = {}
    for form in ("text", "json"):
        postern = instances(standin, start=False, log={"format": form})
        postern.start(wait=False)
        until(lambda: "started" in postern.log(), "it does not start")
        address = re.search(r'room"?[=:]"?smtp"?.*?address"?[=:]"?([\d.:]+)', postern.log())[1]
        wire.send(address, messages.message("the same"))
        until(lambda: "nothing matched" in postern.log(), "the mail is not logged")
        line = next(line for line in postern.lines if line and "nothing matched" in line)
        if form == "json":
            names[form] = [name for name in json.loads(line) if name not in ("time", "level")]
        else:
            names[form] = [name for name, _ in program.FIELD.findall(line)]
    assert names["text"] == names["json"]


@pytest.mark.parametrize("first, second", [("text", "json"), ("json", "text")])
def test_a_reload_changes_form_and_level(instances, standin, first, second):
    postern = instances(standin, start=False, log={"format": first})
    postern.start(wait=False)
    until(lambda: "started" in postern.log(), "it does not start")
    address = re.search(r'room"?[=:]"?smtp"?.*?address"?[=:]"?([\d.:]+)', postern.log())[1]
    postern.config.tables["log"] = {"format": second, "level": "info"}
    postern.write_config()
    postern.run("reload")
    # The line is written before the answer is given, and read here a little later.
    until(lambda: re.search(r'event"?[=:]"?reloaded\b', postern.log()), "the reload is not logged")
    line = next(line for line in postern.lines if line and re.search(r'event"?[=:]"?reloaded\b', line))
    assert line.startswith("{") == (second == "json")
    postern.config.tables["log"] = {"format": second, "level": "error"}
    postern.write_config()
    postern.run("reload")
    before = len(postern.lines)
    wire.send(address, messages.message("quiet"))
    postern.config.tables["log"] = {"format": second, "level": "info"}
    postern.write_config()
    postern.run("reload")
    wire.send(address, messages.message("loud"))
    until(lambda: "nothing matched" in postern.log(), "the second mail is not logged")
    logged = [line for line in postern.lines[before:] if line]
    assert sum("nothing matched" in line for line in logged) == 1
