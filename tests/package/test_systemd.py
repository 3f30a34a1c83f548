"""The unit under a real systemd (`./test --long package`): it fetches systemd over the network."""

import pathlib
import signal
import subprocess
import sys

import booted
import pytest

MAIL_ONCE = pathlib.Path(__file__).resolve().parent / "mail_once.py"
CONFIG = "/etc/postern/postern.toml"
CONFIGURATION = """\
hostname = "mx.example.test"
data_dir = "/var/lib/postern"
[[smtp.listener]]
address = "0.0.0.0:25"
[[domain]]
name = "example.test"
backend = "127.0.0.1:2600"
[[rule]]
name = "all"
larger_than = 1
action = "hold"
"""


@pytest.fixture
def machine(root):
    booted.install_systemd(root)
    # Systemd empties /tmp when it starts.
    root.path("/tmp/postern.deb").rename(root.path("/opt/postern.deb"))
    with booted.boot(root) as machine:
        yield machine


def configure(machine, text=CONFIGURATION):
    machine.run("sh", "-c", f"cat > {CONFIG}", input=text)


def test_the_service_lives_under_systemd_with_its_whole_sandbox(machine, root, next_version):
    machine.run("apt-get", "install", "-y", "--no-install-recommends", "/opt/postern.deb")
    assert machine.show("ActiveState") == "inactive", "nobody has configured it"
    assert machine.run("systemctl", "start", "postern").returncode == 0
    assert machine.show("Result") == "exec-condition"

    configure(machine)
    machine.run("systemctl", "start", "postern")
    assert machine.show("StatusText") == "Taking mail as mx.example.test"
    words = ["nsenter", "-t", str(machine.init()), "--net", sys.executable, MAIL_ONCE]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.stdout.startswith("250 2.0.0"), done.stdout + done.stderr + machine.journal()
    assert "hello" in machine.run("postern", "hold", "list").stdout

    # Reloads: a good file, one that systemctl refuses, one that only the program sees.
    machine.run("systemctl", "reload", "postern")
    machine.wait_for("StatusText", lambda text: "refused" not in text, "reloaded")
    configure(machine, CONFIGURATION + "[smtpp]\n")
    assert machine.run("systemctl", "reload", "postern", check=False).returncode != 0
    assert machine.show("ActiveState") == "active"
    machine.run("bash", "-c", f"kill -HUP {machine.show('MainPID')}")
    machine.wait_for("StatusText", lambda text: "refused" in text, "the reload was refused")

    # An upgrade with that file leaves the program alone; with a good one it restarts it.
    before = machine.show("MainPID")
    root.path("/opt/next.deb").write_bytes(next_version.read_bytes())
    said = machine.run("dpkg", "-i", "--force-confold", "/opt/next.deb").said
    assert "the configuration is refused" in said and "smtpp" in said
    assert machine.show("MainPID") == before
    configure(machine)
    machine.run("dpkg", "-i", "--force-confold", "/opt/next.deb")
    assert machine.show("MainPID") != before and machine.show("ActiveState") == "active"

    machine.run("apt-get", "remove", "-y", "postern")
    assert machine.run("systemctl", "is-active", "postern", check=False).stdout.strip() == "inactive"
    machine.run("dpkg", "-i", "--force-confold", "/opt/next.deb")
    assert "hello" in machine.run("postern", "hold", "list").stdout
    assert machine.show("ActiveState") == "active"


def test_a_program_that_hangs_is_started_again(machine):
    machine.run("apt-get", "install", "-y", "--no-install-recommends", "/opt/postern.deb")
    configure(machine)
    machine.run("mkdir", "/etc/systemd/system/postern.service.d")
    machine.run("sh", "-c", "cat > /etc/systemd/system/postern.service.d/test.conf", input="[Service]\nWatchdogSec=6\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "postern")
    first = machine.show("WatchdogTimestampMonotonic")
    machine.wait_for("WatchdogTimestampMonotonic", lambda now: now != first, "a sign of life")
    assert machine.show("NRestarts") == "0"
    machine.run("bash", "-c", f"kill -{signal.SIGSTOP} {machine.show('MainPID')}")
    machine.wait_for("NRestarts", lambda count: count == "1", "started again")
    machine.wait_for("ActiveState", lambda state: state == "active", "active again")
