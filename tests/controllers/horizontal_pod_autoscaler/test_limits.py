"""The numbers of upstream's horizontal_test.go about bounds, policies and windows."""

from __future__ import annotations

from typing import Any

import pytest

from controllers.horizontal_pod_autoscaler.history import Change, History, Recommendation
from controllers.horizontal_pod_autoscaler.limits import Bounds, decide, down_limit, longest_period, up_limit

NOW = 100_000.0


def rules(pods: int = 0, pods_period: int = 0, percent: int = 0, percent_period: int = 0, window: int = 0) -> Any:
    policies = []
    if pods:
        policies.append({"type": "Pods", "value": pods, "periodSeconds": pods_period})
    if percent:
        policies.append({"type": "Percent", "value": percent, "periodSeconds": percent_period})
    return {"stabilizationWindowSeconds": window, "selectPolicy": "Max", "policies": policies}


UP = rules(4, 15, 100, 15)
DOWN = rules(0, 0, 100, 15)


def spread(*changes: int) -> list[Change]:
    """Evenly over the last two minutes, each in the middle of its part."""
    part = 120 / len(changes)
    return [Change(change, NOW - int(120 - part * (i + 0.5))) for i, change in enumerate(changes)]


def paced(
    current: int, wanted: int, bounds: Bounds, up: Any, down: Any, added: Any = (), removed: Any = ()
) -> tuple[int, str]:
    """With no window: what the policies alone allow."""
    history = History(added=list(added), removed=list(removed))
    behavior = {
        "scaleUp": {**up, "stabilizationWindowSeconds": 0},
        "scaleDown": {**down, "stabilizationWindowSeconds": 0},
    }
    decision = decide(behavior, bounds, current, wanted, history, NOW, 300)
    return decision.replicas, decision.limit[0]


WIDE = Bounds(1, 1000)
UPS = [
    # replicas, wanted, bounds, rules, added before, removed before; then: replicas, reason
    (5, 7, Bounds(3, 8), UP, (), (), (7, "DesiredWithinRange")),
    (100, 1000, Bounds(100, 150), UP, (), (), (150, "TooManyReplicas")),
    (3, 1000, Bounds(1, 2000), rules(0, 0, 1, 60), (), (), (4, "ScaleUpLimit")),
    (10, 50, WIDE, UP, (), (), (20, "ScaleUpLimit")),
    (10, 500, WIDE, rules(100, 60, 100, 60), (), (), (110, "ScaleUpLimit")),
    (10, 500, WIDE, rules(2, 60, 100, 60), (), (), (20, "ScaleUpLimit")),
    (10, 50, WIDE, rules(100, 60), (), (), (50, "DesiredWithinRange")),
    (10, 50, WIDE, rules(10000, 60), (), (), (50, "DesiredWithinRange")),
    (10, 50, WIDE, rules(30, 60), (), (), (40, "ScaleUpLimit")),
    (10, 50, WIDE, rules(0, 0, 200, 60), (), (), (30, "ScaleUpLimit")),
    (100, 500, Bounds(1, 200), rules(300, 60), (1, 5, 9), (), (200, "TooManyReplicas")),
    (100, 500, Bounds(1, 200), rules(0, 0, 10000, 60), (1, 5, 9), (), (200, "TooManyReplicas")),
    (100, 500, WIDE, rules(5, 120), (1, 5, 9), (), (100, "ScaleUpLimit")),
    (100, 500, WIDE, rules(150, 120), (1, 5, 9), (), (235, "ScaleUpLimit")),
    (100, 500, WIDE, rules(0, 0, 200, 120), (1, 5, 9), (), (255, "ScaleUpLimit")),
    (6, 24, WIDE, rules(0, 0, 300, 300), (4,), (2,), (16, "ScaleUpLimit")),
    (100, 200, WIDE, rules(1000, 60), (8, 12, 9, 11), (), (200, "DesiredWithinRange")),
    (100, 200, WIDE, rules(1000, 120, 100, 60), (8, 12, 9, 11), (), (200, "DesiredWithinRange")),
    (5, 9, WIDE, {**UP, "selectPolicy": "Disabled"}, (), (), (5, "ScaleUpLimit")),
]


