"""The API's description is the truth: every route is called, rightly and wrongly, and every answer is as described."""

import email
import json
import urllib.parse

import messages
import pytest
from portal_client import Portal, raw
from program import PUBLIC_URL, rule, until
from schema import Description

ADA, BEN, ADMIN = "ada@example.test", "ben@example.test", "admin@example.test"
PASSWORD = "a long password"
RULES = rule("all", sender=["sender.example"])
IMAGE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JUNK = [None, 7, -1, "", "x" * 3000, [], {}, True, [7], "\0", [None], {"a": []}, "\u202e<b>", 10**30]
QUERY_JUNK = ["", "x" * 3000, "-1", "all", "%00", "\u202e<b>"]


class Api:
    """Calls routes by their operationId and holds each answer against the description."""

    def __init__(self, postern):
        self.postern, self.bulk = postern, 0
        self.people = {}
        for address in (ADA, BEN, ADMIN):
            self.people[address] = Portal(postern.portal)
            self.people[address].sign_in(address)
        self.nobody = Portal(postern.portal)
        self.description = Description(self.nobody.get("/openapi.json"))
        self.operations = {}
        for method, path, operation in self.description.operations():
            assert operation["operationId"] not in self.operations, f"twice: {operation['operationId']}"
            self.operations[operation["operationId"]] = (method, path, operation)
        self.problems = []

    def call(self, name, *, who=ADMIN, portal=None, path=None, query=None, body=None, headers=(), octets=None):
        """The status; what is wrong with the answer is kept in `problems`."""
        method, pattern, operation = self.operations[name]
        target = pattern
        for part, value in (path or {}).items():
            target = target.replace(f"{{{part}}}", urllib.parse.quote(value, safe=""))
        assert "{" not in target, f"{name}: {target}"
        target = "/api/v1" + target + ("?" + urllib.parse.urlencode(query) if query else "")
        if octets is None and body is None and method in ("POST", "PUT", "PATCH"):
            body = {}
        fields = dict(headers)
        if octets is not None:
            fields.setdefault("Content-Type", "application/json")
        client = portal or self.people[who]
        status, answered, answer = client.request(method, target, body if octets is None else octets, fields)
        self.check(name, operation, status, answered, answer, f"{method} {target:.200} {body!r:.300}")
        return status, answered, answer

    def check(self, name, operation, status, headers, octets, what):
        def wrong(text):
            self.problems.append(f"{name}: {text} (status {status}, {what})")

        described = operation["responses"].get(str(status))
        if described is None:
            wrong(f"is not described: {octets[:200]!r}")
            return
        described = self.description.resolved(described)
        content = described.get("content", {})
        media = (headers.get("Content-Type") or "").partition(";")[0]
        for field in described.get("headers", {}):
            if field not in headers:
                wrong(f"the field {field} is missing")
        if not content:
            if octets:
                wrong(f"has a body: {octets[:100]!r}")
            return
        if media not in content:
            wrong(f"is {media or 'untyped'}, not {sorted(content)}")
            return
        if status >= 400 and media != "application/problem+json":
            wrong(f"a problem that is {media}")
        if not media.endswith("json"):
            return
        value = json.loads(octets)
        for problem in self.description.problems(value, content[media].get("schema", {})):
            wrong(problem)
        if status >= 400:
            if value.get("status") != status or not value.get("detail", "").strip():
                wrong(f"the problem says {value!r}")

    def assert_fine(self):
        unlike = sorted(set(self.problems))
        assert not unlike, f"{len(unlike)} answers are not as described:\n" + "\n".join(unlike[:60])


def with_html(subject):
    body = (
        b"--edge\r\nContent-Type: text/html\r\n\r\n<p>Hello <a href='https://a.example/'>https://b.example</a>"
        b"<img src='cid:one@x'><img src='http://c.example/i.png'></p>\r\n"
        b"--edge\r\nContent-Type: image/png\r\nContent-ID: <one@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + messages.base64.encodebytes(IMAGE).replace(b"\n", b"\r\n")
        + b"--edge--\r\n"
    )
    extra = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="edge"\r\n'
    return messages.message(subject, body, extra=extra)


