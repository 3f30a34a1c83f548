#!/usr/bin/python3
"""Every false end of data, at every split, in front of vulnerable mail servers of every kind.

    tests/e2e/smuggling_matrix.py           a sample: each input once, and one of its splits
    tests/e2e/smuggling_matrix.py --long    every input at every split

Each input is offered in three ways: as it is (the gateway refuses a bare CR, LF or NUL), from a
client whose line ends are mended, and so that it is held first and released afterwards. In the
sample one mail goes to a recipient behind each vulnerable server; in the long form a strict server
takes down what the gateway sends, and each of the others reads that. POSTERN names the program;
default: build/release.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import itertools
import os
import pathlib
import socket
import sys
import tempfile

import messages
import program
import wire
from vulnerable_backend import KINDS, STRICT, Recorded, VulnerableBackend

LINE_ENDS = {
    "CRLF": b"\r\n",
    "LF": b"\n",
    "CR": b"\r",
    "NUL": b"\0",
    "CRCRLF": b"\r\r\n",
    "LFCR": b"\n\r",
    "CRNULLF": b"\r\0\n",
    "NULLF": b"\0\n",
    "CRNUL": b"\r\0",
    "LFNUL": b"\n\0",
    "NULCRLF": b"\0\r\n",
    "CRLFNUL": b"\r\n\0",
}
# What may stand between the line ends besides a dot: a dot that was stuffed, blanks that somebody
# trims, a NUL that somebody drops.
DOTS = {"dot": b".", "two dots": b"..", "dot blank": b". ", "dot tab": b".\t", "NUL dot": b"\0.", "dot NUL": b".\0"}
TRUE_END = b"\r\n.\r\n"
SMUGGLED = (
    b"MAIL FROM:<evil@smuggled.example>\r\nRCPT TO:<ada@kind0.test>\r\nDATA\r\n"
    b"From: evil@smuggled.example\r\nSubject: smuggled\r\n\r\nevil\r\n"
)
BUFFER_BYTES = 32 * 1024  # of the gateway's reader
NORMALISED_CLIENT = "127.0.0.2"
WAYS = ("as it is", "mended", "held")


def forms():
    """{name: octets}: 144 with a dot alone, less the one that is the end, and the ends with more in them."""
    found = {}
    for before, after in itertools.product(LINE_ENDS, LINE_ENDS):
        found[f"{before} . {after}"] = LINE_ENDS[before] + b"." + LINE_ENDS[after]
    for dot, before, after in itertools.product(list(DOTS)[1:], ("CRLF", "LF", "CR"), ("CRLF", "LF", "CR")):
        found[f"{before} {dot} {after}"] = LINE_ENDS[before] + DOTS[dot] + LINE_ENDS[after]
    return {name: octets for name, octets in found.items() if octets != TRUE_END}


@dataclasses.dataclass(frozen=True)
class Input:
    """What follows 354, up to and with the true end, and where the form stands in it."""

    name: str
    octets: bytes
    begin: int
    end: int

    @property
    def data(self):
        """Up to the true end, which is behind the smuggled mail or, rarely, within the form."""
        return (b"\r\n" + self.octets).partition(TRUE_END)[0]

    @property
    def ways(self):
        # What follows a true end is the client's own business: mended, it may be a mail of its own.
        return WAYS[:1] if len(self.data) < self.end else WAYS

    def is_refused(self, way):
        """A bare CR, LF or NUL; a NUL has no line end that it could be mended to."""
        return bool(set(self.data.replace(b"\r\n", b"")) & ({0, 10, 13} if way == WAYS[0] else {0}))

    def splits(self):
        """Where it is cut in two: everywhere in the form and beside it; none: not at all."""
        return [(), *((at,) for at in range(max(self.begin - 1, 0), self.end + 3)), tuple(range(self.begin, self.end + 1))]


def inputs():
    """Each form in four places, the smuggled mail behind it."""
    head = messages.message("before", b"")
    found = {}
    for name, form in forms().items():
        places = {
            "in the text": (head + b"first part", form),
            # The line end before it is the one behind our own fields.
            "first of all": (b"", form.lstrip(b"\r\n")),
            "in the header": (b"From: a@sender.example\r\nSubject: x", form),
            "at a buffer's edge": (head + b"y" * (BUFFER_BYTES - len(head) - len(form) // 2), form),
        }
        for place, (before, octets) in places.items():
            whole = before + octets + SMUGGLED + b".\r\n"
            if before or octets != b".\r\n":
                found.setdefault(whole, Input(f"{name}, {place}", whole, len(before), len(before) + len(octets)))
    return list(found.values())


@dataclasses.dataclass
class Case:
    number: int
    input: Input
    cuts: tuple
    way: str  # of WAYS
    code: int = 0

    @property
    def sender(self):
        return f"case-{self.number}@{'held' if self.way == 'held' else 'sender'}.example"


def accepted(cases):
    return sum(case.code == 250 for case in cases)


class Client:
    """Sends one mail to a recipient of every kind on a connection of its own."""

    def __init__(self, address, kinds, source=None):
        self.address, self.kinds, self.source = address, kinds, source

    def offer(self, sender, octets, cuts=()):
        """The code of the final reply."""
        with wire.Wire(self.address, source=self.source) as client:
            client.hello()
            group = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<ada@kind{n}.test>" for n in range(self.kinds)), "DATA"]
            client.raw("".join(line + "\r\n" for line in group).encode())
            replies = [client.reply().code for _ in group]
            assert replies == [250] * (self.kinds + 1) + [354], replies
            start = 0
            for end in (*cuts, len(octets)):
                if end > start:
                    client.raw(octets[start:end])
                start = max(start, end)
            return client.reply().code


class Matrix:
    def __init__(self, directory, postern=None, kinds=KINDS):
        self.backends = [VulnerableBackend(kind) for kind in kinds]
        config = program.Config(
            self.backends[0].address,
            top={"threads": 2},
            smtp={"max_recipients": 100, "normalise_line_ends_from": [NORMALISED_CLIENT + "/32"]},
            domains=[{"name": f"kind{n}.test", "backend": behind.address} for n, behind in enumerate(self.backends)],
            rules=program.rule("all", sender=["held.example"]),
        )
        self.postern = program.Postern(directory, config, postern)
        self.cases = []

    def run(self, all_inputs, splits, workers=4):
        """Offers everything; `splits(number, input)` chooses the cuts. Returns the Result."""
        self.postern.start()
        try:
            for number, one in enumerate(all_inputs):
                for cuts in splits(number, one):
                    for way in one.ways:
                        self.cases.append(Case(len(self.cases), one, cuts, way))
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                list(pool.map(self.offer, self.cases))
            ids = [hold["id"] for hold in self.postern.holds()]
            for first in range(0, len(ids), 500):
                self.postern.run("hold", "release", *ids[first : first + 500])
            self.wait()
        finally:
            self.postern.stop()
        return self.result()

    def offer(self, case):
        source = None if case.way == "as it is" else NORMALISED_CLIENT
        case.code = Client(self.postern.smtp, len(self.backends), source).offer(case.sender, case.input.octets, case.cuts)

    def wait(self):
        """Until every mail that was accepted has arrived everywhere."""

        def arrived():
            return sum(len(backend.transactions) for backend in self.backends)

        wanted = accepted(self.cases) * len(self.backends)
        # As long as something still comes there is no reason to give up.
        while (before := arrived()) < wanted:
            program.until(lambda: arrived() > before, "mails that were accepted do not arrive", 60)

    def result(self):
        return Result(self.cases, self.backends)

    def stop(self):
        for backend in self.backends:
            backend.stop()


class Result:
    def __init__(self, cases, backends):
        self.cases, self.backends = cases, backends
        self.beyond, self.missing, self.wrong = [], [], []
        for backend in backends:
            senders = collections.Counter(envelope[0].partition(b">")[0] for envelope, _ in backend.transactions)
            for case in cases:
                count = senders.pop(b"MAIL FROM:<%s" % case.sender.encode(), 0)
                told = f"{case.input.name}, cut at {case.cuts}, {case.way}, {backend.kind.name}"
                if count > 1 or count and case.code != 250:
                    self.beyond.append(told)
                if not count and case.code == 250:
                    self.missing.append(told)
            self.beyond += [f"{backend.kind.name}: {sender!r}, {count} times" for sender, count in senders.items()]
            self.beyond += [f"{backend.kind.name}: {line!r}" for line in backend.commands if b"evil" in line.lower()]
        for case in cases:
            if case.code != (550 if case.input.is_refused(case.way) else 250):
                self.wrong.append(f"{case.input.name}, cut at {case.cuts}, {case.way}: {case.code}")

    def read_by(self, kinds):
        """What was taken down, as servers of these kinds read it; each must see the one mail."""
        (recorder,) = self.backends
        for envelope, data in set((tuple(envelope), data) for envelope, data in recorder.transactions):
            for kind in kinds:
                seen = Recorded(kind, envelope, data + TRUE_END)
                if len(seen.transactions) != 1 or any(b"evil" in line.lower() for line in seen.commands):
                    self.beyond.append(f"{kind.name}: {envelope[0]!r}: {len(seen.transactions)} mails")
        self.backends = list(kinds)

    def __str__(self):
        inputs_ = len({case.input.name for case in self.cases})
        splits = len({(case.input.name, case.cuts) for case in self.cases})
        return (
            f"{inputs_} inputs, {splits} splits of them, {len(WAYS)} ways, {len(self.backends)} back ends "
            f"({len(self.cases) * len(self.backends)} results, {accepted(self.cases)} mails taken): "
            f"transactions beyond one: {len(self.beyond)}"
        )


def straight(backend, one):
    """The same bytes without a gateway: whether the server takes a second mail from them."""
    before = len(backend.transactions)
    with socket.create_connection(("127.0.0.1", backend.port), 20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = b"\r\n" if backend.kind.receive is None or b"\r" in backend.kind.receive(b"\r") else b"\n"
        client.recv(1000)
        for command in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<ada@kind0.test>", b"DATA"):
            client.sendall(command + end)
            client.recv(1000)
        client.sendall(one.octets)
        client.shutdown(socket.SHUT_WR)
        while client.recv(1000):
            pass
    return sum(b"evil" in envelope[0] for envelope, _ in backend.transactions[before:])


def blindness(all_inputs):
    """{kind: inputs that smuggle a mail into it when nobody stands in front}."""
    found = {}
    for kind in KINDS:
        backend = VulnerableBackend(kind)
        found[kind.name] = {one.name for one in all_inputs if straight(backend, one)}
        backend.stop()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="every input at every split")
    parser.add_argument("--workers", type=int, default=4, help="clients side by side (default 4)")
    options = parser.parse_args()
    os.environ.setdefault("POSTERN", str(pathlib.Path(__file__).resolve().parents[2] / "build/release/postern"))
    everything = inputs()
    bare = blindness(everything)
    for name, smuggled in bare.items():
        print(f"without a gateway: {len(smuggled):>4} of {len(everything)} inputs are two mails to: {name}")
    print(f"without a gateway: {len(set().union(*bare.values())):>4} of {len(everything)} inputs are two mails to one of them")
    with tempfile.TemporaryDirectory(prefix="postern-") as directory:
        if options.long:
            matrix = Matrix(directory, kinds=(STRICT,))
            result = matrix.run(everything, lambda _, one: one.splits(), options.workers)
            result.read_by(KINDS)
        else:
            matrix = Matrix(directory)
            result = matrix.run(everything, sample, options.workers)
        matrix.stop()
    print(result)
    for what in ("beyond", "missing", "wrong"):
        for line in getattr(result, what)[:20]:
            print(f"{what}: {line}")
    return 1 if result.beyond or result.missing or result.wrong else 0


def sample(number, one):
    splits = one.splits()
    return [splits[number % len(splits)]]


if __name__ == "__main__":
    sys.exit(main())
