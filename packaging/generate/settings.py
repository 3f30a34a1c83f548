"""The commented configuration (conf/postern.toml) as tables and keys, the source of postern.toml(5).

A line that begins with "#" directly before the key shows a default, one with "# " an example; a key
without either has to be set. Text above a key is about it and the keys that follow it directly.
"""

import dataclasses
import re

HEAD = re.compile(r"^(?:# )?(\[{1,2}[\w.]+\]{1,2})$")
KEY = re.compile(r"^(#|# )?([a-z][a-z0-9_]*) = (.+)$")
TEXT = re.compile(r"^# ?(.*)$")


@dataclasses.dataclass
class Key:
    name: str
    value: str
    kind: str  # set, default or example


@dataclasses.dataclass
class Entry:
    keys: list
    text: list  # paragraphs


@dataclasses.dataclass
class Table:
    head: str  # "[smtp]"; "" for the keys at the top
    text: list
    entries: list


def paragraphs(lines):
    found = [[]]
    for line in lines:
        if line:
            found[-1].append(line)
        else:
            found.append([])
    return [" ".join(words) for words in found if words]


def read(text):
    """(introduction as paragraphs, tables in their order)."""
    introduction, tables, pending = None, [Table("", [], [])], []
    after_key = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        head, key, comment = HEAD.match(line), KEY.match(line), TEXT.match(line)
        if head:
            tables.append(Table(head[1], paragraphs(pending), []))
            pending, after_key = [], False
        elif key:
            found = Key(key[2], key[3], {None: "set", "#": "default", "# ": "example"}[key[1]])
            if after_key and not pending:
                tables[-1].entries[-1].keys.append(found)
            else:
                tables[-1].entries.append(Entry([found], paragraphs(pending)))
            pending, after_key = [], True
        elif comment:
            pending.append(comment[1].strip())
        elif not line:
            if introduction is None:
                introduction, pending = paragraphs(pending), []
            elif pending and pending[-1]:
                pending.append("")
            after_key = False
        else:
            raise ValueError(f"line {number} of the configuration is neither text, table nor key: {line}")
    if pending:
        raise ValueError(f"text without a key at the end of the configuration: {pending}")
    return introduction, tables
