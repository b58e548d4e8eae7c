"""Webhooks as those meet them who write them: what they are asked, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apimachinery.objects import Object
from tests.server.admission.webhooks.hook import CONFIGURATIONS, PODS, Webhook, add, patching
from tests.server.custom.definitions import WIDGETS, definition, establish, version, widget
from tests.server.harness import Server, config_map, pod

PATH = "/api/v1/namespaces/default/pods"
CMS = "/api/v1/namespaces/default/configmaps"
ACCOUNT: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}


@pytest.fixture
def ready(server: Server) -> Server:
    server.post("/api/v1/namespaces/default/serviceaccounts", ACCOUNT)
    return server


@pytest.fixture
def hook(ready: Server, tmp_path: Path) -> Iterator[Webhook]:
    made = Webhook(ready, tmp_path)
    yield made
    made.close()


def test_a_webhook_is_told_everything_about_the_write(ready: Server, hook: Webhook) -> None:
    hook.configure()
    assert ready.post(PATH, pod("a")).status == 201
    (request,) = hook.requests
    assert request["operation"] == "CREATE"
    assert request["kind"] == request["requestKind"] == {"group": "", "version": "v1", "kind": "Pod"}
    assert request["resource"] == {"group": "", "version": "v1", "resource": "pods"}
    assert (request["name"], request["namespace"], request["dryRun"]) == ("a", "default", False)
    assert request["userInfo"]["username"] == "admin"
    assert request["object"]["spec"]["containers"][0]["image"] == "nginx"
    assert (request["oldObject"], request["options"]["kind"]) == (None, "CreateOptions")
    assert hook.fake.asked[0].path == "/review?timeout=10s"


def test_a_refusal_is_the_requesters_answer(ready: Server, hook: Webhook) -> None:
    hook.configure()
    hook.decide = lambda request: {"allowed": False, "status": {"code": 403, "message": "not on a Tuesday"}}
    answer = ready.post(PATH, pod("a"))
    assert (answer.status, answer.json["message"]) == (
        403,
        'admission webhook "hooks.example.com" denied the request: not on a Tuesday',
    )
    hook.decide = lambda request: {"allowed": False}
    answer = ready.post(PATH, pod("a"))
    assert answer.status == 400
    assert answer.json["message"] == 'admission webhook "hooks.example.com" denied the request without explanation'
    assert ready.get(f"{PATH}/a").status == 404


def test_warnings_reach_the_requester(ready: Server, hook: Webhook) -> None:
    hook.configure()
    hook.decide = lambda request: {"warnings": ["mind the gap"]}
    assert ready.post(PATH, pod("a")).warnings == ['299 - "mind the gap"']


def test_updates_and_deletions_show_what_was(ready: Server, hook: Webhook) -> None:
    hook.configure(rules=[{**PODS, "operations": ["UPDATE", "DELETE"]}])
    ready.post(PATH, pod("a"))
    ready.patch(f"{PATH}/a", {"metadata": {"labels": {"x": "y"}}})
    ready.delete(f"{PATH}/a", gracePeriodSeconds=0)
    update, deletion = hook.requests
    assert update["oldObject"]["metadata"].get("labels") is None
    assert update["object"]["metadata"]["labels"] == {"x": "y"}
    assert (deletion["operation"], deletion["object"]) == ("DELETE", None)
    assert deletion["oldObject"]["metadata"]["labels"] == {"x": "y"}


def test_a_patch_changes_the_object_and_defaults_follow(ready: Server, hook: Webhook) -> None:
    hook.configure("Mutating")
    sidecar = {"name": "sidecar", "image": "proxy"}
    hook.decide = lambda request: patching(add("/metadata/labels", {"m": "1"}), add("/spec/containers/-", sidecar))
    made = ready.post(PATH, pod("a")).json
    assert made["metadata"]["labels"] == {"m": "1"}
    assert made["spec"]["containers"][1]["terminationMessagePath"] == "/dev/termination-log"


def test_each_mutating_webhook_sees_what_those_before_it_made(ready: Server, hook: Webhook, tmp_path: Path) -> None:
    other = Webhook(ready, tmp_path, lambda request: patching(add("/metadata/labels/second", "2")))
    hook.configure("Mutating", "a.example.com")
    other.configure("Mutating", "b.example.com")
    hook.decide = lambda request: patching(add("/metadata/labels", {"first": "1"}))
    assert ready.post(PATH, pod("a")).json["metadata"]["labels"] == {"first": "1", "second": "2"}
    assert other.requests[0]["object"]["metadata"]["labels"] == {"first": "1"}
    assert len(hook.requests) == 1
    other.close()


def test_a_webhook_that_wants_it_is_asked_again_after_later_changes(
    ready: Server, hook: Webhook, tmp_path: Path
) -> None:
    other = Webhook(ready, tmp_path, lambda request: patching(add("/metadata/labels", {"late": "1"})))
    hook.configure("Mutating", "a.example.com", reinvocationPolicy="IfNeeded")
    other.configure("Mutating", "b.example.com")
    ready.post(PATH, pod("a"))
    assert [request["object"]["metadata"].get("labels") for request in hook.requests] == [None, {"late": "1"}]
    assert len(other.requests) == 1
    other.close()


@pytest.mark.parametrize(
    ("webhook", "created", "asked"),
    [
        ({"objectSelector": {"matchLabels": {"a": "b"}}}, pod("a"), False),
        ({"objectSelector": {"matchLabels": {"a": "b"}}}, pod("a", labels={"a": "b"}), True),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}}}, pod("a"), True),
        ({"namespaceSelector": {"matchExpressions": [{"key": "x", "operator": "Exists"}]}}, pod("a"), False),
        ({"rules": [{**PODS, "scope": "Cluster"}]}, pod("a"), False),
        ({"rules": [{**PODS, "scope": "Namespaced"}]}, pod("a"), True),
        ({"rules": [{**PODS, "resources": ["*"]}]}, pod("a"), True),
        ({"rules": [{**PODS, "resources": ["pods/status"]}]}, pod("a"), False),
        ({"rules": [{**PODS, "operations": ["DELETE"]}]}, pod("a"), False),
        ({"rules": [{**PODS, "apiGroups": ["*"], "apiVersions": ["*"]}]}, pod("a"), True),
        ({"matchConditions": [{"name": "c", "expression": "object.metadata.name == 'a'"}]}, pod("a"), True),
        ({"matchConditions": [{"name": "c", "expression": "request.operation == 'UPDATE'"}]}, pod("a"), False),
    ],
)
def test_a_webhook_is_asked_about_what_it_names(
    ready: Server, hook: Webhook, webhook: Any, created: Object, asked: bool
) -> None:
    hook.configure(**webhook)
    assert ready.post(PATH, created).status == 201
    assert bool(hook.requests) == asked


def test_a_webhook_that_fails_refuses_unless_that_is_to_be_ignored(ready: Server, hook: Webhook) -> None:
    hook.configure()
    hook.close()
    answer = ready.post(PATH, pod("a"))
    assert answer.status == 500
    assert answer.json["message"] == (
        'Internal error occurred: failed calling webhook "hooks.example.com": failed to call webhook: '
        f'Post "https://127.0.0.1:{hook.port}/review?timeout=10s": dial tcp 127.0.0.1:{hook.port}: '
        "connect: connection refused"
    )
    ready.delete(f"{CONFIGURATIONS}/validatingwebhookconfigurations/hooks.example.com")
    hook.configure(failurePolicy="Ignore")
    assert ready.post(PATH, pod("a")).status == 201


@pytest.mark.parametrize(
    ("response", "why"),
    [
        ({"uid": "other"}, "expected response.uid="),
        ({"patch": "W10="}, "webhook returned response.patch but not response.patchType"),
        ({"patchType": "JSONPatch"}, "webhook returned response.patchType but not response.patch"),
        ({"patch": "W10=", "patchType": "Merge"}, 'unsupported patch type "Merge"'),
        ({"patch": "e30=", "patchType": "JSONPatch"}, "received undecodable patch"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(ready: Server, hook: Webhook, response: Object, why: str) -> None:
    hook.configure("Mutating")
    hook.decide = lambda request: response
    answer = ready.post(PATH, pod("a"))
    assert answer.status == 500
    assert f"received invalid webhook response: {why}" in answer.json["message"]


def test_a_dry_run_goes_to_webhooks_that_take_them(ready: Server, hook: Webhook) -> None:
    hook.configure(sideEffects="NoneOnDryRun")
    assert ready.post(PATH, pod("a"), dryRun="All").status == 201
    assert hook.requests[0]["dryRun"] is True


def test_no_webhook_stands_in_the_way_of_webhooks(ready: Server, hook: Webhook) -> None:
    hook.configure(
        rules=[{**PODS, "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"], "operations": ["*"]}]
    )
    hook.decide = lambda request: {"allowed": False}
    assert ready.post(CMS, config_map("a")).status == 400
    assert ready.delete(f"{CONFIGURATIONS}/validatingwebhookconfigurations/hooks.example.com").status == 200
    assert ready.post(CMS, config_map("a")).status == 201


def test_custom_resources_are_shown_in_the_version_the_webhook_knows(ready: Server, hook: Webhook) -> None:
    establish(ready, definition(version(), version("v2", storage=False)))
    rule = {"apiGroups": ["example.com"], "apiVersions": ["v2"], "operations": ["CREATE"], "resources": ["widgets"]}
    hook.configure("Mutating", rules=[rule])
    hook.decide = lambda request: patching(add("/spec/size", 5), add("/spec/nonsense", 1))
    made = ready.post(WIDGETS, widget()).json
    assert made["apiVersion"] == "example.com/v1"
    assert made["spec"] == {"color": "red", "size": 5}
    assert hook.requests[0]["object"]["apiVersion"] == "example.com/v2"
    assert hook.requests[0]["requestKind"]["version"] == "v1"


def test_a_service_leads_to_its_webhook(ready: Server, hook: Webhook) -> None:
    spec = {"type": "ExternalName", "externalName": "localhost"}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook"}, "spec": spec}
    reference = {"name": "hook", "namespace": "default", "port": hook.port}
    hook.configure(clientConfig={"service": reference, "caBundle": hook.client()["caBundle"]})
    refused = ready.post(PATH, pod("a")).json["message"]
    assert f'Post "https://hook.default.svc:{hook.port}/?timeout=10s": service "hook" not found' in refused
    ready.post("/api/v1/namespaces/default/services", service)
    assert ready.post(PATH, pod("a")).status == 201
    assert hook.fake.asked[0].headers["host"] == f"hook.default.svc:{hook.port}"


@pytest.mark.parametrize(
    ("patch", "status"),
    [
        (add("/kind", "Secret"), 500),
        (add("/apiVersion", "v2"), 500),
        (add("/metadata/name", "another"), 422),
        (add("/metadata/namespace", "kube-system"), 400),
        (add("/metadata/uid", "another"), 409),
        (add("/metadata/deletionTimestamp", "2001-01-01T00:00:00Z"), 422),
        (add("/metadata/deletionGracePeriodSeconds", 0), 422),
        (add("", []), 500),
    ],
)
def test_a_patch_makes_no_other_object_of_it(ready: Server, hook: Webhook, patch: Object, status: int) -> None:
    made = ready.post(PATH, pod("a")).json
    hook.decide = lambda request: patching(patch)
    hook.configure("Mutating")
    answer = ready.patch(f"{PATH}/a", {"metadata": {"labels": {"a": "b"}}})
    assert answer.status == status, answer.text
    assert ready.get(f"{PATH}/a").json == made
    assert [one["metadata"]["name"] for one in ready.get(PATH).json["items"]] == ["a"]


def test_managed_fields_that_cannot_be_are_as_they_were_before(ready: Server, hook: Webhook) -> None:
    hook.decide = lambda request: patching(add("/metadata/managedFields", [{"manager": "m", "operation": "Other"}]))
    hook.configure("Mutating")
    answer = ready.post(PATH, pod("a"))
    assert answer.status == 201, answer.text
    assert [one["operation"] for one in answer.json["metadata"]["managedFields"]] == ["Update"]
    (warning,) = answer.warnings
    assert ".metadata.managedFields was in an invalid state after admission" in warning


@pytest.mark.parametrize(
    "response",
    [
        {"warnings": 5},
        {"warnings": [5]},
        {"auditAnnotations": ["a"]},
        {"allowed": False, "status": "no"},
        {"allowed": False, "status": {"code": "no"}},
        {"allowed": False, "status": {"details": 5}},
        {"patchType": "JSONPatch", "patch": "WzVd"},
    ],
)
def test_an_answer_of_other_types_is_none(ready: Server, hook: Webhook, response: Object) -> None:
    hook.decide = lambda request: response
    hook.configure("Mutating")
    answer = ready.post(PATH, pod("a"))
    assert answer.status == 500
    assert "received invalid webhook response" in answer.json["message"], answer.json["message"]


def test_a_refusal_has_a_status_that_is_one(ready: Server, hook: Webhook) -> None:
    hook.decide = lambda request: {"allowed": False, "status": {"code": 99999}}
    hook.configure()
    assert ready.post(PATH, pod("a")).status == 400
