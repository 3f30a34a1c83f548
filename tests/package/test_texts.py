"""Completions and manual pages leave nothing out that the program takes."""

import functools
import gzip
import pathlib
import re
import subprocess

import help_texts
import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def named(postern):
    found = help_texts.commands(postern)
    assert ("hold", "list") in found and "--json" in found[("hold", "list")], "the help cannot be read"
    return found


def below(named, path):
    return {other[-1] for other in named if len(other) == len(path) + 1 and other[: len(path)] == path}


def bash_words(made, *lines):
    """What bash offers for each line, which ends where somebody presses the key."""
    script = [f"source '{made}/bash/postern'"]
    for words in lines:
        quoted = " ".join(f"'{word}'" for word in words)
        script += [f"COMP_WORDS=({quoted})", f"COMP_CWORD={len(words) - 1}", "COMPREPLY=()", "_postern"]
        script += ["printf '%s ' \"${COMPREPLY[@]}\"", "echo"]
    done = subprocess.run(["bash", "--norc", "-c", "\n".join(script)], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return [set(line.split()) for line in done.stdout.splitlines()]


def fish_words(made, *lines):
    script = f"source '{made}/fish/postern.fish'\n" + "".join(f"complete -C '{line}'\necho ===\n" for line in lines)
    done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    parts = done.stdout.split("===\n")
    return [{line.partition("\t")[0] for line in part.splitlines()} for part in parts[:-1]]


def test_bash_offers_every_sub_command_and_option(made, named):
    paths = sorted(named)
    offered = bash_words(made, *[("postern", *path, "") for path in paths])
    for path, words in zip(paths, offered, strict=True):
        # Where a file can follow, files are among them.
        assert words >= below(named, path) | named[path], path
    states, roles, after_equals = bash_words(
        made,
        ("postern", "hold", "list", "--state", "re"),
        ("postern", "user", "add", "ada@example.test", "--role", ""),
        ("postern", "serve", "--config", "=", "/etc/os-rel"),
    )
    assert states == {"released", "rejected", "reported"}
    assert roles == {"user", "moderator", "administrator"}
    assert after_equals == {"/etc/os-release"}


def test_fish_offers_every_sub_command_and_option(made, named):
    paths = sorted(named)
    words = fish_words(made, *[" ".join(("postern", *path, "")) for path in paths])
    options = fish_words(made, *[" ".join(("postern", *path, "-")) for path in paths])
    for path, commands, offered in zip(paths, words, options, strict=True):
        assert commands >= below(named, path), path
        assert offered >= {name for name in named[path] if name.startswith("--")}, path
    (states,) = fish_words(made, "postern hold list --state re")
    assert {"released", "rejected", "reported"} <= states


def test_zsh_reads_its_file_and_knows_every_sub_command_and_option(made, named):
    file = made / "zsh/_postern"
    done = subprocess.run(["zsh", "-n", file], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    text = file.read_text()
    assert text.startswith("#compdef postern\n")
    functions = dict(re.findall(r"^(_postern\w*)\(\) \{\n(.*?)^\}", text, re.M | re.S))
    for path, options in named.items():
        body = functions["_".join(("_postern", *path)).replace("-", "_")]
        for option in options:
            assert re.search(rf"'\*?{option}=?\[", body), (path, option)
        for name in below(named, path):
            assert f"{name}:" in body and f"        {name}) " in body, (path, name)


@functools.cache
def rendered(page):
    """The page as people read it; groff warns about nothing."""
    roff = gzip.decompress(page.read_bytes())
    options = ["-man", "-Tascii", "-ww", "-rLL=200n", "-P-c", "-P-bou"]
    done = subprocess.run(["groff", *options], input=roff, capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()
    return done.stdout.decode()


def test_the_manual_page_names_every_sub_command_and_option(made, named):
    text = rendered(made / "postern.1.gz")
    usages = {}
    for line in re.split(r"\n(?=       postern )", text.partition("COMMANDS")[2]):
        words = re.match(r"\s+postern ((?:[a-z][a-z-]* ?)+)", line)
        if words:
            usages[tuple(words[1].split())] = line
    for path, options in named.items():
        if below(named, path):
            continue
        assert path in usages, f"{' '.join(path)} is not in the manual page"
        for option in options - {"-h", "--help"}:
            assert option in usages[path], (path, option)
    for heading in ("SIGNALS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"):
        assert heading in text


def keys_of_the_program():
    """Every key that the program reads, from the source of its reader."""
    found = set()
    for source in (TOP / "conf").glob("*.cc"):
        text = source.read_text()
        found |= set(re.findall(r'fields\.\w+\(\s*"([a-z_]+)"', text))
        found |= set(re.findall(r'required_text\(\s*"([a-z_]+)"', text))
    return found


def test_the_manual_page_of_the_configuration_names_every_key_of_the_program(made):
    text = rendered(made / "postern.toml.5.gz")
    keys = keys_of_the_program()
    assert {"hostname", "max_message_bytes", "backend", "retention_days"} <= keys, "the source cannot be read"
    missing = {key for key in keys if not re.search(rf"^\s+{key} = ", text, re.M)}
    assert not missing, missing


def test_the_manual_page_of_the_configuration_says_what_the_commented_file_says(made):
    text = re.sub(r"\s+", " ", rendered(made / "postern.toml.5.gz"))
    source = (TOP / "conf/postern.toml").read_text()
    tables = set(re.findall(r"^(?:# )?(\[+[\w.]+\]+)$", source, re.M))
    assert len(tables) > 8
    for table in tables:
        assert f" {table} " in text, table
    lines = re.findall(r"^# ?(?:  )?([A-Z].{20,})$", source.partition("\n\n")[2], re.M)
    assert len(lines) > 50
    plain = text.replace("`", "")
    for line in lines:
        assert re.sub(r"\s+", " ", line).replace("`", "") in plain, line
    defaults = re.findall(r"^#([a-z_]+ = .+)$", source, re.M)
    for default in defaults:
        assert f"{default} (default)" in text, default
