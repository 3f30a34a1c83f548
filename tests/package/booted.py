"""A bare root with systemd as process 1, in name spaces of its own: what a unit really does."""

import contextlib
import pathlib
import subprocess
import time

BOOT = pathlib.Path(__file__).resolve().parent / "boot.sh"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
READY_SECONDS = 60


class Booted:
    """`run` runs a program beside systemd; the network is the root's own, with a loopback only."""

    def __init__(self, root, process):
        self.root, self.process = root, process

    def enter(self, *words):
        return ["nsenter", "-t", str(self.init()), "--all", *words]

    def init(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        assert children, "systemd has ended"
        return int(children[0])

    def run(self, *words, check=True, **options):
        if "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        inside = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
        done = subprocess.run(self.enter(*inside, *words), capture_output=True, text=True, errors="replace", **options)
        done.said = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}:\n{done.said[-4000:]}"
        return done

    def show(self, name):
        return self.run("systemctl", "show", "-P", name, "postern").stdout.strip()

    def wait_for(self, name, condition, what, seconds=READY_SECONDS):
        deadline = time.monotonic() + seconds
        while not condition(self.show(name)):
            assert time.monotonic() < deadline, f"{name}={self.show(name)}: {what}\n{self.journal()}"
            time.sleep(0.1)

    def journal(self):
        return self.run("journalctl", "--no-pager", "-u", "postern", "-o", "cat").stdout


def cgroup_folder():
    """Where systemd's own hierarchy is: the only one, or beside those of version 1."""
    return CGROUPS if (CGROUPS / "cgroup.controllers").exists() else CGROUPS / "systemd"


@contextlib.contextmanager
def boot(root):
    folder = cgroup_folder() / f"postern-test-{root.folder.name}"
    folder.mkdir()
    words = [str(BOOT), str(root.folder), str(folder), "2" if cgroup_folder() == CGROUPS else "1"]
    with open(root.folder.parent / f"{root.folder.name}.console", "w+") as console:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        try:
            booted = Booted(root, process)
            deadline = time.monotonic() + READY_SECONDS
            while state(booted) not in ("running", "degraded"):
                console.seek(0)
                assert time.monotonic() < deadline and process.poll() is None, f"systemd does not start:\n{console.read()}"
                time.sleep(0.2)
            yield booted
        finally:
            with contextlib.suppress(AssertionError, FileNotFoundError, ProcessLookupError):
                subprocess.run(["kill", "-KILL", str(booted.init())], check=False)
            process.wait(READY_SECONDS)
            pathlib.Path(console.name).unlink()
            for left in sorted(folder.rglob("*"), reverse=True):
                if left.is_dir():
                    left.rmdir()
            folder.rmdir()


def state(booted):
    try:
        return booted.run("systemctl", "is-system-running", check=False).stdout.strip()
    except (AssertionError, FileNotFoundError):
        return "not there yet"


def install_systemd(root):
    root.apt("update")
    root.apt("install", "systemd", "systemd-sysv", "dbus")
    # Here services may start.
    root.path("/usr/sbin/policy-rc.d").unlink()

