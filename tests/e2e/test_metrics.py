"""What monitoring sees: numbers that follow what happens, health, and nothing of any mail."""

import http.client
import json
import re
import shutil
import signal
import ssl
import subprocess
import time

import certificates
import messages
import program
import pytest
import wire
from portal_client import Portal, raw, status_lines
from program import rule, until

MONITORING = program.TOP / "packaging" / "monitoring"
SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
ADA = "ada@example.test"
METRICS = {"address": "127.0.0.1:0"}


def get(postern, path, method="GET", host=None):
    address = postern.listening("metrics")[0]
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request(method, path, headers={"Host": host or address})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text


class Numbers:
    """One answer of /metrics: values by name and labels."""

    def __init__(self, postern):
        response, self.text = get(postern, "/metrics")
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        self.samples = {}
        for line in self.text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = SAMPLE.match(line).groups()
            key = (name, frozenset(LABEL.findall(labels or "")))
            assert key not in self.samples, f"twice: {line}"
            self.samples[key] = float(value)

    def __call__(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())), 0)

    def names(self):
        return {name for name, _ in self.samples}


def wait_for(postern, expected, **labels):
    """Until /metrics says these values; the reply to a client may be there before its counter."""

    def there():
        numbers = Numbers(postern)
        return all(numbers(name, **labels) == value for name, value in expected.items())

    until(there, f"{expected} {labels} does not come about")


@pytest.fixture
def watched(instances, standin):
    def make(**tables):
        postern = instances(standin, **{"metrics": METRICS, **tables})
        postern.wait_for_event("listening", room="metrics")
        postern.wait_for_event("started")
        return postern

    return make


def test_messages_verdicts_and_replies_are_counted(watched):
    postern = watched(
        rules=rule('odd "one"', subject="odd", hold_for="administrator")
        + rule("no", action="reject", subject="forbidden")
        + rule("gone", action="discard", subject="vanish")
    )
    before = Numbers(postern)
    for subject in ("plain", "plain", "odd", "forbidden", "vanish"):
        postern.send(messages.message(subject))
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("FLY", "500")
        client.ask("MAIL FROM:<a@sender.example>", "250")
        client.ask("RCPT TO:<b@elsewhere.example>", "550")
        client.ask("RCPT TO:<unknown@example.test>", "550")
    wait_for(postern, {"postern_smtp_sessions_open": 0})
    numbers = Numbers(postern)

    def grown(name, **labels):
        return numbers(name, **labels) - before(name, **labels)

    outcomes = {"relayed": 2, "stored": 1, "refused": 1, "dropped": 1, "deferred": 0, "broken_off": 0}
    for outcome, count in outcomes.items():
        assert grown("postern_messages_total", outcome=outcome) == count, outcome
    assert grown("postern_message_seconds_count") == 5
    assert grown("postern_message_seconds_bucket", le="+Inf") == 5
    assert grown("postern_verdicts_total", rule="nothing matched", verdict="deliver") == 2
    assert grown("postern_verdicts_total", rule=r"odd \"one\"", verdict="hold") == 1
    assert grown("postern_verdicts_total", rule="no", verdict="reject") == 1
    assert grown("postern_verdicts_total", rule="gone", verdict="discard") == 1
    assert grown("postern_smtp_recipients_total", outcome="accepted") == 5
    assert grown("postern_smtp_recipients_total", outcome="not_our_domain") == 1
    assert grown("postern_smtp_recipients_total", outcome="back_end") == 1
    assert grown("postern_smtp_commands_total", command="mail") == 6
    assert grown("postern_smtp_commands_total", command="unknown") == 1
    assert grown("postern_smtp_sessions_total") == 6
    assert grown("postern_smtp_replies_total", **{"class": "3xx"}) == 5
    assert grown("postern_smtp_replies_total", **{"class": "5xx"}) == 4
    assert grown("postern_smtp_received_bytes_total") > 5 * len(messages.message("plain"))
    assert grown("postern_store_commit_seconds_count") >= 1
    assert grown("postern_store_group_jobs_count") >= 1
    assert numbers("postern_backend_up", backend=postern.config.domains[0]["backend"]) == 1
    assert numbers("postern_store_writable") == 1
    assert numbers("postern_store_bytes") > 0
    assert numbers("postern_store_disk_free_bytes") > numbers("postern_store_disk_reserve_bytes") == 1 << 20


