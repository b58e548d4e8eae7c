"""Binding a pod to a node: once, with the labels and conditions upstream sets, and its words when it cannot be."""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object, find_condition
from tests.server.harness import Result, Server, pod

PODS = "/api/v1/namespaces/default/pods"


def _bind(server: Server, query: str = "", target: Object | None = None, **metadata: Any) -> Result:
    body = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": "a", **metadata},
        "target": {"kind": "Node", "name": "n1"} if target is None else target,
    }
    return server.post(f"{PODS}/a/binding{query}", body)


def test_a_pod_is_bound_once(server: Server) -> None:
    server.post(PODS, pod("a"))
    server.patch(f"{PODS}/a/status", {"status": {"nominatedNodeName": "n2"}})
    result = _bind(server, labels={"zone": "z"}, annotations={"b": "c"})
    assert (result.status, result.json["status"]) == (201, "Success")
    live = server.get(f"{PODS}/a").json
    assert live["spec"]["nodeName"] == "n1"
    assert (live["metadata"]["labels"], live["metadata"]["annotations"]) == ({"zone": "z"}, {"b": "c"})
    assert "nominatedNodeName" not in live["status"]
    condition = find_condition(live, "PodScheduled")
    assert condition is not None and condition["status"] == "True"
    again = _bind(server)
    assert again.status == 409
    assert again.json["message"] == (
        'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"'
    )


def test_a_dry_run_binds_nothing(server: Server) -> None:
    server.post(PODS, pod("a"))
    before = server.get(f"{PODS}/a").body
    assert _bind(server, "?dryRun=All").status == 201
    assert server.get(f"{PODS}/a").body == before


def test_preconditions_of_the_binding_hold(server: Server) -> None:
    server.post(PODS, pod("a"))
    for precondition, what in (
        ({"uid": "u"}, "UID in precondition: u"),
        ({"resourceVersion": "1"}, "ResourceVersion in"),
    ):
        result = _bind(server, **precondition)
        assert result.status == 409
        assert f"Precondition failed: {what}" in result.json["message"]


def test_gated_pods_are_not_bound(server: Server) -> None:
    gated = pod("a")
    gated["spec"]["schedulingGates"] = [{"name": "wait"}]
    server.post(PODS, gated)
    result = _bind(server)
    assert (result.status, result.json["reason"]) == (409, "Conflict")
    assert result.json["message"].endswith("pod a has non-empty .spec.schedulingGates")


def test_a_wrong_target_is_a_bare_500_as_upstream(server: Server) -> None:
    server.post(PODS, pod("a"))
    result = _bind(server, target={"kind": "Pod"})
    assert (result.status, "reason" in result.json) == (500, False)
    assert result.json["message"] == (
        '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]'
    )


def test_the_name_in_the_body_is_that_of_the_path(server: Server) -> None:
    server.post(PODS, pod("a"))
    result = _bind(server, name="b")
    assert (result.status, result.json["message"]) == (400, "name in URL does not match name in Binding object")
