from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from controllers.daemonset.plan import Pods, by_node, manage, roll
from controllers.daemonset.status import is_unchanged, status_of
from tests.controllers.daemonset.things import NEW, NOW, OLD, Object, daemonset, node, pod

NODES = [node("n1"), node("n2"), node("n3")]


def names(pods: Sequence[Object]) -> list[str]:
    return [p["metadata"]["name"] for p in pods]


def managed(ds: Object, nodes: Sequence[Object], *pods: Object, may_replace: bool = True) -> Pods:
    return manage(ds, nodes, by_node(pods), NEW, NOW, lambda node: may_replace)


def test_every_node_gets_one_pod() -> None:
    made = managed(daemonset(), NODES, pod("a", "n1"))
    assert (made.create, made.delete) == (["n2", "n3"], [])


def test_a_node_that_is_not_wanted_loses_its_pod() -> None:
    wanted = daemonset(nodeSelector={"x": "y"})
    made = managed(wanted, [node("n1"), node("n2", x="y")], pod("a", "n1"), pod("b", "n2"))
    assert (made.create, names(made.delete)) == ([], ["a"])


def test_a_new_taint_keeps_the_pod_that_is_there() -> None:
    tainted = [node("n1", ("x", "NoSchedule"))]
    assert managed(daemonset(), tainted, pod("a", "n1")) == Pods()
    assert managed(daemonset(), tainted) == Pods()


def test_of_two_pods_on_a_node_the_older_stays() -> None:
    older, newer = pod("z", "n1"), pod("a", "n1", created="2026-01-01T01:00:00Z")
    assert names(managed(daemonset(), NODES[:1], newer, older).delete) == ["a"]


def test_ended_pods_go_and_failed_ones_wait_their_time() -> None:
    pods = [pod("f", "n1", phase="Failed"), pod("s", "n2", phase="Succeeded")]
    made = managed(daemonset(), NODES[:2], *pods)
    assert names(made.delete) == names(made.ended) == ["f", "s"]
    waiting = managed(daemonset(), NODES[:2], *pods, may_replace=False)
    assert (names(waiting.delete), waiting.waiting) == (["s"], ["n1"])


def test_a_terminating_pod_holds_its_node() -> None:
    assert managed(daemonset(), NODES[:1], pod("a", "n1", deleted=True)) == Pods()


def test_unbound_pods_of_vanished_nodes_go() -> None:
    lost = pod("a", "gone")
    match = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["gone"]}]}
    terms = {"nodeSelectorTerms": [match]}
    lost["spec"] = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}
    assert names(managed(daemonset(), NODES[:1], pod("b", "n1"), lost).delete) == ["a"]
    assert managed(daemonset(), NODES[:1], pod("b", "n1"), pod("c", "gone")) == Pods()


@pytest.mark.parametrize(
    ("unavailable", "pods", "delete"),
    [
        (1, [pod("a", "n1", OLD), pod("b", "n2", OLD), pod("c", "n3", OLD)], ["a"]),
        (2, [pod("a", "n1", OLD), pod("b", "n2", OLD), pod("c", "n3", OLD)], ["a", "b"]),
        ("50%", [pod("a", "n1", OLD), pod("b", "n2", OLD), pod("c", "n3", OLD)], ["a", "b"]),
        (1, [pod("a", "n1", OLD, deleted=True), pod("b", "n2", OLD), pod("c", "n3", OLD)], []),
        (1, [pod("a", "n1"), pod("b", "n2", OLD), pod("c", "n3", OLD)], ["b"]),
        (1, [pod("a", "n1", ready=False), pod("b", "n2", OLD), pod("c", "n3", OLD)], []),
        (1, [pod("a", "n1"), pod("b", "n2", OLD), pod("c", "n3", OLD, ready=False)], ["c"]),
        (0, [pod("a", "n1", OLD), pod("b", "n2"), pod("c", "n3")], ["a"]),
        (1, [pod("a", "n1"), pod("b", "n2"), pod("c", "n3")], []),
        (1, [pod("a", "n1", OLD), pod("b", "n2", OLD)], []),  # the third node has none: that is one
        (2, [pod("a", "n1", OLD), pod("b", "n2", OLD)], ["a"]),
        (1, [pod("a", "n1", OLD), pod("a2", "n1"), pod("b", "n2", OLD), pod("c", "n3")], []),  # two on a node
    ],
)
def test_an_update_takes_down_no_more_than_allowed(unavailable: Any, pods: list[Object], delete: list[str]) -> None:
    step = roll(daemonset(unavailable=unavailable), NODES, by_node(pods), NEW, NOW)
    assert (names(step.delete), step.create) == (delete, [])


