"""How far a deployment has come: counts and the conditions Available, Progressing and ReplicaFailure. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from apimachinery.objects import Object, name_of
from apimachinery.timefmt import format_time, parse_time
from controllers.deployment.sets import Sets, max_unavailable, replicas_of, total, total_replicas

AVAILABLE = "Available"
PROGRESSING = "Progressing"
REPLICA_FAILURE = "ReplicaFailure"
COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
PAUSED = "DeploymentPaused"
_NO_LIMIT = 2**31 - 1

Conditions = Sequence[Object]


def has_deadline(deployment: Mapping[str, Any]) -> bool:
    return deployment["spec"].get("progressDeadlineSeconds") not in (None, _NO_LIMIT)


def condition(kind: str, status: str, reason: str, message: str, now: datetime) -> Object:
    stamp = format_time(now)
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": stamp,
        "lastTransitionTime": stamp,
        "reason": reason,
        "message": message,
    }


def find(conditions: Conditions, kind: str) -> Object | None:
    return next((entry for entry in conditions if entry["type"] == kind), None)


def put(conditions: Conditions, new: Object) -> list[Object]:
    """With the new condition; one of the same status and reason stays as it is."""
    old = find(conditions, new["type"])
    if old is not None and old["status"] == new["status"]:
        if old.get("reason") == new["reason"]:
            return list(conditions)
        new = {**new, "lastTransitionTime": old.get("lastTransitionTime")}
    return [*drop(conditions, new["type"]), new]


def drop(conditions: Conditions, kind: str) -> list[Object]:
    return [entry for entry in conditions if entry["type"] != kind]


def pause_conditions(deployment: Object, conditions: Conditions, now: datetime) -> Conditions:
    """Progressing says when a rollout is paused, so that the deadline does not run meanwhile."""
    progressing = find(conditions, PROGRESSING)
    reason = progressing.get("reason") if progressing else None
    if not has_deadline(deployment) or reason == TIMED_OUT:
        return conditions
    paused = bool(deployment["spec"].get("paused"))
    if paused and reason != PAUSED:
        return put(conditions, condition(PROGRESSING, "Unknown", PAUSED, "Deployment is paused", now))
    if not paused and reason == PAUSED:
        return put(conditions, condition(PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed", now))
    return conditions


def counted(deployment: Object, sets: Sets, conditions: Conditions, collisions: int | None, now: datetime) -> Object:
    """The status without a judgement of progress; zeros are left out as the API leaves them out."""
    available = total(sets.all, "availableReplicas")
    status: Object = {
        "observedGeneration": deployment["metadata"].get("generation"),
        "replicas": total(sets.all, "replicas"),
        "updatedReplicas": total([sets.new], "replicas") if sets.new is not None else 0,
        "readyReplicas": total(sets.all, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(total_replicas(sets.all) - available, 0),
    }
    status = {field: value for field, value in status.items() if value}
    if collisions is not None:
        status["collisionCount"] = collisions
    terminating = _terminating(sets)
    if terminating is not None:
        status["terminatingReplicas"] = terminating
    status["conditions"] = put(conditions, _availability(deployment, available, now))
    return status


def judged(deployment: Object, sets: Sets, status: Object, before: Conditions, now: datetime) -> Object:
    """The counted status with what it says about progress. ``before``: the conditions so far."""
    conditions: Conditions = status["conditions"]
    current = find(before, PROGRESSING)
    if not has_deadline(deployment):
        conditions = drop(conditions, PROGRESSING)
    elif not _was_complete(status, current):
        conditions = _progress(deployment, sets, status, current, now)
    failure = _failure(sets)
    conditions = drop(conditions, REPLICA_FAILURE) if failure is None else put(conditions, failure)
    return {**status, "conditions": conditions}


def is_complete(deployment: Object, status: Mapping[str, Any]) -> bool:
    """All pods are of the new template, available, and no others are left."""
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    wanted = replicas_of(deployment)
    generation = deployment["metadata"].get("generation") or 0
    return (
        all((status.get(count) or 0) == wanted for count in counts)
        and (status.get("observedGeneration") or 0) >= generation
    )


def check_again_after(deployment: Object, status: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds until the deadline may have passed; None: it does not run. 0: it has, look at once."""
    progressing = find(status.get("conditions") or (), PROGRESSING)
    if not has_deadline(deployment) or progressing is None:
        return None
    if is_complete(deployment, status) or progressing.get("reason") == TIMED_OUT:
        return None
    left = (_deadline(deployment, progressing) - now).total_seconds()
    return left + 1 if left >= 1 else 0


