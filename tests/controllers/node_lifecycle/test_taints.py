from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from controllers.node_lifecycle.taints import begins_eviction, wanted_labels, wanted_taints

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


def test_without_eviction_only_scheduling_is_affected() -> None:
    taints = wanted_taints(_node({"Ready": "Unknown"}), NOW, evict=False)
    assert _pairs(taints) == [("unreachable", "NoSchedule")]
    lost = wanted_taints(_node({"Ready": "Unknown"}), NOW)
    assert _pairs(wanted_taints(_node({"Ready": "Unknown"}, lost), NOW, evict=False)) == [("unreachable", "NoSchedule")]


def test_an_eviction_begins_with_the_first_of_our_taints() -> None:
    not_ready = wanted_taints(_node({"Ready": "False"}), NOW)
    unreachable = wanted_taints(_node({"Ready": "Unknown"}, not_ready), NOW)
    foreign = [{"key": "mine", "effect": "NoExecute"}]
    assert begins_eviction([], not_ready)
    assert begins_eviction(foreign, [*foreign, *not_ready])
    assert not begins_eviction(not_ready, unreachable)
    assert not begins_eviction([], foreign)
    assert not begins_eviction(not_ready, [])


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, {}),
        ({"a": "b"}, {"a": "b"}),
        ({"kubernetes.io/os": "linux"}, {"kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux"}),
        (
            {"kubernetes.io/arch": "arm64", "beta.kubernetes.io/arch": "amd64"},
            {"kubernetes.io/arch": "arm64", "beta.kubernetes.io/arch": "arm64"},
        ),
        ({"beta.kubernetes.io/os": "linux"}, {"beta.kubernetes.io/os": "linux"}),
    ],
)
def test_beta_labels_follow_the_stable_ones(labels: dict[str, str], expected: dict[str, str]) -> None:
    assert wanted_labels({"metadata": {"labels": labels}}) == expected
