"""The status of a set of replicas, computed from its pods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apimachinery.labels import equality
from apimachinery.objects import Object
from apimachinery.pods import is_pod_available, is_pod_ready
from apimachinery.timefmt import format_time
from controllers.replicaset.plan import desired_replicas
from controllers.shared.ownership import labels_of

REPLICA_FAILURE = "ReplicaFailure"
_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")


def status_of(
    owner: Object,
    active: Sequence[Object],
    terminating: Sequence[Object] | None,
    failure: Exception | None,
    now: datetime,
) -> Object:
    """The new status without observedGeneration. ``terminating`` None: this kind does not count them."""
    template = equality(labels_of(owner["spec"]["template"]) if "metadata" in owner["spec"]["template"] else {})
    min_ready = owner["spec"].get("minReadySeconds") or 0
    ready = [pod for pod in active if is_pod_ready(pod)]
    status: Object = {
        "replicas": len(active),
        "fullyLabeledReplicas": sum(template.matches(labels_of(pod)) for pod in active),
        "readyReplicas": len(ready),
        "availableReplicas": sum(is_pod_available(pod, min_ready, now) for pod in ready),
    }
    if terminating is not None:
        status["terminatingReplicas"] = len(terminating)
    conditions = _conditions(owner, len(active), failure, now)
    if conditions:
        status["conditions"] = conditions
    return status


def is_unchanged(owner: Object, new: Object) -> bool:
    """The steady state, in which nothing is written."""
    old = owner.get("status") or {}
    return (
        all((old.get(field) or 0) == new[field] for field in _COUNTS)
        and old.get("terminatingReplicas") == new.get("terminatingReplicas")
        and (old.get("observedGeneration") or 0) == (owner["metadata"].get("generation") or 0)
        and (old.get("conditions") or []) == (new.get("conditions") or [])
    )


def _conditions(owner: Object, active: int, failure: Exception | None, now: datetime) -> list[Object]:
    """ReplicaFailure comes with the first failure, stays as it is while they go on, and goes with them."""
    conditions: list[Object] = (owner.get("status") or {}).get("conditions") or []
    exists = any(condition["type"] == REPLICA_FAILURE for condition in conditions)
    if failure is not None and not exists:
        reason = {True: "FailedCreate", False: "FailedDelete"}[active < desired_replicas(owner)]
        return [*conditions, _failed(reason, str(failure), now)]
    if failure is None and exists:
        return [condition for condition in conditions if condition["type"] != REPLICA_FAILURE]
    return conditions


def _failed(reason: str, message: str, now: datetime) -> Object:
    return {
        "type": REPLICA_FAILURE,
        "status": "True",
        "lastTransitionTime": format_time(now),
        "reason": reason,
        "message": message,
    }