def _deadline(deployment: Object, progressing: Object) -> datetime:
    seconds: int = deployment["spec"]["progressDeadlineSeconds"]
    return parse_time(progressing["lastUpdateTime"]) + timedelta(seconds=seconds)


def _availability(deployment: Object, available: int, now: datetime) -> Object:
    if available >= replicas_of(deployment) - max_unavailable(deployment):
        message = "Deployment has minimum availability."
        return condition(AVAILABLE, "True", "MinimumReplicasAvailable", message, now)
    message = "Deployment does not have minimum availability."
    return condition(AVAILABLE, "False", "MinimumReplicasUnavailable", message, now)


def _terminating(sets: Sets) -> int | None:
    """None: a set's controller does not say."""
    count = 0
    for rs in sets.all:
        status = rs.get("status") or {}
        if status.get("terminatingReplicas") is None and status.get("observedGeneration"):
            return None
        count += status.get("terminatingReplicas") or 0
    return count


def _was_complete(status: Object, current: Object | None) -> bool:
    """A finished rollout stays so, whatever happens to its pods."""
    only_new = (status.get("replicas") or 0) == (status.get("updatedReplicas") or 0)
    return only_new and current is not None and current.get("reason") == COMPLETE


def _progress(deployment: Object, sets: Sets, status: Object, current: Object | None, now: datetime) -> Conditions:
    conditions: Conditions = status["conditions"]
    subject = f'Deployment "{name_of(deployment)}"' if sets.new is None else f'ReplicaSet "{name_of(sets.new)}"'
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        return put(conditions, condition(PROGRESSING, "True", COMPLETE, message, now))
    if _has_progressed(deployment.get("status") or {}, status):
        new = condition(PROGRESSING, "True", "ReplicaSetUpdated", f"{subject} is progressing.", now)
        if current is not None and current["status"] == "True":
            new["lastTransitionTime"] = current["lastTransitionTime"]
        return put(drop(conditions, PROGRESSING), new)  # always anew: its update time is what the deadline counts from
    if _timed_out(deployment, conditions, now):
        return put(conditions, condition(PROGRESSING, "False", TIMED_OUT, f"{subject} has timed out progressing.", now))
    return conditions


def _has_progressed(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    def count(status: Mapping[str, Any], field: str) -> int:
        return int(status.get(field) or 0)

    def outdated(status: Mapping[str, Any]) -> int:
        return count(status, "replicas") - count(status, "updatedReplicas")

    more = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return any(count(new, field) > count(old, field) for field in more) or outdated(new) < outdated(old)


def _timed_out(deployment: Object, conditions: Conditions, now: datetime) -> bool:
    progressing = find(conditions, PROGRESSING)
    if progressing is None or progressing.get("reason") == COMPLETE:
        return False
    return progressing.get("reason") == TIMED_OUT or _deadline(deployment, progressing) < now


def _failure(sets: Sets) -> Object | None:
    """A set that cannot make its pods; the new one's word counts most."""
    for rs in ([sets.new] if sets.new is not None else []) + sets.all:
        found = find((rs.get("status") or {}).get("conditions") or (), REPLICA_FAILURE)
        if found is not None:
            return {
                "type": REPLICA_FAILURE,
                "status": found["status"],
                "lastUpdateTime": found.get("lastTransitionTime"),
                "lastTransitionTime": found.get("lastTransitionTime"),
                "reason": found.get("reason") or "",
                "message": found.get("message") or "",
            }
    return None