@pytest.fixture
def api(instances, standin):
    postern = instances(
        standin,
        rules=RULES,
        courier={"undo_window_seconds": 60},
        quarantine={"users_may_download_attachments": True},
    )
    for address, role in ((ADA, None), (BEN, None), (ADMIN, "administrator")):
        postern.add_person(address, role=role)
    postern.run("sender", "block", ADMIN, "pushy.example")
    postern.run("sender", "permit", ADMIN, "friend@far.example")
    for number in range(6):
        postern.send(messages.message(f"mail {number}"), recipients=[ADMIN])
    postern.send(with_html("with html"), recipients=[ADMIN])
    postern.send(messages.with_attachment("a.txt", subject="with a file"), recipients=[ADMIN])
    # Blocked by its header, for one of two: listed as rejected.
    postern.send(messages.message("refused", sender="Pushy <a@pushy.example>"), recipients=[ADMIN, BEN])
    return Api(postern)


def hold_id(api, subject="mail 0"):
    return api.people[ADMIN].hold(subject, state="any")["id"]


def undo_token(api):
    """Of an act on one of the mails, which are held again afterwards."""
    holds = api.people[ADMIN].holds()
    return api.people[ADMIN].act("reject", holds[0]["id"])["undo"]


def finished_job(api):
    """The id of a job that has ended and can be undone."""
    portal = api.people[ADMIN]
    api.bulk += 1
    subject = f"bulk {api.bulk} of many"
    # A sender of its own: a report has blocked the usual one.
    sender = f"bulk{api.bulk}@sender.example"
    api.postern.send(messages.message(subject, sender=sender), sender=sender, recipients=[ADMIN])
    started = portal.post("/holds/act", {"action": "reject", "match": {"scope": "mine", "subject": subject}}, expect=202)
    job = started["id"]
    until(lambda: portal.get(f"/jobs/{job}")["state"] != "running", "the job does not end")
    ended = portal.get(f"/jobs/{job}")
    assert (ended["state"], ended["done"]) == ("done", 1), ended
    return job


def new_token(api, scopes, name="a program"):
    body = {"name": name, "scopes": scopes, "expires_in_days": 1}
    return api.people[ADMIN].post("/account/tokens", body)


def other_session(api):
    Portal(api.postern.portal).sign_in(ADMIN)
    sessions = api.people[ADMIN].get("/account/sessions")["sessions"]
    return next(each["id"] for each in sessions if not each["this"])


