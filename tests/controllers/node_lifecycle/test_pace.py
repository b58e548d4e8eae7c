from __future__ import annotations

from typing import Any

import pytest

from controllers.node_lifecycle.pace import (
    PER_SECOND,
    REDUCED_PER_SECOND,
    Bucket,
    Zone,
    evictions_per_second,
    is_everything_lost,
    zones,
)


def node(status: str | None, zone: str = "z", **labels: str) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": status}] if status else []
    given = {"topology.kubernetes.io/zone": zone, **labels}
    return {"metadata": {"name": "n", "labels": given}, "status": {"conditions": conditions}}


def test_zones_count_who_is_ready_and_who_is_not() -> None:
    nodes = [node("True"), node("False"), node("Unknown"), node(None), node("True", "y")]
    assert zones(nodes) == {":z": Zone(4, 3), ":y": Zone(1, 0)}


def test_an_excluded_node_does_not_count() -> None:
    assert zones([node("False", **{"node.kubernetes.io/exclude-disruption": ""})]) == {}


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        ({}, False),
        ({"a": Zone(1, 1)}, True),
        ({"a": Zone(2, 2), "b": Zone(3, 3)}, True),
        ({"a": Zone(2, 2), "b": Zone(3, 2)}, False),
    ],
)
def test_everything_is_lost_when_no_node_anywhere_is_ready(found: dict[str, Zone], lost: bool) -> None:
    assert is_everything_lost(found) is lost


@pytest.mark.parametrize(
    ("nodes", "lost", "rate"),
    [
        (10, 1, PER_SECOND),
        (3, 2, PER_SECOND),
        (10, 5, PER_SECOND),
        (10, 6, 0.0),
        (50, 40, 0.0),
        (51, 40, REDUCED_PER_SECOND),
        (10, 10, PER_SECOND),
    ],
)
def test_evictions_slow_down_when_much_of_a_zone_is_lost(nodes: int, lost: int, rate: float) -> None:
    assert evictions_per_second(Zone(nodes, lost)) == rate


def test_a_bucket_lets_one_through_and_then_so_many_a_second() -> None:
    bucket = Bucket()
    assert bucket.take(0.1, 0.0)
    assert not bucket.take(0.1, 5.0)
    assert bucket.take(0.1, 10.0)
    assert not bucket.take(0.0, 1000.0)
