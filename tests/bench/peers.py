"""What stands between source and sink: nothing, Postfix in two ways, Haraka, Postern.

Each has its own sink and its own folder, runs on the cores it is given, and is ended by its pid.
Settings are those a Debian package or a fresh installation has, and what the path needs.
"""

import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess

import processes

HARAKA = "3.0.3"  # the newest that runs on Debian 12's nodejs 18
# Newer versions of these were not to be had everywhere when this was written.
HARAKA_OVERRIDES = {"encoding-japanese": "2.2.0", "libqp": "2.1.1"}

MAIN = """
compatibility_level = 3.6
queue_directory = {top}/queue
data_directory = {top}/data
maillog_file = {top}/maillog
maillog_file_prefixes = {top}
myhostname = peer.example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
relay_domains = example.test
relayhost = {sink}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtp_tls_security_level = may
message_size_limit = 60000000
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
{options}
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

POSTERN = """
hostname = "mx.example.test"
data_dir = "store"
threads = {threads}

[smtp]
unlimited_connections_from = ["127.0.0.0/8"]
max_connections = 20000
max_transactions = 100000
max_empty_commands = 1000000

[[smtp.listener]]
address = "127.0.0.1:{port}"
tls = "optional"

[tls]
certificate = "{certificate}"
key = "{key}"

[quarantine]
disk_reserve_bytes = 1048576

[[domain]]
name = "example.test"
backend = "{sink}"

[[rule]]
name = "held senders"
sender = ["held.example"]
action = "hold"

[[rule]]
name = "held recipients"
recipient = ["0mixed@example.test"]
action = "hold"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as probe:
            return probe.recv(3) == b"220"
    except OSError:
        return False


def certificate(folder):
    """(certificate, key): the same for every peer."""
    paths = folder / "certificate.pem", folder / "key.pem"
    if not paths[0].exists():
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        names = ["-subj", "/CN=mx.example.test", "-days", "30", "-nodes", "-x509"]
        subprocess.run(["openssl", "req", *curve, *names, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
        paths[1].chmod(0o600)
    return paths


class Peer:
    """One way from source to sink. `port` is where the source sends to."""

    name, speaks_tls, keeps = "", True, False
    process, sink = None, None

    def __init__(self, top):
        self.top = pathlib.Path(top) / self.name.replace(" ", "-")
        shutil.rmtree(self.top, ignore_errors=True)
        self.top.mkdir(parents=True)
        self.port, self.sink_port = free_port(), free_port()
        self.certificate, self.key = certificate(self.top.parent)
        self.on = processes.cores()[2]

    def start(self):
        try:
            self.start_sink()
            self.start_peer()
            processes.until(lambda: answers(self.port), f"{self.name} does not answer; see {self.top}")
        except BaseException:
            self.stop()
            raise
        return self

    def start_sink(self):
        sink = ["smtp-sink", "-u", "nobody", "-m", "2048", f"127.0.0.1:{self.sink_port}", "1024"]
        self.sink = processes.start(sink, processes.cores()[1], self.top / "sink.log")
        processes.until(lambda: answers(self.sink_port), f"the sink of {self.name} does not answer")

    def start_peer(self):
        raise NotImplementedError

    @property
    def pid(self):
        return self.process.pid

    def drained(self):
        """All that was accepted has reached the sink, or is where it shall stay."""
        return True

    def stop(self):
        processes.end(self.process)
        processes.end(self.sink)
        self.process = self.sink = None


class Nothing(Peer):
    name, speaks_tls = "nothing", False

    def start_peer(self):
        self.port = self.sink_port

    @property
    def pid(self):
        return None


class Postfix(Peer):
    """A private instance; the machine's own is not touched."""

    def options(self):
        return ""

    def start_peer(self):
        owner = pwd.getpwnam("postfix").pw_uid
        for name in ("queue", "data", "config"):
            (self.top / name).mkdir()
        for folder in [self.top, *self.top.parents]:
            if folder.stat().st_uid == os.getuid() and folder != pathlib.Path("/"):
                folder.chmod(folder.stat().st_mode | 0o711)
        os.chown(self.top / "data", owner, -1)
        text = MAIN.format(top=self.top, sink=f"[127.0.0.1]:{self.sink_port}", certificate=self.certificate, key=self.key)
        (self.top / "config/main.cf").write_text(text)
        (self.top / "config/master.cf").write_text(MASTER.format(port=self.port, options=self.options()))
        config = ["postfix", "-c", self.top / "config"]
        subprocess.run([*config, "check"], check=True, capture_output=True)
        self.process = processes.start([*config, "start-fg"], self.on, self.top / "postfix.log")

    def stop(self):
        if self.process:
            subprocess.run(["postfix", "-c", self.top / "config", "stop"], capture_output=True)
        super().stop()


class PostfixProxy(Postfix):
    name = "postfix proxy"

    def options(self):
        return f"  -o smtpd_proxy_filter=127.0.0.1:{self.sink_port}"


class PostfixQueue(Postfix):
    name, keeps = "postfix queue", True

    def drained(self):
        return not any(self.waiting(name) for name in ("incoming", "active", "deferred"))

    def waiting(self, name):
        folder = self.top / "queue" / name
        return folder.exists() and any(files for _, _, files in os.walk(folder))


class Haraka(Peer):
    name = "haraka"

    def install(self, into):
        """None, or why it cannot be had."""
        program = into / "node_modules/Haraka/bin/haraka"
        if not shutil.which("npm"):
            return "npm is not installed"
        if not program.exists():
            into.mkdir(parents=True, exist_ok=True)
            wanted = {"private": True, "dependencies": {"Haraka": HARAKA}, "overrides": HARAKA_OVERRIDES}
            (into / "package.json").write_text(json.dumps(wanted))
            options = ["--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts"]
            done = subprocess.run(["npm", "install", *options], cwd=into, capture_output=True, text=True)
            if done.returncode != 0 or not program.exists():
                wrong = [line for line in done.stderr.splitlines() if "error" in line]
                return f"npm cannot install Haraka {HARAKA}: {'; '.join(wrong[-2:])}"
        self.program = program
        return None

    def start_peer(self):
        config = self.top / "config"
        config.mkdir()
        files = {
            "smtp.ini": f"listen=127.0.0.1:{self.port}\nnodes={len(self.on)}\n",
            "connection.ini": "[max]\nbytes=60000000\n",
            "plugins": "tls\nrcpt_to.in_host_list\nqueue/smtp_forward\n",
            "host_list": "example.test\n",
            "smtp_forward.ini": f"host=127.0.0.1\nport={self.sink_port}\n",
            "tls.ini": f"key={self.key}\ncert={self.certificate}\n",
            "loglevel": "INFO\n",
            "me": "haraka.example.test\n",
        }
        for name, text in files.items():
            (config / name).write_text(text)
        self.process = processes.start(["node", self.program, "-c", self.top], self.on, self.top / "haraka.log")


class Postern(Peer):
    name, keeps = "postern", True

    def __init__(self, top, binary, name="postern"):
        self.name, self.binary = name, binary
        super().__init__(top)
        self.file = self.top / "postern.toml"

    def start_peer(self):
        self.write_config()
        self.process = processes.start([self.binary, "serve", "--config", self.file], self.on, self.top / "postern.log")

    def write_config(self):
        self.file.write_text(
            POSTERN.format(
                threads=len(self.on), port=self.port, sink=f"127.0.0.1:{self.sink_port}", certificate=self.certificate, key=self.key
            )
        )

    def make_store(self):
        self.start()
        self.stop()
        return self.top / "store/postern.db"
