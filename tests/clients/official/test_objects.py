from __future__ import annotations

from kubejazz.testing import Kubejazz
from tests.clients.conftest import Drive
from tests.kubectl.api import Api


def test_the_official_client_reads_and_writes(
    drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str
) -> None:
    saw = drive("official", "official/objects.py", kubejazz_cluster, namespace)
    assert api.find("configmaps", "crud", namespace)["data"] == {"a": "2"}
    assert api.find("configmaps", "gone", namespace) is None
    assert [name for name in saw["pages"] if name.startswith("page")] == ["page-0", "page-2", "page-4", "page-6"]
    assert saw["patches"] == ["d", "c"]
    stored = api.find("deployments.apps", "patched", namespace)
    assert stored["metadata"]["labels"] == {"too": "merge"}
    assert [c["image"] for c in stored["spec"]["template"]["spec"]["containers"]] == ["busybox", "nginx:1.27"]
    applied = api.find("configmaps", "applied", namespace)
    assert applied["data"] == {"a": "2"}
    assert [entry["manager"] for entry in applied["metadata"]["managedFields"]] == ["two"]
    assert api.find("deployments.apps", "scaled", namespace)["spec"]["replicas"] == 2
    pod = api.find("pods", "with-status", namespace)
    assert saw["subresources"] == pod["status"]["message"] == "from the client"
    assert saw["errors"] == [
        [404, "NotFound"],
        [409, "AlreadyExists"],
        [409, "Conflict"],
        [422, "Invalid"],
        [422, "Invalid"],
    ]
    assert saw["auth"] == ["kubernetes-admin", f"system:serviceaccount:{namespace}:default"]
    assert saw["events"] == ["Said", "by the client", "crud"]
    assert saw["leases"] == api.find("leases.coordination.k8s.io", "held", namespace)["spec"]["holderIdentity"] == "you"
    assert saw["yaml"] == [[409, "AlreadyExists"], [409, "AlreadyExists"]]
    assert api.find("ingresses.networking.k8s.io", "from-yaml", namespace) is not None
    assert saw["streams"] == [
        [404, "NotFound"],
        [0, "Handshake status 404 Not Found"],
        [0, "Handshake status 400 Bad Request"],
    ]
