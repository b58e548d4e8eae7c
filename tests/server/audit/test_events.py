"""What the audit log tells of requests to a server, stage by stage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from apimachinery.clock import REAL_CLOCK
from apimachinery.objects import Object
from server.audit.audit import Auditor
from server.audit.policyfile import read_policy
from server.audit.sink import LogOptions, LogSink
from server.authn.authenticator import Connection
from server.authn.user import AUTHENTICATED, MASTERS, User
from tests.server.harness import Server, config_map, pod

NAMESPACE = "/api/v1/namespaces/default"
_USERS = {"admin": User("admin", "17", (MASTERS, AUTHENTICATED), {"team": ("a",)}), "bob": User("bob", groups=("dev",))}
_QUIET = ("RequestReceived",)


class ByName:
    """Takes the authorization header for the user's name; nobody by default is the admin."""

    async def authenticate(self, connection: Connection) -> User | None:
        return _USERS.get(connection.authorization.decode() or "admin")


class Audited:
    """A server and what its log says so far."""

    def __init__(self, folder: Path, policy: Mapping[str, Any], **options: Any) -> None:
        self.log = folder / "audit.log"
        document = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", **policy}
        self.sink = LogSink(LogOptions(path=str(self.log), **options))
        auditor = Auditor(read_policy(orjson.dumps(document)), self.sink, REAL_CLOCK)
        self.server = Server(folder / "state.db", authenticator=ByName(), auditor=auditor)

    def events(self) -> list[Object]:
        """All so far; and the log begins anew."""
        events = [orjson.loads(line) for line in self.log.read_bytes().splitlines()]
        self.log.write_bytes(b"")
        return events

    def event(self) -> Object:
        (event,) = self.events()
        return event


Start = Callable[..., Audited]


@pytest.fixture
def audited(tmp_path: Path) -> Iterator[Start]:
    started: list[Audited] = []

    def start(*rules: Mapping[str, Any], mode: str = "blocking", **policy: Any) -> Audited:
        started.append(Audited(tmp_path, {"omitStages": _QUIET, "rules": rules, **policy}, mode=mode))
        return started[-1]

    yield start
    for one in started:
        one.server.close()


def test_an_event_has_upstreams_fields_in_upstreams_order(audited: Start) -> None:
    one = audited({"level": "RequestResponse"}, omitStages=[])
    headers = {
        "User-Agent": "kubectl/v1.37",
        "Audit-Id": "my-own",
        "X-Forwarded-For": "10.0.0.1, nonsense",
        "X-Real-Ip": "10.0.0.2",
    }
    answer = one.server.request("POST", f"{NAMESPACE}/configmaps?dryRun=All", config_map("c"), headers=headers)
    received, complete = one.events()
    assert list(complete) == [
        *("kind", "apiVersion", "level", "auditID", "stage", "requestURI", "verb", "user", "sourceIPs", "userAgent"),
        *("objectRef", "responseStatus", "requestObject", "responseObject", "requestReceivedTimestamp"),
        *("stageTimestamp", "annotations"),
    ]
    assert (received["stage"], complete["stage"]) == ("RequestReceived", "ResponseComplete")
    assert received["stageTimestamp"] == received["requestReceivedTimestamp"] == complete["requestReceivedTimestamp"]
    assert complete["stageTimestamp"] > received["stageTimestamp"]
    assert "requestObject" not in received
    assert "annotations" not in received
    assert complete["auditID"] == "my-own" == answer.headers["audit-id"]
    assert complete["requestURI"] == f"{NAMESPACE}/configmaps?dryRun=All"
    assert complete["user"] == {
        "username": "admin",
        "uid": "17",
        "groups": [MASTERS, AUTHENTICATED],
        "extra": {"team": ["a"]},
    }
    assert complete["sourceIPs"] == ["10.0.0.1", "10.0.0.2"]
    assert complete["objectRef"] == {
        "resource": "configmaps",
        "namespace": "default",
        "name": "c",
        "apiVersion": "v1",
    }
    assert complete["responseStatus"] == {"metadata": {}, "code": 201}
    assert complete["requestObject"] == config_map("c")
    assert complete["responseObject"] == answer.json
    assert complete["annotations"] == {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""}


@pytest.mark.parametrize(
    ("level", "bodies"), [("Metadata", (False, False)), ("Request", (True, False)), ("RequestResponse", (True, True))]
)
def test_the_level_says_which_bodies_are_told(audited: Start, level: str, bodies: tuple[bool, bool]) -> None:
    one = audited({"level": level})
    one.server.post(f"{NAMESPACE}/configmaps", config_map("c"))
    event = one.event()
    assert event["level"] == level
    assert ("requestObject" in event, "responseObject" in event) == bodies


def test_without_a_matching_rule_nothing_is_told(audited: Start) -> None:
    one = audited({"level": "Metadata", "verbs": ["delete"]})
    one.server.get("/api/v1/pods")
    assert one.events() == []


