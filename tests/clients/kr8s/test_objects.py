from __future__ import annotations

from kubejazz.testing import Kubejazz
from tests.clients.conftest import Drive
from tests.kubectl.api import Api


def test_kr8s_reads_and_writes(drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str) -> None:
    saw = drive("kr8s", "kr8s/objects.py", kubejazz_cluster, namespace)
    assert saw["crud"] == api.find("configmaps", "crud", namespace)["data"] == {"a": "2"}
    assert api.find("configmaps", "gone", namespace) is None
    assert saw["pages"] == 105
    metadata = api.find("deployments.apps", "patched", namespace)["metadata"]
    assert saw["patches"] == metadata["labels"] == {"too": "merge"}
    assert metadata["annotations"]["note"] == "kept"
    assert saw["apply"] == [[409, "Conflict"], {"a": "2"}]
    managed = api.find("configmaps", "applied", namespace)["metadata"]["managedFields"]
    assert [(entry["manager"], entry["operation"]) for entry in managed] == [("two", "Apply")]
    assert api.find("deployments.apps", "scaled", namespace)["spec"]["replicas"] == 2
    assert saw["subresources"] == api.find("pods", "with-status", namespace)["status"]["message"]
    absent, *refused = saw["errors"]
    assert absent == f"Could not find ConfigMap absent in namespace {namespace}."
    assert refused == [[409, "AlreadyExists"], [409, "Conflict"], [422, "Invalid"], [422, "Invalid"]]
    assert saw["auth"] == ["kubernetes-admin", f"system:serviceaccount:{namespace}:default"]
    assert saw["discovery"] == "37"
    assert saw["events"] == ["Said"]
    assert saw["leases"] == "2026-01-02T03:04:05.678901Z"
    assert api.find("leases.coordination.k8s.io", "held", namespace)["spec"]["holderIdentity"] == "you"
    assert saw["streams"] == [[404, "NotFound"], 404, 400]
    assert saw["yaml"] == ["from-yaml-1", "from-yaml-2"]
