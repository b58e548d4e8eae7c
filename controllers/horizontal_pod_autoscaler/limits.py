"""From the replicas that metrics ask for to those an autoscaler may have now: bounds, pace and stabilisation.

Rules of pkg/controller/podautoscaler/horizontal.go: without ``behavior`` at most twice the replicas (or four), and
never fewer than were recommended in the last five minutes; with it, its policies and windows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from controllers.horizontal_pod_autoscaler.history import History
from controllers.horizontal_pod_autoscaler.replicas import MAX_INT32

_FACTOR = 2
_AT_LEAST = 4
_IN_RANGE = ("DesiredWithinRange", "the desired count is within the acceptable range")
_TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
_TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
_UP_LIMIT = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
_DOWN_LIMIT = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
_DOWN_STABILISED = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)
_UP_STABILISED = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)
_READY = ("ReadyForNewScale", "recommended size matches current size")

Rules = Mapping[str, Any]
Reason = tuple[str, str]


class Bounds(NamedTuple):
    least: int
    most: int


class Decision(NamedTuple):
    """``able`` and ``limit``: reason and message of the conditions AbleToScale and ScalingLimited."""

    replicas: int
    able: Reason
    limited: bool
    limit: Reason


def decide(
    behavior: Rules | None, bounds: Bounds, current: int, wanted: int, history: History, now: float, window: float
) -> Decision:
    """Notes ``wanted`` in the history. ``window``: seconds for which a higher recommendation holds by default."""
    if behavior is None:
        stable = max([wanted, *(one.replicas for one in history.recommendations if one.at >= now - window)])
        history.recommend(wanted, now, window)
        able = _READY if stable == wanted else _DOWN_STABILISED
        replicas, limit = _bounded(bounds, current, stable)
    else:
        up, down = behavior["scaleUp"], behavior["scaleDown"]
        stable = _stabilise(_window(up, 0.0), _window(down, window), current, wanted, history, now)
        able = _READY if stable == wanted else _UP_STABILISED if wanted >= current else _DOWN_STABILISED
        replicas, limit = _paced(up, down, bounds, current, stable, history, now)
    return Decision(replicas, able, replicas != stable, limit)


def longest_period(rules: Rules) -> float:
    return float(max((policy["periodSeconds"] for policy in rules.get("policies") or ()), default=0))


def _window(rules: Rules, default: float) -> float:
    seconds = rules.get("stabilizationWindowSeconds")
    return default if seconds is None else float(seconds)


def _stabilise(up: float, down: float, current: int, wanted: int, history: History, now: float) -> int:
    """No more than was always recommended in the last ``up`` seconds, no less than ever in the last ``down``."""
    past = history.recommendations
    ceiling = min([wanted, *(one.replicas for one in past if one.at > now - up)])
    floor = max([wanted, *(one.replicas for one in past if one.at > now - down)])
    history.recommend(wanted, now, max(up, down))
    return min(max(current, ceiling), floor)


def _bounded(bounds: Bounds, current: int, wanted: int) -> tuple[int, Reason]:
    pace = max(_FACTOR * current, _AT_LEAST)
    most, reason = (pace, _UP_LIMIT) if bounds.most > pace else (bounds.most, _TOO_MANY)
    if wanted < bounds.least:
        return bounds.least, _TOO_FEW
    return (most, reason) if wanted > most else (wanted, _IN_RANGE)


def _paced(
    up: Rules, down: Rules, bounds: Bounds, current: int, wanted: int, history: History, now: float
) -> tuple[int, Reason]:
    if wanted > current:
        pace = max(up_limit(up, current, history, now), current)
        most, reason = (pace, _UP_LIMIT) if bounds.most > pace else (bounds.most, _TOO_MANY)
        if wanted > most:
            return most, reason
    elif wanted < current:
        pace = min(down_limit(down, current, history, now), current)
        least, reason = (pace, _DOWN_LIMIT) if bounds.least < pace else (bounds.least, _TOO_FEW)
        if wanted < least:
            return least, reason
    return wanted, _IN_RANGE


def up_limit(rules: Rules, current: int, history: History, now: float) -> int:
    """The most replicas that the policies let there be now."""

    def proposed(policy: Rules, start: int) -> int:
        if policy["type"] == "Pods":
            return start + int(policy["value"])
        return math.ceil(start * (1 + int(policy["value"]) / 100))

    choose = min if rules.get("selectPolicy") == "Min" else max
    return _limit(rules, current, history, now, proposed, choose, MAX_INT32 if choose is min else -MAX_INT32 - 1)


def down_limit(rules: Rules, current: int, history: History, now: float) -> int:
    """The fewest replicas that the policies let there be now."""

    def proposed(policy: Rules, start: int) -> int:
        if policy["type"] == "Pods":
            return start - int(policy["value"])
        return int(start * (1 - int(policy["value"]) / 100))

    choose = max if rules.get("selectPolicy") == "Min" else min
    return _limit(rules, current, history, now, proposed, choose, MAX_INT32 if choose is min else -MAX_INT32 - 1)


def _limit(
    rules: Rules,
    current: int,
    history: History,
    now: float,
    proposed: Callable[[Rules, int], int],
    choose: Callable[[list[int]], int],
    start: int,
) -> int:
    if rules.get("selectPolicy") == "Disabled":
        return current
    starts = ((each, current - history.net_change(each["periodSeconds"], now)) for each in rules.get("policies") or ())
    return choose([start, *(proposed(policy, at_start) for policy, at_start in starts)])
