"""A Debian without anything in a folder, and programs run in it; no service starts there by itself.

The folder comes from an archive that is made once (debootstrap) and kept in var/cache: it brings
what the package depends on as files to install, so that installing needs no network. Mounts are
made in a name space of their own for each program, and are gone with it.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
CACHE = TOP / "var" / "cache"
KEPT_SECONDS = 14 * 24 * 3600

# Own mounts; the network is the machine's, because installing may need it.
ENTER = """
mount --make-rprivate / &&
mount -t proc proc "$1/proc" &&
mount --rbind /dev "$1/dev" &&
mount --rbind /sys "$1/sys" &&
root=$1 && shift &&
exec chroot "$root" "$@"
"""


def why_impossible():
    """None, or why no bare root can be entered here."""
    if os.geteuid() != 0:
        return "a bare root needs root"
    tried = subprocess.run(["unshare", "--mount", "mount", "--make-rprivate", "/"], capture_output=True, text=True)
    if tried.returncode != 0:
        return f"mounts are impossible here: {tried.stderr.strip()}"
    return None


def sources():
    """The machine's own lines for Debian: (address, suite, components)."""
    form = "$(ORIGIN)|$(REPO_URI)|$(SUITE)|$(CODENAME)|$(COMPONENT)|$(SIGNED_BY)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"], check=True, capture_output=True, text=True
    ).stdout
    found = {}
    for line in listed.splitlines():
        origin, address, _, codename, component, _ = line.split("|")
        if origin == "Debian":
            found.setdefault((address, codename), set()).add(component)
    assert found, "apt knows no source of Debian packages: run apt-get update"
    return [(address, codename, sorted(components)) for (address, codename), components in found.items()]


def release():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2]
    raise AssertionError("/etc/os-release names no VERSION_CODENAME")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: exit {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


class BareRoot:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def command(self, *words, user=None):
        as_user = ["runuser", "-u", user, "--"] if user else []
        inside = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
        return ["unshare", "--mount", "sh", "-c", ENTER, "enter", str(self.folder), *as_user, *inside, *words]

    def run(self, *words, user=None, check=True, **options):
        if "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        done = subprocess.run(self.command(*words, user=user), capture_output=True, text=True, errors="replace", **options)
        done.said = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}:\n{done.said[-4000:]}"
        return done

    def start(self, *words, user=None, **options):
        """The process itself: unshare, sh, chroot and runuser all become the program or wait for it."""
        return subprocess.Popen(self.command(*words, user=user), stdin=subprocess.DEVNULL, **options)

    def path(self, name):
        return self.folder / name.lstrip("/")

    def apt(self, *words, check=True):
        return self.run("apt-get", "-y", "-q", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends", *words, check=check)


def prepare(folder, package):
    """What is put into the archive: a minimal Debian, its own lines, and the files to install."""
    lines = sources()
    main = next((address for address, codename, _ in lines if codename == release()), lines[0][0])
    run("debootstrap", "--variant=minbase", release(), str(folder), main)
    text = "".join(f"deb {address} {codename} {' '.join(components)}\n" for address, codename, components in lines)
    (folder / "etc/apt/sources.list").write_text(text)
    for name in ("etc/resolv.conf", "etc/hosts"):
        shutil.copy(f"/{name}", folder / name)
    for part in pathlib.Path("/etc/apt/apt.conf.d").glob("*proxy*"):
        shutil.copy(part, folder / "etc/apt/apt.conf.d")
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    # The folder is thrown away: nothing in it has to survive a power cut.
    (folder / "etc/dpkg/dpkg.cfg.d/fast").write_text("force-unsafe-io\n")
    root = BareRoot(folder)
    root.apt("update")
    fetch(root, package)
    return root


def fetch(root, package):
    """The package's dependencies as files in the root's apt cache, not installed."""
    shutil.copy(package, root.path("/tmp/wanted.deb"))
    root.apt("install", "--download-only", "/tmp/wanted.deb", "ca-certificates")
    root.path("/tmp/wanted.deb").unlink()


def dependencies(package):
    return run("dpkg-deb", "-f", str(package), "Depends", "Recommends")


def archive(package):
    """The archive's file; made when there is none, when it is old, or when dependencies changed."""
    key = hashlib.sha256(f"{sources()}{dependencies(package)}".encode()).hexdigest()[:16]
    file = CACHE / f"bare-root-{key}.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "bare-root.lock", "w") as lock:
        # Tests run side by side; one of them makes it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists() or time.time() - file.stat().st_mtime > KEPT_SECONDS:
            make_archive(file, package)
    return file


def make_archive(file, package):
    for old in CACHE.glob("bare-root-*.tar"):
        old.unlink()
    part = file.with_suffix(".part")
    with folder_in_memory() as folder:
        prepare(folder, package)
        run("tar", "-C", str(folder), "--numeric-owner", "-cf", str(part), ".")
    part.rename(file)


@contextlib.contextmanager
def folder_in_memory():
    """A folder, in memory where there is enough of it; gone at the end."""
    memory = pathlib.Path("/dev/shm")
    enough = memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bare-root-", dir=memory if enough else None))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def fresh(package):
    with folder_in_memory() as folder:
        run("tar", "-C", str(folder), "--numeric-owner", "-xpf", str(archive(package)))
        yield BareRoot(folder)
