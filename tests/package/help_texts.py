"""What the program's own --help names, read as a person reads it: the measure for what is made."""

import re
import subprocess


def sections(text):
    """{"Options": [line...], ...}; a line of a section is indented by two."""
    found, name = {}, None
    for line in text.splitlines():
        head = re.fullmatch(r"(\w+):", line)
        if head:
            name = head[1]
        elif name and re.match(r"  \S", line):
            found.setdefault(name, []).append(line.strip())
        elif not line.startswith(" "):
            name = None
    return found


def commands(postern, path=()):
    """{("hold", "list"): {"--json", ...}, ("hold",): ...}: each sub-command with its options."""
    shown = subprocess.run([postern, *path, "--help"], check=True, capture_output=True, text=True).stdout
    parts = sections(shown)
    options = {name for line in parts.get("Options", []) for name in re.findall(r"(?:^|,)(--?[\w-]+)", line.split("  ")[0])}
    found = {path: options}
    for line in parts.get("Subcommands", []):
        found.update(commands(postern, (*path, line.split()[0])))
    return found
