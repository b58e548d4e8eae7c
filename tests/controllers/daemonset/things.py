"""DaemonSets, nodes and pods for the tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
NEW, OLD = "new", "old"


def daemonset(*, unavailable: Any = 1, surge: Any = 0, min_ready: int = 0, **pod_spec: Any) -> Object:
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "c"}], **pod_spec}}
    rolling = {"maxUnavailable": unavailable, "maxSurge": surge}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "default", "uid": "d", "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": template,
            "minReadySeconds": min_ready,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
        },
    }


def node(name: str, *taints: tuple[str, str], **labels: str) -> Object:
    listed = [{"key": key, "effect": effect} for key, effect in taints]
    return {"metadata": {"name": name, "labels": labels}, "spec": {"taints": listed}}


def pod(
    name: str,
    on: str,
    revision: str = NEW,
    *,
    ready: bool = True,
    phase: str = "Running",
    deleted: bool = False,
    created: str = "2026-01-01T00:00:00Z",
) -> Object:
    metadata: Object = {"name": name, "namespace": "default", "uid": name, "creationTimestamp": created}
    metadata["labels"] = {"app": "agent", "controller-revision-hash": revision}
    if deleted:
        metadata["deletionTimestamp"] = "2026-01-01T11:00:00Z"
    condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": "2026-01-01T11:59:50Z"}
    return {"metadata": metadata, "spec": {"nodeName": on}, "status": {"phase": phase, "conditions": [condition]}}
