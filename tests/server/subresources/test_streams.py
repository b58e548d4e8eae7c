"""log, exec, attach, portforward and proxy: what is wrong is told in upstream's order and words."""

from __future__ import annotations

import pytest

from tests.server.harness import Server, pod

PODS = "/api/v1/namespaces/default/pods"


@pytest.mark.parametrize("subresource", ["exec", "attach", "portforward", "proxy"])
def test_connections_know_no_dry_run(server: Server, subresource: str) -> None:
    result = server.post(f"{PODS}/none/{subresource}", None, dryRun="All")
    assert (result.status, result.json["message"]) == (400, "dryRun is not supported")


@pytest.mark.parametrize("subresource", ["exec", "attach", "portforward"])
def test_a_pod_has_to_be_there_and_somewhere(server: Server, subresource: str) -> None:
    assert server.get(f"{PODS}/a/{subresource}").status == 404
    server.post(PODS, pod("a"))
    result = server.get(f"{PODS}/a/{subresource}")
    assert (result.status, result.json["message"]) == (400, "pod a does not have a host assigned")


@pytest.mark.parametrize("subresource", ["exec", "attach", "log"])
def test_a_container_has_to_be_one_of_the_pods(server: Server, subresource: str) -> None:
    two = pod("a")
    two["spec"]["containers"].append({"name": "d", "image": "x"})
    server.post(PODS, two)
    unnamed = server.get(f"{PODS}/a/{subresource}")
    assert unnamed.json["message"] == "a container name must be specified for pod a, choose one of: [c d]"
    wrong = server.get(f"{PODS}/a/{subresource}", container="e")
    assert (wrong.status, wrong.json["message"]) == (400, "container e is not valid for pod a")


def test_the_log_of_a_pod_that_is_nowhere_is_empty(server: Server) -> None:
    server.post(PODS, pod("a"))
    assert server.get(f"{PODS}/a/log").status in (200, 204)


def test_all_that_is_wrong_with_log_options_is_told(server: Server) -> None:
    server.post(PODS, pod("a"))
    result = server.get(f"{PODS}/a/log", tailLines=-1, limitBytes=0, sinceSeconds=0)
    assert result.status == 422
    assert [cause["field"] for cause in result.json["details"]["causes"]] == ["tailLines", "limitBytes", "sinceSeconds"]