# What each route is called with when it is called rightly: a function of the house that gives the arguments of call().
# Where several kinds of answer are described (a job, a page of a list), several calls.
RIGHT = {
    "show_openapi": [lambda api: {}],
    "sign_in_methods": [lambda api: {"body": {"address": ADA}}],
    "sign_in": [lambda api: {"portal": Portal(api.postern.portal), "body": {"address": BEN, "password": PASSWORD}}],
    "show_session": [lambda api: {}, lambda api: {"who": ADA}],
    "list_holds": [
        lambda api: {},
        lambda api: {"query": {"limit": "2"}},
        lambda api: {"query": {"scope": "all", "state": "any", "sort": "received_at", "q": "mail"}},
        lambda api: {"query": {"scope": "all", "owner": ADMIN}},
        lambda api: {"who": ADA},
    ],
    "show_hold": [lambda api: {"path": {"id": hold_id(api, subject)}} for subject in ("mail 0",)]
    + [lambda api: {"path": {"id": hold_id(api, "with html")}}, lambda api: {"path": {"id": hold_id(api, "with a file")}}],
    "show_html": [
        lambda api: {"path": {"id": hold_id(api, "with html")}},
        lambda api: {"path": {"id": hold_id(api, "with html")}, "query": {"images": "1", "inline": "1"}},
    ],
    "download_part": [lambda api: {"path": {"id": hold_id(api, "with a file"), "index": file_index(api)}}],
    "act_on_holds": [
        lambda api: {"body": {"action": "reject", "ids": [hold_id(api, "mail 1")]}},
        lambda api: {"body": {"action": "report", "as": "spam", "ids": [hold_id(api, "mail 2")]}},
        lambda api: {"body": {"action": "release", "ids": [hold_id(api, "mail 1"), hold_id(api, "mail 3")]}},
        lambda api: {"body": {"action": "reject", "match": {"scope": "mine", "subject": "mail 4"}}},
    ],
    "undo_acts": [lambda api: {"body": {"undo": undo_token(api)}}],
    "list_jobs": [lambda api: {"headers": {"X-Ended": finished_job(api)}}],
    "show_job": [lambda api: {"path": {"id": finished_job(api)}}],
    "cancel_job": [lambda api: {"path": {"id": finished_job(api)}}],
    "undo_job": [lambda api: {"path": {"id": finished_job(api)}}],
    "list_senders": [
        lambda api: {"query": {"list": "blocked"}},
        lambda api: {"query": {"list": "permitted", "sort": "-added_at", "q": "a", "type": "address", "limit": "1"}},
    ],
    "add_senders": [
        lambda api: {"body": {"list": "blocked", "entries": ["a.example"], "dry_run": True}},
        lambda api: {"body": {"list": "trusted", "text": "b.example, Ada <c@d.example>"}},
        lambda api: {"body": {"list": "permitted", "entries": ["pushy.example", "no good", "example.test"]}},
        lambda api: {"body": {"list": "permitted", "entries": ["pushy.example"]}},
    ],
    "move_senders": [
        lambda api: {"body": {"from": "permitted", "to": "trusted", "entries": ["friend@far.example"]}},
        lambda api: {"body": {"from": "permitted", "to": "blocked", "entries": ["gone.example"]}},
    ],
    "export_senders": [lambda api: {"query": {"list": "all"}}],
    "import_senders": [
        lambda api: {"body": {"csv": "blocked,e.example\n,f.example", "list": "permitted"}},
        lambda api: {"body": {"csv": "nothing,e.example", "dry_run": True}},
    ],
    "remove_senders": [lambda api: {"body": {"list": "blocked", "entries": ["e.example"]}}],
    "list_rejected_mail": [lambda api: {}, lambda api: {"query": {"q": "refused"}}],
    "show_home": [lambda api: {}, lambda api: {"who": ADA}],
    "show_branding": [lambda api: {"portal": api.nobody}],
    "show_account": [lambda api: {}, lambda api: {"who": ADA}],
    "change_preferences": [
        lambda api: {"body": {"language": "de", "time_zone": "Europe/Berlin", "mode": "digest"}},
        lambda api: {"body": {"digest_times": ["07:30"], "digest_days": ["mon", "fri"]}},
        lambda api: {"body": {"language": "", "time_zone": "", "mode": "", "digest_times": [], "digest_days": []}},
    ],
    "list_time_zones": [lambda api: {}],
    "list_own_sessions": [lambda api: {}],
    "end_own_sessions": [lambda api: {"body": {"ids": [other_session(api)]}}, lambda api: {"body": {"others": True}}],
    "list_tokens": [lambda api: {}],
    "add_token": [lambda api: {"body": {"name": "mine", "scopes": ["holds:read"], "expires_in_days": 30}}],
    "remove_tokens": [lambda api: {"body": {"ids": [new_token(api, ["holds:read"])["id"]]}}],
    "revoke_digest_links": [lambda api: {}],
    "list_rules": [lambda api: {}],
    "explain_verdict": [
        lambda api: {"body": {"from": "x@sender.example", "to": ADMIN}},
        lambda api: {"body": {"from": "", "to": ADMIN, "ip": "192.0.2.1", "message": "Subject: x\r\n\r\ny"}},
    ],
    "show_reports": [lambda api: {}, lambda api: {"query": {"days": "14", "zone": "Europe/Berlin"}}],
    "download_report": [
        lambda api: {"path": {"file": "per_day.csv"}},
        lambda api: {"path": {"file": "top_reasons.csv"}},
        lambda api: {"path": {"file": "top_senders.csv"}},
        lambda api: {"path": {"file": "top_recipients.csv"}},
        lambda api: {"path": {"file": "waiting.csv"}, "query": {"days": "7"}},
    ],
    # Last: they end what the others need.
    "change_password": [lambda api: {"who": BEN, "body": {"current": PASSWORD, "new": "Quite another one 7"}}],
    "sign_out": [lambda api: {"who": ADA}],
}


def file_index(api):
    return str(api.people[ADMIN].get(f"/holds/{hold_id(api, 'with a file')}")["parts"][0]["index"])


