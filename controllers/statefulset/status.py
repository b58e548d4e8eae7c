"""The status of a StatefulSet, counted from its pods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apimachinery.objects import Object, is_terminating
from controllers.statefulset.identity import replicas_of, revision_of
from controllers.statefulset.plan import Revisions, is_available, is_running_and_ready

_COUNTS = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
_OTHERS = ("observedGeneration", "currentRevision", "updateRevision", "collisionCount")


def status_of(
    statefulset: Object, pods: Iterable[Object], revisions: Revisions, updated_down: int, now: datetime
) -> Object:
    """``updated_down``: pods of the current revision that have just been deleted for the update."""
    old = statefulset.get("status") or {}
    counts = dict.fromkeys(_COUNTS, 0)
    for pod in pods:
        counts["replicas"] += 1
        counts["readyReplicas"] += is_running_and_ready(pod)
        counts["availableReplicas"] += is_available(statefulset, pod, now)
        if not is_terminating(pod):
            counts["currentReplicas"] += revision_of(pod) == revisions.current
            counts["updatedReplicas"] += revision_of(pod) == revisions.update
    counts["currentReplicas"] = max(counts["currentReplicas"] - updated_down, 0)
    status = {**old, **counts, "currentRevision": revisions.current, "updateRevision": revisions.update}
    status["observedGeneration"] = statefulset["metadata"].get("generation") or 0
    status["collisionCount"] = old.get("collisionCount") or 0
    rolling = (statefulset["spec"].get("updateStrategy") or {}).get("type") != "OnDelete"
    wanted = replicas_of(statefulset)
    if rolling and all(counts[count] == wanted for count in ("updatedReplicas", "replicas", "readyReplicas")):
        status["currentReplicas"], status["currentRevision"] = counts["updatedReplicas"], revisions.update
    return status


def is_unchanged(statefulset: Object, status: Object) -> bool:
    old = statefulset.get("status") or {}
    return all((old.get(f) or 0) == status[f] for f in _COUNTS) and all(old.get(f) == status[f] for f in _OTHERS)
