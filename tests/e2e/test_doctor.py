"""postern doctor: each check says ok, warning, problem or unknown, and what to do."""

import json
import os
import socket
import subprocess

import certificates
import name_server
import pytest
from name_server import NameServer, reverse
from program import Config, Postern

OURS = "192.0.2.25"
ADA = "ada@example.test"
RIGHT = {
    ("mx.example.test", "A"): [OURS],
    (reverse(OURS), "PTR"): ["mx.example.test"],
    ("example.test", "MX"): [(10, "mx.example.test")],
}


@pytest.fixture
def names():
    made = []

    def make(changes=None):
        made.append(NameServer({**RIGHT, **(changes or {})}))
        return made[-1].address

    yield make
    for server in made:
        server.stop()


class Report:
    def __init__(self, done):
        self.code = done.returncode
        self.said = json.loads(done.stdout)
        self.checks = {}
        for found in self.said["checks"]:
            self.checks.setdefault(found["check"], []).append(found)

    def __getitem__(self, check):
        return [found["health"] for found in self.checks.get(check, [])]

    def text(self, check):
        return " ".join(found["text"] + " " + found["remedy"] for found in self.checks[check])


def examine(postern, resolver, *options):
    return Report(postern.run("doctor", "--json", "--resolver", resolver, *options, check=False))


@pytest.fixture
def strict(standin):
    """A stand-in that refuses who does not exist."""
    standin.answer(lambda verb, argument: "550 5.1.1 unknown" if verb == "RCPT" and "postern-doctor" in argument else None)
    return standin


@pytest.fixture
def quiet(tmp_path, standin):
    """An installation that is not running, with a directory and a store of its own."""

    def make(behind=None, **tables):
        behind = behind or standin
        tables.setdefault("top", {})
        postern = Postern(tmp_path / "quiet", Config(behind.address, **tables))
        postern.file.chmod(0o600)
        postern.run("sender", "block", ADA, "pushy.example")
        return postern

    return make


def test_a_healthy_installation_has_no_problem(instances, strict, names):
    postern = instances(strict)
    postern.file.chmod(0o600)
    postern.run("sender", "block", ADA, "pushy.example")
    report = examine(postern, names())
    problems = [found for found in report.said["checks"] if found["health"] == "problem"]
    assert not problems and report.code == 0, problems
    for check in ("configuration", "data_dir", "sync", "serve", "store", "store integrity", "audit trail", "hostname"):
        assert report[check] == ["ok"], check
    assert report[f"back end {strict.address}"] == ["ok"] == report["recipients of example.test"]
    assert report["mx example.test"] == ["ok"]
    assert report[f"reverse name {OURS}"] == ["ok"]
    # A port that was picked freely cannot be asked at.
    assert report["listener 127.0.0.1:0"] == ["unknown"]
    # What is not ok says what to do, and what is ok does not.
    for found in report.said["checks"]:
        assert bool(found["remedy"]) == (found["health"] != "ok"), found
    said = postern.run("doctor", "--resolver", names()).stdout.decode()
    assert "ok         store: " in said and " 0 problems" in said


def test_listeners_and_portal_are_asked(instances, standin, names):
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        smtp, portal = (f"127.0.0.1:{taken.getsockname()[1]}" for taken in (one, two))
    postern = instances(standin, listeners=[{"address": smtp}], portal={"address": portal})
    report = examine(postern, names())
    assert report[f"listener {smtp}"] == ["ok"] and "220 mx.example.test" in report.text(f"listener {smtp}")
    assert report[f"portal {portal}"] == ["ok"]


def test_nothing_running_is_said(quiet, names):
    report = examine(quiet(), names())
    assert report["serve"] == ["warning"] and report["listeners"] == ["unknown"]


def test_a_bad_configuration_is_the_only_thing_said(quiet, names):
    postern = quiet()
    postern.write_config("hostnam = 1\n")
    report = examine(postern, names())
    assert report.code == 1 and set(report.checks) == {"configuration", "everything else"}
    assert "hostname" in report.text("configuration")


