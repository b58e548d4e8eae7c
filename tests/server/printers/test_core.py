"""Nodes, services, endpoints, volumes and the small kinds of the core group."""

from __future__ import annotations

from typing import Any

import pytest

from server.printers import core, core_node, core_service, core_volume
from server.printers.printer import DEFAULT
from tests.server.printers.shown import NOW, ago, shown


@pytest.mark.parametrize(
    ("conditions", "unschedulable", "status"),
    [
        ([{"type": "Ready", "status": "True"}], False, "Ready"),
        ([{"type": "MemoryPressure", "status": "True"}, {"type": "Ready", "status": "False"}], False, "NotReady"),
        ([{"type": "Ready", "status": "Unknown"}], True, "NotReady,SchedulingDisabled"),
        ([], False, "Unknown"),
    ],
)
def test_node_status(conditions: list[Any], unschedulable: bool, status: str) -> None:
    obj = {"spec": {"unschedulable": unschedulable}, "status": {"conditions": conditions}}
    assert shown(core_node.NODE, obj)["Status"] == status


@pytest.mark.parametrize(
    ("labels", "roles"),
    [
        ({"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": ""}, "control-plane,worker"),
        ({"kubernetes.io/role": "master", "node-role.kubernetes.io/master": "x"}, "master"),
        ({"node-role.kubernetes.io/": "", "kubernetes.io/role": ""}, "<none>"),
        ({"other": "x"}, "<none>"),
    ],
)
def test_node_roles(labels: dict[str, str], roles: str) -> None:
    assert shown(core_node.NODE, {"metadata": {"labels": labels}})["Roles"] == roles


def test_node_addresses_and_versions() -> None:
    addresses = [
        {"type": "Hostname", "address": "h"},
        {"type": "ExternalIP", "address": "1.2.3.4"},
        {"type": "InternalIP", "address": "10.0.0.1"},
        {"type": "InternalIP", "address": "fd00::1"},
    ]
    info = {
        "kubeletVersion": "v1.37.0",
        "osImage": "Debian",
        "kernelVersion": "6.1",
        "containerRuntimeVersion": "c://1",
    }
    cells = shown(core_node.NODE, {"status": {"addresses": addresses, "nodeInfo": info}})
    assert [cells[c] for c in ("Version", "Internal-IP", "External-IP", "OS-Image", "Kernel-Version")] == [
        "v1.37.0",
        "10.0.0.1",
        "1.2.3.4",
        "Debian",
        "6.1",
    ]
    assert cells["Container-Runtime"] == "c://1"


BALANCER = {"loadBalancer": {"ingress": [{"hostname": "b.example.com"}, {"ip": "1.1.1.1"}, {"ip": "1.1.1.1"}]}}
SERVICE_CASES = {
    "cluster IP": ({"type": "ClusterIP"}, {}, "<none>"),
    "cluster IP with external IPs": (
        {"type": "ClusterIP", "externalIPs": ["9.9.9.9", "8.8.8.8"]},
        {},
        "9.9.9.9,8.8.8.8",
    ),
    "node port": ({"type": "NodePort", "externalIPs": ["9.9.9.9"]}, {}, "9.9.9.9"),
    "pending": ({"type": "LoadBalancer"}, {}, "<pending>"),
    "balanced, not cut to a width": ({"type": "LoadBalancer"}, BALANCER, "1.1.1.1,b.example.com"),
    "balanced and external": (
        {"type": "LoadBalancer", "externalIPs": ["9.9.9.9"]},
        BALANCER,
        "1.1.1.1,b.example.com,9.9.9.9",
    ),
    "external alone": ({"type": "LoadBalancer", "externalIPs": ["9.9.9.9"]}, {}, "9.9.9.9"),
    "external name": ({"type": "ExternalName", "externalName": "example.com"}, {}, "example.com"),
    "unknown type": ({"type": "Other"}, {}, "<unknown>"),
}


@pytest.mark.parametrize(("spec", "status", "expected"), SERVICE_CASES.values(), ids=SERVICE_CASES.keys())
def test_service_external_ip(spec: dict[str, Any], status: dict[str, Any], expected: str) -> None:
    assert shown(core_service.SERVICE, {"spec": spec, "status": status})["External-IP"] == expected


def test_service_ports_and_cluster_ip() -> None:
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30080}, {"port": 53, "protocol": "UDP"}]
    spec = {"type": "NodePort", "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1"], "ports": ports}
    cells = shown(core_service.SERVICE, {"spec": spec})
    assert (cells["Port(s)"], cells["Cluster-IP"], cells["Selector"]) == ("80:30080/TCP,53/UDP", "10.0.0.1", "<none>")


def subset(*ips: str, ports: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"addresses": [{"ip": ip} for ip in ips], "ports": [{"port": p} for p in ports]}


@pytest.mark.parametrize(
    ("subsets", "expected"),
    [
        (None, "<none>"),
        ([subset()], ""),
        ([subset("1.1.1.1", "1.1.1.2")], "1.1.1.1,1.1.1.2"),
        ([subset("fd00::1", ports=(80,))], "[fd00::1]:80"),
        ([subset("1.1.1.1", ports=(80, 443)), subset("1.1.1.2")], "1.1.1.1:80,1.1.1.1:443,1.1.1.2"),
        ([subset("1.1.1.1", "1.1.1.2", ports=(80, 443))], "1.1.1.1:80,1.1.1.2:80,1.1.1.1:443 + 1 more..."),
    ],
)
def test_endpoints(subsets: list[Any] | None, expected: str) -> None:
    assert shown(core_service.ENDPOINTS, {"subsets": subsets})["Endpoints"] == expected


def test_a_bound_claim_shows_what_it_got() -> None:
    obj = {
        "spec": {"volumeName": "v", "storageClassName": "fast", "volumeMode": "Block"},
        "status": {"phase": "Bound", "capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"]},
    }
    cells = shown(core_volume.PERSISTENT_VOLUME_CLAIM, obj)
    assert list(cells.values()) == ["x", "Bound", "v", "5Gi", "RWO,RWX", "fast", "<unset>", "5m", "Block"]


def test_a_claim_not_bound_shows_no_capacity() -> None:
    obj = {"spec": {"resources": {"requests": {"storage": "1Gi"}}}, "status": {"capacity": {"storage": "5Gi"}}}
    assert shown(core_volume.PERSISTENT_VOLUME_CLAIM, obj)["Capacity"] == ""


def test_the_beta_annotation_names_the_class() -> None:
    annotations = {"volume.beta.kubernetes.io/storage-class": "old"}
    obj = {"metadata": {"annotations": annotations}, "spec": {"storageClassName": "new"}}
    assert shown(core_volume.PERSISTENT_VOLUME_CLAIM, obj)["StorageClass"] == "old"


def test_a_volume_shows_its_claim() -> None:
    obj = {
        "metadata": {"deletionTimestamp": ago(seconds=1)},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOncePod", "ReadOnlyMany", "ReadOnlyMany"],
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"namespace": "ns", "name": "c"},
            "volumeAttributesClassName": "gold",
        },
        "status": {"phase": "Bound", "reason": "why"},
    }
    cells = shown(core_volume.PERSISTENT_VOLUME, obj)
    assert list(cells.values())[1:9] == ["1Gi", "ROX,RWOP", "Delete", "Terminating", "ns/c", "", "gold", "why"]
    assert cells["VolumeMode"] == "<unset>"


def test_quota_splits_limits_from_the_rest() -> None:
    hard = {"pods": "10", "limits.cpu": "4", "requests.cpu": "2", "limits.memory": "1Gi"}
    cells = shown(core.RESOURCE_QUOTA, {"status": {"hard": hard, "used": {"pods": "3", "limits.cpu": "1"}}})
    assert (cells["Request"], cells["Limit"]) == (
        "pods: 3/10, requests.cpu: 0/2",
        "limits.cpu: 1/4, limits.memory: 0/1Gi",
    )


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([{"type": "Healthy", "status": "True", "message": "ok"}], ["x", "Healthy", "ok", ""]),
        ([{"type": "Healthy", "status": "False", "error": "down"}], ["x", "Unhealthy", "", "down"]),
        ([], ["x", "Unknown", "", ""]),
    ],
)
def test_component_status(conditions: list[Any], expected: list[str]) -> None:
    assert list(shown(core.COMPONENT_STATUS, {"conditions": conditions}).values()) == expected


def test_counts_of_data() -> None:
    assert shown(core.CONFIG_MAP, {"data": {"a": "", "b": ""}, "binaryData": {"c": ""}})["Data"] == 3
    assert shown(core.SECRET, {"type": "Opaque", "data": {"a": ""}})["Data"] == 1


def test_a_service_account_shows_no_secrets() -> None:
    assert shown(core.SERVICE_ACCOUNT, {"secrets": [{"name": "s"}]}) == {"Name": "x", "Age": "5m"}


def test_an_object_without_a_creation_time() -> None:
    obj: dict[str, Any] = {"metadata": {"name": "x"}, "status": {"phase": "Active"}}
    assert core.NAMESPACE.row(obj, NOW).cells == ["x", "Active", "<unknown>"]
    assert DEFAULT.row(obj, NOW).cells == ["x", "0001-01-01T00:00:00Z"]
