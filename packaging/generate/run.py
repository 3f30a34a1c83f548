"""Writes manual pages, completions and the compressed changelog for the packages.

usage: run.py --postern PROGRAM --configuration FILE --changelog FILE --version VERSION --out FOLDER
"""

import argparse
import gzip
import json
import pathlib
import re
import subprocess
import sys

import completion
import manual
import tree


def compressed(text):
    """The same bytes for the same text, on any day."""
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def main():
    parser = argparse.ArgumentParser(description="Manual pages and completions.")
    for name in ("postern", "configuration", "changelog", "version", "out"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()

    described = json.loads(subprocess.run([given.postern, "describe"], check=True, capture_output=True).stdout)
    if described["version"] != given.version:
        sys.exit(f"{given.postern} is version {described['version']}, not {given.version}")
    changelog = pathlib.Path(given.changelog).read_text()
    newest = re.match(r"postern \(([^)-]+)-[^)]+\) ", changelog)
    if not newest or newest[1] != given.version:
        sys.exit(f"{given.changelog}: the first entry is not about version {given.version}")
    configuration = pathlib.Path(given.configuration).read_text()

    commands = tree.command_of(described)
    out = pathlib.Path(given.out)
    files = {
        "postern.1.gz": compressed(manual.program(commands, given.version)),
        "postern.toml.5.gz": compressed(manual.configuration(configuration, given.version)),
        "changelog.Debian.gz": compressed(changelog),
        "bash/postern": completion.bash(commands).encode(),
        "zsh/_postern": completion.zsh(commands).encode(),
        "fish/postern.fish": completion.fish(commands).encode(),
    }
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)


if __name__ == "__main__":
    main()
