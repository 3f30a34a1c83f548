"""A sample of tests/differential/compare_mime.py: what two readers see differently is marked."""

import os
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/differential"))

import compare_mime  # noqa: E402


def program():
    return os.environ.get("MIME_PARTS") or TOP / "build/test/tests/mime_parts"


def test_what_python_reads_differently_is_marked_as_ambiguous():
    result = compare_mime.compare(seed=11, count=4000, program=program())
    assert not result.silent, "\n".join(f"{what}: {octets!r}" for what, octets in result.silent[:3])
    # It is no comparison when nothing differs, or everything does.
    assert result.same > 2000 and sum(result.differ.values()) > 200


def test_a_difference_without_a_mark_is_found():
    octets = b"From: a@b.example\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
    answer = {"ambiguities": ["not_one_from"], "parts": [{"type": "text/html", "name": "", "sha256": ""}]}
    different = compare_mime.difference(octets, answer)
    count = compare_mime.Count()
    count.add(octets, answer, different)
    assert "type of part 0" in different and len(count.silent) == 1
