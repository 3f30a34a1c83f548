"""Fixtures: back ends, certificates and instances of the program, each in a folder of its own."""

import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import certificates  # noqa: E402
import postfix  # noqa: E402
import pytest  # noqa: E402
from program import Config, Postern  # noqa: E402
from stand_in import StandIn  # noqa: E402
from vulnerable_backend import VulnerableBackend  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="everything, where usually a sample is tried")


@pytest.fixture
def standin():
    backend = StandIn(unknown=["unknown@example.test"])
    yield backend
    backend.stop()


@pytest.fixture
def vulnerable():
    backend = VulnerableBackend()
    yield backend
    backend.stop()


@pytest.fixture
def instances(tmp_path):
    """Makes instances of the program; each is stopped gracefully at the end, and clean."""
    made = []

    def make(behind, start=True, **tables):
        config = Config(behind.address, **tables)
        made.append(Postern(tmp_path / f"postern-{len(made)}", config))
        return made[-1].start() if start else made[-1]

    yield make
    problems = []
    for instance in made:
        try:
            instance.stop()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="session")
def postfix_server():
    if os.geteuid() != 0 or not shutil.which("postfix"):
        pytest.skip("a private Postfix needs root and the postfix package")
    # Short and open to other users: Postfix's own user and socket paths need both.
    top = tempfile.mkdtemp(prefix="postfix-", dir="/tmp")
    server = postfix.Postfix(top)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(top)


@pytest.fixture
def real_backend(postfix_server):
    postfix_server.forget()
    return postfix_server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("tls"))
