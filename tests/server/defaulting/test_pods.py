"""Pods, their parts, and the templates that share most of them."""

from __future__ import annotations

from typing import Any

import pytest

from server.defaulting import apps, batch, core_pod
from server.defaulting.container import container, probe
from server.defaulting.resources import round_up
from server.defaulting.volume import volume

BARE_POD_SPEC = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
    "schedulerName": "default-scheduler",
}


def pod(spec: dict[str, Any], **fields: Any) -> dict[str, Any]:
    obj = {"metadata": {}, "spec": spec, **fields}
    core_pod.pod(obj)
    return obj


def test_a_bare_pod() -> None:
    assert pod({})["spec"] == {**BARE_POD_SPEC, "enableServiceLinks": True}


def test_what_is_set_stays() -> None:
    spec = {
        "dnsPolicy": "None",
        "restartPolicy": "Never",
        "securityContext": {"runAsUser": 0},
        "terminationGracePeriodSeconds": 0,
        "schedulerName": "mine",
        "enableServiceLinks": False,
    }
    assert pod(dict(spec))["spec"] == spec


@pytest.mark.parametrize(
    ("given", "account"),
    [
        ({"serviceAccountName": "a"}, "a"),
        ({"serviceAccount": "b"}, "b"),
        ({"serviceAccountName": "a", "serviceAccount": "b"}, "a"),
    ],
)
def test_the_two_names_of_the_service_account_agree(given: dict[str, Any], account: str) -> None:
    spec = pod(given)["spec"]
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == (account, account)


def test_container_defaults() -> None:
    obj: dict[str, Any] = {"name": "c", "image": "nginx:1", "ports": [{"containerPort": 80}]}
    container(obj)
    assert obj == {
        "name": "c",
        "image": "nginx:1",
        "imagePullPolicy": "IfNotPresent",
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "ports": [{"containerPort": 80, "protocol": "TCP"}],
    }


def test_all_sorts_of_containers_are_defaulted() -> None:
    spec = pod({kind: [{"name": "c"}] for kind in ("containers", "initContainers", "ephemeralContainers")})["spec"]
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        assert spec[kind][0]["terminationMessagePolicy"] == "File"


def test_environment_sources() -> None:
    obj: dict[str, Any] = {
        "env": [
            {"name": "a", "value": "1"},
            {"name": "b", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "c", "valueFrom": {"fileKeyRef": {"path": "p"}}},
        ]
    }
    container(obj)
    assert obj["env"][1]["valueFrom"]["fieldRef"] == {"fieldPath": "metadata.name", "apiVersion": "v1"}
    assert obj["env"][2]["valueFrom"]["fileKeyRef"] == {"path": "p", "optional": False}


def test_probe_defaults() -> None:
    obj: dict[str, Any] = {"httpGet": {"port": 80}, "grpc": {"port": 90}, "failureThreshold": 5}
    probe(obj)
    assert obj == {
        "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
        "grpc": {"port": 90, "service": ""},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 5,
    }


@pytest.mark.parametrize("name", ["livenessProbe", "readinessProbe", "startupProbe"])
def test_every_probe_of_a_container(name: str) -> None:
    obj: dict[str, Any] = {name: {"tcpSocket": {"port": 80}}}
    container(obj)
    assert obj[name]["periodSeconds"] == 10


@pytest.mark.parametrize("name", ["postStart", "preStop"])
def test_http_hooks(name: str) -> None:
    obj: dict[str, Any] = {"lifecycle": {name: {"httpGet": {"port": 80, "scheme": "HTTPS"}}}}
    container(obj)
    assert obj["lifecycle"][name]["httpGet"] == {"port": 80, "path": "/", "scheme": "HTTPS"}


