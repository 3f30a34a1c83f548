"""The release program still has what the compiler and the linker can do for it."""

import json
import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("POSTERN_RELEASE") or TOP / "build/release/postern")
ENDBR64 = b"\xf3\x0f\x1e\xfa"


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, PROGRAM], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def segments():
    """(type, flags) of each program header."""
    return re.findall(r"^  (\w+) +0x\S+ 0x\S+ 0x\S+ 0x\S+ 0x\S+ ([RWE ]{3})", readelf("-l"), re.M)


@pytest.fixture(scope="module")
def imports():
    return set(re.findall(r" UND (\w+)", readelf("--dyn-syms")))


def test_it_is_position_independent():
    assert re.search(r"Type: +DYN", readelf("-h"))
    assert re.search(r"FLAGS_1.*\bPIE\b", readelf("-d"))


def test_what_the_linker_has_resolved_is_read_only():
    assert "GNU_RELRO" in readelf("-l")
    assert re.search(r"\(FLAGS\).*\bBIND_NOW\b", readelf("-d"))


def test_nothing_is_writable_and_executable(segments):
    assert ("GNU_STACK", "RW ") in segments
    loads = [flags for kind, flags in segments if kind == "LOAD"]
    assert loads and not [flags for flags in loads if "W" in flags and "E" in flags]
    # Constants are no code: only one segment is executable, and it is not the first.
    assert [flags for flags in loads if "E" in flags] == ["R E"] and loads[0] == "R  "


def test_it_looks_for_libraries_where_the_system_has_them_and_nowhere_else():
    assert not re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", readelf("-d"))


def test_stacks_copies_and_containers_are_checked(imports):
    assert "__stack_chk_fail" in imports
    assert {"__memcpy_chk", "__vsnprintf_chk"} & imports
    assert any("glibcxx_assert_fail" in name for name in imports)


def test_jumps_land_where_a_function_begins():
    if "X86-64" not in readelf("-h"):
        pytest.skip("indirect branch tracking is a feature of x86")
    found = re.search(r"\.text +PROGBITS +([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", readelf("-S"))
    address, offset, size = (int(number, 16) for number in found.groups())
    code = PROGRAM.read_bytes()[offset : offset + size]
    functions = re.findall(r"^ *\d+: ([0-9a-f]+) +\d+ FUNC +(?:GLOBAL|WEAK) .* \d+ \S+$", readelf("-s"), re.M)
    starts = [start for start in (int(text, 16) - address for text in functions) if 0 <= start < size]
    marked = sum(code[start : start + 4] == ENDBR64 for start in starts)
    # Whatever the linker brings along (_start) need not have it.
    assert len(starts) > 1000 and marked > 0.99 * len(starts)


def test_every_file_is_compiled_with_the_flags_that_leave_no_mark():
    commands = json.loads((PROGRAM.parent / "compile_commands.json").read_text())
    assert len(commands) > 20
    for entry in commands:
        # A later word takes an earlier one back.
        words = entry["command"].split()
        assert "-fstack-clash-protection" in words and "-fno-stack-clash-protection" not in words
        assert "-fstack-protector-strong" in words and "-fno-stack-protector" not in words
        assert [word for word in words if "_FORTIFY_SOURCE" in word][-1:] == ["-D_FORTIFY_SOURCE=3"]
        assert "-O2" in words, "checked copies need an optimising compiler"
