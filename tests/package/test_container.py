"""The container file's steps in a bare root, and its health check. No container engine is needed;
what only an engine does (volumes, limits, ports) is not tried here."""

import contextlib
import http.server
import pathlib
import re
import subprocess
import threading

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "packaging/container"


def steps(text):
    """[(instruction, rest)] with continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.M))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def test_its_steps_give_an_image_whose_user_can_run_the_program(root):
    found = steps((FOLDER / "Containerfile").read_text())
    (run,) = [rest for name, rest in found if name == "RUN"]
    (user,) = [rest for name, rest in found if name == "USER"]
    # The package's file has the name that COPY gives it, and the lists are in the root already.
    root.path("/tmp/postern.deb").rename(root.path("/tmp/postern_0.deb"))
    assert run.count("apt-get update") == 1
    root.run("sh", "-e", "-c", run.replace("apt-get update", "true"))
    assert not list(root.path("/tmp").glob("*.deb"))
    uid, gid = user.split(":")
    as_user = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    assert root.run("stat", "-c", "%u %g %a", "/var/lib/postern").stdout.split() == [uid, gid, "700"]
    assert "hostname is missing" in root.run(*as_user, "/usr/bin/postern", "check", check=False).stderr
    root.run(*as_user, "touch", "/var/lib/postern/there")
    (entry,) = [rest for name, rest in found if name == "ENTRYPOINT"]
    assert entry == '["/usr/bin/postern"]'


@contextlib.contextmanager
def answering(status):
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def health(port):
    return subprocess.run([FOLDER / "health", str(port)], capture_output=True).returncode


def test_the_health_check_asks_whether_mail_is_taken():
    with answering(200) as port:
        assert health(port) == 0
    with answering(503) as port:
        assert health(port) != 0
    assert health(port) != 0, "nobody listens any more"
