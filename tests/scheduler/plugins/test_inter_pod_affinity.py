from __future__ import annotations

from typing import Any

import pytest

from scheduler.events import Action, ClusterEvent, Resource
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.plugins.inter_pod_affinity import InterPodAffinity
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Code
from tests.scheduler.builders import cluster, handle, info, node
from tests.scheduler.plugins.test_node_filters import hinted

ZONE = "topology.kubernetes.io/zone"
HOSTNAME = "kubernetes.io/hostname"
HARD = "requiredDuringSchedulingIgnoredDuringExecution"
SOFT = "preferredDuringSchedulingIgnoredDuringExecution"


def term(app: str, key: str = ZONE, **fields: Any) -> dict[str, Any]:
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key, **fields}


def weighted(weight: int, *args: Any) -> dict[str, Any]:
    return {"weight": weight, "podAffinityTerm": term(*args)}


def pod(name: str, app: str = "", *, near: Any = None, far: Any = None, **fields: Any) -> PodInfo:
    """``near`` and ``far``: the rules of podAffinity and podAntiAffinity."""
    affinity = {}
    if near is not None:
        affinity["podAffinity"] = near
    if far is not None:
        affinity["podAntiAffinity"] = far
    return info(name, labels={"app": app}, **({"affinity": affinity} if affinity else {}), **fields)


def three(**pods: list[PodInfo]) -> Snapshot:
    """Nodes a1 and a2 in zone a, b1 in zone b."""
    return cluster([node(name, labels={ZONE: name[0]}) for name in ("a1", "a2", "b1")], pods)


def verdicts(wanted: PodInfo, snapshot: Snapshot, given: Handle | None = None) -> dict[str, str]:
    """The message by node, "" where it fits."""
    plugin, state = InterPodAffinity(given or handle()), CycleState()
    status = plugin.pre_filter(state, wanted, snapshot)
    if status is SKIP:
        return {each.name: "" for each in snapshot.nodes}
    found = {each.name: plugin.filter(state, wanted, each) for each in snapshot.nodes}
    return {name: status.message if status is not None else "" for name, status in found.items()}


def fitting(wanted: PodInfo, snapshot: Snapshot, given: Handle | None = None) -> set[str]:
    return {name for name, message in verdicts(wanted, snapshot, given).items() if not message}


def test_affinity_goes_where_such_a_pod_is() -> None:
    snapshot = three(a1=[pod("db-1", "db")])
    assert fitting(pod("web", near={HARD: [term("db")]}), snapshot) == {"a1", "a2"}
    assert fitting(pod("web", near={HARD: [term("db", HOSTNAME)]}), snapshot) == {"a1"}
    assert verdicts(pod("web", near={HARD: [term("db")]}), snapshot)["b1"] == "node(s) didn't match pod affinity rules"


def test_affinity_to_nothing_that_exists_fits_nowhere() -> None:
    assert fitting(pod("web", near={HARD: [term("db")]}), three()) == set()


def test_the_first_of_a_group_with_affinity_to_itself_may_go_anywhere() -> None:
    group = {HARD: [term("web")]}
    assert fitting(pod("web-1", "web", near=group), three()) == {"a1", "a2", "b1"}
    snapshot = three(b1=[pod("web-1", "web", near=group)])
    assert fitting(pod("web-2", "web", near=group), snapshot) == {"b1"}


def test_one_pod_must_match_all_terms() -> None:
    both = {HARD: [term("db"), {**term("db"), "labelSelector": {"matchLabels": {"tier": "gold"}}}]}
    plain, gold = info("plain", labels={"app": "db"}), info("gold", labels={"app": "db", "tier": "gold"})
    assert fitting(pod("web", near=both), three(a1=[plain], b1=[gold])) == {"b1"}


def test_anti_affinity_stays_away() -> None:
    snapshot = three(a1=[pod("db-1", "db")])
    assert fitting(pod("web", far={HARD: [term("db")]}), snapshot) == {"b1"}
    found = verdicts(pod("web", far={HARD: [term("db", HOSTNAME)]}), snapshot)
    assert found == {"a1": "node(s) didn't match pod anti-affinity rules", "a2": "", "b1": ""}


def test_existing_pods_anti_affinity_is_respected() -> None:
    snapshot = three(a1=[pod("shy", far={HARD: [term("web")]})])
    found = verdicts(pod("new", "web"), snapshot)
    unwelcome = "node(s) didn't satisfy existing pods anti-affinity rules"
    assert found == {"a1": unwelcome, "a2": unwelcome, "b1": ""}
    assert fitting(pod("new", "other"), snapshot) == {"a1", "a2", "b1"}