def test_holds_outbox_and_courier(watched, standin):
    postern = watched(rules=rule("all", sender=["sender.example"]), portal={})
    postern.send(messages.message("one"))
    postern.send(messages.message("two"))
    # Counted anew every ten seconds at most: the first question decides what the others see.
    numbers = Numbers(postern)
    assert numbers("postern_holds", audience="user", state="held") == 2
    assert numbers("postern_holds", audience="administrator", state="held") == 0
    assert numbers("postern_outbox_messages") == 0
    postern.run("hold", "release", postern.hold("one")["id"])
    standin.wait_for(1)
    wait_for(postern, {"postern_courier_attempts_total": 1}, outcome="delivered")


def test_a_back_end_that_does_not_answer_is_down(watched, standin):
    postern = watched()
    backend = postern.config.domains[0]["backend"]
    assert postern.send(messages.message())[1].code == 250
    standin.stop()
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("MAIL FROM:<a@sender.example>", "250")
        client.ask("RCPT TO:<new@example.test>", "451")
    numbers = Numbers(postern)
    assert numbers("postern_backend_up", backend=backend) == 0
    assert numbers("postern_backend_failures_total", backend=backend) >= 1
    assert numbers("postern_smtp_recipients_total", outcome="back_end") == 1


def test_nothing_of_a_mail_or_a_person_is_in_the_numbers(watched):
    postern = watched()
    postern.add_person(ADA)
    postern.run("sender", "block", ADA, "blocked@sender.example")
    secret = "verysecret"
    postern.send(messages.message(f"subject {secret}"), sender=f"{secret}@sender.example")
    with wire.Wire(postern.smtp) as client:
        client.hello(f"{secret}.example")
        client.ask("MAIL FROM:<blocked@sender.example>", "250")
        client.ask(f"RCPT TO:<{ADA}>", "550")
        client.ask(f"RCPT TO:<{secret}@example.test>")
        client.ask(f"{secret.upper()} command", "500")
    browser = Portal(postern.portal)
    browser.request("GET", f"/{secret}/path?q={secret}")
    browser.request("GET", f"/api/v1/holds/{secret}")
    browser.sign_in(f"{secret}@example.test", secret, expect=401)
    numbers = Numbers(postern)
    assert numbers("postern_verdicts_total", rule="blocked by the recipient", verdict="reject") == 1
    assert numbers("postern_portal_sign_ins_total", result="refused") == 1
    assert numbers("postern_portal_requests_total", method="GET", route="/api/v1/holds/{id}", status="401") == 1
    assert numbers("postern_portal_requests_total", method="GET", route="", status="404") >= 0
    for word in (secret, secret.upper(), "sender.example", "ada@", "127.0.0.1\""):
        assert word not in numbers.text, word


def test_refused_sessions_and_broken_off_messages(watched):
    postern = watched(smtp={"max_connections_per_client": 1})
    with wire.Wire(postern.smtp) as client:
        client.hello()
        with wire.Wire(postern.smtp, greet=False) as second:
            assert second.reply().code == 421
        client.envelope("a@sender.example", ADA)
        client.ask("DATA", "354")
        client.raw(b"Subject: half\r\n")
    wait_for(postern, {"postern_messages_total": 1}, outcome="broken_off")
    numbers = Numbers(postern)
    assert numbers("postern_smtp_sessions_refused_total", reason="too_many_from_client") == 1
    assert numbers("postern_smtp_sessions_total") == 2


def test_health_and_readiness(watched):
    postern = watched()
    for path, word in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
        response, text = get(postern, path)
        assert (response.status, text) == (200, word)
        response, text = get(postern, path, "HEAD")
        assert (response.status, text) == (200, "")
    assert get(postern, "/else")[0].status == 404
    response, _ = get(postern, "/metrics", "POST")
    assert response.status == 405 and response.headers["Allow"] == "GET, HEAD"
    assert response.headers["Cache-Control"] == "no-store"
    numbers = Numbers(postern)
    assert numbers("postern_ready") == numbers("postern_healthy") == 1


def test_only_known_names_and_sound_requests_are_answered(watched):
    postern = watched(metrics={"address": "127.0.0.1:0", "extra_hosts": ["Postern:9464"]})
    address = postern.listening("metrics")[0]
    port = address.rpartition(":")[2]
    for host in (address, f"localhost:{port}", f"mx.example.test:{port}", "postern:9464"):
        assert get(postern, "/healthz", host=host)[0].status == 200, host
    assert get(postern, "/healthz", host="evil.example")[0].status == 421
    doubled = f"GET /metrics HTTP/1.1\r\nHost: {address}\r\nHost: {address}\r\n\r\n"
    assert status_lines(raw(address, doubled.encode())) == [400]


