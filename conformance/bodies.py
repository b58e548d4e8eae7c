"""Bodies of the objects that many checks create, with images whose behaviour any kubelet knows."""

from __future__ import annotations

from typing import Any

from conformance.api import Object
from conformance.check import Case

PAUSE = "registry.k8s.io/pause:3.10.1"
"""Runs until it is told to stop."""

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.56"
BUSYBOX = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"

NO_SUCH_IMAGE = "registry.invalid/conformance/does-not-exist:none"
"""Can never be pulled."""


def pod_spec(image: str = PAUSE, command: list[str] | None = None, **spec: Any) -> Object:
    container: Object = {"name": "main", "image": image}
    if command:
        container["command"] = command
    return {"terminationGracePeriodSeconds": 0, "containers": [container], **spec}


def pod(name: str, labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """Keyword arguments go to ``pod_spec``."""
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": pod_spec(**spec)}


def template(labels: dict[str, str], **spec: Any) -> Object:
    return {"metadata": {"labels": labels}, "spec": pod_spec(**spec)}


def workload(case: Case, prefix: str, replicas: int | None = 1, image: str = PAUSE, **spec: Any) -> Object:
    """What Deployment, ReplicaSet, StatefulSet and DaemonSet (without replicas) have in common; the label ``app`` is
    the name."""
    name = case.unique(prefix)
    labels = {"app": name}
    body: Object = {"selector": {"matchLabels": labels}, "template": template(labels, image=image), **spec}
    if replicas is not None:
        body["replicas"] = replicas
    return {"metadata": {"name": name, "labels": dict(labels)}, "spec": body}


def replication_controller(case: Case, prefix: str, replicas: int, **spec: Any) -> Object:
    name = case.unique(prefix)
    labels = {"app": name}
    body = {"replicas": replicas, "selector": labels, "template": template(labels), **spec}
    return {"metadata": {"name": name, "labels": dict(labels)}, "spec": body}


def names(objects: list[Object]) -> set[str]:
    return {one["metadata"]["name"] for one in objects}


def condition(obj: Object, type_: str) -> Object:
    """The condition of that type, or an empty one."""
    for one in obj.get("status", {}).get("conditions") or ():
        if one["type"] == type_:
            return dict(one)
    return {}
