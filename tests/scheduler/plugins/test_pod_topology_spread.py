from __future__ import annotations

from typing import Any

import pytest

from apimachinery.labels import equality
from apimachinery.objects import Object
from scheduler.events import Action, ClusterEvent, Resource
from scheduler.framework import CycleState
from scheduler.plugins.pod_topology_spread import PodTopologySpread
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Code
from tests.scheduler.builders import cluster, handle, info, node, node_info
from tests.scheduler.plugins.test_node_filters import hinted

ZONE = "topology.kubernetes.io/zone"
HOSTNAME = "kubernetes.io/hostname"
MESSAGE = "node(s) didn't match pod topology spread constraints"
WEB = {"app": "web"}


def constraint(key: str = ZONE, skew: int = 1, *, hard: bool = True, **fields: Any) -> dict[str, Any]:
    action = "DoNotSchedule" if hard else "ScheduleAnyway"
    selector = fields.pop("selector", {"matchLabels": WEB})
    return {"maxSkew": skew, "topologyKey": key, "whenUnsatisfiable": action, "labelSelector": selector, **fields}


def web(name: str = "web", *constraints: dict[str, Any], **fields: Any) -> PodInfo:
    return info(name, **{"labels": WEB, "topologySpreadConstraints": list(constraints), **fields})


def zones(**counts: int) -> Snapshot:
    """A node ``a1`` in zone ``a`` with so many pods, and so on."""
    nodes = [node(name, labels={ZONE: name[0]}) for name in counts]
    pods = {name: [web(f"{name}-{i}") for i in range(number)] for name, number in counts.items()}
    return cluster(nodes, pods)


def fitting(pod: PodInfo, snapshot: Snapshot) -> set[str]:
    plugin, state = PodTopologySpread(handle()), CycleState()
    assert plugin.pre_filter(state, pod, snapshot) is None
    return {each.name for each in snapshot.nodes if plugin.filter(state, pod, each) is None}


@pytest.mark.parametrize(
    ("counts", "skew", "expected"),
    [
        ({"a1": 0, "b1": 0}, 1, {"a1", "b1"}),
        ({"a1": 1, "b1": 0}, 1, {"b1"}),
        ({"a1": 1, "b1": 1}, 1, {"a1", "b1"}),
        ({"a1": 1, "b1": 0}, 2, {"a1", "b1"}),
        ({"a1": 1, "a2": 1, "b1": 1}, 1, {"b1"}),
        ({"a1": 3, "b1": 1, "c1": 2}, 1, {"b1"}),
        ({"a1": 3, "b1": 1, "c1": 2}, 2, {"b1", "c1"}),
    ],
)
def test_a_hard_constraint_bounds_the_skew_between_zones(counts: dict[str, int], skew: int, expected: set[str]) -> None:
    assert fitting(web("new", constraint(skew=skew)), zones(**counts)) == expected


def test_the_pod_itself_counts_only_if_selected() -> None:
    snapshot = zones(a1=1, b1=0)
    other = info("other", topologySpreadConstraints=[constraint()])
    assert fitting(other, snapshot) == {"a1", "b1"}


