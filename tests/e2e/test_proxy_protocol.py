"""The PROXY protocol, versions 1 and 2, from listed addresses only."""

import socket
import struct

import messages
import pytest
import wire
from program import rule

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version_2(family, protocol, address, command=1):
    return SIGNATURE + bytes([0x20 | command, family << 4 | protocol]) + struct.pack(">H", len(address)) + address


def ipv4(source="192.0.2.7", port=4711):
    return socket.inet_aton(source) + socket.inet_aton("198.51.100.1") + struct.pack(">HH", port, 25)


def ipv6(source="2001:db8::7"):
    return (
        socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, "2001:db8::1") + struct.pack(">HH", 4711, 25)
    )


GOOD = {
    "v1 TCP4": (b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n", b"192.0.2.7"),
    "v1 TCP6": (b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 25\r\n", b"2001:db8::7"),
    "v1 UNKNOWN": (b"PROXY UNKNOWN\r\n", b"127.0.0.1"),
    "v2 TCP4": (version_2(1, 1, ipv4()), b"192.0.2.7"),
    "v2 TCP6": (version_2(2, 1, ipv6()), b"2001:db8::7"),
    "v2 with more": (version_2(1, 1, ipv4() + b"\x04\x00\x03abc"), b"192.0.2.7"),
    "v2 LOCAL": (version_2(0, 0, b"", command=0), b"127.0.0.1"),
}
BAD = {
    "no header": b"EHLO client.example.org\r\n",
    "v1 without end": b"PROXY TCP4 " + b"1" * 120 + b"\r\n",
    "v1 bad address": b"PROXY TCP4 192.0.2.777 198.51.100.1 4711 25\r\n",
    "v1 bad port": b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 99999\r\n",
    "v1 bare LF": b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\n",
    "v2 wrong version": SIGNATURE + b"\x11\x11\0\x0c" + ipv4(),
    "v2 too short": version_2(1, 1, ipv4()[:8]),
    "v2 wrong signature": b"\r\n\r\n\0\r\nQUIT\r" + b"\x21\x11\0\x0c" + ipv4(),
}


@pytest.fixture
def proxied(instances, standin):
    listener = {"address": "127.0.0.1:0", "proxy_protocol_from": ["127.0.0.0/8"]}
    return instances(
        standin, listeners=[listener], rules=rule("test net", client=["192.0.2.0/24"], hold_for="user")
    )


@pytest.mark.parametrize("header,client_address", GOOD.values(), ids=GOOD.keys())
def test_the_clients_address_is_the_one_in_the_header(proxied, standin, header, client_address):
    with wire.Wire(proxied.smtp, before=header) as client:
        client.hello()
        client.envelope("a@sender.example", "ada@example.test")
        assert client.data(messages.message("proxied")).code == 250
    if client_address == b"192.0.2.7":
        hold = proxied.hold("proxied")
        assert hold["rule"] == "test net"
        proxied.run("hold", "release", hold["id"])
    (mail,) = standin.wait_for(1)
    assert client_address in mail.data.split(b"\r\nFrom:")[0]


def test_a_header_in_pieces(proxied):
    header = GOOD["v2 TCP4"][0]
    with wire.Wire(proxied.smtp, greet=False) as client:
        for at in range(len(header)):
            client.raw(header[at : at + 1])
        assert client.reply().code == 220
        client.hello()


@pytest.mark.parametrize("octets", BAD.values(), ids=BAD.keys())
def test_a_bad_header_closes_without_a_dialogue(proxied, standin, octets):
    with wire.Wire(proxied.smtp, greet=False, before=octets) as client:
        client.socket.shutdown(socket.SHUT_WR)
        try:
            line = client.read_line()
        except ConnectionResetError:
            line = None
        assert line is None or line[0] in "45", line
    assert not any(line.upper().startswith((b"MAIL", b"RCPT")) for line in standin.transcript)


@pytest.mark.parametrize("header", [GOOD["v1 TCP4"][0], GOOD["v2 TCP4"][0]], ids=["v1", "v2"])
def test_a_header_from_an_address_that_is_not_listed(instances, standin, header):
    listener = {"address": "127.0.0.1:0", "proxy_protocol_from": ["192.0.2.0/24"]}
    postern = instances(standin, listeners=[listener], smtp={"greeting_delay_seconds": 1})
    with wire.Wire(postern.smtp, greet=False, before=header) as client:
        assert client.reply().starts("554 5.5.0")
        client.assert_closed()
    assert postern.send(messages.message())[1].code == 250
