from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from client.resources import NODES, PODS
from controllers.pod_gc import PERIOD, QUARANTINE, build_pod_gc, failed_status, stuck, surplus
from tests.controllers.objects import Object, pod
from tests.controllers.world import World, said

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STAMP = "2026-01-01T00:00:00Z"


def node(name: str = "n1", *, ready: str = "True", taints: tuple[str, ...] = ()) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "uid": f"uid-{name}"},
        "spec": {"taints": [{"key": key, "effect": "NoExecute"} for key in taints]},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def names(pods: list[Object]) -> list[str]:
    return [one["metadata"]["name"] for one in pods]


def test_of_too_many_finished_pods_the_evicted_and_the_oldest_go() -> None:
    pods = [
        pod("new", phase="Succeeded", creationTimestamp="2026-01-01T03:00:00Z"),
        pod("old", phase="Failed", creationTimestamp="2026-01-01T01:00:00Z"),
        pod("evicted", phase="Failed", creationTimestamp="2026-01-01T02:00:00Z"),
        pod("running", creationTimestamp="2026-01-01T00:00:00Z"),
        pod("going", phase="Failed", deletionTimestamp=STAMP),
    ]
    pods[2]["status"]["reason"] = "Evicted"
    assert names(surplus(pods, 0)) == ["evicted", "old", "new"]
    assert names(surplus(pods, 2)) == ["evicted"]
    assert surplus(pods, 3) == []


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (None, False),
        (node(), False),
        (node(ready="False"), False),
        (node(taints=("node.kubernetes.io/out-of-service",)), False),
        (node(ready="False", taints=("node.kubernetes.io/out-of-service",)), True),
    ],
)
def test_a_terminating_pod_is_stuck_on_a_node_that_is_out_of_service(on: Object | None, expected: bool) -> None:
    going = pod("a", deletionTimestamp=STAMP)
    assert bool(stuck([going], lambda name: on)) is expected
    assert stuck([pod("a")], lambda name: on) == []


def test_a_terminating_pod_without_a_node_is_stuck() -> None:
    pods = [pod("a", node="", deletionTimestamp=STAMP), pod("b", node="")]
    assert names(stuck(pods, lambda name: None)) == ["a"]


def test_a_pod_that_has_ended_keeps_its_status() -> None:
    assert failed_status(pod("a", phase="Succeeded"), NOW, lost=True) is None
    assert failed_status(pod("a"), NOW, lost=False) == {"phase": "Failed"}
    lost: Any = failed_status(pod("a"), NOW, lost=True)
    assert lost["conditions"][0]["reason"] == "DeletionByPodGC"


def test_pods_of_a_vanished_node_fail_and_go_when_it_has_been_gone_for_a_while() -> None:
    world = World()
    world.put(NODES, node("here"))
    world.put(PODS, pod("lost", node="gone"), pod("fine", node="here"))
    controller = world.build(build_pod_gc)
    controller.prepare()
    world.settle(controller)
    assert world.writes == []
    for _ in range(int(QUARANTINE / PERIOD)):
        world.clock.advance(PERIOD)
        world.settle(controller)
    assert said(world.writes) == ["patch pods lost status", "delete pods lost"]
    assert world.writes[-1].options == {"grace_period": 0, "uid": "uid-lost"}
    assert names(world.all(PODS)) == ["fine"]


def test_a_node_that_only_our_cache_lacks_protects_its_pods() -> None:
    world = World()
    world.put(PODS, pod("a", node="unseen"))
    world.api.store(NODES, node("unseen"))
    unseen = world.api.changes.pop()
    controller = world.build(build_pod_gc)
    controller.prepare()
    for _ in range(5):
        world.settle(controller)
        world.clock.advance(PERIOD)
    assert unseen
    assert world.writes == []
