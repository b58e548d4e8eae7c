"""Nodes that fall silent, against an API in memory and a clock that the test moves."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.timefmt import format_micro_time
from client.resources import LEASES, NODES, PODS
from controllers.controller import Controller
from controllers.node_lifecycle.controller import PERIOD, build_node_lifecycle
from tests.controllers.objects import Object, pod
from tests.controllers.world import World, said

CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


@pytest.fixture
def world() -> World:
    return World()


def node(name: str, zone: str = "z") -> Object:
    conditions = [{"type": kind, "status": "True" if kind == "Ready" else "False"} for kind in CONDITIONS]
    labels = {"topology.kubernetes.io/zone": zone}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": labels},
        "spec": {},
        "status": {"conditions": conditions},
    }


class Cluster:
    """Nodes whose Leases are renewed as long as they live."""

    def __init__(self, world: World, *names: str, zones: dict[str, str] | None = None) -> None:
        self.world = world
        self.alive = set(names)
        for name in names:
            world.put(NODES, node(name, (zones or {}).get(name, "z")))
            world.put(LEASES, {"metadata": {"name": name, "namespace": "kube-node-lease"}, "spec": {}})
        self.controller: Controller = world.build(build_node_lifecycle)
        self.controller.prepare()
        self.settle()

    def settle(self) -> None:
        self.world.settle(self.controller)

    def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds / PERIOD)):
            for name in self.alive:
                renewed = {"spec": {"renewTime": format_micro_time(self.world.clock.now())}}
                self.world.change(LEASES, f"kube-node-lease/{name}", renewed)
            self.world.clock.advance(PERIOD)
            self.settle()

    def ready(self, name: str) -> str:
        conditions = self.world.get(NODES, name)["status"]["conditions"]
        return next(str(c["status"]) for c in conditions if c["type"] == "Ready")

    def taints(self, name: str) -> set[tuple[str, str]]:
        taints = self.world.get(NODES, name)["spec"].get("taints") or []
        return {(t["key"].removeprefix("node.kubernetes.io/"), t["effect"]) for t in taints}

    def report(self, name: str, status: str) -> None:
        """The kubelet's own word."""
        conditions: list[Any] = self.world.get(NODES, name)["status"]["conditions"]
        changed = [{**c, "status": status} if c["type"] == "Ready" else c for c in conditions]
        self.world.change(NODES, name, {"status": {"conditions": changed}})
        self.settle()


LOST = {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}


def test_nodes_that_renew_their_leases_cost_no_write(world: World) -> None:
    cluster = Cluster(world, "a", "b")
    cluster.pass_time(300)
    assert world.writes == []
    assert world.api.reads == []


def test_whoever_comes_and_goes_is_told(world: World) -> None:
    cluster = Cluster(world, "a", "b")
    world.api.remove(NODES, world.get(NODES, "b"))
    cluster.alive.discard("b")
    cluster.pass_time(10)
    assert [(event.reason, event.about) for event in world.events] == [
        ("RegisteredNode", "a"),
        ("RegisteredNode", "b"),
        ("RemovingNode", "b"),
    ]
    assert world.events[0].message == "Node a event: Registered Node a in Controller"


def test_a_silent_node_is_unknown_after_its_grace_and_tainted(world: World) -> None:
    cluster = Cluster(world, "a", "b")
    cluster.alive.discard("a")
    cluster.pass_time(45)
    assert cluster.ready("a") == "True"
    cluster.pass_time(15)
    assert cluster.ready("a") == "Unknown"
    assert cluster.taints("a") == LOST
    assert cluster.taints("b") == set()
    assert ("a", "Normal", "NodeNotReady", "Node a status is now: NodeNotReady") in world.events


def test_the_pods_of_a_lost_node_are_no_longer_ready(world: World) -> None:
    world.put(PODS, pod("p", node="a", ready=True), pod("q", node="b", ready=True), pod("r", node="a"))
    cluster = Cluster(world, "a", "b")
    cluster.alive.discard("a")
    cluster.pass_time(70)
    assert [w for w in said(world.writes) if " pods " in w] == ["patch pods p status"]
    condition = world.get(PODS, "default/p")["status"]["conditions"][0]
    assert (condition["type"], condition["status"]) == ("Ready", "False")
    assert ("p", "Warning", "NodeNotReady", "Node is not ready") in world.events


