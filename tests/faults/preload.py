"""Libraries that are preloaded into the program: a clock that jumps, memory that runs out."""

import pathlib
import struct
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def compiled(source, directory):
    library = pathlib.Path(directory) / source.replace(".c", ".so")
    command = ["clang-19", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", str(HERE / source)]
    subprocess.run([*command, "-o", str(library), "-ldl"], check=True)
    return library


def preload(postern, library, **environment):
    if b"__asan_init" in pathlib.Path(postern.binary).read_bytes():
        pytest.skip("a preloaded library needs a build without sanitizers (POSTERN=build/release/postern)")
    postern.environment = {**postern.environment, "LD_PRELOAD": str(library), **environment}


class Control:
    """A file of numbers that the program has in its memory: written in place."""

    def __init__(self, path, shape):
        self.path, self.shape = pathlib.Path(path), struct.Struct(shape)
        self.path.write_bytes(bytes(self.shape.size))

    def write(self, *values):
        with open(self.path, "r+b") as file:
            file.write(self.shape.pack(*values))

    def read(self):
        return self.shape.unpack(self.path.read_bytes())


class Clock:
    """The wall clock of one program, by fault_clock.c."""

    def __init__(self, postern, directory):
        self.control, self.offset = Control(directory / "clock", "q"), 0
        preload(postern, compiled("fault_clock.c", directory), CLOCK_CONTROL=str(self.control.path))

    def jump(self, seconds):
        self.offset += int(seconds * 1000)
        self.control.write(self.offset)


class Memory:
    """Which calls of malloc() fail, by fault_memory.c."""

    def __init__(self, postern, directory):
        self.control = Control(directory / "memory", "4i")
        preload(postern, compiled("fault_memory.c", directory), MEMORY_CONTROL=str(self.control.path))

    def arm(self, nth, many=0):
        self.control.write(0, nth, many, 0)
        with open(self.control.path, "r+b") as file:
            file.write(struct.pack("i", 1))

    def disarm(self):
        """How many calls have failed."""
        with open(self.control.path, "r+b") as file:
            file.write(struct.pack("i", 0))
        return self.control.read()[3]
