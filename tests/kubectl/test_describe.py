"""kubectl describe for every kind it has something to say about, with events and related objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubectl.kubectl import Kubectl, eventually
from tests.kubectl.objects import (
    config_map,
    daemon_set,
    deployment,
    job,
    pod,
    replica_set,
    service,
    stateful_set,
    template,
)

covers = pytest.mark.covers
RBAC = "rbac.authorization.k8s.io"


def of(kind: str, api: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "it"}, **fields}


def _claim() -> dict[str, Any]:
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


NAMESPACED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "configmap": (config_map("it", a="1"), ("Data", "a:")),
    "secret": (of("Secret", "v1", stringData={"a": "12345"}), ("Type:  Opaque", "a:  5 bytes")),
    "serviceaccount": (of("ServiceAccount", "v1"), ("Mountable secrets:",)),
    "service": (service("it"), ("Type:", "ClusterIP", "Endpoints:")),
    "replicaset": (replica_set("it", 0), ("Pods Status:", "0 Running")),
    "replicationcontroller": (
        of("ReplicationController", "v1", spec={"replicas": 0, "selector": {"app": "it"}, "template": template("it")}),
        ("Replicas:     0 current / 0 desired",),
    ),
    "statefulset": (stateful_set("it", 0), ("Replicas:", "0 desired")),
    "daemonset": (daemon_set("it"), ("Desired Number of Nodes Scheduled:",)),
    "job": (job("it", suspend=True), ("Job suspended",)),
    "cronjob": (
        of("CronJob", "batch/v1", spec={"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job("x")["spec"]}}),
        ("Schedule:", "0 0 1 1 *", "Last Schedule Time:"),
    ),
    "ingress": (
        of(
            "Ingress",
            "networking.k8s.io/v1",
            spec={"defaultBackend": {"service": {"name": "it", "port": {"number": 80}}}},
        ),
        ("Default backend:  it:80",),
    ),
    "networkpolicy": (
        of("NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": {}, "policyTypes": ["Ingress"]}),
        ("PodSelector:", "Not affecting egress traffic"),
    ),
    "poddisruptionbudget": (
        of("PodDisruptionBudget", "policy/v1", spec={"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}),
        ("Min available:  1",),
    ),
    "horizontalpodautoscaler": (
        of(
            "HorizontalPodAutoscaler",
            "autoscaling/v2",
            spec={"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "it"}},
        ),
        ("Max replicas:", "Deployment/it"),
    ),
    "persistentvolumeclaim": (of("PersistentVolumeClaim", "v1", spec=_claim()), ("Status:        Pending", "Used By:")),
    "limitrange": (
        of("LimitRange", "v1", spec={"limits": [{"type": "Container", "default": {"cpu": "1"}}]}),
        ("Container", "cpu"),
    ),
    "role": (
        of("Role", f"{RBAC}/v1", rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]),
        ("PolicyRule:", "pods"),
    ),
    "rolebinding": (
        of(
            "RoleBinding",
            f"{RBAC}/v1",
            roleRef={"apiGroup": RBAC, "kind": "Role", "name": "it"},
            subjects=[{"kind": "User", "apiGroup": RBAC, "name": "jane"}],
        ),
        ("Role:", "jane"),
    ),
    "podtemplate": (of("PodTemplate", "v1", template=template("it")), ("Name:",)),
    "lease": (of("Lease", "coordination.k8s.io/v1", spec={"holderIdentity": "me"}), ("Holder Identity:  me",)),
    "endpointslice": (
        of(
            "EndpointSlice",
            "discovery.k8s.io/v1",
            addressType="IPv4",
            endpoints=[{"addresses": ["10.1.2.3"]}],
            ports=[],
        ),
        ("Addresses:  10.1.2.3",),
    ),
    "controllerrevision": (of("ControllerRevision", "apps/v1", revision=1, data={"a": "b"}), ("Revision:",)),
}

CLUSTER: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "persistentvolume": (
        of(
            "PersistentVolume",
            "v1",
            spec={"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}},
        ),
        ("Capacity:", "1Gi", "HostPath"),
    ),
    "storageclass": (of("StorageClass", "storage.k8s.io/v1", provisioner="example.com/x"), ("Provisioner:",)),
    "priorityclass": (of("PriorityClass", "scheduling.k8s.io/v1", value=7), ("Value:",)),
    "runtimeclass": (of("RuntimeClass", "node.k8s.io/v1", handler="x"), ("Handler:",)),
    "ingressclass": (of("IngressClass", "networking.k8s.io/v1", spec={"controller": "a.b/c"}), ("Controller:",)),
    "clusterrole": (
        of("ClusterRole", f"{RBAC}/v1", rules=[{"verbs": ["get"], "nonResourceURLs": ["/x"]}]),
        ("PolicyRule:", "[/x]"),
    ),
    "clusterrolebinding": (
        of("ClusterRoleBinding", f"{RBAC}/v1", roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"}),
        ("Role:",),
    ),
    "csidriver": (of("CSIDriver", "storage.k8s.io/v1", spec={}), ("Attach Required:",)),
    "namespace": (of("Namespace", "v1"), ("Status:       Active", "No resource quota.")),
    "flowschema": (
        of(
            "FlowSchema",
            "flowcontrol.apiserver.k8s.io/v1",
            spec={"priorityLevelConfiguration": {"name": "x"}, "matchingPrecedence": 5},
        ),
        ("Matching Precedence:",),
    ),
}


@covers(*(f"describe {kind}" for kind in NAMESPACED))
def test_every_kind_of_a_namespace_is_described(kubectl: Kubectl) -> None:
    kubectl.apply(*(obj for obj, _ in NAMESPACED.values()))
    for kind, (_, parts) in NAMESPACED.items():
        told = kubectl("describe", kind, "it").out
        assert "Name:" in told, kind
        for part in parts:
            assert part in told, f"{kind}: {told}"


@covers(*(f"describe {kind}" for kind in CLUSTER))
def test_every_kind_of_the_cluster_is_described(kubectl: Kubectl) -> None:
    name = f"x-{kubectl.namespace}"
    objects = [{**obj, "metadata": {"name": name}} for obj, _ in CLUSTER.values()]
    kubectl.apply(*objects)
    try:
        for kind, (_, parts) in CLUSTER.items():
            told = kubectl("describe", kind, name).out
            for part in parts:
                assert part in told, f"{kind}: {told}"
    finally:
        for kind in CLUSTER:
            kubectl("delete", kind, name, "--wait=false")


@covers("describe pod", "describe deployment", "describe endpoints")
def test_what_belongs_together_is_told_together(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web"), service("web"))
    eventually(lambda: kubectl.stored("deployments.apps", "web")["status"].get("availableReplicas"))
    told = kubectl("describe", "deploy", "web").out
    for part in ("NewReplicaSet:   web-", "(1/1 replicas created)", "ScalingReplicaSet", "Scaled up replica set"):
        assert part in told
    told = eventually(lambda: kubectl("describe", "pod", "-l", "app=web").out, lambda text: "Started" in text)
    for part in ("Controlled By:", "ReplicaSet/web-", "Scheduled", "default-scheduler", "Ready:          True"):
        assert part in told
    eventually(lambda: kubectl("describe", "endpoints", "web").out, lambda text: "NotReadyAddresses:  <none>" in text)


@covers("describe node", "describe quota")
def test_nodes_and_quotas_sum_up(kubectl: Kubectl) -> None:
    kubectl.apply(pod("one"))
    node = eventually(lambda: kubectl.stored("pods", "one")["spec"].get("nodeName"))
    told = kubectl("describe", "node", node).out
    for part in ("Conditions:", "Ready", "Allocated resources:", "Non-terminated Pods:", kubectl.namespace):
        assert part in told
    kubectl("create", "quota", "it", "--hard=pods=5")
    assert ["Resource", "Used", "Hard"] in kubectl("describe", "quota", "it").rows


@covers("describe --show-events=false", "describe (prefix)", "describe -f")
def test_ways_to_describe(kubectl: Kubectl) -> None:
    kubectl.apply(replica_set("web-a", 0), replica_set("web-b", 0))
    assert kubectl("describe", "rs", "web-").out.count("Name:") == 2
    assert "Events:" not in kubectl("describe", "rs", "web-a", "--show-events=false").out
    document = kubectl("get", "rs", "web-a", "-o", "yaml").out
    assert "web-a" in kubectl("describe", "-f", "-", stdin=document).out
    assert "NotFound" in kubectl("describe", "rs", "nothing", code=1).err
