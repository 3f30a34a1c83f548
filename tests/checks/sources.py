"""What the checks read: the project's files as git knows them, and the rooms as CMake declares them."""

import os
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
# Whose compile_commands.json says how each file is compiled.
BUILD = os.environ.get("POSTERN_BUILD", "build/test")
# clang-tidy looks through every system header anew for each file it is given: the build that
# compiles a room's files in batches gives it a few.
TIDY_BUILD = os.environ.get("POSTERN_TIDY_BUILD", "build/release")
CORES = len(os.sched_getaffinity(0))
ROOM = re.compile(r"^room\(\s*(\w+)([^)]*)\)", re.MULTILINE)


def files(*patterns, top=TOP):
    """Tracked files and new ones that are not ignored, which match one of the glob patterns."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=top,
        check=True,
        capture_output=True,
    ).stdout.decode()
    paths = (top / name for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if path.is_file()]


def rooms(top=TOP):
    """{room: the rooms it names after USES}, in the order of CMakeLists.txt."""
    found = {}
    for name, rest in ROOM.findall((top / "CMakeLists.txt").read_text()):
        uses = re.search(r"\bUSES\b(.*?)(?=\bLINKS\b|$)", rest, re.DOTALL)
        found[name] = uses[1].split() if uses else []
    return found


def cpp_files(top=TOP):
    return files("*.cc", "*.h", top=top)


def room_files(top=TOP):
    return [path for path in cpp_files(top) if path.relative_to(top).parts[0] in rooms(top)]
