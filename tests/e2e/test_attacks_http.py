"""Two requests in what looks like one: the portal answers once, closes, and has done nothing else.

Behind every framing in doubt stands a whole request of a person who is signed in, which would put
an entry on their list of senders. `--long` cuts each input at every byte, else a few.
"""

import socket

import pytest
from portal_client import TIMEOUT_SECONDS, signed_in, status_lines

HOST = b"Host: portal.example.test\r\n"
ORIGIN = b"Origin: https://portal.example.test\r\n"
TARGET = b"POST /api/v1/undo HTTP/1.1\r\n"
TE, CL = b"Transfer-Encoding: chunked\r\n", b"Content-Length: 2\r\n"
CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"


def post(fields, body=b"{}", first=TARGET, host=HOST):
    return first + host + b"COOKIE" + ORIGIN + b"Content-Type: application/json\r\n" + fields + b"\r\n" + body


# Who sees a body here and who sees none, or another, is a matter of taste: that is refused.
LENGTHS = {
    "twice": CL + CL,
    "twice, different": CL + b"Content-Length: 0\r\n",
    "a list": b"Content-Length: 2, 2\r\n",
    "a list with a gap": b"Content-Length: 2,\r\n",
    "plus": b"Content-Length: +2\r\n",
    "minus": b"Content-Length: -0\r\n",
    "hexadecimal": b"Content-Length: 0x2\r\n",
    "a point": b"Content-Length: 2.0\r\n",
    "blanks within": b"Content-Length: 0 2\r\n",
    "nothing": b"Content-Length:\r\n",
    "a word": b"Content-Length: two\r\n",
    "quotes": b'Content-Length: "2"\r\n',
    "other digits": "Content-Length: ２\r\n".encode(),
    "vertical tab": b"Content-Length: \x0b2\r\n",
    "form feed": b"Content-Length: 2\x0c\r\n",
    "NUL": b"Content-Length: 2\0\r\n",
    "65 bits": b"Content-Length: 18446744073709551618\r\n",
    "blank before the colon": b"Content-Length : 2\r\n",
    "tab before the colon": b"Content-Length\t: 2\r\n",
    "folded": b"Content-Length:\r\n 2\r\n",
    "folded with a tab": b"Content-Length: 0\r\n\t2\r\n",
    "folded onto another": b"X: y\r\n Content-Length: 2\r\n",
    "behind a bare LF": b"X: y\nContent-Length: 2\r\n",
    "behind a bare CR": b"X: y\rContent-Length: 2\r\n",
    "ended by a bare LF": b"Content-Length: 2\n",
    "ended by CR CR LF": b"Content-Length: 2\r\r\n",
    "behind no colon": b"X\r\nContent-Length: 2\r\n",
    "behind an empty name": b": x\r\nContent-Length: 2\r\n",
    "NUL in the name": b"Content-Length\0: 2\r\n",
}
CODINGS = {
    "with length": TE + CL,
    "behind length": CL + TE,
    "twice": TE + TE,
    "capital": b"Transfer-Encoding: Chunked\r\n",
    "list": b"Transfer-Encoding: chunked, chunked\r\n",
    "gzip": b"Transfer-Encoding: gzip\r\n",
    "gzip first": b"Transfer-Encoding: gzip, chunked\r\n",
    "identity": b"Transfer-Encoding: identity\r\n",
    "identity last": b"Transfer-Encoding: chunked, identity\r\n",
    "unknown": b"Transfer-Encoding: xchunked\r\n",
    "parameter": b"Transfer-Encoding: chunked;q=1\r\n",
    "comma": b"Transfer-Encoding: chunked,\r\n",
    "comma first": b"Transfer-Encoding: ,chunked\r\n",
    "quotes": b'Transfer-Encoding: "chunked"\r\n',
    "nothing": b"Transfer-Encoding:\r\n",
    "vertical tab": b"Transfer-Encoding: \x0bchunked\r\n",
    "NUL": b"Transfer-Encoding: chunked\0\r\n",
    "Latin-1 blank": b"Transfer-Encoding: \xa0chunked\r\n",
    "blank before the colon": b"Transfer-Encoding : chunked\r\n",
    "folded": b"Transfer-Encoding:\r\n chunked\r\n",
    "folded away": b"Transfer-Encoding: x\r\n chunked\r\n",
    "behind a bare LF": b"X: y\nTransfer-Encoding: chunked\r\n",
    "behind a bare CR": b"X: y\rTransfer-Encoding: chunked\r\n",
    "first line begins with a blank": b" Transfer-Encoding: chunked\r\n",
}
# Bodies under a good `chunked`; the request behind them is one only to who reads them loosely.
CHUNK_FORMS = {
    "hexadecimal prefix": b"0x2\r\n{}\r\n0\r\n\r\n",
    "plus": b"+2\r\n{}\r\n0\r\n\r\n",
    "minus": b"-2\r\n{}\r\n0\r\n\r\n",
    "blank first": b" 2\r\n{}\r\n0\r\n\r\n",
    "underscore": b"0_2\r\n{}\r\n0\r\n\r\n",
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "not a number": b"zz\r\n{}\r\n0\r\n\r\n",
    "too long a number": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "ended by LF": b"2\n{}\r\n0\r\n\r\n",
    "ended by CR": b"2\r{}\r\n0\r\n\r\n",
    "NUL": b"2\0\r\n{}\r\n0\r\n\r\n",
    "no line end behind data": b"2\r\n{}0\r\n\r\n",
    "LF behind data": b"2\r\n{}\n0\r\n\r\n",
    "data longer than said": b"1\r\n{}\r\n0\r\n\r\n",
    "size of the smuggled": b"fffff\r\n{}\r\n0\r\n\r\n",
    "LF in an extension": b"2;a\nb\r\n{}\r\n0\r\n\r\n",
    "trailer without colon": b"2\r\n{}\r\n0\r\nX\r\n\r\n",
    "length in the trailer": b"2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n",
    "trailer with a bare LF": b"2\r\n{}\r\n0\r\nX: y\n\r\n",
}
LINES = {
    "absolute target": post(CL, first=b"POST http://portal.example.test/api/v1/undo HTTP/1.1\r\n"),
    "absolute target elsewhere": post(CL, first=b"POST http://evil.example/api/v1/undo HTTP/1.1\r\n"),
    "authority target": post(CL, first=b"CONNECT portal.example.test:443 HTTP/1.1\r\n"),
    "asterisk": post(CL, first=b"OPTIONS * HTTP/1.1\r\n"),
    "two slashes": post(CL, first=b"POST //evil.example/api/v1/undo HTTP/1.1\r\n"),
    "dots": post(CL, first=b"POST /api/v1/x/../undo HTTP/1.1\r\n"),
    "encoded dots": post(CL, first=b"POST /api/v1/%2e%2e/undo HTTP/1.1\r\n"),
    "encoded slash": post(CL, first=b"POST /api%2fv1/undo HTTP/1.1\r\n"),
    "backslash": post(CL, first=b"POST /api\\v1/undo HTTP/1.1\r\n"),
    "fragment": post(CL, first=b"POST /api/v1/undo#x HTTP/1.1\r\n"),
    "two blanks": post(CL, first=b"POST  /api/v1/undo HTTP/1.1\r\n"),
    "a tab": post(CL, first=b"POST\t/api/v1/undo HTTP/1.1\r\n"),
    "two versions": post(CL, first=b"POST /api/v1/undo HTTP/1.1 HTTP/1.1\r\n"),
    "no version": b"GET /\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.2": post(CL, first=b"POST /api/v1/undo HTTP/1.2\r\n"),
    "small letters": post(CL, first=b"POST /api/v1/undo http/1.1\r\n"),
    "chunked in HTTP/1.0": post(TE, CHUNKS, first=b"POST /api/v1/undo HTTP/1.0\r\n"),
    "an empty line first": b"\r\n" + post(CL),
    "LF first": b"\n" + post(CL),
    "no host": post(CL, host=b""),
    "empty host": post(CL, host=b"Host:\r\n"),
    "two hosts": post(CL, host=HOST + HOST),
    "another host too": post(CL, host=HOST + b"Host: evil.example\r\n"),
    "another host": post(CL, host=b"Host: evil.example\r\n"),
    "user in host": post(CL, host=b"Host: x@portal.example.test\r\n"),
    "list of hosts": post(CL, host=b"Host: portal.example.test, evil.example\r\n"),
    "host folded": post(CL, host=b"Host: evil.example\r\n portal.example.test\r\n"),
    "TLS": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
    "SMTP": b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n\r\n",
    "GET with a body": post(CL, first=b"GET /api/v1/session HTTP/1.1\r\n"),
    "GET with chunks": post(TE, CHUNKS, first=b"GET /api/v1/session HTTP/1.1\r\n"),
}
# A body of no bytes, as who overlooks the framing sees it, and the one it may have.
CASES = {
    **{f"length: {name}": post(fields) for name, fields in LENGTHS.items()},
    **{f"coding: {name}": post(fields, CHUNKS) for name, fields in CODINGS.items()},
    **{f"coding, no body: {name}": post(fields, b"0\r\n\r\n") for name, fields in CODINGS.items()},
    **{f"chunks: {name}": post(TE, body) for name, body in CHUNK_FORMS.items()},
    **{f"line: {name}": octets for name, octets in LINES.items()},
}


