"""managedFields through the server: who owns what after each way of writing."""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object
from tests.server.harness import Result, Server, config_map

MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
HPAS = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers"
DEPLOYMENT: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}},
    },
}


def entries(obj: Object) -> list[Object]:
    found: list[Object] = obj["metadata"].get("managedFields") or []
    return found


def managers(obj: Object) -> list[tuple[str, str, str]]:
    return [(e["manager"], e["operation"], e.get("subresource", "")) for e in entries(obj)]


def apply(server: Server, path: str, body: Object, manager: str, **query: Any) -> Result:
    return server.patch(path, body, "apply-patch+yaml", fieldManager=manager, **query)


def test_an_update_that_changes_nothing_keeps_revision_and_times(server: Server) -> None:
    first = server.post(MAPS, config_map("m", {"a": "1"}), fieldManager="x").json
    again = server.put(f"{MAPS}/m", first, fieldManager="x").json
    patched = server.patch(f"{MAPS}/m", {"data": {"a": "1"}}, fieldManager="x").json
    assert first == again == patched


def test_an_empty_list_of_managed_fields_resets_them(server: Server) -> None:
    server.post(MAPS, config_map("m", {"a": "1"}), fieldManager="x")
    patched = server.patch(f"{MAPS}/m", {"metadata": {"managedFields": []}}).json
    assert entries(patched) == []
    operations = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]
    apply(server, f"{MAPS}/m", config_map("m", {"b": "1"}), "y")
    assert entries(server.patch(f"{MAPS}/m", operations, "json-patch+json").json) == []


def test_status_belongs_to_who_writes_it_through_status(server: Server) -> None:
    made = server.post(DEPLOYMENTS, DEPLOYMENT, fieldManager="author").json
    made["status"] = {"replicas": 3}
    result = server.put(f"{DEPLOYMENTS}/d/status", made, fieldManager="controller").json
    assert managers(result) == [("author", "Update", ""), ("controller", "Update", "status")]
    assert "f:status" not in entries(result)[0]["fieldsV1"]
    assert list(entries(result)[1]["fieldsV1"]) == ["f:status"]
    made["status"] = {"replicas": 5}
    unchanged = server.put(f"{DEPLOYMENTS}/d", {**made, "metadata": {"name": "d"}}, fieldManager="author").json
    assert unchanged["metadata"]["resourceVersion"] == result["metadata"]["resourceVersion"]


def test_what_the_server_sets_belongs_to_nobody(server: Server) -> None:
    body = {**DEPLOYMENT, "kind": "DaemonSet", "spec": {k: v for k, v in DEPLOYMENT["spec"].items() if k != "replicas"}}
    made = server.post("/apis/apps/v1/namespaces/default/daemonsets", body).json
    assert made["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "1"}
    assert "f:metadata" not in entries(made)[0]["fieldsV1"]


def test_scaling_takes_the_replicas_from_who_had_them(server: Server) -> None:
    apply(server, f"{DEPLOYMENTS}/d", DEPLOYMENT, "owner")
    scaled = server.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 3}}, fieldManager="scaler")
    assert scaled.status == 200
    assert "managedFields" not in scaled.json["metadata"]
    parent = server.get(f"{DEPLOYMENTS}/d").json
    assert parent["spec"]["replicas"] == 3
    by_manager = {entry["manager"]: entry for entry in entries(parent)}
    assert by_manager["scaler"]["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    assert by_manager["scaler"]["subresource"] == "scale"
    conflict = apply(server, f"{DEPLOYMENTS}/d", DEPLOYMENT, "owner")
    assert conflict.status == 409
    assert conflict.json["details"]["causes"][0]["field"] == ".spec.replicas"


def test_a_scale_can_be_applied(server: Server) -> None:
    server.post(DEPLOYMENTS, DEPLOYMENT, fieldManager="owner")
    scale = {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "d", "namespace": "default"},
        "spec": {"replicas": 2},
    }
    assert apply(server, f"{DEPLOYMENTS}/d/scale", scale, "scaler").status == 409
    assert apply(server, f"{DEPLOYMENTS}/d/scale", scale, "scaler", force="true").json["spec"]["replicas"] == 2
    assert ("scaler", "Apply", "scale") in managers(server.get(f"{DEPLOYMENTS}/d").json)


def test_fields_keep_their_owners_across_versions(server: Server) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    old = {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "h"},
        "spec": {"maxReplicas": 5, "scaleTargetRef": target, "targetCPUUtilizationPercentage": 70},
    }
    assert apply(server, f"{HPAS.format('v1')}/h", old, "one").status == 201
    new = {**old, "apiVersion": "autoscaling/v2", "spec": {"maxReplicas": 6, "scaleTargetRef": target}}
    conflict = apply(server, f"{HPAS.format('v2')}/h", new, "two")
    assert conflict.status == 409
    assert [cause["field"] for cause in conflict.json["details"]["causes"]] == [".spec.maxReplicas"]
    forced = apply(server, f"{HPAS.format('v2')}/h", new, "two", force="true").json
    by_manager = {entry["manager"]: entry for entry in entries(forced)}
    assert by_manager["one"]["apiVersion"] == "autoscaling/v1"
    assert "f:maxReplicas" not in by_manager["one"]["fieldsV1"]["f:spec"]
    assert "f:targetCPUUtilizationPercentage" in by_manager["one"]["fieldsV1"]["f:spec"]
