"""StatefulSets and their pods for the tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from controllers.statefulset.identity import stateful_pod
from controllers.statefulset.plan import Revisions

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SAME, ROLLING = Revisions("new", "new"), Revisions("old", "new")


def statefulset(status: Object | None = None, **spec: Any) -> Object:
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "c", "image": "1"}]}}
    given = {
        "replicas": 3,
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}},
        "template": template,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"storageClassName": "s"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default", "uid": "s", "generation": 1},
        "spec": given | spec,
        "status": status or {},
    }


def pod(
    ordinal: int, revision: str = "new", *, ready: bool = True, phase: str = "Running", deleted: bool = False
) -> Object:
    owner = statefulset()
    made = stateful_pod(owner, owner["spec"]["template"], revision, ordinal)
    made["metadata"]["uid"] = f"p{ordinal}"
    if deleted:
        made["metadata"]["deletionTimestamp"] = "2026-01-01T11:00:00Z"
    condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": "2026-01-01T11:59:50Z"}
    made["status"] = {"phase": phase, "conditions": [condition]}
    return made