def test_affinity_is_unresolvable_but_what_is_in_the_way_can_be_evicted() -> None:
    snapshot = three(a1=[pod("db-1", "db")])
    lonely, shy = pod("web", near={HARD: [term("no")]}), pod("web", far={HARD: [term("db")]})
    for wanted, code in ((lonely, Code.UNSCHEDULABLE_AND_UNRESOLVABLE), (shy, Code.UNSCHEDULABLE)):
        plugin, state = InterPodAffinity(handle()), CycleState()
        plugin.pre_filter(state, wanted, snapshot)
        status = plugin.filter(state, wanted, snapshot.by_name["a1"])
        assert status is not None
        assert status.code is code


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, set()),
        ({"namespaces": ["prod"]}, {"a1", "a2"}),
        ({"namespaceSelector": {"matchLabels": {"env": "live"}}}, {"a1", "a2"}),
        ({"namespaceSelector": {"matchLabels": {"env": "test"}}}, set()),
        ({"namespaceSelector": {}}, {"a1", "a2"}),
    ],
)
def test_terms_may_reach_into_other_namespaces(fields: dict[str, Any], expected: set[str]) -> None:
    given = handle(namespaces={"prod": {"env": "live"}, "default": {}})
    snapshot = three(a1=[pod("db", "db", namespace="prod")])
    assert fitting(pod("web", near={HARD: [term("db", **fields)]}), snapshot, given) == expected


def test_nobody_who_uses_it_no_work() -> None:
    snapshot, plugin = three(a1=[pod("x", "web")]), InterPodAffinity(handle())
    assert plugin.pre_filter(CycleState(), pod("new", "web"), snapshot) is SKIP
    assert plugin.pre_score(CycleState(), pod("new", "web"), snapshot.nodes, snapshot) is SKIP


def scores(wanted: PodInfo, snapshot: Snapshot) -> dict[str, int]:
    plugin, state = InterPodAffinity(handle()), CycleState()
    assert plugin.pre_score(state, wanted, snapshot.nodes, snapshot) is None
    found = plugin.normalize_scores(state, wanted, snapshot.nodes, plugin.score(state, wanted, snapshot.nodes))
    return {each.name: score for each, score in zip(snapshot.nodes, found, strict=True)}


def test_preferred_affinity_and_anti_affinity_add_up() -> None:
    snapshot = three(a1=[pod("db", "db")], b1=[pod("noisy", "noisy")])
    wanted = pod("web", near={SOFT: [weighted(10, "db", HOSTNAME)]}, far={SOFT: [weighted(10, "noisy")]})
    assert scores(wanted, snapshot) == {"a1": 100, "a2": 50, "b1": 0}


def test_what_existing_pods_prefer_counts_too() -> None:
    snapshot = three(a1=[pod("fan", near={SOFT: [weighted(5, "web", HOSTNAME)]})])
    assert scores(pod("new", "web"), snapshot) == {"a1": 100, "a2": 0, "b1": 0}
    snapshot = three(a1=[pod("foe", far={SOFT: [weighted(5, "web", HOSTNAME)]})])
    assert scores(pod("new", "web"), snapshot) == {"a1": 0, "a2": 100, "b1": 100}


def test_existing_pods_required_affinity_draws_a_little() -> None:
    snapshot = three(b1=[pod("fan", near={HARD: [term("web")]})])
    assert scores(pod("new", "web"), snapshot) == {"a1": 0, "a2": 0, "b1": 100}


def test_supposing_a_pod_away_opens_its_domain() -> None:
    rival = pod("db-1", "db", far={HARD: [term("web")]})
    snapshot, wanted = three(a1=[rival]), pod("web", "web", far={HARD: [term("db")]})
    plugin, state = InterPodAffinity(handle()), CycleState()
    plugin.pre_filter(state, wanted, snapshot)
    supposed, where = state.copy(), snapshot.by_name["a2"]
    plugin.remove_pod(supposed, wanted, rival, snapshot.by_name["a1"])
    assert plugin.filter(supposed, wanted, where) is None
    assert plugin.filter(state, wanted, where) is not None
    plugin.add_pod(supposed, wanted, rival, snapshot.by_name["a1"])
    assert plugin.filter(supposed, wanted, where) is not None


def test_hints_follow_the_terms() -> None:
    plugin = InterPodAffinity(handle())
    wants, avoids, plain = pod("w", near={HARD: [term("db")]}), pod("a", far={HARD: [term("db")]}), pod("p", "web")
    database, shy = pod("db", "db"), pod("shy", far={HARD: [term("web")]})
    come, go = Action.ADD, Action.DELETE
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, come, None, database), wants)
    assert not hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, come, None, plain), wants)
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, go, database), avoids)
    assert not hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, go, plain), avoids)
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, go, shy), plain)
    assert not hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, come, None, database), avoids)
    moved = ClusterEvent(Resource.NODE, Action.NODE_LABEL, node(), node(labels={ZONE: "a"}))
    assert hinted(plugin, moved, wants)
    unmoved = ClusterEvent(Resource.NODE, Action.NODE_LABEL, node(), node(labels={"other": "a"}))
    assert not hinted(plugin, unmoved, wants)
