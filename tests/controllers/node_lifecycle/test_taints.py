from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from controllers.node_lifecycle.pace import PER_SECOND, REDUCED_PER_SECOND, Bucket, evictions_per_second
from controllers.node_lifecycle.taints import wanted_taints

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FOREIGN = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}


def _node(conditions: dict[str, str], taints: list[dict[str, Any]] | None = None, **spec: Any) -> dict[str, Any]:
    listed = [{"type": kind, "status": status} for kind, status in conditions.items()]
    return {"metadata": {"name": "n"}, "spec": {"taints": taints or [], **spec}, "status": {"conditions": listed}}


def _pairs(taints: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(t["key"].removeprefix("node.kubernetes.io/"), t["effect"]) for t in taints]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"Ready": "True"}, []),
        ({"Ready": "False"}, [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")]),
        ({"Ready": "Unknown"}, [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]),
        ({"Ready": "True", "MemoryPressure": "True"}, [("memory-pressure", "NoSchedule")]),
        ({"Ready": "True", "DiskPressure": "True"}, [("disk-pressure", "NoSchedule")]),
        ({"Ready": "True", "PIDPressure": "True"}, [("pid-pressure", "NoSchedule")]),
        ({"Ready": "True", "NetworkUnavailable": "True"}, [("network-unavailable", "NoSchedule")]),
        ({"Ready": "True", "MemoryPressure": "Unknown"}, []),
    ],
)
def test_conditions_call_for_taints(conditions: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert _pairs(wanted_taints(_node(conditions), NOW)) == expected


def test_an_unschedulable_node_is_tainted() -> None:
    assert _pairs(wanted_taints(_node({"Ready": "True"}, unschedulable=True), NOW)) == [("unschedulable", "NoSchedule")]


def test_a_recovered_node_loses_our_taints_and_keeps_others() -> None:
    lost = wanted_taints(_node({"Ready": "Unknown"}, [FOREIGN]), NOW)
    assert len(lost) == 3
    assert wanted_taints(_node({"Ready": "True"}, lost), NOW) == [FOREIGN]


def test_taints_that_are_right_already_keep_their_time() -> None:
    lost = wanted_taints(_node({"Ready": "False"}), NOW)
    assert wanted_taints(_node({"Ready": "False"}, lost), datetime(2026, 1, 2, tzinfo=UTC)) == lost


def test_a_node_that_has_not_reported_keeps_what_admission_gave_it() -> None:
    given = [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
    assert wanted_taints(_node({}, given), NOW) == given


@pytest.mark.parametrize(
    ("total", "lost", "all_lost", "rate"),
    [
        (10, 1, False, PER_SECOND),
        (10, 6, False, 0.0),
        (100, 60, False, REDUCED_PER_SECOND),
        (10, 10, False, PER_SECOND),
        (10, 10, True, 0.0),
    ],
)
def test_evictions_slow_down_when_much_of_a_zone_is_lost(total: int, lost: int, all_lost: bool, rate: float) -> None:
    assert evictions_per_second(total, lost, all_zones_lost=all_lost) == rate


def test_a_bucket_lets_one_through_and_then_so_many_a_second() -> None:
    bucket = Bucket()
    assert bucket.take(0.1, 0.0)
    assert not bucket.take(0.1, 5.0)
    assert bucket.take(0.1, 10.0)
    assert not bucket.take(0.0, 1000.0)
