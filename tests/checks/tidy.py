"""clang-format and clang-tidy find nothing."""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess

import sources

FINDING = re.compile(r"^(\S+:\d+:\d+: (?:warning|error): .*)$", re.MULTILINE)


def format_problems(top=sources.TOP):
    paths = [str(path.relative_to(top)) for path in sources.cpp_files(top)]
    done = subprocess.run(
        ["clang-format-19", "--dry-run", "-Werror", "--ferror-limit=1", *paths], cwd=top, capture_output=True, text=True
    )
    found = FINDING.findall(done.stderr)
    return found if done.returncode == 0 or found else [done.stderr]


def tidy_one(file, build, top):
    # In a build by batches the files of a room are included in one; they are not headers to skip.
    filter = f"--header-filter=^{top}/({'|'.join(sources.rooms(top))})/"
    done = subprocess.run(
        ["clang-tidy-19", "--quiet", "-p", build, filter, file], cwd=top, capture_output=True, text=True
    )
    found = FINDING.findall(done.stdout)
    return found if done.returncode == 0 or found else [f"{file}: {done.stderr}"]


def is_of_a_room(file, top):
    """Not what a build makes of other things, such as the front end compiled in."""
    parts = pathlib.PurePath(os.path.relpath(file, top)).parts
    return parts[0] in sources.rooms(top) or any(part.startswith("room_") for part in parts)


def tidy_problems(top=sources.TOP, build=sources.TIDY_BUILD):
    compiled = json.loads((top / build / "compile_commands.json").read_text())
    files = [os.path.realpath(os.path.join(entry["directory"], entry["file"])) for entry in compiled]
    files = [file for file in files if is_of_a_room(file, top)]
    if not files:
        return [f"{build}/compile_commands.json names no file of a room"]
    with concurrent.futures.ThreadPoolExecutor(sources.CORES) as pool:
        tried = pool.map(lambda file: tidy_one(file, build, top), files)
        return sorted({problem for problems in tried for problem in problems})
