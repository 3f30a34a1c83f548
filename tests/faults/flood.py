"""Clients that mean no good, as a process of their own:

    flood.py KIND ADDRESS COUNT

opens COUNT connections, says "ready", keeps them busy in their way until standard input ends, and
says how many connections it has made in all. KIND is one of FLOODS.
"""

import asyncio
import os
import random
import resource
import ssl
import sys

HELLO = b"EHLO flood.example.org\r\n"
ENVELOPE = b"MAIL FROM:<a@sender.example>\r\n", b"RCPT TO:<ada@example.test>\r\n", b"DATA\r\n"
HEADER = b"Subject: slow\r\nX-Slow: "
AT_ONCE = 200  # connections being opened


class Client:
    def __init__(self, flood):
        self.flood, self.reader, self.writer = flood, None, None

    async def connect(self):
        self.flood.made += 1
        self.reader, self.writer = await asyncio.open_connection(self.flood.host, self.flood.port, limit=1 << 16)

    async def reply(self):
        while (line := await self.reader.readuntil(b"\r\n"))[3:4] == b"-":
            pass
        return line

    async def ask(self, octets):
        self.writer.write(octets)
        return await self.reply()

    async def hello(self):
        await self.connect()
        await self.reply()
        await self.ask(HELLO)

    async def start_tls(self):
        await self.hello()
        await self.ask(b"STARTTLS\r\n")
        await self.writer.start_tls(self.flood.tls, server_hostname="mx.example.test")
        await self.ask(HELLO)

    def close(self):
        if self.writer:
            self.writer.transport.abort()


async def for_ever(client):
    await client.reader.read(-1)


async def byte_by_byte(client, octets=b""):
    while True:
        for byte in octets or [None]:
            client.writer.write(b"x" if byte is None else bytes([byte]))
            await client.writer.drain()
            await asyncio.sleep(1)


async def silent(client):
    await client.connect()
    yield
    await for_ever(client)


async def idle(client):
    await client.hello()
    yield
    await for_ever(client)


async def idle_tls(client):
    await client.start_tls()
    yield
    await for_ever(client)


async def slow_command(client):
    await client.hello()
    yield
    await byte_by_byte(client)


async def slow_header(client):
    await client.hello()
    for command in ENVELOPE:
        await client.ask(command)
    client.writer.write(HEADER)
    yield
    await byte_by_byte(client)


async def slow_body(client):
    await client.hello()
    for command in ENVELOPE:
        await client.ask(command)
    client.writer.write(HEADER + b"no\r\n\r\n" + b"a line of the body\r\n" * 50)
    yield
    await byte_by_byte(client)


async def slow_handshake(client):
    await client.hello()
    await client.ask(b"STARTTLS\r\n")
    client.writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # a ClientHello begins
    yield
    await byte_by_byte(client, b"\x00")


async def handshakes(client):
    yield
    while True:
        await client.start_tls()
        client.close()


async def junk(client):
    yield
    while True:
        await client.connect()
        try:
            while True:
                client.writer.write(random.randbytes(4096))
                await client.writer.drain()
        except OSError:
            client.close()


async def connects(client):
    yield
    while True:
        await client.connect()
        await client.reply()
        client.close()


FLOODS = {
    one.__name__.replace("_", " "): one
    for one in (silent, idle, idle_tls, slow_command, slow_header, slow_body, slow_handshake, handshakes, junk, connects)
}


class Flood:
    def __init__(self, kind, address, count):
        self.kind, self.count, self.made = FLOODS[kind], count, 0
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.opening, self.open = asyncio.Semaphore(AT_ONCE), 0

    async def client(self):
        while True:
            client = Client(self)
            try:
                async with self.opening:
                    steps = self.kind(client)
                    await anext(steps)
                    self.open += 1
                async for _ in steps:
                    pass
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)  # Thrown out: again.
            finally:
                client.close()

    async def run(self):
        clients = [asyncio.create_task(self.client()) for _ in range(self.count)]
        while self.open < self.count:
            await asyncio.sleep(0.02)
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        print(self.made, flush=True)
        for client in clients:
            client.cancel()
        os._exit(0)  # The kernel closes ten thousand sockets faster.


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(Flood(sys.argv[1], sys.argv[2], int(sys.argv[3])).run())
