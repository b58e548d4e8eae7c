"""Things of many kinds, to fill a namespace with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apimachinery.gvk import GroupVersionResource
from client.resources import (
    CONFIGMAPS,
    CRONJOBS,
    DAEMONSETS,
    DEPLOYMENTS,
    HORIZONTALPODAUTOSCALERS,
    JOBS,
    LEASES,
    LIMITRANGES,
    NETWORKPOLICIES,
    PERSISTENTVOLUMECLAIMS,
    PODDISRUPTIONBUDGETS,
    RESOURCEQUOTAS,
    ROLES,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
    STATEFULSETS,
)

HOLD = "example.com/hold"
HELD = "held"
LABELS = {"app": "x"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
ONCE = {"template": {"spec": {"containers": [{"name": "c", "image": "nginx"}], "restartPolicy": "Never"}}}
SELECTED = {"selector": {"matchLabels": LABELS}}

CONTENT: tuple[tuple[GroupVersionResource, str, int, dict[str, Any]], ...] = (
    (CONFIGMAPS, "ConfigMap", 30, {}),
    (SECRETS, "Secret", 20, {}),
    (SERVICEACCOUNTS, "ServiceAccount", 5, {}),
    (SERVICES, "Service", 3, {"spec": {"selector": LABELS, "ports": [{"port": 80}]}}),
    (DEPLOYMENTS, "Deployment", 3, {"spec": {"replicas": 3, **SELECTED, "template": TEMPLATE}}),
    (STATEFULSETS, "StatefulSet", 1, {"spec": {"replicas": 3, "serviceName": "x", **SELECTED, "template": TEMPLATE}}),
    (DAEMONSETS, "DaemonSet", 1, {"spec": {**SELECTED, "template": TEMPLATE}}),
    (JOBS, "Job", 2, {"spec": {"parallelism": 3, **ONCE}}),
    (CRONJOBS, "CronJob", 1, {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": ONCE}}}),
    (PODDISRUPTIONBUDGETS, "PodDisruptionBudget", 1, {"spec": {"minAvailable": 100, **SELECTED}}),
    (ROLES, "Role", 2, {"rules": []}),
    (LEASES, "Lease", 2, {}),
    (LIMITRANGES, "LimitRange", 1, {"spec": {"limits": []}}),
    (RESOURCEQUOTAS, "ResourceQuota", 1, {"spec": {"hard": {"pods": "1000"}}}),
    (NETWORKPOLICIES, "NetworkPolicy", 1, {"spec": {"podSelector": {}}}),
    (
        PERSISTENTVOLUMECLAIMS,
        "PersistentVolumeClaim",
        2,
        {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
    ),
    (
        HORIZONTALPODAUTOSCALERS,
        "HorizontalPodAutoscaler",
        1,
        {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x-0"}}},
    ),
)


def content() -> Iterator[tuple[GroupVersionResource, dict[str, Any]]]:
    for gvr, kind, count, body in CONTENT:
        for number in range(count):
            yield gvr, {"apiVersion": gvr.api_version, "kind": kind, "metadata": {"name": f"x-{number}"}, **body}
    metadata = {"name": HELD, "finalizers": [HOLD]}
    yield CONFIGMAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