def arguments(api, name, place=0):
    """Those of a right call; later acts in the same house may have made them wrong, which is an answer, too."""
    return RIGHT[name][place](api)


def test_every_route_answers_as_described(api):
    assert RIGHT.keys() == api.operations.keys(), "each route of the description needs a right call here"
    for name, calls in RIGHT.items():
        for place in range(len(calls)):
            status, headers, octets = api.call(name, **arguments(api, name, place))
            assert status < 300, f"{name} {place}: {status}: {octets[:300]} {api.problems[-3:]}"
            if "ETag" in headers:
                known = api.call(name, **{**arguments(api, name, place), "headers": {"If-None-Match": headers["ETag"]}})
                assert known[0] in (200, 304)
    api.assert_fine()


def body_schema(api, operation):
    content = operation.get("requestBody", {}).get("content", {})
    return api.description.merged(content["application/json"]["schema"]) if content else None


# Wrong passwords are slowed down, and what ends sessions or is too slow to repeat is tried with less.
SLOW = {"sign_in", "change_password"}


def test_wrong_bodies_are_refused_as_described(api, request):
    every = JUNK if request.config.getoption("--long") else JUNK[::2]
    for name, (_, _, operation) in api.operations.items():
        schema = body_schema(api, operation)
        if schema is None:
            continue
        right = arguments(api, name)
        for field in schema.get("properties", {}):
            for junk in JUNK[:4] if name in SLOW else every:
                status, _, _ = api.call(name, **{**right, "body": {**right["body"], field: junk}})
                assert status < 500 or status == 503, f"{name} {field} {junk!r}: {status}"
        for field in schema.get("required", []):
            status, _, _ = api.call(name, **{**right, "body": {k: v for k, v in right["body"].items() if k != field}})
            assert 400 <= status < 500, f"{name} without {field}: {status}"
        for octets in (b"", b"{", b"[]", b'"x"', b'{"a":1}x', b"\xff{}", b"{" * 200):
            status, _, _ = api.call(name, **{**right, "body": None, "octets": octets})
            assert status in (400, 429), f"{name} {octets!r}: {status}"
        plain = {"body": None, "octets": b"a=b", "headers": {"Content-Type": "text/plain"}}
        status, _, _ = api.call(name, **{**right, **plain})
        assert status in (415, 429), name
    api.assert_fine()


def test_wrong_parameters_are_refused_as_described(api):
    for name, (_, _, operation) in api.operations.items():
        right = arguments(api, name)
        for parameter in operation["parameters"]:
            if parameter["in"] == "query":
                for junk in QUERY_JUNK:
                    query = {**right.get("query", {}), parameter["name"]: junk}
                    status, _, _ = api.call(name, **{**right, "query": query})
                    assert status < 500, f"{name} {query}: {status}"
                # What shows images is a switch: anything but 1 is off.
                choices = api.description.resolved(parameter["schema"]).get("enum")
                if choices and name != "show_html":
                    query = {**right.get("query", {}), parameter["name"]: "no-such-choice"}
                    status, _, _ = api.call(name, **{**right, "query": query})
                    assert status == 400, f"{name} {query}: {status}"
            elif parameter["in"] == "path":
                for junk in ("0", "x" * 300, "\u202e<b>", "-1", "99999999999999999999"):
                    status, _, _ = api.call(name, **{**right, "path": {**right["path"], parameter["name"]: junk}})
                    assert status in (400, 404), f"{name} {junk}: {status}"
    api.assert_fine()