def test_wrong_words(quiet):
    postern = quiet()
    for words in (["--resolver", "nobody"], ["--probe-smuggling", "x@elsewhere.example"], ["--probe-smuggling", "x"]):
        done = postern.run("doctor", *words, check=False)
        assert done.returncode == 2 and not done.stdout and done.stderr


# Files, store


def test_what_others_may_read(quiet, names, certificate, tmp_path):
    key = tmp_path / "key.pem"
    key.write_bytes(certificate[1].read_bytes())
    key.chmod(0o644)
    postern = quiet(tls={"certificate": str(certificate[0]), "key": str(key)})
    store = postern.directory / "store"
    store.chmod(0o755)
    (store / "postern.db").chmod(0o644)
    postern.file.chmod(0o666)
    report = examine(postern, names())
    assert report.code == 1
    for check in ("data_dir", "store file", "configuration"):
        assert report[check] == ["problem"] and "chmod" in report.text(check)
    assert report["tls key"] == ["problem", "ok"]


def test_a_disk_below_the_reserve(quiet, names):
    reserve = 1 << 40
    disk = os.statvfs("/")
    if disk.f_bavail * disk.f_frsize > reserve:
        pytest.skip("more free space than the largest reserve that can be set")
    report = examine(quiet(quarantine={"disk_reserve_bytes": reserve}), names())
    assert report["disk"] == ["problem"] and "452" in report.text("disk")


def test_a_damaged_store(quiet, names):
    postern = quiet()
    file = postern.directory / "store" / "postern.db"
    pages = bytearray(file.read_bytes())
    for at in range(2 * 4096, len(pages), 4096):
        pages[at : at + 64] = b"\xff" * 64
    file.write_bytes(pages)
    report = examine(postern, names())
    assert report.code == 1
    assert "problem" in report["store integrity"] + report["store"]


def test_an_audit_trail_that_was_changed(quiet, names):
    import sqlite3

    postern = quiet()
    with sqlite3.connect(postern.directory / "store" / "postern.db") as database:
        database.execute("DROP TRIGGER audit_stays_as_written")
        database.execute("UPDATE audit SET who = 'eve'")
    database.close()
    report = examine(postern, names())
    assert report["audit trail"] == ["problem"] and "row 1" in report.text("audit trail")


def test_a_clock_behind_the_store(quiet, names):
    import sqlite3

    postern = quiet()
    # As a gateway whose clock was a year ahead would have left it.
    with sqlite3.connect(postern.directory / "store" / "postern.db") as database:
        database.execute("DROP TRIGGER audit_stays_as_written")
        database.execute("UPDATE audit SET at = at + 31536000000")
    database.close()
    assert examine(postern, names())["clock and store"] == ["problem"]


# TLS