def test_not_ready_while_the_disk_is_nearly_full(watched, tmp_path):
    reserve = 1 << 40
    if shutil.disk_usage(tmp_path).free > reserve:
        pytest.skip("more is free on this disk than can be asked for")
    postern = watched(quarantine={"disk_reserve_bytes": reserve})
    response, text = get(postern, "/readyz")
    assert response.status == 503
    assert "disk_reserve_bytes" in text
    assert get(postern, "/healthz")[0].status == 200
    assert Numbers(postern)("postern_ready") == 0


def test_not_ready_during_a_graceful_stop(watched):
    postern = watched()
    with wire.Wire(postern.smtp) as busy:
        busy.hello()
        busy.envelope("a@sender.example", ADA)
        postern.signal(signal.SIGTERM)
        postern.wait_for_event("stopping")
        response, text = get(postern, "/readyz")
        assert (response.status, text) == (503, "Postern is stopping\n")
        assert get(postern, "/healthz")[0].status == 200
        assert busy.data(messages.message("the last")).code == 250
    assert postern.wait() == 0


def test_without_an_address_nobody_is_told(instances, standin):
    postern = instances(standin)
    postern.wait_for_event("started")
    assert postern.listening("metrics") == []


def test_the_certificates_end_and_handshakes(watched, certificate):
    postern = watched(
        tls={"certificate": str(certificate[0]), "key": str(certificate[1])},
        listeners=[{"address": "127.0.0.1:0", "tls": "optional"}],
    )
    end = Numbers(postern)("postern_certificate_expiry_timestamp_seconds")
    assert time.time() + 86400 < end <= time.time() + 2 * 86400 + 60
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("STARTTLS", "220")
        client.start_tls(certificates.client_context(certificate[0]))
        client.hello()
    with wire.Wire(postern.smtp) as client:
        client.hello()
        client.ask("STARTTLS", "220")
        with pytest.raises(ssl.SSLError):
            client.start_tls(ssl.create_default_context())
    wait_for(postern, {"postern_tls_handshakes_total": 1}, peer="client", result="ok")
    assert Numbers(postern)("postern_tls_handshakes_total", peer="client", result="failed") <= 1


def metrics_in(expression):
    """Names of metrics in a PromQL expression: words that are neither functions nor labels."""
    expression = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without) *\([^)]*\)', " ", expression)
    return {word for word in re.findall(r"[a-zA-Z_:][\w:]*(?! *\()\b", expression) if "_" in word and "(" not in word} - {
        "histogram_quantile",
        "min_over_time",
    }


def test_dashboard_and_alerts_ask_only_for_what_there_is(watched, certificate):
    postern = watched(
        tls={"certificate": str(certificate[0]), "key": str(certificate[1])},
        listeners=[{"address": "127.0.0.1:0", "tls": "optional"}],
    )
    postern.send(messages.message())
    Portal(postern.portal).request("GET", "/sign-in")
    known = Numbers(postern).names()
    dashboard = json.loads((MONITORING / "grafana.json").read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    expressions += re.findall(r"label_values\((.*),", json.dumps(dashboard["templating"]))
    expressions += re.findall(r"expr: (?:>-\n)?((?:.+|\n {10}.+)+)", (MONITORING / "alerts.yml").read_text())
    assert len(expressions) > 60
    asked = set().union(*map(metrics_in, expressions))
    assert len(asked) > 35
    assert asked - known == set()
    # And the other way: what is counted is shown or watched.
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    unused = {"process_start_time_seconds", "process_threads", "process_virtual_memory_bytes"}
    assert {name for name in families - shown if not name.startswith("process_")} - unused == set()


def promtool(*arguments, **options):
    if not shutil.which("promtool"):
        pytest.skip("promtool is of the package prometheus")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, cwd=MONITORING, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_promtool_finds_nothing_wrong_with_the_numbers(watched, certificate):
    postern = watched(
        rules=rule("odd \\ \"rule\" ü", subject="odd"),
        tls={"certificate": str(certificate[0]), "key": str(certificate[1])},
        listeners=[{"address": "127.0.0.1:0", "tls": "optional"}],
    )
    postern.send(messages.message("odd"))
    Portal(postern.portal).request("GET", "/sign-in")
    promtool("check", "metrics", input=Numbers(postern).text)


def test_promtool_finds_nothing_wrong_with_the_alerts():
    assert "SUCCESS" in promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


def test_promtool_would_find_something(tmp_path):
    wrong = (MONITORING / "alerts_test.yml").read_text().replace("381.5MiB", "1MiB")
    (tmp_path / "alerts.yml").write_text((MONITORING / "alerts.yml").read_text())
    (tmp_path / "alerts_test.yml").write_text(wrong)
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "test", "rules", tmp_path / "alerts_test.yml"], capture_output=True)
        assert done.returncode != 0
