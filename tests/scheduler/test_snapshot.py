from __future__ import annotations

from apimachinery.labels import equality
from scheduler.plugins.topology import Counted
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from tests.scheduler.builders import cluster, info, node, node_info

ZONE = "topology.kubernetes.io/zone"
WEB = Counted("default", equality({"app": "web"}))


def web(name: str) -> PodInfo:
    return info(name, labels={"app": "web"})


def test_zones_take_turns() -> None:
    names = ("a1", "a2", "a3", "b1", "c1", "c2")
    snapshot = cluster([node(name, labels={ZONE: name[0]}) for name in names])
    assert [each.name for each in snapshot.nodes] == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_nodes_come_and_go() -> None:
    snapshot = cluster([node("a"), node("b")])
    snapshot.update({"c": node_info(node("c")), "a": None, "never": None})
    assert [each.name for each in snapshot.nodes] == ["b", "c"]
    assert set(snapshot.by_name) == {"b", "c"}


def test_a_node_that_changes_its_zone_changes_its_place() -> None:
    snapshot = cluster([node("a1", labels={ZONE: "a"}), node("a2", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"})])
    assert [each.name for each in snapshot.nodes] == ["a1", "b1", "a2"]
    snapshot.update({"a2": node_info(node("a2", labels={ZONE: "c"}))})
    assert [each.name for each in snapshot.nodes] == ["a1", "a2", "b1"]


def test_equal_questions_share_an_answer_that_stays_right() -> None:
    snapshot = cluster([node("a"), node("b")], {"a": [web("1"), info("other")]})
    assert snapshot.count(WEB) == {"a": 1}
    snapshot.update({"b": node_info(node("b"), [web("2"), web("3")])})
    again = Counted("default", equality({"app": "web"}))
    assert snapshot.count(again) == {"a": 1, "b": 2}
    snapshot.update({"a": None})
    assert snapshot.count(WEB) == {"b": 2}


def test_answers_survive_many_changes_and_many_questions() -> None:
    snapshot = Snapshot([node_info(node("a"))])
    snapshot.count(WEB)
    for number in range(3000):
        pods = [web(str(i)) for i in range(number % 3)]
        snapshot.update({"a": node_info(node("a"), pods)})
        if number % 500 == 0:
            snapshot.count(Counted("default", equality({"app": str(number)})))
    assert snapshot.count(WEB) == {"a": 2}
    for number in range(100):
        snapshot.count(Counted("default", equality({"app": str(number)})))
    assert snapshot.count(WEB) == {"a": 2}


def test_it_knows_what_is_used_at_all() -> None:
    anti = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "x"}]}}
    soft = node("a", taints=[{"key": "k", "effect": "PreferNoSchedule"}], images=[{"names": ["i:1"], "sizeBytes": 1}])
    snapshot = cluster([soft, node("b")], {"b": [info("shy", affinity=anti)]})
    assert (snapshot.soft_tainted, snapshot.image_nodes) == (1, {"i:1": 1})
    assert (set(snapshot.with_affinity), set(snapshot.with_anti_affinity)) == ({"b"}, {"b"})
    snapshot.update({"a": node_info(node("a")), "b": node_info(node("b"))})
    assert (snapshot.soft_tainted, snapshot.image_nodes) == (0, {})
    assert (snapshot.with_affinity, snapshot.with_anti_affinity) == ({}, {})
