from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from scheduler.events import Action, node_changes, pod_changes
from scheduler.handlers import is_irrelevant
from tests.scheduler.builders import info, node, pod


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (node(), node(), Action(0)),
        (node(), node(labels={"a": "b"}), Action.NODE_LABEL),
        (node(), node(taints=[{"key": "k"}]), Action.NODE_TAINT),
        (node(), node(unschedulable=True), Action.NODE_TAINT),
        (node(cpu="1"), node(cpu="2"), Action.NODE_ALLOCATABLE),
        (node(), node(images=[{"names": ["a"]}]), Action.NODE_IMAGES),
        (node(cpu="1"), node(cpu="2", labels={"a": "b"}), Action.NODE_ALLOCATABLE | Action.NODE_LABEL),
    ],
)
def test_what_changed_of_a_node(old: Object, new: Object, changes: Action) -> None:
    assert node_changes(old, new) == changes


def condition(**fields: str) -> Object:
    found = node()
    found["status"]["conditions"] = [{"type": "Ready", "status": "True", **fields}]
    return found


def test_a_heartbeat_is_no_change_but_a_condition_is() -> None:
    assert not node_changes(condition(lastHeartbeatTime="1"), condition(lastHeartbeatTime="2"))
    assert node_changes(condition(), condition(status="False")) == Action.NODE_CONDITION


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({}, {}, Action(0)),
        ({}, {"labels": {"a": "b"}}, Action.POD_LABEL),
        ({}, {"tolerations": [{"operator": "Exists"}]}, Action.POD_TOLERATION),
        ({"schedulingGates": [{"name": "g"}]}, {}, Action.POD_GATES_ELIMINATED),
        (
            {"meta": {"deletionTimestamp": None}},
            {"meta": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
            Action.POD_OTHER,
        ),
    ],
)
def test_what_changed_of_a_pod(old: dict[str, Any], new: dict[str, Any], changes: Action) -> None:
    containers = pod()["spec"]["containers"]
    assert pod_changes(info(containers=containers, **old), info(containers=containers, **new)) == changes


def test_a_pod_that_asks_for_less_has_been_scaled_down() -> None:
    assert Action.POD_SCALE_DOWN in pod_changes(info(cpu="2"), info(cpu="1"))
    assert Action.POD_SCALE_DOWN not in pod_changes(info(cpu="1"), info(cpu="2"))


def bound(**fields: Any) -> Object:
    containers = [{"name": "c"}]
    return pod(nodeName="n", **{"containers": containers, **fields})


@pytest.mark.parametrize(
    ("change", "irrelevant"),
    [
        ({"status": {"phase": "Running"}}, True),
        ({"meta": {"annotations": {"a": "b"}}}, True),
        ({"labels": {"a": "b"}}, False),
        ({"meta": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}, False),
        ({"status": {"phase": "Succeeded"}}, False),
        ({"tolerations": [{"operator": "Exists"}]}, False),
        ({"status": {"containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]}}, False),
    ],
)
def test_most_updates_of_running_pods_do_not_matter(change: dict[str, Any], irrelevant: bool) -> None:
    assert is_irrelevant(bound(), bound(**change)) is irrelevant
