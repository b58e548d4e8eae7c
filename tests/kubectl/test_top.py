"""kubectl top: what hollow nodes and their pods use."""

from __future__ import annotations

import pytest

from tests.kubectl.api import Api
from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.objects import pod

covers = pytest.mark.covers


@pytest.fixture(scope="session")
def metered(api: Api) -> str:
    """A namespace with a pod that has been measured: it takes up to a period of the metrics server, so all share it."""
    api.create("/api/v1/namespaces", {"metadata": {"name": "metered"}})
    eventually(lambda: api.find("serviceaccounts", "default", "metered"))
    busy = pod("busy")
    busy["metadata"]["annotations"] = {"kubejazz.io/cpu-usage": "70m", "kubejazz.io/memory-usage": "33Mi"}
    api.create("/api/v1/namespaces/metered/pods", busy)
    path = "/apis/metrics.k8s.io/v1beta1/namespaces/metered/pods"
    eventually(lambda: api.request("GET", path), lambda answer: answer.status_code == 200 and answer.json()["items"])
    return "metered"


@covers("top node")
def test_top_shows_what_nodes_use(kubectl: Kubectl, metered: str) -> None:
    head, *rows = kubectl("top", "node").rows
    assert head[:2] == ["NAME", "CPU(cores)"]
    assert [row[0] for row in rows] == ["node-1", "node-2"]


@covers("top pod", "top pod --containers")
def test_top_shows_what_pods_use(kubectl: Kubectl, metered: str) -> None:
    assert kubectl("top", "pod", "-n", metered, "busy", "--no-headers").rows == [["busy", "70m", "33Mi"]]
    (row,) = kubectl("top", "pod", "-n", metered, "--containers", "--no-headers").rows
    assert row == ["busy", "main", "70m", "33Mi"]


@covers("get nodes.metrics.k8s.io", "get pods.metrics.k8s.io")
def test_metrics_are_objects_too(kubectl: Kubectl, metered: str) -> None:
    head, *rows = kubectl("get", "pods.metrics.k8s.io", "-n", metered).rows
    assert head == ["NAME", "CPU", "MEMORY", "WINDOW"]
    assert [row[:3] for row in rows] == [["busy", "70m", "33Mi"]]
    found = kubectl("get", "nodes.metrics.k8s.io", "node-1", "-o", "json").json
    assert found["kind"] == "NodeMetrics"
    assert found["usage"].keys() == {"cpu", "memory"}


@covers("explain, aggregated")
def test_explain_knows_what_an_aggregated_server_tells(kubectl: Kubectl, metered: str) -> None:
    found = kubectl("explain", "pods", "--api-version=metrics.k8s.io/v1beta1").out
    assert "KIND:" in found and "PodMetrics" in found
    assert "What a container uses." in kubectl("explain", "pods.containers", "--api-version=metrics.k8s.io/v1beta1").out


@covers("get apiservices")
def test_api_services_say_who_serves_and_whether_it_answers(kubectl: Kubectl, metered: str) -> None:
    rows = {row[0]: row[1:3] for row in kubectl("get", "apiservices", "--no-headers").rows}
    assert rows["v1.apps"] == ["Local", "True"]
    assert rows["v1beta1.metrics.k8s.io"] == ["kube-system/metrics-server", "True"]
    listed = kubectl("api-resources", "--api-group=metrics.k8s.io", "--no-headers").rows
    assert sorted(row[0] for row in listed) == ["nodes", "pods"]