@pytest.mark.parametrize("kind", ["containers", "initContainers"])
def test_requests_default_to_limits(kind: str) -> None:
    resources = {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1"}}
    spec = pod({kind: [{"name": "c", "resources": resources}]})["spec"]
    assert spec[kind][0]["resources"]["requests"] == {"cpu": "1", "memory": "1Gi"}


def test_requests_of_templates_do_not_default_to_limits() -> None:
    template = {"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}}
    obj: dict[str, Any] = {"spec": {"template": template}}
    apps.deployment(obj)
    assert obj["spec"]["template"]["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}}


def test_ports_on_the_host_network() -> None:
    ports = [{"containerPort": 80}, {"containerPort": 81, "hostPort": 8081}]
    spec = pod({"hostNetwork": True, "containers": [{"name": "c", "ports": ports}]})["spec"]
    assert [p["hostPort"] for p in spec["containers"][0]["ports"]] == [80, 8081]


def test_templates_keep_their_ports_on_the_host_network() -> None:
    spec = {"hostNetwork": True, "containers": [{"name": "c", "ports": [{"containerPort": 80}]}]}
    obj: dict[str, Any] = {"spec": {"template": {"spec": spec}}}
    apps.replica_set(obj)
    assert spec["containers"][0]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]  # type: ignore[index]


POD_LEVEL = {
    "not without limits": ({"requests": {"cpu": "1"}}, {}, {"requests": {"cpu": "1"}}),
    "the limit, when no container asks": (
        {"limits": {"cpu": "2"}},
        {},
        {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}},
    ),
    "the sum of what containers ask": (
        {"limits": {"cpu": "2"}},
        {"requests": {"cpu": "300m", "memory": "1Mi"}},
        {"limits": {"cpu": "2"}, "requests": {"cpu": "600m", "memory": "2Mi"}},
    ),
    "what is set stays": (
        {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}},
        {"requests": {"cpu": "300m"}},
        {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}},
    ),
    "only resources a pod can have": (
        {"limits": {"cpu": "2"}},
        {"requests": {"cpu": "1", "example.com/gpu": "1"}},
        {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}},
    ),
    "huge pages of containers limit the pod": (
        {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}},
        {"limits": {"hugepages-2Mi": "4Mi"}},
        {
            "limits": {"cpu": "2", "hugepages-2Mi": "8Mi"},
            "requests": {"cpu": "2", "hugepages-2Mi": "8Mi"},
        },
    ),
}


@pytest.mark.parametrize(("own", "of_each", "expected"), POD_LEVEL.values(), ids=POD_LEVEL.keys())
def test_resources_of_the_whole_pod(own: Any, of_each: Any, expected: Any) -> None:
    containers = [{"name": n, "resources": {k: dict(v) for k, v in of_each.items()}} for n in "ab"]
    assert pod({"resources": own, "containers": containers})["spec"]["resources"] == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("100m", "100m"),
        ("1.5", "1.5"),
        (2, 2),
        ("1Gi", "1Gi"),
        ("0.1m", "1m"),
        ("1.5m", "2m"),
        ("100u", "1m"),
        ("1000001n", "2m"),
        ("0.0005", "1m"),
        ("1e-6", "1e-3"),
        ("500000000n", "500m"),
    ],
)
def test_nothing_finer_than_a_thousandth(given: Any, expected: Any) -> None:
    resources = {"cpu": given}
    round_up(resources)
    assert resources == {"cpu": expected}


def test_every_list_of_resources_of_a_pod_is_rounded() -> None:
    fine, coarse = {"cpu": "1u"}, {"cpu": "1m"}
    both = {"limits": fine, "requests": fine}
    obj = pod(
        {"containers": [{"name": "c", "resources": dict(both)}], "overhead": dict(fine)},
        status={"containerStatuses": [{"name": "c", "allocatedResources": dict(fine), "resources": dict(both)}]},
    )
    rounded = {"limits": coarse, "requests": coarse}
    assert obj["spec"]["containers"][0]["resources"] == rounded
    assert obj["spec"]["overhead"] == coarse
    assert obj["status"]["containerStatuses"][0] == {"name": "c", "allocatedResources": coarse, "resources": rounded}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"podIP": "1.1.1.1"}, {"podIP": "1.1.1.1", "podIPs": [{"ip": "1.1.1.1"}]}),
        ({"podIPs": [{"ip": "1.1.1.1"}]}, {"podIP": "1.1.1.1", "podIPs": [{"ip": "1.1.1.1"}]}),
        ({"podIP": "2.2.2.2", "podIPs": [{"ip": "1.1.1.1"}]}, {"podIP": "2.2.2.2", "podIPs": [{"ip": "2.2.2.2"}]}),
        ({"phase": "Running"}, {"phase": "Running"}),
    ],
)
def test_the_two_fields_for_the_address_agree(given: Any, expected: Any) -> None:
    assert pod({}, status=given)["status"] == expected


