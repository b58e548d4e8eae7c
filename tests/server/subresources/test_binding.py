"""Binding a pod to a node."""

from __future__ import annotations

from tests.server.harness import Server

PODS = "/api/v1/namespaces/default/pods"


def test_a_binding_does_not_move_the_generation(server: Server) -> None:
    container = {"name": "c", "image": "i"}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    assert server.post(PODS, body).json["metadata"]["generation"] == 1
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": "p"},
        "target": {"kind": "Node", "name": "n"},
    }
    assert server.post(f"{PODS}/p/binding", binding).status == 201
    bound = server.get(f"{PODS}/p").json
    assert (bound["spec"]["nodeName"], bound["metadata"]["generation"]) == ("n", 1)
