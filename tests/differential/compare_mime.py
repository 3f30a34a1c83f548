#!/usr/bin/python3
"""Holds what Postern finds in mails against what Python's email package finds in the same bytes.

    tests/differential/compare_mime.py                     20,000 mails
    tests/differential/compare_mime.py --count 1000000     as many as wanted
    tests/differential/compare_mime.py --seed 7 --show 20  another row of them, and more of what differs

Where two readers see other parts, other names or other bytes, a mail must carry one of the facts
that administrators' rules can hold on: `ambiguous`. A difference without one is printed and counts
as a failure. MIME_PARTS names the program that lists our side; default: build/test/tests/mime_parts.
"""

import argparse
import collections
import email.errors
import email.header
import email.policy
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys

import mutations

TOP = pathlib.Path(__file__).resolve().parents[2]


class Ours:
    """The scanner, as a program that is asked again and again."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, octets):
        self.process.stdin.write(b"%d\n" % len(octets) + octets)
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the scanner has died of {octets!r}"
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0


MESSAGES = ("message/rfc822", "message/global")
INVISIBLE = {chr(mark): None for mark in [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]}


def shown_name(name):
    """A name as Postern shows it: on one line, without path and invisible marks."""
    name = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in name)
    name = name.translate(str.maketrans(INVISIBLE))
    name = name.replace("\\", "/").rpartition("/")[2].strip(" \t")
    # A line end within quotes is folded by some and unfolded by others: blanks either way.
    name = re.sub(" +", " ", name)
    return name.encode("utf-8", "replace")[:255].decode("utf-8", "ignore")


class Untouched(email.policy.Compat32):
    """Python's usual reading, without replacing what is not ASCII in the fields."""

    def header_fetch_parse(self, name, value):
        return value


def is_escaped(name):
    return all(0xDC80 <= ord(c) <= 0xDCFF for c in name if 0xD800 <= ord(c) <= 0xDFFF)


def name_of(part):
    """What Python gives as the file name, encoded words decoded as mail readers do."""
    name = part.get_filename()
    if name is None:
        return ""
    try:
        words = email.header.decode_header(name)
        name = "".join(
            word.decode(charset or "ascii", "replace") if isinstance(word, bytes) else word for word, charset in words
        )
    except (LookupError, ValueError, email.errors.HeaderParseError):
        pass  # A charset that nobody knows: the words stay as they are.
    # Raw bytes are surrogates here; what Python has made of halves of them is beyond repair.
    name = name.encode("utf-8", "surrogateescape" if is_escaped(name) else "replace").decode("utf-8", "replace")
    return shown_name(name)


def python_parts(octets):
    """The leaf parts as (type, name, SHA-256 of the decoded bytes)."""
    found = []
    # Without recursion on our side; Python's own parser is its own matter.
    waiting = [email.message_from_bytes(octets, policy=Untouched())]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "message" and part.get_content_type() not in MESSAGES:
            # Deliberately not what Python does: it parses everything of message/* as a mail. Who
            # shows a delivery report shows its text.
            found.append((part.get_content_type(), name_of(part), None))
            continue
        if part.is_multipart():
            waiting += reversed(part.get_payload())
            continue
        content = part.get_payload(decode=True) or b""
        found.append((part.get_content_type(), name_of(part), hashlib.sha256(content).hexdigest()))
    return found


def our_parts(answer):
    return [(part["type"], re.sub(" +", " ", part["name"]), part["sha256"]) for part in answer["parts"]]


def difference(octets, answer):
    """None, or in one line what two readers see differently."""
    try:
        theirs, ours = python_parts(octets), our_parts(answer)
    except (TypeError, ValueError, LookupError, AttributeError) as failure:
        # Its errors in odd places are its own; a mail that makes one reader fail is not clear.
        return f"Python fails: {type(failure).__name__}: {failure}"
    if len(theirs) != len(ours):
        return f"{len(ours)} parts, Python {len(theirs)}"
    for number, (one, other) in enumerate(zip(ours, theirs)):
        for what, mine, its in zip(("type", "name", "content"), one, other):
            if mine != its and its is not None:
                return f"{what} of part {number}: {mine!r}, Python {its!r}"
    return None


class Count:
    def __init__(self):
        self.mails = self.same = 0
        self.differ = collections.Counter()  # by the facts that say so
        self.silent = []

    def add(self, octets, answer, different):
        self.mails += 1
        if different is None:
            self.same += 1
        elif set(answer["ambiguities"]) - {"not_one_from"}:  # which says nothing about parts
            self.differ.update(answer["ambiguities"])
        else:
            self.silent.append((different, octets))

    def __str__(self):
        said = self.mails - self.same - len(self.silent)
        return (
            f"{self.mails} mails: {self.same} read alike, {said} differently and marked as ambiguous, "
            f"{len(self.silent)} differently without a mark"
        )


def compare(seed, count, program=None, wanted=sys.maxsize):
    """Compares `count` mails, or until `wanted` differ without a mark."""
    ours = Ours(program or os.environ.get("MIME_PARTS") or TOP / "build/test/tests/mime_parts")
    result = Count()
    for octets in mutations.mails(random.Random(seed), count):
        answer = ours.read(octets)
        result.add(octets, answer, difference(octets, answer))
        if len(result.silent) >= wanted:
            break
    ours.stop()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many silent differences are printed (default 5)")
    options = parser.parse_args()
    result = compare(options.seed, options.count)
    print(result)
    for name, count in result.differ.most_common():
        print(f"    {name}: {count}")
    for kind, count in collections.Counter(what.split(":")[0][:7] for what, _ in result.silent).items():
        print(f"silent, {kind}…: {count}")
    for what, octets in sorted(result.silent, key=lambda item: len(item[1]))[: options.show]:
        print(f"--- {what}\n{octets!r}")
    return 1 if result.silent else 0


if __name__ == "__main__":
    sys.exit(main())