def test_the_certificate(quiet, names, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    good, key = certificates.make(one)
    other, other_key = certificates.make(two, name="other.example.test")
    for file in (key, other_key):
        file.chmod(0o600)
    postern = quiet(tls={"certificate": str(good), "key": str(key)})
    resolver = names()
    report = examine(postern, resolver)
    assert report["tls key"] == ["ok", "ok"] and report["tls name"] == ["ok"]
    # It is for two days, and signed itself.
    assert report["tls validity"] == ["warning"] and report["tls chain"] == ["warning"]

    good.write_bytes(other.read_bytes())
    report = examine(postern, resolver)
    assert report["tls key"] == ["ok", "problem"] and report["tls name"] == ["warning"]

    good.write_text("no certificate at all\n")
    assert examine(postern, resolver)["tls certificate"] == ["problem"]


def test_an_expired_certificate(quiet, names, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    (tmp_path / "index").touch()
    (tmp_path / "ca.conf").write_text(
        f"[ca]\ndefault_ca = x\n[x]\ndatabase = {tmp_path}/index\nrand_serial = yes\nnew_certs_dir = {tmp_path}\n"
        "default_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n"
    )
    request = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    sign = ["openssl", "ca", "-batch", "-selfsign", "-config", tmp_path / "ca.conf", "-keyfile", key, "-out", certificate]
    for command in (
        [*request, "-subj", "/CN=mx.example.test", "-keyout", key, "-out", tmp_path / "request.pem"],
        [*sign, "-in", tmp_path / "request.pem", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z"],
    ):
        subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    report = examine(quiet(tls={"certificate": str(certificate), "key": str(key)}), names())
    assert report["tls validity"] == ["problem"] and "expired on 2020-02-01" in report.text("tls validity")


# DNS


@pytest.mark.parametrize(
    ("changes", "check", "health", "part"),
    [
        ({("example.test", "MX"): [(10, "mail.provider.example")]}, "mx example.test", "problem", "mail.provider.example"),
        ({("example.test", "MX"): []}, "mx example.test", "problem", "no MX record"),
        ({("example.test", "MX"): [(0, ".")]}, "mx example.test", "problem", "takes no mail"),
        (
            {("example.test", "MX"): [(10, "mx.example.test"), (20, "back.door.example")], ("back.door.example", "A"): ["198.51.100.1"]},
            "mx example.test",
            "warning",
            "back.door.example",
        ),
        ({("example.test", "MX"): [(10, "alias.example.test")], ("alias.example.test", "A"): [OURS]}, "mx example.test", "ok", "alias"),
        ({("mx.example.test", "A"): []}, "hostname", "problem", "no address"),
        ({(reverse(OURS), "PTR"): []}, f"reverse name {OURS}", "warning", "there is none"),
        (
            {(reverse(OURS), "PTR"): ["liar.example"], ("liar.example", "A"): ["198.51.100.1"]},
            f"reverse name {OURS}",
            "warning",
            "does not lead back",
        ),
        # What cannot be asked is never ok, and never a problem.
        ({("example.test", "MX"): name_server.failing(name_server.SERVFAIL)}, "mx example.test", "unknown", "resolv.conf"),
        ({("example.test", "MX"): name_server.failing(name_server.REFUSED)}, "mx example.test", "unknown", "resolv.conf"),
        ({("mx.example.test", "A"): name_server.failing(name_server.SERVFAIL)}, "hostname", "unknown", "resolv.conf"),
        (
            {("example.test", "MX"): [(10, "other.example")], ("other.example", "A"): name_server.failing(name_server.SERVFAIL)},
            "mx example.test",
            "unknown",
            "other.example",
        ),
        # Answers are strangers' bytes.
        ({("example.test", "MX"): name_server.raw("MX", b"\0")}, "mx example.test", "problem", "no MX record"),
        ({("example.test", "MX"): name_server.raw("MX", b"\0\x0a\xc0\x0c\x0d")}, "mx example.test", "problem", ""),
        ({("example.test", "MX"): name_server.raw("MX", b"\0\x0a\xff\xff\xff")}, "mx example.test", "problem", ""),
        ({("example.test", "MX"): name_server.raw("MX", b"\0\x0a\x07a\x1b[31mb\x00\0")}, "mx example.test", "problem", "no MX record"),
        ({("mx.example.test", "A"): name_server.raw("A", b"\x01")}, "hostname", "problem", "no address"),
        ({("mx.example.test", "A"): lambda query, question: b"\0"}, "hostname", "unknown", ""),
    ],
)
def test_dns(quiet, names, changes, check, health, part):
    report = examine(quiet(), names(changes))
    assert report[check] == [health], report.text(check)
    assert part in report.text(check)
    assert "\x1b" not in json.dumps(report.said, ensure_ascii=False)


def test_a_silent_name_server_does_not_hold_up_for_ever(quiet, names, strict):
    report = examine(quiet(strict), names({("example.test", "MX"): name_server.silence}))
    assert report["hostname"] == ["ok"] and report["mx example.test"] == ["unknown"]
    assert report.code == 0


# Back ends


def test_a_back_end_that_is_not_there(quiet, names, standin):
    postern = quiet()
    standin.stop()
    report = examine(postern, names())
    assert report.code == 1 and report[f"back end {standin.address}"] == ["problem"]


def test_a_back_end_that_takes_everybody(quiet, names, vulnerable):
    report = examine(quiet(vulnerable), names())
    assert report["recipients of example.test"] == ["problem"]
    assert report[f"back end {vulnerable.address} extensions"] == ["ok"]
    assert vulnerable.transactions == []


def test_postfix_behind(quiet, names, real_backend):
    report = examine(quiet(real_backend), names())
    assert report[f"back end {real_backend.address} extensions"] == ["ok"]
    assert report["recipients of example.test"] == ["ok"]
    assert report[f"back end {real_backend.address} size"] == ["ok"]
    smuggling = report.text(f"back end {real_backend.address} smuggling")
    assert report[f"back end {real_backend.address} smuggling"] == ["unknown"]
    assert "smtpd_forbid_bare_newline_exclusions =" in smuggling and "--probe-smuggling" in smuggling


def probe(postern, resolver, wait="1"):
    return examine(postern, resolver, "--probe-smuggling", ADA, "--probe-wait", wait)


def test_the_probe_finds_a_back_end_that_can_be_tricked(quiet, names, vulnerable):
    report = probe(quiet(vulnerable), names())
    assert report[f"back end {vulnerable.address} smuggling"] == ["problem"]
    assert "LF . LF" in report.text(f"back end {vulnerable.address} smuggling")
    ((envelope, data),) = vulnerable.transactions
    assert envelope[0].startswith(b"MAIL FROM:<>") and ADA.encode() in envelope[1]
    # The one mail explains itself.
    assert b"postern doctor --probe-smuggling" in data and b"smtpd_forbid_bare_newline_exclusions =" in data


def test_the_probe_against_postfix_as_it_comes(quiet, names, real_backend):
    """The gateway is in mynetworks, which Postfix leaves out of its protection by default."""
    report = probe(quiet(real_backend), names())
    assert report[f"back end {real_backend.address} smuggling"] == ["problem"]
    (mail,) = real_backend.wait_for(ADA)
    assert b"Your mail server can be tricked" in mail


@pytest.mark.parametrize("protection", ["normalize", "reject"])
def test_the_probe_delivers_nothing_to_a_hardened_postfix(quiet, names, postfix_hardened, protection):
    server = postfix_hardened(protection)
    report = probe(quiet(server), names())
    assert report[f"back end {server.address} smuggling"] == ["ok"], report.text(f"back end {server.address} smuggling")
    # Nothing is on its way either: the next mail is the only one.
    with_mail = quiet_mail(server)
    assert server.wait_for(ADA, 1) and len(server.mails(ADA)) == 1 and with_mail in server.mails(ADA)[0]


def quiet_mail(server):
    import smtplib

    with smtplib.SMTP("127.0.0.1", server.port) as client:
        client.sendmail("x@sender.example", [ADA], b"Subject: after the probe\r\n\r\nbody\r\n")
    return b"after the probe"


@pytest.fixture
def postfix_hardened():
    import shutil
    import tempfile

    import postfix

    if os.geteuid() != 0 or not shutil.which("postfix"):
        pytest.skip("a private Postfix needs root and the postfix package")
    made = []

    def make(protection):
        top = tempfile.mkdtemp(prefix="postfix-", dir="/tmp")
        settings = f"smtpd_forbid_bare_newline = {protection}\nsmtpd_forbid_bare_newline_exclusions =\n"
        server = postfix.Postfix(top, settings=settings)
        made.append((server, top))
        server.start()
        return server

    yield make
    for server, top in made:
        server.stop()
        shutil.rmtree(top)
