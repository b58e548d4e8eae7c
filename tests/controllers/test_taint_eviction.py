from __future__ import annotations

from typing import Any

import pytest

from client.resources import NODES, PODS
from controllers.taint_eviction import build_taint_eviction, no_execute, patience
from tests.controllers.objects import pod
from tests.controllers.world import World, said

TAINT = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
OTHER = {"key": "maintenance", "value": "now", "effect": "NoExecute"}


def _pod(*tolerations: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"tolerations": list(tolerations)}}


def _tolerate(key: str, seconds: int | None = None) -> dict[str, Any]:
    toleration: dict[str, Any] = {"key": key, "operator": "Exists", "effect": "NoExecute"}
    return toleration if seconds is None else {**toleration, "tolerationSeconds": seconds}


@pytest.mark.parametrize(
    ("tolerations", "taints", "seconds"),
    [
        ([], [TAINT], 0.0),
        ([_tolerate(TAINT["key"])], [TAINT], None),
        ([_tolerate(TAINT["key"], 300)], [TAINT], 300.0),
        ([_tolerate(TAINT["key"], -5)], [TAINT], 0.0),
        ([_tolerate(TAINT["key"], 300)], [TAINT, OTHER], 0.0),
        ([_tolerate(TAINT["key"], 300), _tolerate("maintenance", 10)], [TAINT, OTHER], 10.0),
        ([_tolerate(TAINT["key"], 300), _tolerate("maintenance")], [TAINT, OTHER], 300.0),
        ([{"operator": "Exists"}], [TAINT, OTHER], None),
    ],
)
def test_how_long_a_pod_may_stay(
    tolerations: list[dict[str, Any]], taints: list[dict[str, Any]], seconds: float | None
) -> None:
    assert patience(_pod(*tolerations), taints) == seconds


def test_only_no_execute_taints_evict() -> None:
    node = {"spec": {"taints": [TAINT, {"key": "x", "effect": "NoSchedule"}]}}
    assert no_execute(node) == [TAINT]
    assert no_execute(None) == []


class Eviction:
    """A node, a pod on it, and the controller."""

    def __init__(self, *tolerations: dict[str, Any]) -> None:
        self.world = World()
        self.world.put(NODES, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "uid": "n"}, "spec": {}})
        one = pod("a")
        one["spec"]["tolerations"] = list(tolerations)
        self.world.put(PODS, one)
        self.controller = self.world.build(build_taint_eviction)
        self.settle()

    def settle(self) -> None:
        self.world.settle(self.controller)

    def taint(self, *taints: dict[str, Any]) -> None:
        self.world.change(NODES, "n1", {"spec": {"taints": list(taints)}})
        self.settle()

    def wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)
        self.settle()

    @property
    def pods(self) -> list[dict[str, Any]]:
        return self.world.all(PODS)


def test_a_pod_that_tolerates_nothing_goes_at_once_and_its_owner_learns_why() -> None:
    eviction = Eviction()
    eviction.taint(TAINT)
    assert eviction.pods == []
    assert said(eviction.world.writes) == ["patch pods a status", "delete pods a"]
    condition = eviction.world.writes[0].body["status"]["conditions"][0]
    assert (condition["type"], condition["reason"]) == ("DisruptionTarget", "DeletionByTaintManager")
    assert eviction.world.events[-1].message == "Marking for deletion Pod default/a"


def test_a_pod_goes_when_its_patience_is_over() -> None:
    eviction = Eviction(_tolerate(TAINT["key"], 300))
    eviction.taint(TAINT)
    eviction.wait(299)
    assert len(eviction.pods) == 1
    eviction.wait(1)
    assert eviction.pods == []


def test_a_node_that_recovers_keeps_its_pods_and_patience_begins_anew() -> None:
    eviction = Eviction(_tolerate(TAINT["key"], 300))
    eviction.taint(TAINT)
    eviction.wait(299)
    eviction.taint()
    assert eviction.world.events[-1].message == "Cancelling deletion of Pod default/a"
    eviction.wait(100)
    eviction.taint(TAINT)
    eviction.wait(299)
    assert len(eviction.pods) == 1


def test_another_taint_does_not_start_the_clock_anew() -> None:
    eviction = Eviction(_tolerate(TAINT["key"], 300), _tolerate("maintenance", 1000))
    eviction.taint(TAINT)
    eviction.wait(200)
    eviction.taint(TAINT, OTHER)
    eviction.wait(100)
    assert eviction.pods == []


def test_a_pod_that_comes_to_a_tainted_node_is_judged_too() -> None:
    eviction = Eviction({"operator": "Exists"})
    eviction.taint(TAINT)
    assert len(eviction.pods) == 1
    eviction.world.put(PODS, pod("late"))
    eviction.settle()
    assert [one["metadata"]["name"] for one in eviction.pods] == ["a"]


def test_a_pod_that_learns_to_tolerate_the_taint_stays() -> None:
    eviction = Eviction(_tolerate(TAINT["key"], 300))
    eviction.taint(TAINT)
    eviction.wait(200)
    tolerations = [{"key": TAINT["key"], "operator": "Exists", "effect": "NoExecute"}]
    eviction.world.change(PODS, "default/a", {"spec": {"tolerations": tolerations}})
    eviction.settle()
    assert eviction.world.events[-1].message == "Cancelling deletion of Pod default/a"
    eviction.wait(300)
    assert len(eviction.pods) == 1
