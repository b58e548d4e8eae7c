from __future__ import annotations

from typing import Any

from scheduler.failures import status_patch, truncate
from tests.scheduler.builders import pod

NOW = "2026-01-01T00:00:00Z"
CONDITION: dict[str, Any] = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "why"}


def test_a_pod_that_says_so_already_is_not_written() -> None:
    assert status_patch(pod(status={"conditions": [CONDITION]}), "Unschedulable", "why", NOW, None) is None


def test_the_transition_time_changes_with_the_status_alone() -> None:
    said = pod(status={"conditions": [CONDITION]})
    patch = status_patch(said, "Unschedulable", "another reason", NOW, None)
    assert patch is not None
    assert patch["status"]["conditions"] == [{**CONDITION, "message": "another reason"}]
    scheduled = pod(status={"conditions": [{**CONDITION, "status": "True"}]})
    patch = status_patch(scheduled, "Unschedulable", "why", NOW, None)
    assert patch is not None
    assert patch["status"]["conditions"][0]["lastTransitionTime"] == NOW


def test_a_patch_is_for_this_very_pod() -> None:
    patch = status_patch(pod(), "Unschedulable", "why", NOW, None)
    assert patch is not None
    assert patch["metadata"] == {"uid": "uid-pod-1"}


def test_nominations_are_set_and_cleared_when_they_change() -> None:
    said = {"conditions": [CONDITION]}
    set_ = status_patch(pod(status=said), "Unschedulable", "why", NOW, "n")
    assert set_ is not None
    assert set_["status"] == {"nominatedNodeName": "n"}
    nominated = pod(status={**said, "nominatedNodeName": "n"})
    cleared = status_patch(nominated, "Unschedulable", "why", NOW, "")
    assert cleared is not None
    assert cleared["status"] == {"nominatedNodeName": None}
    assert status_patch(nominated, "Unschedulable", "why", NOW, "n") is None
    assert status_patch(nominated, "Unschedulable", "why", NOW, None) is None
    assert status_patch(pod(status=said), "Unschedulable", "why", NOW, "") is None


def test_long_messages_are_cut_for_the_event() -> None:
    assert truncate("x" * 1024) == "x" * 1024
    assert truncate("x" * 1025) == "x" * 1020 + " ..."
