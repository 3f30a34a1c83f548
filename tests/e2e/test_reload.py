"""Reloading: what is said, what stays, and certificates that are taken up by themselves."""

import os
import shutil
import signal
import ssl
import threading

import certificates
import messages
import pytest
import wire
from program import rule, until

ADA = "ada@example.test"


def reload(postern, expect=0):
    """What `postern reload` says, on both streams."""
    if postern.process:
        postern.wait_for_event("started")
    done = postern.run("reload", check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == expect, said
    return said.splitlines()


def test_it_says_what_has_changed(instances, standin):
    postern = instances(standin, rules=rule("old", subject="old") + rule("same", subject="same"))
    assert reload(postern) == [f"reloaded {postern.file}: nothing has changed"]
    postern.config.rules = rule("new", subject="new") + rule("same", subject="other")
    postern.config.tables["smtp"]["max_recipients"] = 7
    postern.write_config()
    assert reload(postern) == [
        f"reloaded {postern.file}",
        "smtp.max_recipients: 20 -> 7",
        'rule "old": removed',
        'rule "same": changed',
        'rule "new": added',
    ]
    # And the log says the same.
    postern.wait_for_event("reload_changed", setting="smtp.max_recipients", before="20", after="7")
    postern.wait_for_event("reloaded", changes="4")
    postern.send(messages.message("new"))
    assert postern.hold("new")["rule"] == "new"


def test_what_needs_a_restart_is_named_until_it_has_come(instances, standin):
    postern = instances(standin)
    postern.config.tables[""]["threads"] = 3
    postern.config.listeners.append({"address": "127.0.0.1:0", "name": "second"})
    postern.write_config()
    for _ in range(2):
        assert reload(postern) == [
            f"reloaded {postern.file}",
            "threads: 2 -> 3 (needs a restart)",
            'smtp.listener "second": added (needs a restart)',
        ]
    postern.wait_for_event("reload_needs_restart", setting="threads", before="2", after="3")
    postern.stop()
    postern.start()
    assert reload(postern) == [f"reloaded {postern.file}: nothing has changed"]


def test_a_bad_file_is_refused_with_its_errors(instances, standin):
    postern = instances(standin, rules=rule("old", sender=["sender.example"]))
    good = postern.file.read_text()
    postern.write_config(good.replace("[smtp]", "[smtp]\nmax_mesage_bytes = 1") + '\n[[rule]]\naction = "fly"\n')
    said = reload(postern, expect=1)
    assert sum(line.startswith(f"{postern.file}:") for line in said) >= 2
    assert any("max_mesage_bytes" in line for line in said)
    postern.send(messages.message("still held"))
    postern.write_config(good)
    assert postern.hold("still held")["rule"] == "old"


def test_what_only_the_server_can_find_wrong_is_refused_too(instances, standin, certificate, tmp_path):
    postern = instances(
        standin,
        tls={"certificate": str(certificate[0]), "key": str(certificate[1])},
        listeners=[{"address": "127.0.0.1:0", "tls": "optional"}],
    )
    broken = tmp_path / "broken.pem"
    broken.write_text("not a certificate\n")
    postern.config.tables["tls"]["certificate"] = str(broken)
    postern.config.tables["smtp"]["max_recipients"] = 7
    postern.write_config()
    assert "the old settings stay" in reload(postern, expect=1)[-1]
    postern.wait_for_event("reload_refused")
    # All or nothing.
    assert offered_certificate(postern) == pem_bytes(certificate[0])
    postern.config.tables["tls"]["certificate"] = str(certificate[0])
    postern.write_config()
    assert "smtp.max_recipients: 20 -> 7" in reload(postern)


def test_without_a_server_it_says_so(instances, standin, tmp_path):
    postern = instances(standin, start=False)
    assert "no running Postern" in reload(postern, expect=1)[-1]
    postern.start()
    postern.kill()
    assert "no running Postern" in reload(postern, expect=1)[-1]
    # What was left behind by the kill is in nobody's way.
    postern.start()
    assert reload(postern) == [f"reloaded {postern.file}: nothing has changed"]
    other = tmp_path / "other.toml"
    other.write_text(postern.file.read_text().replace('"store"', f'"{postern.directory}/store"'))
    own, postern.file = postern.file, other
    assert str(own) in reload(postern, expect=1)[-1]
    postern.file = own


def test_others_do_not_get_at_the_socket(instances, standin):
    postern = instances(standin)
    postern.wait_for_event("started")
    sockets = [path for path in (postern.directory / "store").iterdir() if path.is_socket()]
    assert [oct(path.stat().st_mode & 0o777) for path in sockets] == ["0o600"]


def test_settings_live_as_long_as_sessions_use_them(instances, standin):
    """Sessions in every phase while the settings they began with are replaced again and again."""
    postern = instances(standin, rules=rule("odd", subject="odd"), smtp={"max_recipients": 20})
    stop, failures, sent = threading.Event(), [], []

    def client(number):
        turn = 0
        while not stop.is_set():
            turn += 1
            subject = f"{'odd' if turn % 2 else 'even'} {number}.{turn}"
            try:
                with wire.Wire(postern.smtp) as session:
                    session.hello()
                    for _ in range(2):
                        session.envelope("a@sender.example", ADA, f"x{number}@example.test")
                        assert session.data(messages.message(subject, body=b"line\r\n" * 2000)).code == 250
                        sent.append(subject)
            except Exception as problem:  # whatever it is, it is a lost session
                failures.append(f"{subject}: {problem!r}")
                return

    waiting = [wire.Wire(postern.smtp) for _ in range(3)]
    waiting[1].hello()
    waiting[2].hello()
    waiting[2].envelope("a@sender.example", ADA)
    waiting[2].ask("DATA", "354")
    waiting[2].raw(b"Subject: odd slow\r\n")
    threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(25):
        postern.config.rules = "".join(rule(f"odd {n}", subject=f"odd {n}") for n in range(turn % 5)) + rule("odd", subject="odd")
        postern.config.tables["smtp"]["max_recipients"] = 20 + turn
        postern.config.tables["backend"]["command_timeout_seconds"] = 60 + turn
        postern.write_config()
        assert reload(postern)[0].startswith(f"reloaded {postern.file}")
    until(lambda: len(sent) > 20 or failures, "no mail goes through")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    # Those who have waited since before the first reload go on.
    waiting[0].hello()
    for session in waiting[:2]:
        session.envelope("a@sender.example", ADA)
        assert session.data(messages.message("waited")).code == 250
    waiting[2].raw(b"\r\nslow\r\n.\r\n")
    assert waiting[2].reply().code == 250
    for session in waiting:
        session.ask("QUIT", "221")


# Certificates


def pem_bytes(file):
    return ssl.PEM_cert_to_DER_cert(file.read_text())


def offered_certificate(postern):
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("STARTTLS", "220")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client.start_tls(context)
        return client.socket.getpeercert(binary_form=True)


@pytest.fixture
def renewing(instances, standin, tmp_path):
    """(program, folder with the certificate in use, folder with the next one)."""
    for name in ("live", "next"):
        (tmp_path / name).mkdir()
        certificates.make(tmp_path / name)
    live = tmp_path / "live"
    postern = instances(
        standin,
        tls={
            "certificate": str(live / "certificate.pem"),
            "key": str(live / "key.pem"),
            "check_every_seconds": 1,
        },
        listeners=[{"address": "127.0.0.1:0", "tls": "optional"}],
    )
    return postern, live, tmp_path / "next"


def test_a_renewed_certificate_is_taken_up(renewing):
    postern, live, following = renewing
    first = offered_certificate(postern)
    assert first == pem_bytes(live / "certificate.pem")
    with wire.Wire(postern.smtp) as before:
        before.hello()
        for name in ("key.pem", "certificate.pem"):
            os.replace(following / name, live / name)
        postern.wait_for_event("certificate_reloaded")
        assert offered_certificate(postern) == pem_bytes(live / "certificate.pem") != first
        before.envelope("a@sender.example", ADA)
        assert before.data(messages.message()).code == 250


def test_certbots_links_are_followed(renewing, tmp_path):
    postern, live, following = renewing
    archive = tmp_path / "archive"
    archive.mkdir()
    for name in ("certificate.pem", "key.pem"):
        shutil.move(live / name, archive / f"1-{name}")
        shutil.move(following / name, archive / f"2-{name}")
        (live / name).symlink_to(f"../archive/1-{name}")
    # The same content in another place: taken up, and nothing is different.
    postern.wait_for_event("certificate_reloaded")
    first = offered_certificate(postern)
    for name in ("certificate.pem", "key.pem"):
        (live / f".{name}").symlink_to(f"../archive/2-{name}")
        os.replace(live / f".{name}", live / name)
    second = pem_bytes(archive / "2-certificate.pem")
    until(lambda: offered_certificate(postern) == second, "the new link is not followed")
    assert first == pem_bytes(archive / "1-certificate.pem") != second


@pytest.mark.parametrize("half", ["other half", "cut", "missing"])
def test_half_a_pair_leaves_the_old_one_in_use(renewing, half):
    postern, live, following = renewing
    first = offered_certificate(postern)
    if half == "other half":
        os.replace(following / "certificate.pem", live / "certificate.pem")
    elif half == "cut":
        text = (following / "certificate.pem").read_text()
        (live / "certificate.pem").write_text(text[: len(text) // 2])
    else:
        (live / "certificate.pem").unlink()
    postern.wait_for_event("certificate_refused")
    assert offered_certificate(postern) == first
    if half != "other half":
        os.replace(following / "certificate.pem", live / "certificate.pem")
    os.replace(following / "key.pem", live / "key.pem")
    postern.wait_for_event("certificate_reloaded")
    assert offered_certificate(postern) == pem_bytes(live / "certificate.pem") != first


def test_sighup_takes_a_certificate_up_at_once(renewing):
    postern, live, following = renewing
    postern.config.tables["tls"]["check_every_seconds"] = 0
    postern.write_config()
    reload(postern)
    first = offered_certificate(postern)
    for name in ("key.pem", "certificate.pem"):
        os.replace(following / name, live / name)
    assert offered_certificate(postern) == first
    postern.signal(signal.SIGHUP)
    postern.wait_for_event("reloaded", changes="0")
    assert offered_certificate(postern) == pem_bytes(live / "certificate.pem")