VOLUMES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {"emptyDir": {}}),
    "something without defaults": ({"nfs": {"path": "/"}}, {"nfs": {"path": "/"}}),
    "host path": ({"hostPath": {"path": "/"}}, {"hostPath": {"path": "/", "type": ""}}),
    "secret": ({"secret": {"secretName": "s"}}, {"secret": {"secretName": "s", "defaultMode": 420}}),
    "config map": ({"configMap": {"name": "c", "defaultMode": 0}}, {"configMap": {"name": "c", "defaultMode": 0}}),
    "downward API": (
        {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "f"}}]}},
        {
            "downwardAPI": {
                "items": [{"path": "p", "fieldRef": {"fieldPath": "f", "apiVersion": "v1"}}],
                "defaultMode": 420,
            }
        },
    ),
    "projected": (
        {
            "projected": {
                "sources": [
                    {"serviceAccountToken": {"path": "t"}},
                    {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "f"}}]}},
                    {"secret": {"name": "s"}},
                ]
            }
        },
        {
            "projected": {
                "sources": [
                    {"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}},
                    {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "f", "apiVersion": "v1"}}]}},
                    {"secret": {"name": "s"}},
                ],
                "defaultMode": 420,
            }
        },
    ),
    "image": ({"image": {"reference": "i:1"}}, {"image": {"reference": "i:1", "pullPolicy": "IfNotPresent"}}),
    "latest image": ({"image": {"reference": "i"}}, {"image": {"reference": "i", "pullPolicy": "Always"}}),
    "ephemeral": (
        {"ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1u"}}}}}},
        {
            "ephemeral": {
                "volumeClaimTemplate": {
                    "spec": {"resources": {"requests": {"storage": "1m"}}, "volumeMode": "Filesystem"}
                }
            }
        },
    ),
    "iSCSI": ({"iscsi": {"lun": 0}}, {"iscsi": {"lun": 0, "iscsiInterface": "default"}}),
    "RBD": ({"rbd": {"pool": "p"}}, {"rbd": {"pool": "p", "user": "admin", "keyring": "/etc/ceph/keyring"}}),
    "azure disk": (
        {"azureDisk": {}},
        {"azureDisk": {"cachingMode": "ReadWrite", "fsType": "ext4", "readOnly": False, "kind": "Shared"}},
    ),
    "scale IO": ({"scaleIO": {}}, {"scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"}}),
}


@pytest.mark.parametrize(("given", "expected"), VOLUMES.values(), ids=VOLUMES.keys())
def test_volumes(given: dict[str, Any], expected: dict[str, Any]) -> None:
    obj = {"name": "v", **given}
    volume(obj)
    assert obj == {"name": "v", **expected}


def templates() -> dict[str, Any]:
    def at(*path: str) -> Any:
        return path

    return {
        "pod template": (core_pod.pod_template, at("template", "spec")),
        "deployment": (apps.deployment, at("spec", "template", "spec")),
        "replica set": (apps.replica_set, at("spec", "template", "spec")),
        "stateful set": (apps.stateful_set, at("spec", "template", "spec")),
        "daemon set": (apps.daemon_set, at("spec", "template", "spec")),
        "job": (batch.job, at("spec", "template", "spec")),
        "cron job": (batch.cron_job, at("spec", "jobTemplate", "spec", "template", "spec")),
    }


@pytest.mark.parametrize(("function", "path"), templates().values(), ids=templates().keys())
def test_a_template_left_out_is_a_bare_pod_without_what_only_pods_default(function: Any, path: Any) -> None:
    obj: Any = {}
    function(obj)
    for field in path:
        obj = obj[field]
    assert obj == BARE_POD_SPEC
