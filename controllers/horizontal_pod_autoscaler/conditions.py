"""The conditions of an autoscaler, and its status as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from apimachinery.timefmt import format_time

ABLE_TO_SCALE = "AbleToScale"
SCALING_ACTIVE = "ScalingActive"
SCALING_LIMITED = "ScalingLimited"
SCALED_TO_ZERO = "ScaledToZero"


class Conditions:
    """Starts with those of the object; each keeps its place, and its time while its status stays."""

    def __init__(self, conditions: Iterable[Mapping[str, Any]], now: datetime) -> None:
        self._conditions = [dict(condition) for condition in conditions]
        self._now = format_time(now)

    def set(self, type: str, holds: bool, reason: str, message: str) -> None:
        status = "True" if holds else "False"
        found = next((each for each in self._conditions if each["type"] == type), None)
        if found is None:
            found = {"type": type}
            self._conditions.append(found)
        if found.get("status") != status:
            found["lastTransitionTime"] = self._now
        found.update(status=status, reason=reason, message=message)

    def remove(self, type: str) -> None:
        self._conditions = [each for each in self._conditions if each["type"] != type]

    def holds(self, type: str) -> bool:
        return any(each["type"] == type and each.get("status") == "True" for each in self._conditions)

    def has(self, type: str) -> bool:
        return any(each["type"] == type for each in self._conditions)

    def listed(self) -> list[Object]:
        return self._conditions


def status_of(
    before: Mapping[str, Any], current: int, desired: int, metrics: list[Object], conditions: Conditions, scaled_at: str
) -> Object:
    """``scaled_at``: the time of a change just made, "" without one."""
    last = scaled_at or before.get("lastScaleTime")
    status: Object = {"lastScaleTime": last} if last else {}
    status |= {"currentReplicas": current, "desiredReplicas": desired}
    if metrics:
        status["currentMetrics"] = metrics
    return {**status, "conditions": conditions.listed()}


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two statuses say the same; a field that is absent says 0, or nothing."""
    fields = ("lastScaleTime", "currentReplicas", "desiredReplicas", "currentMetrics", "conditions")
    return all((one.get(field) or None) == (other.get(field) or None) for field in fields)