def test_pods_of_other_namespaces_or_on_their_way_out_do_not_count() -> None:
    going = web("going", meta={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    elsewhere = web("elsewhere", namespace="other")
    nodes = [node("a1", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"})]
    assert fitting(web("new", constraint()), cluster(nodes, {"a1": [going, elsewhere]})) == {"a1", "b1"}


def test_every_constraint_must_hold() -> None:
    nodes = [node("a1", labels={ZONE: "a"}), node("a2", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"})]
    pods = {"a1": [web("1")], "b1": [web("2")]}
    assert fitting(web("new", constraint(), constraint(HOSTNAME)), cluster(nodes, pods)) == {"a2"}


def test_too_few_domains_count_as_an_empty_one() -> None:
    snapshot = zones(a1=1, b1=1)
    assert fitting(web("new", constraint(minDomains=2)), snapshot) == {"a1", "b1"}
    assert fitting(web("new", constraint(minDomains=3)), snapshot) == set()


def test_nodes_without_the_label_cannot_be_helped() -> None:
    snapshot = cluster([node("bare"), node("a1", labels={ZONE: "a"})])
    plugin, state, pod = PodTopologySpread(handle()), CycleState(), web("new", constraint())
    plugin.pre_filter(state, pod, snapshot)
    status = plugin.filter(state, pod, snapshot.by_name["bare"])
    assert status is not None
    assert status.code is Code.UNSCHEDULABLE_AND_UNRESOLVABLE
    assert status.message == f"{MESSAGE} (missing required label)"


def test_a_skew_may_be_helped_by_evictions() -> None:
    snapshot = zones(a1=1, b1=0)
    plugin, state, pod = PodTopologySpread(handle()), CycleState(), web("new", constraint())
    plugin.pre_filter(state, pod, snapshot)
    status = plugin.filter(state, pod, snapshot.by_name["a1"])
    assert status is not None
    assert (status.code, status.message) == (Code.UNSCHEDULABLE, MESSAGE)


def test_nodes_the_pod_cannot_select_do_not_count_unless_told_so() -> None:
    nodes = [node("a1", labels={ZONE: "a", "disk": "ssd"}), node("b1", labels={ZONE: "b"})]
    snapshot = cluster(nodes, {"a1": [web("1")]})
    picky = {"nodeSelector": {"disk": "ssd"}}
    assert "a1" in fitting(web("new", constraint(), **picky), snapshot)
    assert "a1" not in fitting(web("new", constraint(nodeAffinityPolicy="Ignore"), **picky), snapshot)


def test_tainted_nodes_count_unless_told_otherwise() -> None:
    taint = {"key": "k", "effect": "NoSchedule"}
    nodes = [node("a1", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"}, taints=[taint])]
    snapshot = cluster(nodes, {"a1": [web("1")]})
    assert "a1" not in fitting(web("new", constraint()), snapshot)
    assert "a1" in fitting(web("new", constraint(nodeTaintsPolicy="Honor")), snapshot)


def test_match_label_keys_tell_revisions_apart() -> None:
    old = web("old", labels={**WEB, "hash": "1"})
    nodes = [node("a1", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"})]
    snapshot = cluster(nodes, {"a1": [old]})
    new = web("new", constraint(matchLabelKeys=["hash"]), labels={**WEB, "hash": "2"})
    assert fitting(new, snapshot) == {"a1", "b1"}


def test_pods_without_hard_constraints_skip_the_filter() -> None:
    assert PodTopologySpread(handle()).pre_filter(CycleState(), web("new", constraint(hard=False)), zones(a1=0)) is SKIP


def test_supposing_a_pod_away_changes_the_skew_and_not_the_state_it_came_from() -> None:
    snapshot = zones(a1=1, b1=0)
    plugin, state, pod = PodTopologySpread(handle()), CycleState(), web("new", constraint())
    plugin.pre_filter(state, pod, snapshot)
    where = snapshot.by_name["a1"]
    supposed = state.copy()
    plugin.remove_pod(supposed, pod, web("a1-0"), where)
    assert plugin.filter(supposed, pod, where) is None
    assert plugin.filter(state, pod, where) is not None
    plugin.add_pod(supposed, pod, web("a1-0"), where)
    assert plugin.filter(supposed, pod, where) is not None


def scores(pod: PodInfo, snapshot: Snapshot, **siblings: str) -> dict[str, int]:
    plugin, state = PodTopologySpread(handle(siblings=equality(siblings))), CycleState()
    assert plugin.pre_score(state, pod, snapshot.nodes, snapshot) is None
    raw = plugin.score(state, pod, snapshot.nodes)
    found = plugin.normalize_scores(state, pod, snapshot.nodes, raw)
    return {each.name: score for each, score in zip(snapshot.nodes, found, strict=True)}


def test_a_soft_constraint_prefers_the_emptier_zone() -> None:
    found = scores(web("new", constraint(hard=False)), zones(a1=2, a2=1, b1=1, c1=0))
    assert found["a1"] == found["a2"] < found["b1"] < found["c1"] == 100


def test_nodes_outside_the_domains_of_a_soft_constraint_score_nothing() -> None:
    snapshot = cluster([node("bare"), node("a1", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"})])
    assert scores(web("new", constraint(hard=False)), snapshot) == {"bare": 0, "a1": 100, "b1": 100}


def test_pods_of_a_controller_are_spread_over_nodes_without_asking() -> None:
    nodes = [node("busy"), node("idle")]
    found = scores(info("new", labels=WEB), cluster(nodes, {"busy": [web("1"), web("2")]}), app="web")
    assert found["idle"] == 100 > found["busy"]


def test_pods_of_a_controller_are_spread_over_zones_too() -> None:
    snapshot = zones(a1=3, a2=0, b1=0)
    found = scores(info("new", labels=WEB), snapshot, app="web")
    assert found["a1"] < found["a2"] < found["b1"]


def test_lone_pods_are_not_spread() -> None:
    snapshot = zones(a1=1, b1=0)
    assert PodTopologySpread(handle()).pre_score(CycleState(), info("lone"), snapshot.nodes, snapshot) is SKIP


def test_constraints_of_its_own_replace_the_default_spread() -> None:
    plugin, snapshot = PodTopologySpread(handle(siblings=equality(WEB))), zones(a1=1, b1=0)
    assert plugin.pre_score(CycleState(), web("new", constraint()), snapshot.nodes, snapshot) is SKIP


def test_only_pods_that_count_make_a_skewed_pod_worth_another_try() -> None:
    plugin, waiting = PodTopologySpread(handle()), web("waiting", constraint())
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.ADD, None, web("x")), waiting)
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, web("x")), waiting)
    assert not hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.ADD, None, info("x")), waiting)
    elsewhere = web("x", namespace="other")
    assert not hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.ADD, None, elsewhere), waiting)


def test_nodes_that_come_go_or_move_between_domains_help() -> None:
    plugin, waiting = PodTopologySpread(handle()), web("waiting", constraint())
    bare, in_a, in_b = node(), node(labels={ZONE: "a"}), node(labels={ZONE: "b"})

    def helps(action: Action, old: Object | None, new: Object | None) -> bool:
        return hinted(plugin, ClusterEvent(Resource.NODE, action, old, new), waiting)

    assert helps(Action.ADD, None, in_a)
    assert not helps(Action.ADD, None, bare)
    assert helps(Action.NODE_LABEL, in_a, in_b)
    assert not helps(Action.NODE_LABEL, in_a, in_a)
    assert helps(Action.DELETE, in_a, None)


def test_counting_follows_the_snapshot() -> None:
    snapshot = zones(a1=0, b1=0)
    pod = web("new", constraint())
    assert fitting(pod, snapshot) == {"a1", "b1"}
    snapshot.update({"a1": node_info(node("a1", labels={ZONE: "a"}), [web("1")])})
    assert fitting(pod, snapshot) == {"b1"}
    snapshot.update({"a1": node_info(node("a1", labels={ZONE: "a"}))})
    assert fitting(pod, snapshot) == {"a1", "b1"}
