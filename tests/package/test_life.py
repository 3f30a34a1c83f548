"""The package's life in a bare Debian: installed, configured, used, upgraded, removed, purged."""

import contextlib
import json
import os
import pathlib
import shlex
import signal
import socket
import stat
import subprocess
import threading

import wire
from stand_in import StandIn

CONFIGURATION = """\
hostname = "mx.example.test"
data_dir = "/var/lib/postern"
[[smtp.listener]]
address = "127.0.0.1:{port}"
[[domain]]
name = "example.test"
backend = "{backend}"
[[rule]]
name = "held subjects"
subject = ["^hold "]
action = "hold"
"""
CONFIG = "/etc/postern/postern.toml"


def message(subject):
    return f"From: someone@sender.example\r\nTo: ada@example.test\r\nSubject: {subject}\r\n\r\nHello\r\n".encode()


def owner_of(root, name):
    """(owner, group, mode) as the root's own names."""
    found = root.run("stat", "-c", "%U %G %a", name).stdout.split()
    return tuple(found)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def configure(root, backend):
    """As an administrator's editor does: the file keeps its owner and mode."""
    text = CONFIGURATION.format(port=free_port(), backend=backend.address)
    root.path(CONFIG).write_text(text)
    return text


def commands_of_unit(root):
    """[(key, words)] of everything that the unit runs."""
    lines = root.path("/lib/systemd/system/postern.service").read_text().splitlines()
    pairs = [line.partition("=")[::2] for line in lines if line.startswith("Exec")]
    return [(key, shlex.split(value.lstrip("+-!@:"))) for key, value in pairs]


def command_of_unit(root, key="ExecStart"):
    return dict(commands_of_unit(root))[key]


@contextlib.contextmanager
def serving(root):
    """The program as the unit starts it: its command, its user, and somebody who waits for READY."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify = root.path("/run/postern-notify")
    notify.unlink(missing_ok=True)
    listener.bind(str(notify))
    listener.settimeout(60)
    notify.chmod(0o666)
    words = ["env", "NOTIFY_SOCKET=/run/postern-notify", *command_of_unit(root)]
    process = root.start(*words, user="postern", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(process.stderr))
    reader.start()
    try:
        assert listener.recv(4096).startswith(b"READY=1"), lines
        yield
        child = own_child(process.pid)
        os.kill(child, signal.SIGTERM)
        assert process.wait(60) == 0, "".join(lines)
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, StopIteration):
                os.kill(own_child(process.pid), signal.SIGKILL)
            process.kill()
            process.wait()
        reader.join()
        listener.close()


def own_child(pid):
    """runuser waits for the program, which is its only child."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(next(iter(children)))


def send(text, subject):
    port = next(line for line in text.splitlines() if line.startswith("address")).rpartition(":")[2].strip('"')
    _, final = wire.send(f"127.0.0.1:{port}", message(subject))
    assert final.code == 250, final


def holds(root):
    return json.loads(root.run("postern", "hold", "list", "--json", "--state", "held", user="postern").stdout)


def test_it_brings_its_user_its_closed_folders_and_a_service_that_waits_for_the_administrator(root):
    said = root.apt("install", "/tmp/postern.deb").said
    assert owner_of(root, "/etc/postern") == ("root", "postern", "750")
    assert owner_of(root, CONFIG) == ("root", "postern", "640")
    assert owner_of(root, "/var/lib/postern") == ("postern", "postern", "700")
    user = root.run("getent", "passwd", "postern").stdout.strip().split(":")
    assert 100 <= int(user[2]) < 1000, user
    assert user[5:] == ["/var/lib/postern", "/usr/sbin/nologin"], user
    assert root.run("passwd", "-S", "postern").stdout.split()[1] == "L", "the account has a password"

    assert owner_of(root, "/usr/bin/postern") == ("root", "root", "755")
    for path in root.path("/usr/bin").glob("postern*"):
        assert not path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID)
    wanted = root.path("/etc/systemd/system/multi-user.target.wants/postern.service")
    assert os.readlink(wanted) == "/lib/systemd/system/postern.service", "enabled for the next boot"
    assert "error" not in said.lower(), said

    # A bare Debian has every program that the unit runs.
    for key, words in commands_of_unit(root):
        assert root.run("test", "-x", words[0], check=False).returncode == 0, (key, words)

    # What the package brings is nobody's configuration: `check` says what is missing, and the unit's
    # condition skips it.
    refused = root.run("postern", "check", user="postern", check=False)
    assert refused.returncode == 1
    assert "hostname is missing" in refused.stderr and "no domain is protected" in refused.stderr
    condition = command_of_unit(root, "ExecCondition")
    assert root.run(*condition, check=False).returncode == 1

    backend = StandIn()
    try:
        configure(root, backend)
        assert root.run(*condition, check=False).returncode == 0
        assert "good" in root.run("postern", "check", user="postern").stdout
    finally:
        backend.stop()
    # Nobody else reads it.
    assert root.run("cat", CONFIG, user="nobody", check=False).returncode != 0


