"""The package as the build makes it, and a bare root to put it into."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(TOP / "tests" / "e2e"), str(TOP / "packaging" / "generate")]

import bare_root  # noqa: E402

BUILD = TOP / os.environ.get("POSTERN_BUILD", "build/release")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="with a real systemd, fetched over the network")


def pytest_ignore_collect(collection_path, config):
    return True if collection_path.name == "test_systemd.py" and not config.getoption("--long") else None


@pytest.fixture(scope="session")
def made():
    """The folder with what the build has made for the package: manual pages, completions."""
    folder = BUILD / "package"
    assert (folder / "done").exists(), f"nothing in {folder}: scripts/build release deb"
    return folder


@pytest.fixture(scope="session")
def package():
    """The newest package of the build."""
    found = sorted(BUILD.glob("postern_*.deb"), key=lambda path: path.stat().st_mtime)
    assert found, f"no package in {BUILD}: scripts/build release deb"
    return found[-1]


@pytest.fixture(scope="session")
def postern():
    return BUILD / "postern"


@pytest.fixture
def root(package):
    """A Debian of its own, with the package as /tmp/postern.deb."""
    why = bare_root.why_impossible()
    if why:
        pytest.skip(why)
    with bare_root.fresh(package) as root:
        shutil.copy(package, root.path("/tmp/postern.deb"))
        yield root


@pytest.fixture(scope="session")
def next_version(package, tmp_path_factory):
    """The same package as a later version, whose own configuration file has changed too."""
    folder = tmp_path_factory.mktemp("next")
    subprocess.run(["dpkg-deb", "-R", package, folder / "tree"], check=True)
    control = folder / "tree/DEBIAN/control"
    text = control.read_text()
    version = next(line for line in text.splitlines() if line.startswith("Version: "))
    control.write_text(text.replace(version, "Version: 999.0-1"))
    conffile = folder / "tree/etc/postern/postern.toml"
    conffile.write_text(conffile.read_text() + "\n# Something new.\n")
    target = folder / "postern_999.0-1.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", folder / "tree", target], check=True, stdout=subprocess.DEVNULL)
    return target
