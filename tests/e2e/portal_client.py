"""The portal as a browser's script sees it, and raw HTTP for what no browser would send."""

import http.client
import json
import re
import socket
import urllib.parse

import program

TIMEOUT_SECONDS = 30


class Portal:
    """One browser: keeps the session cookie, sends the Origin a page of the portal would."""

    def __init__(self, address, public_url=program.PUBLIC_URL):
        self.address, self.public_url, self.cookie = address, public_url, None
        self.host = urllib.parse.urlsplit(public_url).netloc

    def request(self, method, path, body=None, headers=()):
        """(status, headers, bytes). `headers` wins over what would be sent; None leaves a field out."""
        fields = {"Host": self.host, "Accept": "application/json"}
        if method not in ("GET", "HEAD"):
            fields["Origin"] = self.public_url
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        if self.cookie:
            fields["Cookie"] = self.cookie
        fields.update(headers)
        host, _, port = self.address.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_SECONDS)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in fields.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def call(self, method, path, body=None, expect=200, headers=()):
        """The parsed JSON answer to a call of the API."""
        status, _, answer = self.request(method, "/api/v1" + path, body, headers)
        assert status == expect, f"{method} {path}: {status}: {answer[:500]!r}"
        return json.loads(answer) if answer else None

    def get(self, path, expect=200, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.call("GET", path, expect=expect)

    def post(self, path, body, expect=200, headers=()):
        return self.call("POST", path, body, expect, headers)

    def sign_in(self, address, password="a long password", expect=200):
        status, headers, answer = self.request(
            "POST", "/api/v1/session", {"address": address, "password": password}
        )
        assert status == expect, f"sign-in of {address}: {status}: {answer!r}"
        if status == 200:
            self.set_cookie = headers["Set-Cookie"]
            self.cookie = self.set_cookie.partition(";")[0]
        return json.loads(answer)

    def holds(self, **query):
        return self.get("/holds", **query)["holds"]

    def hold(self, subject, **query):
        found = [hold for hold in self.holds(**query) if hold["subject"] == subject]
        assert len(found) == 1, f"{len(found)} holds with the subject {subject!r}"
        return found[0]

    def act(self, action, *ids, expect=200, **more):
        return self.post("/holds/act", {"action": action, "ids": list(ids), **more}, expect)


def signed_in(postern, address):
    """A browser in which this person has signed in to the portal of `postern`, a program's instance."""
    portal = Portal(postern.portal)
    portal.sign_in(address)
    return portal


def raw(address, octets, *, finish=False):
    """Everything the server says to these bytes until it closes; fails when it does not close."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as connection:
        try:
            connection.sendall(octets)
            if finish:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It has closed before it read everything; what it said is still there to read.
        answer = b""
        while True:
            try:
                more = connection.recv(1 << 16)
            except ConnectionResetError:
                return answer
            if not more:
                return answer
            answer += more


def status_lines(answer):
    """The statuses of all responses in the bytes, wherever one begins."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]
