"""Fixtures of the upgrade tests: the end-to-end ones."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import old_store  # noqa: E402
import pytest  # noqa: E402
from stand_in import StandIn  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="a kill at every write, and a million holds")
    parser.addoption("--holds", type=int, default=1_000_000, help="how many the long form fills in")


@pytest.fixture(autouse=True)
def nothing_left_running():
    yield
    while old_store.made:
        old_store.made.pop().kill()


@pytest.fixture
def standin():
    backend = StandIn()
    yield backend
    backend.stop()


@pytest.fixture
def long(request):
    return request.config.getoption("--long")
