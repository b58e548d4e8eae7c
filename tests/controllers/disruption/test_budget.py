from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apimachinery.timefmt import format_time
from controllers.disruption.budget import (
    desired_healthy,
    disrupted,
    failed_status,
    healthy,
    is_unchanged,
    stale_in,
    status_of,
)

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def ago(seconds: float) -> str:
    return format_time(NOW - timedelta(seconds=seconds))


def budget(status: Object | None = None, **spec: Any) -> Object:
    return {"metadata": {"name": "b", "namespace": "ns", "generation": 2}, "spec": spec, "status": status or {}}


def pod(name: str, *, ready: bool = True, deleted: bool = False, **condition: Any) -> Object:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}, *([condition] if condition else [])]
    metadata = {"name": name, "deletionTimestamp": ago(1)} if deleted else {"name": name}
    return {"metadata": metadata, "status": {"phase": "Running", "conditions": conditions}}


@pytest.mark.parametrize(
    ("spec", "expected", "desired"),
    [
        ({"minAvailable": 2}, 5, 2),
        ({"minAvailable": "50%"}, 5, 3),
        ({"maxUnavailable": 1}, 5, 4),
        ({"maxUnavailable": "30%"}, 5, 3),
        ({"maxUnavailable": 7}, 5, 0),
    ],
)
def test_how_many_pods_have_to_be_healthy(spec: Object, expected: int, desired: int) -> None:
    assert desired_healthy(budget(**spec), expected) == desired


def test_an_evicted_pod_counts_as_gone_until_its_time_is_over() -> None:
    noted = budget({"disruptedPods": {"a": ago(20), "b": ago(121), "c": ago(1), "gone": ago(1)}})
    pods = [pod("a"), pod("b"), pod("c", deleted=True), pod("d"), pod("e", ready=False)]
    found = disrupted(noted, pods, NOW)
    assert found.expected == {"a": ago(20)}
    assert [one["metadata"]["name"] for one in found.overdue] == ["b"]
    assert found.recheck == 100
    assert healthy(pods, found.expected) == 2


@pytest.mark.parametrize(
    ("current", "expected", "allowed", "reason"),
    [(3, 3, 1, "SufficientPods"), (2, 3, 0, "InsufficientPods"), (3, 0, 0, "InsufficientPods")],
)
def test_what_may_be_disrupted(current: int, expected: int, allowed: int, reason: str) -> None:
    status = status_of(budget(minAvailable=2), current, expected, {}, NOW)
    assert (status["disruptionsAllowed"], status["observedGeneration"]) == (allowed, 2)
    (condition,) = status["conditions"]
    assert (condition["type"], condition["reason"]) == ("DisruptionAllowed", reason)
    assert condition["status"] == ("True" if allowed else "False")


def test_a_right_status_is_not_written_again() -> None:
    first = status_of(budget(minAvailable=2), 3, 3, {"a": ago(1)}, NOW)
    again = status_of(budget(first, minAvailable=2), 3, 3, {"a": ago(1)}, NOW + timedelta(minutes=5))
    assert is_unchanged(budget(first), again)
    assert not is_unchanged(budget(first), status_of(budget(first, minAvailable=2), 2, 3, {}, NOW))


def test_without_numbers_nothing_may_be_disrupted() -> None:
    status = failed_status(budget({"disruptionsAllowed": 3, "currentHealthy": 3}), ValueError("why"), NOW)
    assert (status["disruptionsAllowed"], status["currentHealthy"]) == (0, 3)
    assert (status["conditions"][0]["reason"], status["conditions"][0]["message"]) == ("SyncFailed", "why")


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"status": "True", "reason": "EvictionByEvictionAPI"}, 90.0),
        ({"status": "True", "reason": "TerminationByKubelet"}, None),
        ({"status": "False"}, None),
    ],
)
def test_a_threat_to_a_pod_gets_stale(condition: Object, left: float | None) -> None:
    threatened = pod("a", type="DisruptionTarget", lastTransitionTime=ago(30), **condition)
    assert stale_in(threatened, NOW) == left
    assert stale_in(pod("b"), NOW) is None