@pytest.mark.parametrize(("current", "wanted", "bounds", "up", "added", "removed", "expected"), UPS)
def test_growing(
    current: int, wanted: int, bounds: Bounds, up: Any, added: Any, removed: Any, expected: tuple[int, str]
) -> None:
    before = (spread(*added) if added else (), spread(*removed) if removed else ())
    assert paced(current, wanted, bounds, up, DOWN, *before) == expected


DOWNS = [
    (3, 1, Bounds(2, 8), DOWN, (), (), (2, "TooFewReplicas")),
    (1, 0, Bounds(0, 10), DOWN, (), (), (0, "DesiredWithinRange")),
    (1000, 3, Bounds(3, 2000), rules(20, 60), (), (), (980, "ScaleDownLimit")),
    (100, 2, WIDE, rules(20, 60, 1, 60), (), (), (80, "ScaleDownLimit")),
    (100, 2, WIDE, rules(2, 60, 1, 60), (), (), (98, "ScaleDownLimit")),
    (10, 0, WIDE, rules(100, 60), (), (), (1, "TooFewReplicas")),
    (10, 2, Bounds(5, 1000), rules(0, 0, 100, 60), (), (), (5, "TooFewReplicas")),
    (10, 2, WIDE, rules(5, 60), (), (), (5, "ScaleDownLimit")),
    (10, 5, WIDE, rules(0, 0, 50, 60), (), (), (5, "DesiredWithinRange")),
    (10, 5, WIDE, DOWN, (), (1, 5, 9), (5, "DesiredWithinRange")),
    (100, 0, WIDE, rules(115, 120), (), (1, 5, 9), (1, "TooFewReplicas")),
    (100, 0, Bounds(5, 1000), rules(130, 120), (), (1, 5, 9), (5, "TooFewReplicas")),
    (100, 2, Bounds(5, 1000), rules(0, 0, 100, 120), (), (1, 5, 9), (5, "TooFewReplicas")),
    (100, 2, WIDE, rules(5, 120), (), (1, 5, 9), (100, "ScaleDownLimit")),
    (100, 0, WIDE, rules(0, 0, 50, 120), (), (2, 4, 6), (56, "ScaleDownLimit")),
    (10, 1, WIDE, rules(0, 0, 50, 180), (2,), (4,), (6, "ScaleDownLimit")),
    (100, 0, WIDE, rules(0, 0, 10, 120), (), (10, 10, 10), (100, "ScaleDownLimit")),
    (10, 5, WIDE, rules(0, 0, 1000, 120), (), (10, 10, 10), (5, "DesiredWithinRange")),
    (100, 5, WIDE, rules(1000, 120, 100, 60), (), (8, 12, 9, 11), (5, "DesiredWithinRange")),
    (5, 1, WIDE, {**DOWN, "selectPolicy": "Disabled"}, (), (), (5, "ScaleDownLimit")),
]


@pytest.mark.parametrize(("current", "wanted", "bounds", "down", "added", "removed", "expected"), DOWNS)
def test_shrinking(
    current: int, wanted: int, bounds: Bounds, down: Any, added: Any, removed: Any, expected: tuple[int, str]
) -> None:
    before = (spread(*added) if added else (), spread(*removed) if removed else ())
    assert paced(current, wanted, bounds, UP, down, *before) == expected


def test_the_least_change_of_the_policies() -> None:
    least = {**rules(2, 60, 50, 60), "selectPolicy": "Min"}
    assert up_limit(least, 1, History(), NOW) == 2
    assert down_limit(least, 5, History(), NOW) == 3


WITHOUT = [
    # replicas, wanted, bounds; then: replicas, reason
    (5, 7, Bounds(3, 8), 7, "DesiredWithinRange"),
    (3, 1, Bounds(2, 8), 2, "TooFewReplicas"),
    (1, 0, Bounds(0, 10), 0, "DesiredWithinRange"),
    (20, 1000, Bounds(1, 10), 10, "TooManyReplicas"),
    (3, 1000, Bounds(1, 2000), 6, "ScaleUpLimit"),
    (1, 1000, Bounds(1, 2000), 4, "ScaleUpLimit"),
]


