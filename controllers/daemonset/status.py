"""The status of a DaemonSet, counted over the nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from apimachinery.objects import Object, name_of
from apimachinery.pods import is_pod_available, is_pod_ready
from controllers.daemonset.nodes import wish
from controllers.daemonset.plan import is_updated

_COUNTS = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
)


def status_of(
    daemonset: Object, nodes: Iterable[Object], pods: Mapping[str, list[Object]], revision: str, now: datetime
) -> Object:
    """``pods``: by node, oldest first."""
    counts = dict.fromkeys(_COUNTS, 0)
    min_ready = daemonset["spec"].get("minReadySeconds") or 0
    for node in nodes:
        there = pods.get(name_of(node))
        if not wish(daemonset, node).run:
            counts["numberMisscheduled"] += bool(there)
            continue
        counts["desiredNumberScheduled"] += 1
        if not there:
            continue
        counts["currentNumberScheduled"] += 1
        oldest = there[0]
        counts["numberReady"] += is_pod_ready(oldest)
        counts["numberAvailable"] += is_pod_available(oldest, min_ready, now)
        counts["updatedNumberScheduled"] += is_updated(daemonset, oldest, revision)
    counts["numberUnavailable"] = counts["desiredNumberScheduled"] - counts["numberAvailable"]
    status = {**(daemonset.get("status") or {}), **counts}
    status["observedGeneration"] = daemonset["metadata"].get("generation") or 0
    return status


def is_unchanged(daemonset: Object, status: Object) -> bool:
    old = daemonset.get("status") or {}
    fields = (*_COUNTS, "observedGeneration", "collisionCount")
    return all((old.get(field) or 0) == (status.get(field) or 0) for field in fields)