@pytest.fixture(scope="module")
def ada(tmp_path_factory):
    """A portal and a person who is signed in. One for all cases: what must not happen is counted."""
    import program
    from stand_in import StandIn

    backend = StandIn()
    postern = program.Postern(tmp_path_factory.mktemp("postern"), program.Config(backend.address)).start()
    postern.add_person("ada@example.test")
    portal = signed_in(postern, "ada@example.test")
    yield portal
    postern.stop()
    backend.stop()


def smuggled(portal, entry="smuggled.example"):
    body = b'{"list":"blocked","entries":["%s"]}' % entry.encode()
    fields = b"Content-Length: %d\r\nConnection: close\r\n" % len(body)
    return post(fields, body, first=b"POST /api/v1/senders HTTP/1.1\r\n").replace(b"COOKIE", cookie(portal))


def cookie(portal):
    return b"Cookie: %s\r\n" % portal.cookie.encode()


def offer(portal, octets, at):
    """Everything that is said to the bytes, cut at `at`, until the connection is closed."""
    host, _, port = portal.address.rpartition(":")
    answer = b""
    with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.sendall(octets[:at])
            connection.sendall(octets[at:])
        except (BrokenPipeError, ConnectionResetError):
            pass  # Closed before all of it was read; what was said is still there.
        while True:
            try:
                more = connection.recv(1 << 16)
            except ConnectionResetError:
                return answer
            if not more:
                return answer
            answer += more


