from __future__ import annotations

from kubejazz.testing import Kubejazz
from tests.clients.conftest import Drive
from tests.kubectl.api import Api


def test_lightkube_reads_and_writes(drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str) -> None:
    saw = drive("lightkube", "lightkube/objects.py", kubejazz_cluster, namespace)
    assert api.find("configmaps", "crud", namespace)["data"] == {"a": "2"}
    assert saw["crud"] == [404, "NotFound"] and api.find("configmaps", "gone", namespace) is None
    assert saw["pages"] == [f"page-{number}" for number in range(1, 7)]
    stored = api.find("deployments.apps", "patched", namespace)
    assert stored["metadata"]["labels"] == {"too": "merge"}
    names = [container["name"] for container in stored["spec"]["template"]["spec"]["containers"]]
    assert saw["patches"] == names == ["d", "c"]
    assert saw["apply"] == [[409, "Conflict"], {"a": "2"}]
    managed = api.find("configmaps", "applied", namespace)["metadata"]["managedFields"]
    assert [(entry["manager"], entry["operation"]) for entry in managed] == [("two", "Apply")]
    assert api.find("deployments.apps", "scaled", namespace)["spec"]["replicas"] == 2
    assert saw["subresources"] == api.find("pods", "with-status", namespace)["status"]["message"]
    absent, *refused = saw["errors"]
    assert absent == [404, "NotFound"]
    assert refused == [[409, "AlreadyExists"], [409, "Conflict"], [422, "Invalid"], [422, "Invalid"]]
    assert saw["auth"] == ["kubernetes-admin", f"system:serviceaccount:{namespace}:default"]
    assert saw["events"] == ["Said"]
    assert saw["leases"] == api.find("leases.coordination.k8s.io", "held", namespace)["spec"]["holderIdentity"] == "you"
    assert saw["streams"] == [[404, "NotFound"], 404, 400]
    assert saw["yaml"] == ["from-yaml-1", "from-yaml-2"]
