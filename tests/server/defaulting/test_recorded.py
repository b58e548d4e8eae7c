"""Decoded, defaulted and printed, a request body is what an upstream v1.20 server stored for it.

What strategies and admission fill in later, and what v1.37 does differently, is written down here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object
from openapi.decode import canonicalise, decode
from openapi.schema import type_of
from server.defaulting import (
    admissionregistration,
    apiextensions,
    apps,
    autoscaling,
    batch,
    core,
    core_pod,
    core_service,
    networking,
    node,
    rbac,
    scheduling,
    storage,
)

FUNCTIONS: dict[str, Callable[[Object], None]] = {
    "Pod": core_pod.pod,
    "PodTemplate": core_pod.pod_template,
    "ReplicationController": core_pod.replication_controller,
    "Service": core_service.service,
    "Secret": core.secret,
    "PersistentVolumeClaim": core.persistent_volume_claim,
    "PersistentVolume": core.persistent_volume,
    "ResourceQuota": core.resource_quota,
    "LimitRange": core.limit_range,
    "Endpoints": core.endpoints,
    "Node": core.node,
    "ReplicaSet": apps.replica_set,
    "Deployment": apps.deployment,
    "StatefulSet": apps.stateful_set,
    "DaemonSet": apps.daemon_set,
    "Job": batch.job,
    "HorizontalPodAutoscaler": autoscaling.horizontal_pod_autoscaler_v1,
    "RoleBinding": rbac.role_binding,
    "NetworkPolicy": networking.network_policy,
    "IngressClass": networking.ingress_class,
    "PriorityClass": scheduling.priority_class,
    "StorageClass": storage.storage_class,
    "CSIDriver": storage.csi_driver,
    "RuntimeClass": node.runtime_class,
    "CustomResourceDefinition": apiextensions.custom_resource_definition,
    "ValidatingWebhookConfiguration": admissionregistration.validating_webhook_configuration,
}
WITHOUT_DEFAULTS = {"ConfigMap", "Role", "ClusterRole", "Ingress", "Lease", "Event"}

RECORDED = [json.loads(line) for line in Path(__file__).with_name("recorded.jsonl").read_text().splitlines()]

POD_LATER = {
    ".spec.serviceAccountName",
    ".spec.serviceAccount",
    ".spec.tolerations",
    ".spec.priority",
    ".spec.preemptionPolicy",
    ".status",
}
LATER = {
    "pod": POD_LATER,
    "pod-full": POD_LATER,
    "ds": {".metadata.annotations"},
    "job": {".metadata.labels", ".spec.selector", ".spec.template.metadata"},
    "svc": {".spec.clusterIP", ".spec.clusterIPs"},
    "svc-headless": {".spec.clusterIPs"},
    "svc-nodeport": {".spec.ports.0.nodePort", ".spec.clusterIP", ".spec.clusterIPs"},
    "pvc": {".metadata.finalizers"},
    "pv": {".metadata.finalizers"},
    "node": {".spec.taints"},
}
SERVED = {".metadata." + field for field in ("uid", "resourceVersion", "creationTimestamp", "generation", "namespace")}
ADDED_1_37: dict[str, dict[str, Any]] = {
    "sts": {
        ".spec.updateStrategy.rollingUpdate.maxUnavailable": 1,
        ".spec.persistentVolumeClaimRetentionPolicy.whenDeleted": "Retain",
        ".spec.persistentVolumeClaimRetentionPolicy.whenScaled": "Retain",
        ".status.availableReplicas": 0,
    },
    "ds": {".spec.updateStrategy.rollingUpdate.maxSurge": 0},
    "job": {
        ".spec.manualSelector": False,
        ".spec.completionMode": "NonIndexed",
        ".spec.suspend": False,
        ".spec.podReplacementPolicy": "TerminatingOrFailed",
    },
    "svc": {".spec.internalTrafficPolicy": "Cluster"},
    "svc-headless": {".spec.internalTrafficPolicy": "Cluster"},
    "svc-nodeport": {".spec.internalTrafficPolicy": "Cluster"},
    "csidriver": {".spec.storageCapacity": False, ".spec.requiresRepublish": False, ".spec.seLinuxMount": False},
}


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every value that is no container, by its path; empty containers too. Null creation times, which v1.37 leaves
    out, are dropped."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: dict[str, Any] = {}
    for key, item in entries:
        found |= leaves(item, f"{path}.{key}")
    if found:
        return found
    return {} if value is None and path.endswith(".creationTimestamp") else {path: value}


def without(found: dict[str, Any], paths: set[str]) -> dict[str, Any]:
    return {p: v for p, v in found.items() if not any(p == cut or p.startswith(f"{cut}.") for cut in paths)}


@pytest.mark.parametrize("case", RECORDED, ids=[case["id"] for case in RECORDED])
def test_what_is_sent_becomes_what_is_stored(case: dict[str, Any]) -> None:
    kind = case["sent"]["kind"]
    type = type_of(GroupVersion.parse(case["sent"]["apiVersion"]).kind(kind))
    obj, _ = decode(case["sent"], type)
    if kind not in WITHOUT_DEFAULTS:
        FUNCTIONS[kind](obj)
    later = SERVED | LATER.get(case["id"], set())
    expected = without(leaves(case["stored"]), later) | ADDED_1_37.get(case["id"], {})
    assert without(leaves(canonicalise(obj, type)), later) == expected


@pytest.mark.parametrize("case", RECORDED, ids=[case["id"] for case in RECORDED])
def test_doing_it_again_changes_nothing(case: dict[str, Any]) -> None:
    kind = case["sent"]["kind"]
    if kind in WITHOUT_DEFAULTS:
        assert kind not in FUNCTIONS
        return
    obj, _ = decode(case["sent"], type_of(GroupVersion.parse(case["sent"]["apiVersion"]).kind(kind)))
    FUNCTIONS[kind](obj)
    once = json.loads(json.dumps(obj))
    FUNCTIONS[kind](obj)
    assert obj == once