def test_secrets_are_told_of_without_what_is_in_them(audited: Start) -> None:
    one = audited({"level": "RequestResponse"})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": "hunter2"}}
    one.server.post(f"{NAMESPACE}/secrets", secret)
    one.server.patch(f"{NAMESPACE}/secrets/s", {"stringData": {"password": "hunter2"}})
    one.server.get(f"{NAMESPACE}/secrets")
    one.server.post("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": "hunter2"}})
    one.server.post(f"{NAMESPACE}/serviceaccounts/default/token", {"spec": {}})
    text = one.log.read_text()
    assert "hunter2" not in text
    assert "aHVudGVyMg" not in text
    assert {event["level"] for event in one.events()} == {"Metadata"}


def test_a_watch_is_told_when_it_begins_and_when_it_ends(audited: Start) -> None:
    one = audited({"level": "Metadata"})
    stream = one.server.stream(f"{NAMESPACE}/pods", watch="true", timeoutSeconds=1)
    (begun,) = one.events()
    assert (begun["stage"], begun["verb"]) == ("ResponseStarted", "watch")
    while stream.next() is not None:
        pass
    one.server.get("/healthz")
    ended = one.events()[0]
    assert (ended["stage"], ended["responseStatus"]["code"]) == ("ResponseComplete", 200)
    assert ended["auditID"] == begun["auditID"]


def test_a_refusal_is_told_with_its_reason_and_whom_it_met(audited: Start) -> None:
    one = audited({"level": "RequestResponse"})
    answer = one.server.request("GET", f"{NAMESPACE}/pods/web", headers={"Authorization": "bob"})
    event = one.event()
    assert answer.status == 403
    assert event["user"] == {"username": "bob", "groups": ["dev"]}
    assert event["annotations"]["authorization.k8s.io/decision"] == "forbid"
    assert event["responseStatus"] == {
        field: value for field, value in answer.json.items() if field not in ("kind", "apiVersion")
    }
    assert event["responseObject"] == answer.json


def test_who_is_nobody_is_told_too(audited: Start) -> None:
    one = audited({"level": "RequestResponse"})
    assert one.server.request("GET", "/api/v1/pods", headers={"Authorization": "Bearer zz"}).status == 401
    event = one.event()
    assert (event["stage"], event["user"]) == ("ResponseStarted", {})
    assert event["responseStatus"]["message"] == "Authentication failed, attempted: bearer"
    assert event["responseStatus"]["code"] == 401
    assert "zz" not in orjson.dumps(event).decode()


def test_an_impersonated_user_is_told_beside_the_real_one(audited: Start) -> None:
    one = audited({"level": "Metadata", "users": ["admin"]})
    one.server.request("GET", f"{NAMESPACE}/pods", headers={"Impersonate-User": "eve", "Impersonate-Group": MASTERS})
    event = one.event()
    assert event["user"]["username"] == "admin"
    assert event["impersonatedUser"] == {"username": "eve", "groups": [MASTERS, AUTHENTICATED]}


def test_a_patch_is_told_as_it_was_sent(audited: Start) -> None:
    one = audited({"level": "Request", "verbs": ["patch"]})
    one.server.post(f"{NAMESPACE}/configmaps", config_map("c"))
    one.server.patch(f"{NAMESPACE}/configmaps/c", {"data": {"a": "b"}})
    event = one.event()
    assert event["requestObject"] == {"data": {"a": "b"}}
    assert event["objectRef"]["name"] == "c"


def test_a_yaml_body_is_told_as_json_on_one_line(audited: Start) -> None:
    one = audited({"level": "RequestResponse"})
    applied = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"
    headers = {"Content-Type": "application/apply-patch+yaml", "Accept": "application/yaml"}
    one.server.request("PATCH", f"{NAMESPACE}/configmaps/c?fieldManager=me", applied, headers=headers)
    event = one.event()
    assert event["requestObject"]["data"] == event["responseObject"]["data"] == {"a": "b"}


def test_protobuf_is_told_as_json(audited: Start) -> None:
    one = audited({"level": "RequestResponse"})
    protobuf = "application/vnd.kubernetes.protobuf"
    got = one.server.request("GET", f"{NAMESPACE}/serviceaccounts", headers={"Accept": protobuf})
    assert got.headers["content-type"] == protobuf
    assert one.event()["responseObject"]["kind"] == "ServiceAccountList"
    one.server.request("POST", "/api/v1/namespaces", {"metadata": {"name": "n"}}, headers={"Accept": protobuf})
    assert one.event()["responseObject"]["metadata"]["name"] == "n"


def test_pretty_answers_are_told_on_one_line(audited: Start) -> None:
    one = audited({"level": "RequestResponse"})
    answer = one.server.get(f"{NAMESPACE}?pretty=true")
    assert one.event()["responseObject"] == answer.json


