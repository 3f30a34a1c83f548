"""What stands in the tree: lengths of files, cited RFCs, and nothing of one machine."""

import os
import pathlib
import re
import subprocess

import sources

LINES_MAX = 500
# A language is one file, however many words it has: whoever adds one should have to look in one place.
CATALOGUE = re.compile(r"portal/web/src/i18n/[a-z]{2}(-\w+)?\.ts")
CITED = re.compile(r"\bRFC\s+(\d{3,5})\b")
HOST = re.compile(r"https?://([\w.-]+)")


def length_problems(top=sources.TOP):
    found = []
    for path in sources.files("*.cc", "*.h", "*.c", "*.ts", "*.tsx", "*.mjs", "*.css", "*.py", "*.cmake", top=top):
        lines = path.read_text().count("\n")
        if lines > LINES_MAX and not CATALOGUE.fullmatch(path.relative_to(top).as_posix()):
            found.append(f"{path.relative_to(top)}: {lines} lines; {LINES_MAX} is the wall")
    return found


def rfc_problems(top=sources.TOP):
    """docs/rfc.md lists exactly the RFCs that the code cites."""
    cited = {}
    for path in sources.room_files(top):
        for number in CITED.findall(path.read_text()):
            cited.setdefault(number, path.relative_to(top))
    table = top / "docs" / "rfc.md"
    listed = set(CITED.findall(table.read_text())) if table.exists() else set()
    missing = [f"{cited[number]}: cites RFC {number}, docs/rfc.md does not list it" for number in cited.keys() - listed]
    unused = [f"docs/rfc.md lists RFC {number}, nothing in the code cites it" for number in listed - cited.keys()]
    return sorted(missing + unused)


def hosts_of_registries():
    """The hosts this machine loads packages from; none of them is the project's business."""
    texts = []
    for path in [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")]:
        if path.is_file():
            texts.append(path.read_text(errors="replace"))
    try:
        asked = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True)
        texts.append(asked.stdout)
    except FileNotFoundError:
        pass  # Without npm there is no npm registry to leak.
    return {host for text in texts for host in HOST.findall(text)}


def machine_problems(top=sources.TOP, hosts=None):
    """No path of the machine it was written on, no registry host, no addresses in a lock file."""
    # A folder right below the root (/var, /tmp) says nothing of a machine, and texts name such folders.
    marks = [f"{folder}/" for folder in (top, top.parent) if len(folder.parts) > 2]
    marks.append(os.path.expanduser("~/."))
    marks += sorted(hosts_of_registries() if hosts is None else hosts)
    # A checkout's place begins a path; the same words within another path do not count.
    forms = {mark: re.compile(r"(?<![\w.-])" + re.escape(mark)) for mark in marks}
    found = []
    for path in sources.files(top=top):
        text = path.read_bytes().decode(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{path.relative_to(top)}:{number}: names {mark}" for mark, form in forms.items() if form.search(line)]
        if path.name in ("package-lock.json", "npm-shrinkwrap.json") and '"resolved": "http' in text:
            found.append(f"{path.relative_to(top)}: lock file with addresses (npm: omit-lockfile-registry-resolved)")
    return found
