from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from metricsserver.api import API, Cluster
from metricsserver.samples import Point, Scrape
from metricsserver.usage import Usage
from tests.metricsserver.things import MI, pod

PREFIX = "/apis/metrics.k8s.io/v1beta1"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
NODE = {"metadata": {"name": "node-1", "labels": {"zone": "a"}}}
PODS = [pod("web", app="web"), pod("db", app="db"), pod("agent", "kube-system"), pod("new", app="web")]
MEASURED = {("default", "web"): ("main", "side"), ("default", "db"): ("main",), ("kube-system", "agent"): ("main",)}


@pytest.fixture
def api() -> API:
    def measured(at: float, cpu: float) -> Scrape:
        points = {
            (*key, container): Point(cpu, 20 * MI, at)
            for key, containers in MEASURED.items()
            for container in containers
        }
        return Scrape(Point(cpu * 10, 100 * MI, at), points)

    usage = Usage().after({"node-1": measured(1000, 1.0)}, ["node-1"])
    usage = usage.after({"node-1": measured(1010.5, 2.05)}, ["node-1"])

    def pods(namespace: str) -> list[dict[str, Any]]:
        return [each for each in PODS if namespace in ("", each["metadata"]["namespace"])]

    return API(Cluster(lambda: [NODE, {"metadata": {"name": "silent"}}], pods), lambda: usage)


def get(api: API, path: str, accept: str = "application/json") -> Any:
    answer = api.answer("GET", PREFIX + path, accept)
    assert answer.code == 200, answer.body
    return orjson.loads(answer.body)


def names(answer: Any) -> list[str]:
    return [item["metadata"]["name"] for item in answer["items"]]


def test_resources_are_listed(api: API) -> None:
    found = get(api, "")
    assert [(row["name"], row["kind"], row["namespaced"]) for row in found["resources"]] == [
        ("nodes", "NodeMetrics", False),
        ("pods", "PodMetrics", True),
    ]


def test_a_node(api: API) -> None:
    assert get(api, "/nodes/node-1") == {
        "kind": "NodeMetrics",
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": {"name": "node-1", "creationTimestamp": "1970-01-01T00:16:50Z", "labels": {"zone": "a"}},
        "timestamp": "1970-01-01T00:16:50Z",
        "window": "10.5s",
        "usage": {"cpu": "1", "memory": "100Mi"},
    }


def test_nodes_that_have_not_been_measured_are_left_out(api: API) -> None:
    found = get(api, "/nodes")
    assert found["kind"] == "NodeMetricsList"
    assert names(found) == ["node-1"]


def test_pods_by_namespace_and_labels(api: API) -> None:
    assert names(get(api, "/pods")) == ["db", "web", "agent"]
    assert names(get(api, "/namespaces/default/pods")) == ["db", "web"]
    assert names(get(api, "/namespaces/default/pods?labelSelector=app%3Dweb")) == ["web"]
    assert names(get(api, "/pods?fieldSelector=metadata.namespace%3Dkube-system")) == ["agent"]


def test_a_pod_has_its_containers(api: API) -> None:
    found = get(api, "/namespaces/default/pods/web")
    usage = {"cpu": "100m", "memory": "20Mi"}
    assert found["containers"] == [{"name": "main", "usage": usage}, {"name": "side", "usage": usage}]


def test_tables(api: API) -> None:
    found = get(api, "/namespaces/default/pods", TABLE)
    assert [column["name"] for column in found["columnDefinitions"]] == ["Name", "cpu", "memory", "Window"]
    assert [row["cells"] for row in found["rows"]] == [
        ["db", "100m", "20Mi", "10.5s"],
        ["web", "200m", "40Mi", "10.5s"],
    ]
    assert found["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    assert "object" not in get(api, "/nodes?includeObject=None", TABLE)["rows"][0]
    assert get(api, "/nodes/node-1?includeObject=Object", TABLE)["rows"][0]["object"]["kind"] == "NodeMetrics"


@pytest.mark.parametrize(
    ("method", "path", "code", "message"),
    [
        ("GET", "/nodes/silent", 404, 'nodemetrics.metrics.k8s.io "silent" not found'),
        ("GET", "/namespaces/default/pods/new", 404, 'podmetrics.metrics.k8s.io "default/new" not found'),
        ("GET", "/services", 404, "the server could not find the requested resource"),
        ("GET", "/pods?watch=true", 405, "the server does not allow this method on the requested resource"),
        ("DELETE", "/pods", 405, "the server does not allow this method on the requested resource"),
        ("GET", "/pods?labelSelector=%3D", 400, "found '='"),
    ],
)
def test_what_there_is_not(api: API, method: str, path: str, code: int, message: str) -> None:
    answer = api.answer(method, PREFIX + path, "application/json")
    assert answer.code == code
    assert message in orjson.loads(answer.body)["message"]


def test_its_document_is_listed_and_has_every_reference(api: API) -> None:
    index = orjson.loads(api.answer("GET", "/openapi/v3", "").body)["paths"]
    url = index["apis/metrics.k8s.io/v1beta1"]["serverRelativeURL"]
    body = api.answer("GET", url, "").body
    document = orjson.loads(body)
    names = set(re.findall(rb"#/components/schemas/([\w.]+)", body))
    assert {name.decode() for name in names} <= document["components"]["schemas"].keys()
    assert f"{PREFIX}/nodes/{{name}}" in document["paths"]


def test_it_is_healthy(api: API) -> None:
    assert api.answer("GET", "/healthz", "").body == b"ok"
