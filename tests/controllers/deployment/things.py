"""Deployments and their ReplicaSets, short to write."""

from __future__ import annotations

from typing import Any

from controllers.deployment.revisions import DESIRED, MAX, REVISION
from controllers.deployment.sets import HASH, Sets
from tests.controllers.objects import Object, deployment, owner_reference, template


def rs(
    name: str,
    size: int = 0,
    available: int = 0,
    *,
    image: str = "nginx",
    age: int = 0,
    desired: int | None = None,
    most: int | None = None,
    revision: int | None = None,
    **status: Any,
) -> Object:
    """``age``: the older, the higher; ``desired`` and ``most``: for how many replicas it was sized."""
    given = {DESIRED: desired, MAX: most, REVISION: revision}
    labels = {"app": "web", HASH: name}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"uid-{name}",
            "generation": 1,
            "labels": labels,
            "annotations": {key: str(value) for key, value in given.items() if value is not None},
            "creationTimestamp": f"2026-01-01T00:{59 - age:02}:00Z",
            "ownerReferences": [owner_reference(deployment())],
        },
        "spec": {"replicas": size, "selector": {"matchLabels": labels}, "template": template(labels, image)},
        "status": {
            "replicas": size,
            "readyReplicas": available,
            "availableReplicas": available,
            "observedGeneration": 1,
            "terminatingReplicas": 0,
            **status,
        },
    }


def sets(new: Object | None, *old: Object) -> Sets:
    return Sets(new, list(old))


def bounds(surge: int | str, unavailable: int | str) -> Object:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
