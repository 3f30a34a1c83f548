"""A private Postfix behind the gateway: own directories, loopback only, mail into Maildirs.

It needs root (Postfix changes to its own user). Nothing of the machine's Postfix is touched.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import time

MAIN = """
compatibility_level = 3.6
queue_directory = {top}/queue
data_directory = {top}/data
maillog_file = {top}/maillog
maillog_file_prefixes = {top}
myhostname = backend.example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
local_header_rewrite_clients =
relay_transport = error:5.7.1 nothing leaves this server
default_transport = error:5.7.1 nothing leaves this server
relay_domains =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.test
virtual_mailbox_base = {top}/mail
virtual_mailbox_maps = texthash:{top}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 60000000
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_mynetworks, reject
smtpd_forbid_bare_newline = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_delay_open_until_valid_rcpt = yes
smtputf8_enable = yes
strict_smtputf8 = no
biff = no
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
tlsmgr    unix - - n 1000? 1 tlsmgr
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

TAKES = ("ada@example.test", "ben@example.test", "carol@example.test", "security@example.test")


class Postfix:
    def __init__(self, top, *, settings="", port=0):
        self.top = pathlib.Path(top)
        self.port = port or free_port()
        owner = shutil.which("postfix") and _user("nobody")
        for name in ("queue", "data", "mail", "config"):
            (self.top / name).mkdir(parents=True, exist_ok=True)
        # Postfix and its delivery agent are other users: they must get through to their folders.
        for folder in [self.top, *self.top.parents]:
            if folder.stat().st_uid == os.getuid() and folder != pathlib.Path("/"):
                folder.chmod(folder.stat().st_mode | 0o711)
        os.chown(self.top / "data", _user("postfix")[0], -1)
        os.chown(self.top / "mail", *owner)
        config = self.top / "config"
        text = MAIN.format(top=self.top, uid=owner[0], gid=owner[1]) + settings + "\n"
        (config / "main.cf").write_text(text)
        (config / "master.cf").write_text(MASTER.format(port=self.port))
        boxes = [f"{address} {address}/\n" for address in TAKES]
        (self.top / "mailboxes").write_text("".join(boxes))

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def control(self, word, check=True):
        done = subprocess.run(["postfix", "-c", str(self.top / "config"), word], capture_output=True, text=True)
        assert not check or done.returncode == 0, f"postfix {word}: {done.stdout}{done.stderr}{self.log()}"

    def start(self):
        self.control("start")
        until(self.answers, "Postfix does not answer", self.log)

    def stop(self):
        self.control("stop", check=False)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                return probe.recv(3) == b"220"
        except OSError:
            return False

    def log(self):
        path = self.top / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""

    def mails(self, address):
        """The bytes of each delivered mail, line ends as in the Maildir (LF)."""
        folder = self.top / "mail" / address / "new"
        return [path.read_bytes() for path in sorted(folder.glob("*"))]

    def wait_for(self, address, count=1):
        until(lambda: len(self.mails(address)) >= count, f"no {count} mails for {address}", self.log)
        return self.mails(address)

    def forget(self):
        for address in TAKES:
            shutil.rmtree(self.top / "mail" / address, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, log=lambda: "", seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}\n{log()}"
        time.sleep(0.02)


def _user(name):
    import pwd

    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid
