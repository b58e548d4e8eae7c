"""Services and the other kinds of the core group."""

from __future__ import annotations

from typing import Any

import pytest

from server.defaulting import core, core_service


def service(spec: dict[str, Any], **fields: Any) -> dict[str, Any]:
    obj = {"metadata": {}, "spec": spec, **fields}
    core_service.service(obj)
    return obj


def test_a_bare_service() -> None:
    assert service({})["spec"] == {
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster",
    }


@pytest.mark.parametrize(
    ("given", "external", "internal"),
    [
        ({"type": "ClusterIP"}, None, "Cluster"),
        ({"type": "ClusterIP", "externalIPs": ["1.1.1.1"]}, "Cluster", "Cluster"),
        ({"type": "NodePort"}, "Cluster", "Cluster"),
        ({"type": "LoadBalancer", "externalTrafficPolicy": "Local"}, "Local", "Cluster"),
        ({"type": "ExternalName"}, None, None),
    ],
)
def test_traffic_policies(given: dict[str, Any], external: str | None, internal: str | None) -> None:
    spec = service(given)["spec"]
    assert (spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")) == (external, internal)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"port": 80}, {"port": 80, "protocol": "TCP", "targetPort": 80}),
        ({"port": 80, "targetPort": 0}, {"port": 80, "protocol": "TCP", "targetPort": 80}),
        ({"port": 80, "targetPort": ""}, {"port": 80, "protocol": "TCP", "targetPort": 80}),
        (
            {"port": 53, "protocol": "UDP", "targetPort": "dns"},
            {"port": 53, "protocol": "UDP", "targetPort": "dns"},
        ),
    ],
)
def test_service_ports(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert service({"ports": [given]})["spec"]["ports"] == [expected]


TIMEOUT = {"clientIP": {"timeoutSeconds": 10800}}


@pytest.mark.parametrize(
    ("given", "config"),
    [
        ({"sessionAffinity": "ClientIP"}, TIMEOUT),
        ({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {}}}, TIMEOUT),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 5}}},
            {"clientIP": {"timeoutSeconds": 5}},
        ),
        ({"sessionAffinityConfig": TIMEOUT}, None),
    ],
)
def test_session_affinity(given: dict[str, Any], config: Any) -> None:
    assert service(given)["spec"].get("sessionAffinityConfig") == config


def test_a_load_balancer() -> None:
    ingress = [{"ip": "1.1.1.1"}, {"ip": "2.2.2.2", "ipMode": "Proxy"}, {"hostname": "h"}]
    obj = service({"type": "LoadBalancer"}, status={"loadBalancer": {"ingress": ingress}})
    assert obj["spec"]["allocateLoadBalancerNodePorts"] is True
    assert ingress == [{"ip": "1.1.1.1", "ipMode": "VIP"}, {"ip": "2.2.2.2", "ipMode": "Proxy"}, {"hostname": "h"}]


def test_a_namespace_is_labelled_with_its_name() -> None:
    obj: dict[str, Any] = {"metadata": {"name": "n", "labels": {"kubernetes.io/metadata.name": "forged", "a": "b"}}}
    core.namespace(obj)
    assert obj["metadata"]["labels"] == {"kubernetes.io/metadata.name": "n", "a": "b"}
    assert obj["status"] == {"phase": "Active"}


def test_a_namespace_not_named_yet_has_no_label() -> None:
    obj: dict[str, Any] = {"metadata": {"generateName": "n-"}}
    core.namespace(obj)
    assert obj["metadata"] == {"generateName": "n-"}


def test_what_a_node_offers_is_what_it_has() -> None:
    obj: dict[str, Any] = {"status": {"capacity": {"cpu": "100u"}}}
    core.node(obj)
    assert obj["status"] == {"capacity": {"cpu": "1m"}, "allocatable": {"cpu": "1m"}}


def test_a_node_that_says_what_it_offers() -> None:
    obj: dict[str, Any] = {"status": {"capacity": {"cpu": "2"}, "allocatable": {"cpu": "1"}}}
    core.node(obj)
    assert obj["status"]["allocatable"] == {"cpu": "1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"podCIDR": "10.0.0.0/24"}, {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"]}),
        ({"podCIDRs": ["10.0.0.0/24"]}, {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"]}),
        ({"podCIDR": "a", "podCIDRs": ["b", "c"]}, {"podCIDR": "a", "podCIDRs": ["a"]}),
        ({}, {}),
    ],
)
def test_the_two_fields_for_the_range_agree(given: dict[str, Any], expected: dict[str, Any]) -> None:
    obj = {"spec": given}
    core.node(obj)
    assert obj["spec"] == expected


def test_text_of_a_secret_becomes_data() -> None:
    obj: dict[str, Any] = {"data": {"a": "b2xk", "b": "a2VwdA=="}, "stringData": {"a": "n\u00e9w"}}
    core.secret(obj)
    assert obj == {"type": "Opaque", "data": {"a": "bsOpdw==", "b": "a2VwdA=="}}


def test_limits_of_containers() -> None:
    limit = {
        "type": "Container",
        "max": {"cpu": "4", "memory": "4Gi"},
        "min": {"cpu": "1", "storage": "1"},
        "default": {"cpu": "2"},
    }
    core.limit_range({"spec": {"limits": [limit]}})
    assert limit["default"] == {"cpu": "2", "memory": "4Gi"}
    assert limit["defaultRequest"] == {"cpu": "2", "memory": "4Gi", "storage": "1"}


def test_limits_of_pods() -> None:
    limit = {"type": "Pod", "max": {"cpu": "1500u"}}
    core.limit_range({"spec": {"limits": [limit]}})
    assert limit == {"type": "Pod", "max": {"cpu": "2m"}}


def test_a_quota_is_rounded() -> None:
    obj: dict[str, Any] = {"spec": {"hard": {"cpu": "1u"}}, "status": {"hard": {"cpu": "1u"}, "used": {"cpu": "1n"}}}
    core.resource_quota(obj)
    assert obj == {"spec": {"hard": {"cpu": "1m"}}, "status": {"hard": {"cpu": "1m"}, "used": {"cpu": "1m"}}}


def test_ports_of_endpoints() -> None:
    obj = {"subsets": [{"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}]}
    core.endpoints(obj)
    assert [p["protocol"] for p in obj["subsets"][0]["ports"]] == ["TCP", "UDP"]


def test_a_persistent_volume() -> None:
    obj: dict[str, Any] = {"spec": {"capacity": {"storage": "1u"}, "hostPath": {"path": "/"}}}
    core.persistent_volume(obj)
    assert obj == {
        "spec": {
            "capacity": {"storage": "1m"},
            "hostPath": {"path": "/", "type": ""},
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Pending"},
    }


def test_a_claim() -> None:
    obj: dict[str, Any] = {
        "spec": {"resources": {"requests": {"storage": "1u"}}},
        "status": {"capacity": {"storage": "1u"}, "allocatedResources": {"storage": "1u"}},
    }
    core.persistent_volume_claim(obj)
    assert obj == {
        "spec": {"resources": {"requests": {"storage": "1m"}}, "volumeMode": "Filesystem"},
        "status": {"phase": "Pending", "capacity": {"storage": "1m"}, "allocatedResources": {"storage": "1m"}},
    }
