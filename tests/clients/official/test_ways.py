"""The official client's other ways to the same API."""

from __future__ import annotations

from kubejazz.testing import Kubejazz
from tests.clients.conftest import Drive
from tests.kubectl.api import Api

REFUSED = [[404, "NotFound"], [409, "AlreadyExists"], [409, "Conflict"], [422, "Invalid"]]
PATCHED = {"a": "json", "b": "merge", "c": "strategic"}


def test_the_asynchronous_client(drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str) -> None:
    saw = drive("official-aio", "official/aio.py", kubejazz_cluster, namespace)
    assert "aio" in saw["crud"] and "aio-gone" not in saw["crud"]
    assert api.find("configmaps", "aio", namespace)["data"] == {"a": "2"}
    assert saw["pages"] == [f"aio-{number}" for number in range(5)]
    assert saw["patches"] == api.find("configmaps", "aio-patched", namespace)["data"] == PATCHED
    assert saw["apply"] == [[409, "Conflict"], {"a": "2"}]
    assert saw["watch"] == [f"aio-watched-{number}" for number in range(3)]
    assert saw["errors"] == REFUSED
    assert saw["leases"] == 678901
    assert saw["election"] == ["first", "second"]
    lease = api.find("leases.coordination.k8s.io", "aio-election", namespace)
    assert lease["spec"]["holderIdentity"] == "second"
    assert saw["yaml"] == "aio-from-dict"


def test_the_dynamic_client(drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str) -> None:
    saw = drive("official-dynamic", "official/dynamic.py", kubejazz_cluster, namespace)
    assert saw["discovery"] == {
        "Pod": "v1",
        "Deployment": "apps/v1",
        "Lease": "coordination.k8s.io/v1",
        "CronJob": "batch/v1",
        "NetworkPolicy": "networking.k8s.io/v1",
        "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    }
    assert "dynamic" in saw["crud"] and "dynamic-gone" not in saw["crud"]
    assert api.find("configmaps", "dynamic", namespace)["data"] == {"a": "2"}
    assert saw["patches"] == api.find("configmaps", "dynamic-patched", namespace)["data"] == PATCHED
    assert saw["apply"] == [409, "Conflict", "2"]
    assert saw["subresources"] == [2, "from the client"]
    assert api.find("deployments.apps", "dynamic-scaled", namespace)["spec"]["replicas"] == 2
    assert api.find("pods", "with-status", namespace)["status"]["message"] == "from the client"
    assert saw["errors"] == [404, 409, 422]
    assert saw["watch"] == [f"dynamic-watched-{number}" for number in range(3)]


def test_leader_election(drive: Drive, kubejazz_cluster: Kubejazz, api: Api, namespace: str) -> None:
    saw = drive("official", "official/election.py", kubejazz_cluster, namespace)
    assert saw["election"] == ["first leads", "first stopped", "second leads"]
    lease = api.find("leases.coordination.k8s.io", "election", namespace)
    assert lease["spec"]["holderIdentity"] == "second"
