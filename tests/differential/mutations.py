"""Mails for two readers to disagree about: seeds, and what an attacker does to them.

Only what can be in a stored message: CRLF line ends, no bare CR or LF and no NUL, because the
gateway refuses those before anybody looks for parts.
"""

import base64
import os
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
SUITES = pathlib.Path(os.environ.get("POSTERN_SUITES") or TOP.parent / "shared/suites")

HEAD = b"From: a@sender.example\r\nTo: ada@example.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
EVIL = base64.b64encode(b"MZ" + bytes(range(200))).replace(b"\n", b"")


def multipart(kind, boundary, *parts, preamble=b"", epilogue=b""):
    edge = b"--" + boundary
    body = preamble + b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--\r\n" + epilogue
    return b"Content-Type: multipart/%s; boundary=\"%s\"\r\n\r\n" % (kind, boundary) + body


def leaf(kind, content, *fields):
    return b"Content-Type: " + kind + b"\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + content


TEXT = leaf(b"text/plain; charset=utf-8", b"Hello.\r\n-- \r\nA signature")
HTML = leaf(b"text/html", b"<p>=\r\nHello=3D</p>=20\r\nx", b"Content-Transfer-Encoding: quoted-printable")
FILE = leaf(
    b'application/octet-stream; name="a.exe"',
    b"\r\n".join(EVIL[at : at + 76] for at in range(0, len(EVIL), 76)),
    b"Content-Transfer-Encoding: base64",
    b'Content-Disposition: attachment; filename="a.exe"',
)
LONG_NAME = leaf(
    b"image/png",
    b"aGk=",
    b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment;\r\n filename*0*=utf-8''na%20me;\r\n filename*1=\".png\"",
)
SEEDS = [
    HEAD + leaf(b"text/plain", b"Hello.\r\n"),
    HEAD + b"\r\nNo type.\r\n",
    HEAD + FILE + b"\r\n",
    HEAD + multipart(b"mixed", b"edge", TEXT, FILE),
    HEAD + multipart(b"mixed", b"edge", TEXT, HTML, LONG_NAME, preamble=b"preamble\r\n", epilogue=b"epilogue\r\n"),
    HEAD + multipart(b"mixed", b"outer", multipart(b"alternative", b"inner", TEXT, HTML), FILE),
    HEAD + multipart(b"mixed", b"a b:c", leaf(b"message/rfc822", HEAD + multipart(b"mixed", b"deep", TEXT, FILE)), TEXT),
    HEAD + multipart(b"digest", b"edge", b"\r\n" + HEAD + b"\r\none", b"\r\n" + HEAD + b"\r\ntwo"),
]

