"""Jobs and pods for the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from apimachinery.timefmt import format_time
from controllers.job.assessment import FINALIZER, Assessment, assess
from controllers.job.backoff import Backoff
from controllers.job.indexes import COMPLETION_INDEX

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def job(status: Object | None = None, **spec: Any) -> Object:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "c"}]}}
    given = {"parallelism": 2, "completions": 3, "backoffLimit": 6, "template": template}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job", "namespace": "ns", "uid": "j"},
        "spec": given | spec,
        "status": {"startTime": format_time(NOW - timedelta(seconds=60))} | (status or {}),
    }


def indexed(status: Object | None = None, **spec: Any) -> Object:
    return job(status, completionMode="Indexed", **spec)


def pod(
    uid: str,
    phase: str = "Running",
    *,
    index: int | None = None,
    finalizer: bool = True,
    deleted: bool = False,
    exit_code: int = 1,
    ended: float = 30,
    **annotations: str,
) -> Object:
    """``ended``: seconds ago, of a pod that has ended."""
    named = {key.replace("_", "-"): value for key, value in annotations.items()}
    metadata: Object = {"name": f"job-{uid}", "namespace": "ns", "uid": uid, "annotations": named}
    if index is not None:
        metadata["annotations"] |= {COMPLETION_INDEX: str(index)}
    if finalizer:
        metadata["finalizers"] = [FINALIZER]
    if deleted:
        metadata["deletionTimestamp"] = format_time(NOW)
    state: Object = {"running": {}}
    if phase in ("Succeeded", "Failed"):
        code = 0 if phase == "Succeeded" else exit_code
        state = {"terminated": {"exitCode": code, "finishedAt": format_time(NOW - timedelta(seconds=ended))}}
    statuses = [{"name": "c", "restartCount": 0, "state": state}]
    return {"metadata": metadata, "spec": {}, "status": {"phase": phase, "containerStatuses": statuses}}


def assessed(a_job: Object, *pods: Object, awaited: tuple[str, ...] = (), before: Backoff | None = None) -> Assessment:
    return assess(a_job, list(pods), awaited, before or Backoff(), NOW)
