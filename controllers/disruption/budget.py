"""The numbers of a budget. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apimachinery.objects import Object, find_condition, is_terminating, name_of
from apimachinery.pods import is_pod_ready, is_pod_terminal
from apimachinery.timefmt import format_time, parse_time
from controllers.shared.intorpercent import scaled

DELETION_TIMEOUT = timedelta(seconds=120)
"""How long an evicted pod counts as gone although its deletion has not been seen."""
STALE_AFTER = 120.0
"""Seconds after which a pod that was to be disrupted and is not being deleted will stay."""
CONDITION = "DisruptionAllowed"
_COUNTS = ("currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed")


@dataclass(frozen=True, slots=True)
class Disrupted:
    """Pods that are expected to go, by name; those that should have gone; when to look again, in seconds."""

    expected: Mapping[str, str]
    overdue: Sequence[Object] = ()
    recheck: float | None = None


def needs_scale(budget: Mapping[str, Any]) -> bool:
    """Whether the owners' scale matters, and not the number of pods alone."""
    spec = budget["spec"]
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def desired_healthy(budget: Mapping[str, Any], expected: int) -> int:
    spec = budget["spec"]
    if spec.get("maxUnavailable") is not None:
        return max(expected - scaled(spec["maxUnavailable"], expected, round_up=True), 0)
    return scaled(spec.get("minAvailable"), expected, round_up=True)


def disrupted(budget: Mapping[str, Any], pods: Iterable[Object], now: datetime) -> Disrupted:
    noted = (budget.get("status") or {}).get("disruptedPods") or {}
    expected: dict[str, str] = {}
    overdue, waits = [], []
    for pod in pods:
        name = name_of(pod)
        if is_terminating(pod) or name not in noted:
            continue
        left = (parse_time(noted[name]) + DELETION_TIMEOUT - now).total_seconds()
        if left < 0:
            overdue.append(pod)
        else:
            expected[name] = noted[name]
            waits.append(left)
    return Disrupted(expected, overdue, min(waits, default=None))


def healthy(pods: Iterable[Object], going: Mapping[str, str]) -> int:
    """``going``: pods that are expected to be deleted."""
    return sum(is_pod_ready(pod) and not is_terminating(pod) and name_of(pod) not in going for pod in pods)


def status_of(budget: Object, current: int, expected: int, going: Mapping[str, str], now: datetime) -> Object:
    desired = desired_healthy(budget, expected)
    allowed = max(current - desired, 0) if expected > 0 else 0
    status: Object = dict(zip(_COUNTS, (current, desired, expected, allowed), strict=True))
    status["observedGeneration"] = budget["metadata"].get("generation") or 0
    if going:
        status["disruptedPods"] = dict(going)
    reason = "SufficientPods" if allowed > 0 else "InsufficientPods"
    status["conditions"] = _conditions(budget, allowed > 0, reason, "", status["observedGeneration"], now)
    return status


def failed_status(budget: Object, error: Exception, now: datetime) -> Object:
    """Nothing may be disrupted when the numbers are not known."""
    status = {**(budget.get("status") or {}), "disruptionsAllowed": 0}
    generation = status.get("observedGeneration") or 0
    status["conditions"] = _conditions(budget, False, "SyncFailed", str(error), generation, now)
    return status


def is_unchanged(budget: Object, status: Object) -> bool:
    old = budget.get("status") or {}
    return (
        all((old.get(field) or 0) == (status.get(field) or 0) for field in (*_COUNTS, "observedGeneration"))
        and (old.get("disruptedPods") or {}) == (status.get("disruptedPods") or {})
        and (old.get("conditions") or []) == status["conditions"]
    )


def stale_in(pod: Object, now: datetime) -> float | None:
    """Seconds until the pod's DisruptionTarget condition is stale; None: it has none that can become so."""
    target = find_condition(pod, "DisruptionTarget")
    if target is None or target.get("status") != "True" or is_terminating(pod) or is_pod_terminal(pod):
        return None
    if target.get("reason") == "TerminationByKubelet":
        return None
    since = parse_time(target["lastTransitionTime"])
    return max(STALE_AFTER - (now - since).total_seconds(), 0.0)


def _conditions(
    budget: Object, allowed: bool, reason: str, message: str, generation: int, now: datetime
) -> list[Object]:
    old = (budget.get("status") or {}).get("conditions") or []
    made: Object = {
        "type": CONDITION,
        "status": "True" if allowed else "False",
        "observedGeneration": generation,
        "lastTransitionTime": format_time(now),
        "reason": reason,
        "message": message,
    }
    before = next((condition for condition in old if condition["type"] == CONDITION), None)
    if before is None:
        return [*old, made]
    if before["status"] == made["status"]:
        made["lastTransitionTime"] = before["lastTransitionTime"]
    return [made if condition is before else condition for condition in old]