WORDS = [
    b"--edge", b"--edge--", b"--inner", b"--outer--", b"--deep", b"--edge ", b"--edge\t--", b"--edgex", b" --edge", b"----edge",
    b"Content-Type: multipart/mixed; boundary=edge", b"Content-Type: multipart/mixed; boundary=", b"Content-Type: text/html",
    b"Content-Type: message/rfc822", b"Content-Type: multipart/mixed", b"Content-Type: application/zip; name=b.zip",
    b"Content-Type:text/plain", b"Content-type :text/html", b"CONTENT-TYPE: TEXT/HTML; NAME=c.html", b"Content-Type",
    b"Content-Type: text", b"Content-Type: text/", b"Content-Type: /html", b"Content-Type: text/html text/plain", b"Content-Type:",
    b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: BASE64",
    b"Content-Transfer-Encoding: x-uuencode", b"Content-Transfer-Encoding: 8bit", b"Content-Transfer-Encoding: base64 (x)",
    b"Content-Transfer-Encoding: \"base64\"", b"Content-Transfer-Encoding: base64;", b"Content-Transfer-Encoding:",
    b'Content-Disposition: attachment; filename="b.exe"', b"Content-Disposition: attachment; filename=b.exe; filename=c.txt",
    b"Content-Disposition: attachment; filename*=utf-8''d.exe", b"Content-Disposition: attachment; filename*0=e; filename*1=.exe",
    b'Content-Disposition: attachment; filename="=?utf-8?B?Zi5leGU=?="', b"Content-Disposition: inline", b"Content-Disposition: ;",
    b'Content-Disposition: attachment; filename="a\\"b.exe"', b"Content-Disposition: attachment; filename=(x)g.exe",
    b"Content-Disposition: attachment; filename=h i.exe", b"Content-Disposition: attachment; filename=\"j.exe", b" folded",
    b"\tfolded: x", b"", b" ", b"begin 644 x.exe", b"X: y", b": y", b"not a field", b"From me Mon Jan  1 00:00:00 2026", b">From you",
    b"=?utf-8?Q?a?=", b"\xff\xfe", b"\xc3\xa4",
]  # fmt: skip
BITS = [
    b'"', b"'", b";", b"=", b"\\", b"(", b")", b" ", b"\t", b"\r\n ", b"\r\n\t", b"*", b"*0", b"*0*", b"%41", b":", b",", b"/", b"?", b"==",
    b"=\r\n", b"-", b"--", b".", b"\r\n", b"\r\n\r\n", b"\x0c", b"\x0b", b"\x1c", b"\xc2\x85", b"\x80", b"boundary", b"charset=utf-16", b"A",
]  # fmt: skip


def seeds():
    """Ours, and where the public test data is there the mails of Python's own tests and others."""
    found = list(SEEDS)
    for folder in ("python-email", "mail-auth", "dkim-chasquid"):
        for path in sorted((SUITES / folder).rglob("*")):
            if path.is_file() and path.suffix in (".txt", ".eml") and path.stat().st_size < 20_000:
                found.append(path.read_bytes())
    return [storable(seed) for seed in found]


def storable(octets):
    return re.sub(rb"\r\n|\r|\n", b"\r\n", octets.replace(b"\0", b""))


def mails(chance, count):
    """Each seed as it is, then mutated ones: `count` in all."""
    known = seeds()
    for number in range(count):
        if number < len(known):
            yield known[number]
            continue
        octets = chance.choice(known[: len(SEEDS)] if chance.random() < 0.7 else known)
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
            octets = storable(chance.choice(MUTATIONS)(chance, octets))
        yield octets


def lines_of(octets):
    return octets.split(b"\r\n")


def insert_line(chance, octets):
    lines = lines_of(octets)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(WORDS))
    return b"\r\n".join(lines)


def replace_line(chance, octets):
    lines = lines_of(octets)
    lines[chance.randrange(len(lines))] = chance.choice(WORDS)
    return b"\r\n".join(lines)


def drop_line(chance, octets):
    lines = lines_of(octets)
    del lines[chance.randrange(len(lines))]
    return b"\r\n".join(lines)


def double_line(chance, octets):
    lines = lines_of(octets)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return b"\r\n".join(lines)


def insert_bit(chance, octets):
    at = chance.randrange(len(octets) + 1)
    return octets[:at] + chance.choice(BITS) + octets[at:]


def insert_bit_in_field(chance, octets):
    """Near a colon, a semicolon, a quote or an equals sign, where readers part."""
    places = [match.start() for match in re.finditer(rb"[:;=\"/]|boundary|filename", octets)]
    if not places:
        return octets
    at = chance.choice(places) + chance.randrange(2)
    return octets[:at] + chance.choice(BITS) + octets[at:]


def drop_bit(chance, octets):
    at = chance.randrange(len(octets) + 1)
    return octets[:at] + octets[at + chance.choice((1, 1, 2, 4)) :]


def cut_off(chance, octets):
    return octets[: chance.randrange(len(octets) + 1)]


MUTATIONS = [
    insert_line, insert_line, replace_line, drop_line, double_line, insert_bit, insert_bit_in_field, insert_bit_in_field, drop_bit, cut_off,
]  # fmt: skip
