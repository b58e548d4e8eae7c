"""Objects for controllers' tests: short to write, complete enough to be synced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apimachinery.timefmt import format_time

Object = dict[str, Any]


def owner_reference(owner: Object, *, controller: bool = True) -> Object:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": controller,
        "blockOwnerDeletion": True,
    }


def template(labels: dict[str, str], image: str = "nginx") -> Object:
    return {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}


def pod(
    name: str,
    *,
    owner: Object | None = None,
    labels: dict[str, str] | None = None,
    phase: str = "Running",
    ready: bool | datetime = False,
    node: str = "n1",
    **metadata: Any,
) -> Object:
    """``ready``: True, or since when."""
    conditions: list[Object] = []
    if ready:
        since = {"lastTransitionTime": format_time(ready)} if isinstance(ready, datetime) else {}
        conditions = [{"type": "Ready", "status": "True", **since}]
    meta: Object = {"name": name, "namespace": "default", "uid": f"uid-{name}", "labels": labels or {}, **metadata}
    if owner is not None:
        meta["ownerReferences"] = [owner_reference(owner)]
    spec: Object = {"containers": [{"name": "c", "image": "nginx"}]}
    if node:
        spec["nodeName"] = node
    status = {"phase": phase, "conditions": conditions}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}


def replica_set(name: str = "web", *, replicas: int = 1, kind: str = "ReplicaSet", **spec: Any) -> Object:
    labels = {"app": name}
    selector: Object = {"matchLabels": labels} if kind == "ReplicaSet" else labels
    return {
        "apiVersion": "apps/v1" if kind == "ReplicaSet" else "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "labels": labels, "generation": 1},
        "spec": {"replicas": replicas, "selector": selector, "template": template(labels), **spec},
        "status": {"replicas": 0},
    }


def deployment(name: str = "web", *, replicas: int = 3, image: str = "nginx", **spec: Any) -> Object:
    labels = {"app": name}
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "labels": labels, "generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": template(labels, image),
            "strategy": rolling,
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            **spec,
        },
        "status": {},
    }
