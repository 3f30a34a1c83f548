"""clang-format and clang-tidy find nothing."""

import concurrent.futures
import json
import os
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


def tidy_one(path, build, top):
    done = subprocess.run(
        ["clang-tidy-19", "--quiet", "-p", build, str(path.relative_to(top))], cwd=top, capture_output=True, text=True
    )
    found = FINDING.findall(done.stdout)
    return found if done.returncode == 0 or found else [f"{path}: {done.stderr}"]


def tidy_problems(top=sources.TOP, build=sources.BUILD):
    compiled = {
        os.path.realpath(os.path.join(entry["directory"], entry["file"]))
        for entry in json.loads((top / build / "compile_commands.json").read_text())
    }
    bodies = [path for path in sources.room_files(top) if str(path.resolve()) in compiled]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        tried = pool.map(lambda path: tidy_one(path, build, top), bodies)
        return sorted({problem for problems in tried for problem in problems})
