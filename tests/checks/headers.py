"""Every header of a room compiles alone.

A header that stands first in the .cc file of its own name is proved by the build; the others are
compiled here, each as the only include of an empty file, with the flags of its room.
"""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess

import sources

FIRST_INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
NOT_FOR_SYNTAX = {"-c", "-o", "-MD", "-MF", "-MT", "-MMD"}
WITH_VALUE = {"-o", "-MF", "-MT"}


def is_proved_by_build(header, top):
    body = header.with_suffix(".cc")
    if not body.exists():
        return False
    first = FIRST_INCLUDE.search(body.read_text())
    return bool(first) and first[1] == str(header.relative_to(top))


def flags_of_rooms(compile_commands, top):
    """{room: compiler and flags}, from the first file of each room that is compiled."""
    found = {}
    for entry in json.loads(compile_commands.read_text()):
        path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), top)
        room = path.split(os.sep)[0]
        words = shlex.split(entry["command"])
        while words and not re.search(r"(clang|g)\+\+(-\d+)?$", words[0]):
            words.pop(0)  # ccache in front
        flags, skip = [], False
        for word in words:
            if not skip and word not in NOT_FOR_SYNTAX and not word.endswith(".cc"):
                flags.append(word)
            skip = not skip and word in WITH_VALUE
        found.setdefault(room, flags)
    return found


def compile_alone(header, flags, top):
    name = header.relative_to(top)
    done = subprocess.run(
        [*flags, "-fsyntax-only", "-x", "c++", "-"],
        input=f'#include "{name}"\n',
        cwd=top,
        capture_output=True,
        text=True,
    )
    return None if done.returncode == 0 else f"{name} does not compile alone:\n{done.stderr}"


def problems(top=sources.TOP, build=sources.BUILD):
    flags = flags_of_rooms(top / build / "compile_commands.json", top)
    headers = [path for path in sources.room_files(top) if path.suffix == ".h"]
    headers = [path for path in headers if not is_proved_by_build(path, top)]
    every = next(iter(flags.values()))
    with concurrent.futures.ThreadPoolExecutor(sources.CORES) as pool:
        tried = pool.map(
            lambda path: compile_alone(path, flags.get(path.relative_to(top).parts[0], every), top), headers
        )
        return [problem for problem in tried if problem]