def test_who_may_call_is_as_described(api):
    every = sorted({scope for _, _, op in api.operations.values() for way in op.get("security", []) for scope in way.get("token", [])})
    tokens = {scope: new_token(api, [scope], scope)["token"] for scope in every}
    others = {scope: new_token(api, [each for each in every if each != scope], scope)["token"] for scope in every}
    none = new_token(api, every, "all")["token"]
    for name, (method, _, operation) in api.operations.items():
        right = arguments(api, name)
        security = operation.get("security", api.description.document["security"])
        changes = method != "GET"
        if changes and name not in SLOW:
            for fields in ({"Origin": "https://evil.example"}, {"Origin": None}, {"Origin": "null"}):
                assert api.call(name, **{**right, "headers": fields})[0] == 403, f"{name} {fields}"
        if not security:
            continue
        assert api.call(name, **{**right, "portal": api.nobody})[0] == 401, name
        scopes = [scope for way in security for scope in way.get("token", [])]
        bare = Portal(api.postern.portal)
        if not scopes:
            fields = {"Authorization": f"Bearer {none}", "Origin": None}
            assert api.call(name, **{**right, "portal": bare, "headers": fields})[0] == 403, name
        for scope in scopes:
            fields = {"Authorization": f"Bearer {others[scope]}", "Origin": None}
            assert api.call(name, **{**right, "portal": bare, "headers": fields})[0] == 403, name
            fields = {"Authorization": f"Bearer {tokens[scope]}", "Origin": None}
            status = api.call(name, **{**right, "portal": bare, "headers": fields})[0]
            assert status < 300, f"{name} by token: {status}"
    api.assert_fine()


def test_wrong_tokens_are_refused_as_described_and_then_slowed_down(api):
    bare = Portal(api.postern.portal)
    for name in ("list_holds", "add_senders", "change_preferences"):
        right, fields = arguments(api, name), {"Authorization": "Bearer pst_nonsense", "Origin": None}
        assert api.call(name, **{**right, "portal": bare, "headers": fields})[0] == 401, name
    fields = {"Authorization": f"Bearer pst_{'0' * 2000}"}
    answers = [api.call("show_session", portal=bare, headers=fields)[0] for _ in range(200)]
    assert set(answers) == {401, 429}
    api.assert_fine()


def test_what_is_described_as_carried_out_once_is(api):
    for name, (method, _, operation) in api.operations.items():
        if method == "GET":
            continue
        takes_key = any(each["name"] == "Idempotency-Key" for each in operation["parameters"])
        assert takes_key == ("422" in operation["responses"] and "409" in operation["responses"]) or name in (
            "change_password",
            "add_token",
        ), name
        if not takes_key:
            continue
        right = arguments(api, name)
        key = {"Idempotency-Key": f"key-{name}"}
        first = api.call(name, **{**right, "headers": key})
        again = api.call(name, **{**right, "headers": key})
        assert first[0] < 300 and (again[0], again[2]) == (first[0], first[2]), name
        assert again[1]["Idempotency-Replayed"] == "true", name
        assert api.call(name, **{**right, "body": {**(right.get("body") or {}), "x": 1}, "headers": key})[0] == 422, name
        assert api.call(name, **{**right, "headers": {"Idempotency-Key": "x" * 201}})[0] == 400, name
    api.assert_fine()


def test_bodies_that_are_too_large_are_refused_as_described(api):
    for name, (method, path, operation) in api.operations.items():
        if method == "GET" or "{" in path:
            continue
        # Announced is enough: nothing of it is read.
        head = (
            f"{method} /api/v1{path} HTTP/1.1\r\nHost: {api.nobody.host}\r\nOrigin: {PUBLIC_URL}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {5 << 20}\r\n\r\n"
        )
        answer, _, octets = raw(api.postern.portal, head.encode()).partition(b"\r\n\r\n")
        status, fields = int(answer[9:12]), email.message_from_bytes(answer.partition(b"\r\n")[2])
        assert status == 413, f"{name}: {status}"
        api.check(name, operation, status, fields, octets, "5 MiB")
    api.assert_fine()


def test_problems_outside_of_the_routes_have_the_same_fields(api):
    shape = api.description.document["components"]["schemas"]["Problem"]
    portal = api.people[ADMIN]
    wrong = [
        ("GET", "/api/v1/nothing", {}, 404),
        ("PATCH", "/api/v1/holds", {}, 405),
        ("GET", "/api/v1/holds?q=%00", {}, 400),
        ("GET", "/api/v1/holds?q=a&q=b", {}, 400),
        ("GET", "/api/v1/holds", {"Host": "evil.example"}, 421),
        ("GET", "/api/v1/holds", {"Transfer-Encoding": "gzip"}, 400),
    ]
    for method, target, fields, expected in wrong:
        status, headers, octets = portal.request(method, target, headers=fields)
        assert status == expected, f"{method} {target}: {status}"
        assert headers["Content-Type"] == "application/problem+json"
        problem = json.loads(octets)
        assert not list(api.description.problems(problem, shape)) and problem["status"] == status
