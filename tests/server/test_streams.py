"""log, exec, attach, portforward and proxy, as far as they go without a kubelet."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from tests.server.harness import Server, pod

PODS = "/api/v1/namespaces/default/pods"


def two_containers(name: str) -> Object:
    body = pod(name)
    body["spec"]["containers"].append({"name": "d", "image": "nginx"})
    return body


def test_the_log_of_a_pod_on_no_node_is_empty(server: Server) -> None:
    server.post(PODS, pod("p"))
    result = server.get(f"{PODS}/p/log")
    assert (result.status, result.body) == (204, b"")


def test_a_container_must_be_named_where_there_are_several(server: Server) -> None:
    server.post(PODS, two_containers("p"))
    result = server.get(f"{PODS}/p/log")
    assert result.status == 400
    assert result.json["message"] == "a container name must be specified for pod p, choose one of: [c d]"
    assert server.get(f"{PODS}/p/log", container="d").status == 204
    assert server.get(f"{PODS}/p/log", container="e").json["message"] == "container e is not valid for pod p"


def test_the_default_container_is_the_annotated_one(server: Server) -> None:
    body = two_containers("p")
    body["metadata"]["annotations"] = {"kubectl.kubernetes.io/default-container": "d"}
    server.post(PODS, body)
    assert server.get(f"{PODS}/p/log").status == 204


@pytest.mark.parametrize("query", [{"tailLines": -1}, {"limitBytes": 0}, {"sinceSeconds": 0}])
def test_log_options_are_validated(server: Server, query: dict[str, Any]) -> None:
    server.post(PODS, pod("p"))
    assert server.get(f"{PODS}/p/log", **query).status == 422


@pytest.mark.parametrize("sub", ["exec", "attach", "portforward"])
def test_there_is_no_stream_to_a_pod_on_no_node(server: Server, sub: str) -> None:
    server.post(PODS, pod("p"))
    result = server.get(f"{PODS}/p/{sub}", command="ls", stdout="true")
    assert result.status == 400
    assert result.json["message"] == "pod p does not have a host assigned"
    assert server.get(f"{PODS}/none/{sub}", command="ls", stdout="true").status == 404


def test_exec_needs_a_command(server: Server) -> None:
    server.post(PODS, pod("p"))
    assert server.post(f"{PODS}/p/exec", None).status == 400


def test_a_pod_on_a_node_without_kubelet_is_out_of_reach(server: Server) -> None:
    server.post("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}})
    body = pod("p")
    body["spec"]["nodeName"] = "n"
    server.post(PODS, body)
    for sub in ("log", "attach", "portforward"):
        result = server.get(f"{PODS}/p/{sub}")
        assert result.status == 503
        assert result.json["reason"] == "ServiceUnavailable"


def test_proxies_look_for_what_they_would_reach(server: Server) -> None:
    assert server.get("/api/v1/namespaces/default/services/none/proxy/").status == 404
    assert server.get("/api/v1/namespaces/default/services/https:kubernetes:443/proxy/a/b").status == 503
    assert server.get("/api/v1/nodes/none/proxy/stats").status == 404
    assert server.get(f"{PODS}/a:b:c:d/proxy").status == 400


def test_nothing_lies_behind_other_subresources(server: Server) -> None:
    server.post(PODS, pod("p"))
    assert server.get(f"{PODS}/p/log/more").status == 404


def test_discovery_lists_no_subresource_without_a_handler(server: Server) -> None:
    missing = []
    groups = [f"/apis/{g['preferredVersion']['groupVersion']}" for g in server.get("/apis").json["groups"]]
    for path in ("/api/v1", *groups):
        for resource in server.get(path).json["resources"]:
            name, _, sub = resource["name"].partition("/")
            if not sub:
                continue
            prefix = f"{path}/namespaces/x" if resource["namespaced"] else path
            verb = resource["verbs"][0]
            method = {"get": "GET", "create": "POST", "update": "PUT", "delete": "DELETE", "patch": "PATCH"}[verb]
            result = server.request(method, f"{prefix}/{name}/none/{sub}", None)
            if result.status == 405 or result.json["message"] == "the server could not find the requested resource":
                missing.append(resource["name"])
    assert missing == []