def test_a_ready_pod_that_comes_to_a_lost_node_is_marked_too(world: World) -> None:
    cluster = Cluster(world, "a", "b")
    cluster.alive.discard("a")
    cluster.pass_time(60)
    world.put(PODS, pod("late", node="a", ready=True))
    cluster.settle()
    assert world.get(PODS, "default/late")["status"]["conditions"][0]["status"] == "False"


def test_pods_of_a_node_that_says_itself_that_it_is_not_ready_are_its_own_affair(world: World) -> None:
    world.put(PODS, pod("p", node="a", ready=True))
    cluster = Cluster(world, "a", "b")
    cluster.report("a", "False")
    cluster.pass_time(30)
    assert [w for w in said(world.writes) if " pods " in w] == []
    assert cluster.taints("a") == {("not-ready", "NoSchedule"), ("not-ready", "NoExecute")}


def test_a_node_that_comes_back_loses_its_taints(world: World) -> None:
    cluster = Cluster(world, "a", "b")
    cluster.alive.discard("a")
    cluster.pass_time(60)
    cluster.alive.add("a")
    cluster.report("a", "True")
    cluster.pass_time(10)
    assert cluster.taints("a") == set()


def test_from_not_ready_to_unreachable_the_eviction_goes_on(world: World) -> None:
    cluster = Cluster(world, "a", "b", "c")
    cluster.report("a", "False")
    cluster.alive.discard("a")
    cluster.pass_time(60)
    assert cluster.taints("a") == LOST


def test_nodes_of_a_zone_are_evicted_one_after_the_other(world: World) -> None:
    cluster = Cluster(world, "a", "b", "c", "d", "e", "f", "g")
    cluster.pass_time(30)
    cluster.alive -= {"a", "b", "c"}
    cluster.pass_time(55)
    evicted = [name for name in "abc" if cluster.taints(name) == LOST]
    assert len(evicted) == 1
    assert all(("unreachable", "NoSchedule") in cluster.taints(name) for name in "abc")
    cluster.pass_time(10)
    assert len([name for name in "abc" if cluster.taints(name) == LOST]) == 2
    cluster.pass_time(20)
    assert len([name for name in "abc" if cluster.taints(name) == LOST]) == 3


def test_when_everything_falls_silent_nobody_is_evicted_and_all_get_their_time_anew(world: World) -> None:
    cluster = Cluster(world, "a", "b", zones={"b": "other"})
    cluster.alive.clear()
    cluster.pass_time(120)
    assert [cluster.ready(name) for name in "ab"] == ["Unknown", "Unknown"]
    assert [cluster.taints(name) for name in "ab"] == [{("unreachable", "NoSchedule")}] * 2
    cluster.alive = {"a"}
    cluster.report("a", "True")
    cluster.pass_time(10)
    assert cluster.taints("a") == set()
    assert ("unreachable", "NoSchedule") in cluster.taints("b")


def test_eviction_stops_when_the_last_node_is_lost(world: World) -> None:
    cluster = Cluster(world, "a", "b")
    cluster.alive.discard("a")
    cluster.pass_time(60)
    assert cluster.taints("a") == LOST
    cluster.alive.discard("b")
    cluster.pass_time(60)
    assert cluster.taints("a") == {("unreachable", "NoSchedule")}


def test_a_cordoned_node_is_tainted_at_once(world: World) -> None:
    cluster = Cluster(world, "a")
    world.change(NODES, "a", {"spec": {"unschedulable": True}})
    cluster.settle()
    assert cluster.taints("a") == {("unschedulable", "NoSchedule")}
    world.change(NODES, "a", {"spec": {"unschedulable": None}})
    cluster.settle()
    assert cluster.taints("a") == set()
