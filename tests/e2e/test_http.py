"""HTTP: ambiguous framing is refused and closed; every answer carries its guards; mail stays in its box."""

import re

import messages
import pytest
from portal_client import Portal, raw, signed_in, status_lines
from program import rule

HOST = b"Host: portal.example.test\r\n"
SECOND = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: portal.example.test\r\n\r\n"
POST = b"POST /api/v1/session HTTP/1.1\r\n" + HOST + b"Origin: https://portal.example.test\r\nContent-Type: application/json\r\n"


def get(target=b"/", host=HOST, more=b"", version=b"1.1"):
    return b"GET " + target + b" HTTP/" + version + b"\r\n" + host + more + b"\r\n"


CHUNKED = b"2\r\n{}\r\n0\r\n\r\n"
BAD = {
    "gzip coding with length": (POST + b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 400),
    "gzip, chunked": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED, 400),
    "chunked, identity": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKED, 400),
    "unknown coding": (POST + b"Transfer-Encoding: wibble\r\n\r\n" + SECOND, 400),
    "two codings": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED, 400),
    "coding and length": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED, 400),
    "coding with tab": (POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n" + CHUNKED, 400),
    "coding in 1.0": (POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED, 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "list of lengths": (POST + b"Content-Length: 2, 2\r\n\r\n{}", 400),
    "negative length": (POST + b"Content-Length: -2\r\n\r\n{}", 400),
    "signed length": (POST + b"Content-Length: +2\r\n\r\n{}", 400),
    "hexadecimal length": (POST + b"Content-Length: 0x2\r\n\r\n{}", 400),
    "huge length": (POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}", 400),
    "folded line": (get(more=b"X-Folded: a\r\n b\r\n"), 400),
    "folded with tab": (get(more=b"X-Folded: a\r\n\tb\r\n"), 400),
    "no host": (get(host=b""), 400),
    "two hosts": (get(host=HOST + HOST), 400),
    "two different hosts": (get(host=HOST + b"Host: evil.example\r\n"), 400),
    "foreign host": (get(host=b"Host: evil.example\r\n"), 421),
    "host with more": (get(host=b"Host: portal.example.test.evil.example\r\n"), 421),
    "blank before colon": (get(host=b"Host : portal.example.test\r\n"), 400),
    "name with blank": (get(more=b"X Y: z\r\n"), 400),
    "bare LF in header": (get(more=b"X-A: b\nX-C: d\r\n"), 400),
    "bare CR in header": (get(more=b"X-A: b\rX-C: d\r\n"), 400),
    "NUL in header": (get(more=b"X-A: b\0c\r\n"), 400),
    "target with NUL": (get(b"/%00"), 400),
    "target with slash": (get(b"/assets/..%2f..%2fetc/passwd"), 400),
    "target with backslash": (get(b"/assets/..%5c..%5cx"), 400),
    "target with dots": (get(b"/assets/../../etc/passwd"), 400),
    "target with control": (get(b"/\x01"), 400),
    "no header name": (get(more=b": x\r\n"), 400),
    "rubbish": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "smtp": (b"EHLO x.example\r\nMAIL FROM:<a@b.example>\r\n\r\n", 400),
    "bad chunk size": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
}


@pytest.fixture
def postern(instances, standin):
    return instances(standin, rules=rule("all", sender=["sender.example"]))


@pytest.mark.parametrize("octets,status", BAD.values(), ids=BAD.keys())
def test_bad_framing_is_refused_and_closed(postern, octets, status):
    # What follows in the same segment must never be answered as a request of its own.
    statuses = status_lines(raw(postern.portal, octets + SECOND))
    assert statuses == [status]


@pytest.mark.parametrize("at", ["header", "fields", "target", "body"])
def test_what_is_too_much_is_refused_and_closed(postern, at):
    octets = {
        "header": get(more=b"X-Long: " + b"x" * 20_000 + b"\r\n"),
        "fields": get(more=b"".join(b"X-%d: y\r\n" % n for n in range(150))),
        "target": get(b"/" + b"x" * 20_000),
        "body": POST + b"Content-Length: 20000000\r\n\r\n" + b"x" * 100_000,
    }[at]
    (status,) = status_lines(raw(postern.portal, octets))
    assert status in (400, 413, 414, 431)


def test_a_trailer_is_no_header(postern):
    postern.add_person("ada@example.test")
    portal = signed_in(postern, "ada@example.test")
    trailer = (
        b"POST /api/v1/undo HTTP/1.1\r\n" + HOST + b"Connection: close\r\nOrigin: https://portal.example.test\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nCookie: "
        + portal.cookie.encode() + b"\r\n\r\n"
    )
    (status,) = status_lines(raw(postern.portal, trailer))
    assert status in (400, 401)


def test_pipelined_requests_are_answered_in_order(postern):
    octets = get(b"/api/v1/openapi.json") + get(b"/api/v1/session", more=b"Connection: close\r\n")
    assert status_lines(raw(postern.portal, octets)) == [200, 401]


def test_a_method_the_route_does_not_know(postern):
    portal = Portal(postern.portal)
    for method, path in (("DELETE", "/api/v1/holds"), ("PUT", "/api/v1/session"), ("TRACE", "/"), ("WIBBLE", "/")):
        assert portal.request(method, path)[0] in (400, 401, 404, 405, 501)


def test_a_client_that_never_ends_its_header(postern):
    answer = raw(postern.portal, b"GET / HTTP/1.1\r\nHost: portal")
    assert status_lines(answer) in ([], [408], [400])


@pytest.mark.parametrize("path", ["/", "/on-hold", "/sign-in", "/api/v1/session", "/api/v1/nothing", "/nothing", "/api/v1/openapi.json"])
def test_every_answer_has_its_guards(postern, path):
    _, headers, _ = Portal(postern.portal).request("GET", path)
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in headers["Cache-Control"]
    # The public address is https: whatever terminates TLS in front, browsers are to stay with it.
    assert "max-age" in headers["Strict-Transport-Security"]


def test_the_front_end_is_in_the_binary(postern):
    status, headers, page = Portal(postern.portal).request("GET", "/on-hold")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assets = re.findall(rb'"(/assets/[^"]+)"', page)
    assert assets
    for asset in assets:
        status, headers, octets = Portal(postern.portal).request("GET", asset.decode())
        assert status == 200 and octets
        assert "immutable" in headers["Cache-Control"]
    assert Portal(postern.portal).request("GET", "/assets/nothing.js")[0] == 404


def test_held_html_comes_in_a_box(postern):
    postern.add_person("ada@example.test")
    html = b'<script>alert(1)</script><img src="https://evil.example/p.gif"><p>Hello</p>\r\n'
    postern.send(messages.message("html", html, extra=b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n"))
    portal = signed_in(postern, "ada@example.test")
    hold = portal.hold("html")
    facts = portal.get(f"/holds/{hold['id']}")
    assert facts["has_html"] and facts["has_remote_images"] and facts["may_download"] is False
    assert facts["why"]["rule"] == "all" and facts["why"]["summary"]
    for images in ("0", "1"):
        status, headers, _ = portal.request("GET", f"/api/v1/holds/{hold['id']}/html?images={images}")
        assert status == 200
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "sandbox" in policy
        assert "script-src" not in policy and "allow-scripts" not in policy and "allow-same-origin" not in policy
        assert ("https:" in policy) == (images == "1")
    assert portal.request("GET", f"/api/v1/holds/{hold['id']}/parts/0")[0] in (403, 404)


def test_the_api_describes_itself(postern):
    described = Portal(postern.portal).get("/openapi.json")
    assert described["openapi"].startswith("3.")
    for path in ("/holds", "/holds/{id}", "/holds/act", "/senders", "/session", "/undo", "/rejected"):
        assert any(known.endswith(path) for known in described["paths"]), path
