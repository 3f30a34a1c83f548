"""`postern check`: every problem at once, each with its place and what would be right."""

import re

import pytest

GOOD = """\
hostname = "mx.example.test"
data_dir = "var"

[smtp]
max_message_bytes = 52428800
max_recipients = 100

[[smtp.listener]]
address = "127.0.0.1:2525"

[[domain]]
name = "example.test"
backend = "127.0.0.1:2600"

[quarantine]
retention_days = 14

[portal]
address = "127.0.0.1:8080"
public_url = "http://127.0.0.1:8080"

[report]
security_team = "security@example.test"

[[rule]]
name = "no executables"
attachment_extension = ["exe", "js", "scr"]
action = "hold"
hold_for = "administrator"

[[rule]]
name = "newsletter host"
sender = ["example.org", "news@example.net"]
action = "hold"
"""

# replaced, by what, line, words that must be in the problem
WRONG = {
    "misspelt key": ("max_recipients", "max_recipient", 6, ["max_recipient", "max_recipients"]),
    "misspelt table": ("[quarantine]", "[quarantaine]", 15, ["quarantaine", "quarantine"]),
    "wrong type": ("= 52428800", '= "50 MB"', 5, ["max_message_bytes"]),
    "negative": ("= 14", "= -14", 16, ["retention_days"]),
    "no such action": ('"hold"\nhold_for', '"keep"\nhold_for', 28, ["keep", "hold"]),
    "no such kind": ('"administrator"', '"admin"', 29, ["admin", "administrator"]),
    "bad address": ("security@example.test", "security", 23, ["security"]),
    "bad endpoint": ("127.0.0.1:2525", "127.0.0.1", 9, ["127.0.0.1"]),
    "bad port": ("127.0.0.1:2600", "127.0.0.1:99999", 13, ["99999"]),
    "bad domain": ('name = "example.test"', 'name = "exa mple"', 12, ["exa mple"]),
    "bad sender": ('"example.org"', '"@@"', 33, ["@@"]),
    "not TOML": ("[smtp]", "[smtp", 4, []),
    "rule without a name": ('name = "newsletter host"\n', "", 31, ["name"]),
    "unreachable url": ("http://127.0.0.1:8080", "127.0.0.1:8080", 20, ["public_url"]),
}


@pytest.fixture
def check(instances, standin):
    postern = instances(standin, start=False)

    def run(text):
        postern.write_config(text)
        done = postern.run("check", check=False)
        return postern.file, done.returncode, done.stdout.decode() + done.stderr.decode()

    return run


def test_the_contracts_example_is_right(check):
    _, code, said = check(GOOD)
    assert code == 0, said


@pytest.mark.parametrize("old,new,line,words", WRONG.values(), ids=WRONG.keys())
def test_a_problem_has_its_place_and_remedy(check, old, new, line, words):
    assert GOOD.count(old) == 1 or old in ('name = "newsletter host"\n',)
    file, code, said = check(GOOD.replace(old, new))
    assert code == 1
    problems = [text for text in said.splitlines() if text.startswith(f"{file}:")]
    assert len(problems) == 1, said
    place = re.match(rf"{re.escape(str(file))}:(\d+):(\d+): (.+)", problems[0])
    assert place, said
    # A parser may see the end of an unfinished line only on the next.
    assert int(place[1]) in (line, line + (not words)), said
    assert int(place[2]) >= 1
    assert all(word in place[3] for word in words), said


def test_every_problem_at_once(check):
    text = GOOD
    for name in ("misspelt key", "wrong type", "negative", "no such action", "bad address"):
        text = text.replace(*WRONG[name][:2])
    file, code, said = check(text)
    assert code == 1
    lines = sorted(int(number) for number in re.findall(rf"^{re.escape(str(file))}:(\d+):\d+: ", said, re.MULTILINE))
    assert lines == [5, 6, 16, 23, 28]


def test_a_missing_file(instances, standin):
    postern = instances(standin, start=False)
    postern.file.unlink()
    for arguments in (["check"], ["serve"], ["hold", "list"]):
        done = postern.run(*arguments, check=False)
        assert done.returncode == 1
        assert str(postern.file) in done.stderr.decode() + done.stdout.decode()


def test_serve_refuses_what_check_refuses(instances, standin):
    postern = instances(standin, start=False)
    postern.write_config(GOOD.replace("max_recipients", "max_recipient"))
    done = postern.run("serve", check=False)
    assert done.returncode == 1
    assert re.search(rf"{re.escape(str(postern.file))}:6:\d+: ", done.stderr.decode())
    assert not (postern.directory / "var").exists()