def test_managed_fields_can_be_left_out(audited: Start) -> None:
    one = audited({"level": "RequestResponse"}, omitManagedFields=True)
    answer = one.server.post(f"{NAMESPACE}/configmaps", config_map("c", {"a": "b"}))
    assert "managedFields" in answer.json["metadata"]
    one.server.get(f"{NAMESPACE}/configmaps")
    table = "application/json;as=Table;v=v1;g=meta.k8s.io"
    one.server.request("GET", f"{NAMESPACE}/configmaps?includeObject=Object", headers={"Accept": table})
    text = one.log.read_text()
    assert "managedFields" not in text
    assert len(one.events()) == 3


def test_a_body_that_cannot_be_read_is_left_out(audited: Start) -> None:
    one = audited({"level": "RequestResponse"})
    assert one.server.post(f"{NAMESPACE}/configmaps", b"{nonsense").status == 400
    event = one.event()
    assert "requestObject" not in event
    assert event["responseStatus"]["reason"] == "BadRequest"


def test_deprecated_resources_and_warned_of_pods_are_annotated(audited: Start) -> None:
    one = audited({"level": "Metadata"})
    one.server.get(f"{NAMESPACE}/endpoints")
    assert one.event()["annotations"]["k8s.io/deprecated"] == "true"


def test_an_unforeseen_failure_is_a_panic(audited: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = audited({"level": "Metadata"})
    monkeypatch.setattr(one.server.server.api, "admission", None)
    assert one.server.post(f"{NAMESPACE}/pods", pod("web")).status == 500
    event = one.event()
    assert event["stage"] == "Panic"
    assert event["responseStatus"]["message"].startswith("APIServer panic'd: ")
    assert event["responseStatus"]["code"] == 500


def test_non_resource_requests_have_no_reference_and_no_bodies(audited: Start) -> None:
    one = audited({"level": "RequestResponse", "nonResourceURLs": ["/version"]})
    one.server.get("/version")
    one.server.get("/healthz")
    event = one.event()
    assert (event["verb"], event["requestURI"]) == ("get", "/version")
    assert not {"objectRef", "requestObject", "responseObject"} & event.keys()


def test_strictly_nothing_is_done_that_cannot_be_told(audited: Start) -> None:
    one = audited({"level": "Metadata"}, mode="blocking-strict", omitStages=["ResponseComplete"])
    one.server.run(_replace_output(one))
    answer = one.server.post(f"{NAMESPACE}/configmaps", config_map("c"))
    assert (answer.status, answer.json["message"]) == (
        500,
        "Internal error occurred: failed to store audit event",
    )
    assert one.server.server.store.cache("configmaps").get("default", "c") is None


async def _replace_output(one: Audited) -> None:
    auditor = one.server.server.config.auditor
    assert auditor is not None
    auditor.sink._output.close()
    auditor.sink._output = _Broken()


class _Broken:
    def open(self) -> None:
        """Nothing to open."""

    def write(self, lines: object) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Nothing to close."""


def test_what_the_log_does_is_counted(audited: Start) -> None:
    one = audited({"level": "Metadata"})
    one.server.get("/api/v1/pods")
    metrics = one.server.get("/metrics").text
    assert "apiserver_audit_event_total 1" in metrics
    assert 'apiserver_audit_error_total{plugin="log"} 0' in metrics


def test_a_request_that_takes_too_long_is_told_with_its_504(audited: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = audited({"level": "Metadata", "verbs": ["create"]})
    monkeypatch.setattr(one.server.server.api, "admission", Stuck())
    assert one.server.post(f"{NAMESPACE}/configmaps?timeout=10ms", config_map("c")).status == 504
    event = one.event()
    assert (event["stage"], event["responseStatus"]["code"]) == ("ResponseComplete", 504)
    assert event["objectRef"]["name"] == "c"


class Stuck:
    """An admission chain that does not come to an end."""

    async def mutate(self, attributes: object) -> None:
        await asyncio.Event().wait()


def test_a_refusal_for_overload_is_told(audited: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = audited({"level": "Metadata", "verbs": ["list"]})

    async def refuse(self: object, flow: object, width: int) -> str:
        return "queue-full"

    monkeypatch.setattr("server.flowcontrol.turns.Turns.admit", lambda *_: False)
    monkeypatch.setattr("server.flowcontrol.turns.Turns.express", lambda *_: False)
    monkeypatch.setattr("server.flowcontrol.turns.Turns.begin", refuse)
    assert one.server.request("GET", f"{NAMESPACE}/pods", headers={"Authorization": "bob"}).status == 429
    assert one.event()["responseStatus"]["code"] == 429


@pytest.mark.parametrize("depth", [300, 900])
def test_a_body_too_deep_to_be_told_is_left_out(audited: Start, depth: int) -> None:
    one = audited({"level": "RequestResponse"})
    body = b'{"metadata":{"name":"a"},"data":' + b"[" * depth + b"]" * depth + b"}"
    assert one.server.post(f"{NAMESPACE}/configmaps", body).status == 400
    assert "requestObject" not in one.event()
