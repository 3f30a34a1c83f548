"""The sample mails and people of the demonstration, and what is to become of them."""

import collections
import hashlib
import json
import pathlib
import smtplib
import subprocess
import tomllib

import processes

Addresses = collections.namedtuple("Addresses", "smtp backend portal portal_url")
LISTS = ("block", "permit", "trust")


def addresses_in(config):
    settings = tomllib.loads(pathlib.Path(config).read_text())
    return Addresses(
        settings["smtp"]["listener"][0]["address"],
        settings["domain"][0]["backend"],
        settings["portal"]["address"],
        settings["portal"]["public_url"],
    )


class Program:
    """The command line of postern with the demonstration's configuration."""

    def __init__(self, postern, config):
        self.postern, self.config = postern, str(config)

    def run(self, *arguments, stdin=None):
        done = subprocess.run(
            [self.postern, *arguments, "--config", self.config], input=stdin, capture_output=True
        )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise processes.Failure(f"postern {' '.join(arguments)}: exit {done.returncode}: {said}")
        return done.stdout

    def holds(self):
        return json.loads(self.run("hold", "list", "--json"))

    def has_holds(self):
        return bool(self.holds())


def read_people(folder):
    return tomllib.loads((folder / "people.toml").read_text())["person"]


def make_people(program, people):
    for person in people:
        program.run(
            *("user", "add", person["address"], "--role", person["role"], "--password-stdin"),
            stdin=(person["password"] + "\n").encode(),
        )
        for name in LISTS:
            if entries := person.get(name):
                program.run("sender", name, person["address"], *entries)


class Mail:
    def __init__(self, folder, entry):
        self.name, self.sender, self.expected = entry["file"], entry["from"], entry["to"]
        # Kept with the line ends of a text file, sent with those of a mail.
        self.message = (folder / entry["file"]).read_bytes().replace(b"\n", b"\r\n")
        self.sha256 = hashlib.sha256(self.message).hexdigest()


class Manifest:
    def __init__(self, mails):
        self.mails = mails

    def unknown(self):
        return [to for mail in self.mails for to, fate in mail.expected.items() if fate == "unknown"]

    def send(self, address):
        """One connection a mail; the replies as [({recipient: reply}, final reply or None)]."""
        return [send(address, mail) for mail in self.mails]


def read_manifest(folder):
    entries = tomllib.loads((folder / "mails" / "manifest.toml").read_text())["mail"]
    return Manifest([Mail(folder / "mails", entry) for entry in entries])


def send(address, mail):
    host, _, port = address.rpartition(":")
    with smtplib.SMTP(host, int(port), local_hostname="sender.example") as smtp:
        smtp.ehlo()
        expect(smtp.mail(mail.sender, ["BODY=8BITMIME"]), mail)
        recipients = {to: text(smtp.rcpt(to)) for to in mail.expected}
        taken = [to for to, reply in recipients.items() if reply.startswith("250")]
        return recipients, text(smtp.data(mail.message)) if taken else None


def expect(reply, mail):
    if reply[0] != 250:
        raise processes.Failure(f"{mail.name}: MAIL FROM was answered {text(reply)}")


def text(reply):
    return f"{reply[0]} {reply[1].decode(errors='replace')}"


def print_replies(manifest, replies):
    for mail, (recipients, final) in zip(manifest.mails, replies, strict=True):
        print(f"  {mail.name}")
        for to, fate in mail.expected.items():
            said = recipients[to] if not recipients[to].startswith("250") else final
            print(f"    {to:<22} {fate:<20} {said.splitlines()[0]}")


def check(manifest, replies, program, maildir):
    """What differs from the manifest, one line each; and one hold is released to see it arrive."""
    problems = []
    holds = {(hold["owner"], hold["sha256"]): hold for hold in program.holds()}
    for mail, (recipients, final) in zip(manifest.mails, replies, strict=True):
        for to, fate in mail.expected.items():
            hold = holds.pop((to, mail.sha256), None)
            found = fate_of(mail, to, recipients[to], final, hold, maildir, fate)
            if found != fate and not (fate == "blocked by header" and found == "not delivered"):
                problems.append(f"{mail.name}: {to}: should be {fate}, is {found}")
    problems += [f"held, but not in the manifest: {hold}" for hold in holds.values()]
    return problems or check_release(manifest, program, maildir)


def fate_of(mail, to, reply, final, hold, maildir, expected):
    if reply.startswith("550 5.7.1"):
        return "blocked"
    if reply.startswith("550 5.1.1"):
        return "unknown"
    if not reply.startswith("250") or not final.startswith("250 2.0.0"):
        return f"refused: {reply} / {final}"
    delivered = is_in(maildir, to, mail)
    if expected == "delivered" and not hold:
        # Of a mail with several verdicts the copies to deliver may follow just after the reply.
        delivered = processes.until(lambda: is_in(maildir, to, mail))
    if hold:
        return f"held {hold.get('kind')}" + (" and delivered" if delivered else "")
    return "delivered" if delivered else "not delivered"


def is_in(maildir, to, mail):
    """True when a file of the recipient's Maildir is added header fields and then the sent bytes."""
    files = (maildir / to / "new").glob("*")
    return any(file.read_bytes().endswith(b"\r\n" + mail.message) for file in files)


def check_release(manifest, program, maildir):
    mail = next(mail for mail in manifest.mails if "held user" in mail.expected.values())
    hold = next(hold for hold in program.holds() if hold["sha256"] == mail.sha256)
    if program.run("hold", "export", hold["id"]) != mail.message:
        return [f"{mail.name}: the exported bytes are not the sent bytes"]
    program.run("hold", "release", hold["id"])
    if not processes.until(lambda: is_in(maildir, hold["owner"], mail)):
        return [f"{mail.name}: released, but not in the Maildir"]
    return []
