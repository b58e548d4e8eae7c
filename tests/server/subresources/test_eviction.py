"""Evictions ask the pod's budget, mark the pod, and are refused in upstream's words."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object, find_condition
from tests.server.harness import Result, Server, pod

PODS = "/api/v1/namespaces/default/pods"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
READY = [{"type": "Ready", "status": "True"}]


def _pod(server: Server, name: str = "a", phase: str = "Running", ready: bool = True, **metadata: Any) -> None:
    body = pod(name, labels={"app": "x"}, **metadata)
    body["spec"]["nodeName"] = "n1"
    assert server.post(PODS, body).status == 201
    status: Object = {"phase": phase, **({"conditions": READY} if ready else {})}
    assert server.patch(f"{PODS}/{name}/status", {"status": status}).status == 200


def _budget(server: Server, name: str = "b", **status: Any) -> None:
    budget = {"metadata": {"name": name}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}}}
    assert server.post(BUDGETS, budget).status == 201
    counts = {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1}
    full = {"observedGeneration": 1, **counts, **status}
    assert server.patch(f"{BUDGETS}/{name}/status", {"status": full}).status == 200


def _evict(server: Server, name: str = "a", query: str = "", **options: Any) -> Result:
    eviction: Object = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    if options:
        eviction["deleteOptions"] = options
    return server.post(f"{PODS}/{name}/eviction{query}", eviction)


def test_a_pod_without_a_budget_goes_and_says_why(server: Server) -> None:
    _pod(server)
    result = _evict(server)
    assert (result.status, result.json["status"], result.json["code"]) == (201, "Success", 201)
    live = server.get(f"{PODS}/a").json
    assert live["metadata"]["deletionTimestamp"]
    condition = find_condition(live, "DisruptionTarget")
    assert condition is not None
    assert (condition["status"], condition["reason"]) == ("True", "EvictionByEvictionAPI")
    assert condition["message"] == "Eviction API: evicting"


def test_a_budget_is_used_up(server: Server) -> None:
    _pod(server)
    _budget(server, disruptionsAllowed=1, currentHealthy=2)
    assert _evict(server).status == 201
    status = server.get(f"{BUDGETS}/b").json["status"]
    assert status["disruptionsAllowed"] == 0
    assert list(status["disruptedPods"]) == ["a"]
    [condition] = status["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == (
        *("DisruptionAllowed", "False"),
        "InsufficientPods",
    )


def _condition(status: str, reason: str, message: str) -> list[Object]:
    at = "2026-01-01T00:00:00Z"
    return [
        {"type": "DisruptionAllowed", "status": status, "reason": reason, "message": message, "lastTransitionTime": at}
    ]


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({}, "The disruption budget b needs 1 healthy pods and has 1 currently"),
        ({"currentHealthy": 2}, "The disruption budget b does not allow evicting pods currently"),
        (
            {"currentHealthy": 2, "conditions": _condition("False", "Other", "no")},
            "The disruption budget b does not allow evicting pods currently (Other): no",
        ),
        (
            {"conditions": _condition("False", "SyncFailed", "no scale")},
            "The disruption budget b does not allow evicting pods currently because it failed sync: no scale",
        ),
    ],
)
def test_a_budget_that_allows_nothing_refuses_without_a_time(server: Server, status: Object, why: str) -> None:
    _pod(server)
    _budget(server, **status)
    result = _evict(server)
    assert result.status == 429
    assert result.json["reason"] == "TooManyRequests"
    assert result.json["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    assert result.json["details"] == {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    assert "retry-after" not in result.headers
    assert "deletionTimestamp" not in server.get(f"{PODS}/a").json["metadata"]


def test_a_budget_that_is_not_up_to_date_is_asked_again_in_ten_seconds(server: Server) -> None:
    _pod(server)
    _budget(server, observedGeneration=0, disruptionsAllowed=1)
    result = _evict(server)
    assert (result.status, result.headers["retry-after"]) == (429, "10")
    assert result.json["details"]["retryAfterSeconds"] == 10
    [cause] = result.json["details"]["causes"]
    assert cause["message"] == "The disruption budget b is still being processed by the server."


@pytest.mark.parametrize(("phase", "ready"), [("Succeeded", True), ("Failed", True), ("Pending", True)])
def test_pods_that_do_not_count_go_whatever_the_budget_says(server: Server, phase: str, ready: bool) -> None:
    _pod(server, phase=phase, ready=ready)
    _budget(server)
    assert _evict(server).status == 201


def test_unready_pods_go_while_the_healthy_are_enough(server: Server) -> None:
    _pod(server, ready=False)
    _budget(server)
    assert _evict(server).status == 201
    assert server.get(f"{BUDGETS}/b").json["status"].get("disruptedPods") is None


def test_two_budgets_are_too_many(server: Server) -> None:
    _pod(server)
    _budget(server, "b")
    _budget(server, "c")
    result = _evict(server)
    assert (result.status, result.json["status"], result.json["code"]) == (201, "Failure", 500)
    assert result.json["message"].startswith("This pod has more than one PodDisruptionBudget")
    assert "deletionTimestamp" not in server.get(f"{PODS}/a").json["metadata"]


@pytest.mark.parametrize(("query", "options"), [("?dryRun=All", {}), ("", {"dryRun": ["All"]})])
def test_a_dry_run_changes_nothing(server: Server, query: str, options: Object) -> None:
    _pod(server)
    _budget(server, disruptionsAllowed=1)
    before = server.get("/api/v1/pods").json, server.get(BUDGETS).json
    assert _evict(server, query=query, **options).status == 201
    assert (server.get("/api/v1/pods").json, server.get(BUDGETS).json) == before


def test_preconditions_hold_for_evictions(server: Server) -> None:
    _pod(server)
    assert _evict(server, preconditions={"uid": "other"}).status == 409
    assert _evict(server, preconditions={"resourceVersion": "1"}).status == 409
    live = server.get(f"{PODS}/a").json["metadata"]
    assert "deletionTimestamp" not in live
    assert _evict(server, preconditions={"uid": live["uid"], "resourceVersion": live["resourceVersion"]}).status == 201


def test_the_name_in_the_body_is_that_of_the_path(server: Server) -> None:
    _pod(server)
    for metadata in ({"name": "b"}, {}):
        result = server.post(
            f"{PODS}/a/eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata}
        )
        assert (result.status, result.json["message"]) == (400, "name in URL does not match name in Eviction object")


def test_a_pod_that_is_not_there_cannot_be_evicted(server: Server) -> None:
    assert _evict(server, "none").status == 404
