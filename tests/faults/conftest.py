"""Fixtures of the fault tests: the end-to-end ones, and a program whose file operations can fail."""

import pathlib
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import pytest  # noqa: E402
from ledger import Ledger  # noqa: E402
from program import Config, Postern, binary  # noqa: E402
from report import Report, rows_of, table  # noqa: E402
from stand_in import StandIn  # noqa: E402

OPERATIONS = {"open": 1, "write": 2, "sync": 4, "truncate": 8, "rename": 16}
CONTROL = struct.Struct("7i")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="many more rounds and every N")
    parser.addoption("--rounds", type=int, help="that many, where a case counts rounds")
    parser.addoption("--table", type=pathlib.Path, help="write the table to this file too")


def pytest_terminal_summary(terminalreporter, config):
    reports = [report for found in terminalreporter.stats.values() for report in found if hasattr(report, "when")]
    rows = rows_of(reports)
    if not rows:
        return
    terminalreporter.write("\n" + table(rows))
    if config.getoption("--table"):
        config.getoption("--table").write_text(table(rows), encoding="utf-8")


@pytest.fixture
def long(request):
    return request.config.getoption("--long")


@pytest.fixture
def rounds(request, long):
    """rounds(short, long): how many there are to be."""
    return lambda few, many: request.config.getoption("--rounds") or (many if long else few)


@pytest.fixture
def report(request):
    return Report(request.node)


@pytest.fixture
def ledger(tmp_path):
    """Outside of whatever is made to fail: cases put the program's store elsewhere."""
    ledger = Ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


@pytest.fixture
def standin():
    backend = StandIn()
    yield backend
    backend.stop()


@pytest.fixture(scope="session")
def preload_library(tmp_path_factory):
    """Builds a C file of this folder to be preloaded; its path."""

    def build(source):
        library = tmp_path_factory.mktemp("fault") / (source + ".so")
        subprocess.run(
            ["clang-19", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
            + [str(HERE / source), "-o", str(library), "-ldl"],
            check=True,
        )
        return library

    return build


@pytest.fixture(scope="session")
def preloaded(preload_library):
    """The environment that loads a C file of this folder into the program."""

    def environment(source):
        if is_sanitized(binary()):
            pytest.skip("a preloaded library needs a build without sanitizers (POSTERN=build/release/postern)")
        return {"LD_PRELOAD": str(preload_library(source))}

    return environment


class Faults:
    """The control file of fault_io.c."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(CONTROL.size))

    def arm(self, operation, error, nth, for_ever=False):
        self.write(OPERATIONS[operation], error, nth, for_ever, 0, 0, 0)

    def disarm(self):
        hits = self.hits
        self.write(0, 0, 0, 0, 0, 0, 0)
        return hits

    def delay_syncs(self, milliseconds):
        """Each sync of the store takes so much longer; 0: no longer."""
        self.write(0, 0, 0, 0, 0, 0, milliseconds)

    def write(self, *values):
        # In place: the program has the file in its memory. The operations go last, so that they
        # are never in force with another fault's countdown.
        packed = CONTROL.pack(*values)
        with open(self.path, "r+b") as file:
            file.write(bytes(4))
            file.flush()
            file.seek(4)
            file.write(packed[4:])
            file.flush()
            file.seek(0)
            file.write(packed[:4])

    @property
    def hits(self):
        return CONTROL.unpack(self.path.read_bytes())[4]

    @property
    def seen(self):
        return CONTROL.unpack(self.path.read_bytes())[5]


@pytest.fixture
def faulty(tmp_path, preloaded, standin):
    """(program, faults): started, nothing armed. The release build: a preloaded library and the
    address sanitizer do not go together."""
    made = []

    def make(**tables):
        postern = Postern(tmp_path / "postern", Config(standin.address, **tables))
        faults = Faults(tmp_path / "control")
        postern.environment = {
            **preloaded("fault_io.c"),
            "FAULT_CONTROL": str(faults.path),
            # The folder itself too: files without a name are opened by it.
            "FAULT_PATTERN": str(postern.directory / "store"),
        }
        made.append(postern)
        return postern.start(), faults

    yield make
    for postern in made:
        postern.kill()


def is_sanitized(binary):
    return b"__asan_init" in pathlib.Path(binary).read_bytes()