def test_mail_and_settings_outlive_upgrade_removal_and_reinstallation(root, next_version):
    backend = StandIn()
    try:
        root.apt("install", "/tmp/postern.deb")
        text = configure(root, backend)
        with serving(root):
            send(text, "passed on")
            send(text, "hold one")
            assert [hold["subject"] for hold in holds(root)] == ["hold one"]
            assert len(backend.mails) == 1
            first = holds(root)[0]["sha256"]

            # The program that runs is not touched while its files are replaced, and dpkg keeps the
            # file that the administrator has changed although the new package brings another one.
            root.path("/tmp/next.deb").write_bytes(next_version.read_bytes())
            said = root.apt("install", "-o", "Dpkg::Options::=--force-confold", "/tmp/next.deb").said
            assert "999.0-1" in said
            send(text, "hold two")
        assert root.path(CONFIG).read_text() == text
        assert owner_of(root, CONFIG) == ("root", "postern", "640")
        assert root.path(CONFIG + ".dpkg-dist").exists(), "the package's own file lies beside it"

        with serving(root):
            send(text, "hold three")
            assert sorted(hold["subject"] for hold in holds(root)) == ["hold one", "hold three", "hold two"]

        root.apt("remove", "postern")
        assert not root.path("/usr/bin/postern").exists()
        assert root.path(CONFIG).read_text() == text
        assert root.path("/var/lib/postern/postern.db").exists()

        root.apt("install", "/tmp/next.deb")
        with serving(root):
            kept = {hold["subject"]: hold for hold in holds(root)}
            assert kept.keys() == {"hold one", "hold two", "hold three"}
            assert kept["hold one"]["sha256"] == first
            root.run("postern", "hold", "release", kept["hold one"]["id"], user="postern")
    finally:
        backend.stop()


def test_purging_removes_the_settings_and_asks_before_it_removes_mail(root):
    backend = StandIn()
    try:
        root.apt("install", "/tmp/postern.deb")
        text = configure(root, backend)
        with serving(root):
            send(text, "hold this")
        said = root.apt("purge", "postern").said
        assert not root.path("/etc/postern").exists()
        assert not root.path("/etc/apparmor.d/postern").exists()
        assert root.path("/var/lib/postern/postern.db").exists(), "nobody said that the mail may go"
        assert "the held mail stays in /var/lib/postern" in said
        assert not root.path("/etc/systemd/system/multi-user.target.wants/postern.service").is_symlink()

        # The store of before is there for the next installation.
        root.apt("install", "/tmp/postern.deb")
        text = configure(root, backend)
        with serving(root):
            assert [hold["subject"] for hold in holds(root)] == ["hold this"]

        answer = "postern postern/remove_store boolean true\n"
        root.run("debconf-set-selections", input=answer)
        root.apt("purge", "postern")
        assert not root.path("/var/lib/postern").exists()
    finally:
        backend.stop()


def test_an_installation_that_nobody_used_leaves_nothing_behind(root):
    def files():
        found = set()
        for top in ("etc", "var/lib", "usr", "lib/systemd"):
            for path in root.path(top).rglob("*"):
                found.add(str(path.relative_to(root.folder)))
        return {name for name in found if not name.startswith(("var/lib/dpkg/", "var/lib/apt/"))}

    # Its user stays, and so do the packages it needs: they are there before.
    root.apt("install", "/tmp/postern.deb")
    root.apt("purge", "postern")
    before = files()
    root.apt("install", "/tmp/postern.deb")
    assert files() - before
    root.apt("purge", "postern")
    assert files() == before