def blocked(portal):
    return [entry["entry"] for entry in portal.get("/senders", list="blocked")["entries"]]


@pytest.mark.parametrize("name", CASES)
def test_one_answer_and_nothing_else(ada, name, request):
    first = CASES[name].replace(b"COOKIE", cookie(ada))
    octets = first + smuggled(ada)
    size = len(first)
    few = {0, size // 3, size - 2, size + 1}
    for at in range(len(octets)) if request.config.getoption("--long") else sorted(few):
        statuses = status_lines(offer(ada, octets, at))
        assert len(statuses) == 1 and 400 <= statuses[0] < 600, f"cut at {at}: {statuses}"
    assert blocked(ada) == []


GOOD = {
    "length": post(CL),
    "chunks": post(TE, CHUNKS),
    "chunk extension": post(TE, b"2;a=b\r\n{}\r\n0;c\r\n\r\n"),
    "zeros": post(TE, b"002\r\n{}\r\n000\r\n\r\n"),
    "trailer": post(TE, b"2\r\n{}\r\n0\r\nX: y\r\n\r\n"),
    "a trailer that would be a field": post(TE, b"2\r\n{}\r\n0\r\nHost: evil.example\r\n\r\n"),
    "blanks around": post(b"Transfer-Encoding: \t chunked \t\r\n", CHUNKS),
    "another name": post(CL + b"Transfer_Encoding: chunked\r\n"),
}


@pytest.mark.parametrize("name", GOOD)
def test_two_requests_are_two(ada, name):
    """The cases above are not refused for another reason: with a good frame the second is done."""
    entry = name.replace(" ", "-") + ".example"
    try:
        octets = GOOD[name].replace(b"COOKIE", cookie(ada)) + smuggled(ada, entry)
        statuses = status_lines(offer(ada, octets, len(octets) - 3))
        assert len(statuses) == 2 and statuses[1] == 200, statuses
        assert blocked(ada) == [entry]
    finally:
        ada.post("/senders/remove", {"list": "blocked", "entries": [entry]})
    assert blocked(ada) == []
