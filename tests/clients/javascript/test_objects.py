from __future__ import annotations

from kubejazz.testing import Kubejazz
from tests.clients.conftest import Drive
from tests.kubectl.api import Api


def test_the_javascript_client_reads_and_writes(
    drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str
) -> None:
    saw = drive("javascript", "javascript/objects.js", kubejazz_cluster, namespace)
    assert "crud" in saw["crud"] and "gone" not in saw["crud"]
    assert api.find("configmaps", "crud", namespace)["data"] == {"a": "2"}
    assert saw["pages"] == [f"page-{number}" for number in range(5)]
    stored = api.find("deployments.apps", "patched", namespace)
    names = [container["name"] for container in stored["spec"]["template"]["spec"]["containers"]]
    assert saw["patches"] == [stored["metadata"]["labels"], names] == [{"too": "merge"}, ["d", "c"]]
    assert saw["apply"] == [[409, "Conflict"], {"a": "2"}]
    managed = api.find("configmaps", "applied", namespace)["metadata"]["managedFields"]
    assert [(entry["manager"], entry["operation"]) for entry in managed] == [("two", "Apply")]
    assert api.find("deployments.apps", "scaled", namespace)["spec"]["replicas"] == 2
    assert saw["subresources"] == api.find("pods", "with-status", namespace)["status"]["message"]
    assert saw["errors"] == [[404, "NotFound"], [409, "AlreadyExists"], [409, "Conflict"], [422, "Invalid"]]
    assert saw["auth"] == ["kubernetes-admin", f"system:serviceaccount:{namespace}:default"]
    assert saw["discovery"] == ["@yearly", True]
    assert api.find("cronjobs.batch", "found", namespace)["spec"]["concurrencyPolicy"] == "Allow"
    assert saw["events"] == ["crud"]
    assert saw["leases"] == "2026-01-02T03:04:05.678000Z"
    assert api.find("leases.coordination.k8s.io", "held", namespace)["spec"]["renewTime"] == saw["leases"]
    assert saw["streams"] == [404, *(f"Unexpected server response: {code}" for code in (404, 400))]
    assert saw["yaml"] == "from-yaml"