@pytest.mark.parametrize(
    ("pods", "create", "delete"),
    [
        ([pod("a", "n1", OLD), pod("b", "n2", OLD)], ["n1"], []),
        ([pod("a", "n1", OLD), pod("a2", "n1", ready=False), pod("b", "n2", OLD)], [], []),
        ([pod("a", "n1", OLD), pod("a2", "n1"), pod("b", "n2", OLD)], ["n2"], ["a"]),
        ([pod("a", "n1", OLD), pod("b", "n2", OLD, ready=False)], ["n2", "n1"], []),
        ([pod("a", "n1", OLD), pod("a1", "n1", OLD), pod("b", "n2", OLD)], [], []),
        ([pod("a", "n1"), pod("b", "n2"), pod("c", "n3")], [], []),
    ],
)
def test_an_update_by_surge_makes_the_new_pod_first(pods: list[Object], create: list[str], delete: list[str]) -> None:
    step = roll(daemonset(unavailable=0, surge=1), NODES, by_node(pods), NEW, NOW)
    assert (step.create, names(step.delete)) == (create, delete)


@pytest.mark.parametrize(
    ("pods", "create", "delete"),
    [
        # n1 is not wanted any more; n2 and n3 are
        ([pod("a", "n1", OLD, ready=False), pod("b", "n2"), pod("c", "n3")], [], ["a"]),
        ([pod("a", "n1", OLD), pod("b", "n2"), pod("c", "n3")], [], ["a"]),
        ([pod("a", "n1", OLD), pod("b", "n2"), pod("c", "n3", ready=False)], [], []),
        ([pod("a", "n1", OLD), pod("b", "n2", OLD), pod("c", "n3", OLD)], ["n2"], ["a"]),
    ],
)
def test_while_surging_a_pod_that_must_leave_waits_for_those_elsewhere(
    pods: list[Object], create: list[str], delete: list[str]
) -> None:
    tainted = [node("n1", ("x", "NoSchedule")), node("n2"), node("n3")]
    step = roll(daemonset(unavailable=0, surge=1), tainted, by_node(pods), NEW, NOW)
    assert (step.create, names(step.delete)) == (create, delete)


def test_while_surging_a_pod_that_is_going_does_not_hold_its_node() -> None:
    going = pod("a", "n1", deleted=True)
    assert managed(daemonset(unavailable=0, surge=1), NODES[:1], going).create == ["n1"]
    assert managed(daemonset(), NODES[:1], going).create == []


def test_a_pod_that_has_ended_and_is_going_holds_no_node() -> None:
    ended = pod("a", "n1", phase="Failed", deleted=True)
    assert managed(daemonset(), NODES[:1], ended).create == ["n1"]
    assert status_of(daemonset(), NODES[:1], by_node([ended]), NEW, NOW)["currentNumberScheduled"] == 0


def test_while_surging_an_old_and_a_new_pod_share_a_node() -> None:
    ds = daemonset(unavailable=0, surge=1, min_ready=60)
    assert managed(ds, NODES[:1], pod("a", "n1", OLD), pod("b", "n1")) == Pods()
    unready = managed(ds, NODES[:1], pod("a", "n1", OLD, ready=False), pod("b", "n1"))
    assert names(unready.delete) == ["a"]


def test_the_status_counts_nodes_and_is_not_written_twice() -> None:
    ds, nodes = daemonset(min_ready=60), [*NODES, node("n4", ("x", "NoSchedule"))]
    pods = by_node([pod("a", "n1"), pod("b", "n2", OLD, ready=False), pod("d", "n4")])
    status = status_of(ds, nodes, pods, NEW, NOW)
    assert status == {
        "currentNumberScheduled": 2,
        "numberMisscheduled": 1,
        "desiredNumberScheduled": 3,
        "numberReady": 1,
        "updatedNumberScheduled": 1,
        "numberAvailable": 0,
        "numberUnavailable": 3,
        "observedGeneration": 1,
    }
    assert not is_unchanged(ds, status)
    assert is_unchanged({**ds, "status": status}, status)
