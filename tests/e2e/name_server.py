"""A small DNS server on loopback: says what a test wants, right or wrong."""

import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "PTR": 12, "MX": 15, "AAAA": 28}
REFUSED, SERVFAIL, NXDOMAIN = 5, 2, 3


def wire_name(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def wire_data(kind, value):
    if kind == "MX":
        preference, host = value
        return struct.pack(">H", preference) + wire_name(host)
    if kind == "PTR":
        return wire_name(value)
    return ipaddress.ip_address(value).packed


def reverse(address):
    return ipaddress.ip_address(address).reverse_pointer


class NameServer:
    """`records` is {(name, type): [value]}; a name without any is unknown. A value may be a function
    of (query, question) that gives the whole answer, or None for silence."""

    def __init__(self, records):
        self.records = {(name.lower(), kind): values for (name, kind), values in records.items()}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.asked = []
        threading.Thread(target=self.run, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def stop(self):
        self.socket.close()

    def run(self):
        while True:
            try:
                query, client = self.socket.recvfrom(4096)
            except OSError:
                return
            answer = self.answer(query)
            if answer is not None:
                self.socket.sendto(answer, client)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
            at += 1 + query[at]
        name = ".".join(labels).lower()
        kind = {number: kind for kind, number in TYPES.items()}.get(struct.unpack_from(">H", query, at + 1)[0], "?")
        self.asked.append((name, kind))
        question = query[12 : at + 5]
        values = self.records.get((name, kind))
        if callable(values):
            return values(query, question)
        known = any(name == other for other, _ in self.records)
        return reply(query, question, [(kind, value) for value in values or []], 0 if known else NXDOMAIN)


def reply(query, question, records, code=0):
    head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    body = b""
    for kind, value in records:
        data = value if isinstance(value, bytes) else wire_data(kind, value)
        body += b"\xc0\x0c" + struct.pack(">HHIH", TYPES[kind], 1, 60, len(data)) + data
    return head + question + body


def silence(_query, _question):
    return None


def failing(code):
    return lambda query, question: reply(query, question, [], code)


def raw(kind, data):
    """A record whose data is these bytes, whatever they mean."""
    return lambda query, question: reply(query, question, [(kind, data)])