@pytest.mark.parametrize(("current", "wanted", "bounds", "replicas", "reason"), WITHOUT)
def test_without_behaviour(current: int, wanted: int, bounds: Bounds, replicas: int, reason: str) -> None:
    decision = decide(None, bounds, current, wanted, History(), NOW, 300)
    assert (decision.replicas, decision.limit[0], decision.limited) == (replicas, reason, replicas != wanted)


def past(*recommendations: tuple[int, float]) -> History:
    """Replicas, and how many minutes ago."""
    return History([Recommendation(replicas, NOW - minutes * 60) for replicas, minutes in recommendations])


STABLE = [
    (past(), 5, 5, 1),
    (past((4, 2), (5, 1)), 3, 5, 3),
    (past((1, 2), (2, 1)), 3, 3, 3),
    (past((10, 10), (9, 9)), 3, 3, 1),
    (past((10, 10), (4, 1), (5, 2), (9, 9)), 3, 5, 3),
]


@pytest.mark.parametrize(("history", "wanted", "expected", "kept"), STABLE)
def test_the_highest_recommendation_of_five_minutes_holds(
    history: History, wanted: int, expected: int, kept: int
) -> None:
    decision = decide(None, Bounds(1, 100), 100, wanted, history, NOW, 300)
    assert (decision.replicas, len(history.recommendations)) == (expected, kept)
    assert decision.able[0] == ("ReadyForNewScale" if expected == wanted else "ScaleDownStabilized")


WINDOWS = [
    # history, replicas, wanted, up and down windows; then: replicas
    (past(), 100, 5, 0, 0, 5),
    (past((4, 2), (5, 1)), 100, 3, 0, 180, 5),
    (past((4, 2), (5, 1)), 1, 7, 300, 0, 4),
    (past((1, 2), (2, 1)), 100, 3, 300, 0, 3),
    (past((4, 2), (5, 1)), 1, 3, 0, 300, 3),
    (past((10, 10), (9, 9)), 100, 3, 0, 0, 3),
    (past((10, 10), (9, 9)), 1, 100, 0, 0, 100),
    (past((10, 10), (4, 1), (5, 2), (9, 9)), 100, 3, 0, 180, 5),
    (past((10, 100), (6, 1), (5, 2), (9, 3)), 1, 100, 300, 0, 5),
    (past((2, 100), (3, 3)), 2, 1, 300, 300, 2),
    (past((2, 100), (1, 3)), 2, 3, 300, 300, 2),
]


@pytest.mark.parametrize(("history", "current", "wanted", "up", "down", "expected"), WINDOWS)
def test_windows(history: History, current: int, wanted: int, up: int, down: int, expected: int) -> None:
    behavior = {"scaleUp": rules(10000, 60, window=up), "scaleDown": rules(10000, 60, window=down)}
    assert decide(behavior, Bounds(0, 10000), current, wanted, history, NOW, 300).replicas == expected


def test_without_a_window_of_its_own_scaling_down_has_the_five_minutes() -> None:
    behavior = {"scaleUp": UP, "scaleDown": {"selectPolicy": "Max", "policies": DOWN["policies"]}}
    decision = decide(behavior, Bounds(1, 10), 6, 2, past((6, 4.9)), NOW, 300)
    assert (decision.replicas, decision.able[0]) == (6, "ScaleDownStabilized")


def test_changes_are_kept_as_long_as_a_policy_asks() -> None:
    history = History()
    history.scaled(1, 4, NOW, 60, 60)
    history.scaled(4, 3, NOW + 30, 60, 60)
    assert history.net_change(60, NOW + 30) == 2
    history.scaled(3, 5, NOW + 70, 60, 60)
    assert [change.replicas for change in history.added] == [2]
    assert longest_period(rules(1, 30, 1, 90)) == 90
