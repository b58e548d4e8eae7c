from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from scheduler.algorithm import Algorithm, feasible_wanted
from scheduler.diagnosis import Diagnosis, NoNodes, PluginError, Unfit, unfit_message
from scheduler.framework import CycleState, OnlyNodes
from scheduler.nodeinfo import NodeInfo
from scheduler.nominator import Nominator
from scheduler.podinfo import PodInfo
from scheduler.profile import Profile, Weighted
from scheduler.snapshot import Snapshot
from scheduler.status import Status, error, unresolvable, unschedulable
from tests.scheduler.builders import cluster, info, node, profile, schedule


class Binder:
    name = "Binder"

    def bind(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        return None


class Probe:
    """A filter that counts its calls and lets through what it is told to; a scorer by table."""

    name = "Probe"

    def __init__(self, scores: dict[str, int] | None = None, rejection: Status | None = None) -> None:
        self.seen: list[str] = []
        self.scores = scores or {}
        self.rejection = rejection

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        self.seen.append(node.name)
        return self.rejection

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        return [self.scores.get(node.name, 0) for node in nodes]


class Only:
    def __init__(self, name: str, *names: str) -> None:
        self.name = name
        self._names = names

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> OnlyNodes:
        return OnlyNodes(frozenset(self._names))


def algorithm(*plugins: object, percentage: int = 0, **weights: int) -> Algorithm:
    entries = [Weighted(plugin, weights.get(plugin.name, 1)) for plugin in (*plugins, Binder())]  # type: ignore[attr-defined, arg-type]
    return Algorithm(Profile(entries), Nominator(), Random(7), percentage)


def many(number: int) -> Snapshot:
    return cluster([node(f"n{index}") for index in range(number)])


def test_the_best_total_wins() -> None:
    first, second = Probe({"n0": 60, "n1": 50}), Probe({"n0": 0, "n1": 10})
    second.name = "Second"
    assert algorithm(first, second).schedule(CycleState(), info(), many(2)).node in ("n0", "n1")
    assert algorithm(first, second, Second=2).schedule(CycleState(), info(), many(2)).node == "n1"
    assert algorithm(first, second, Probe=2).schedule(CycleState(), info(), many(2)).node == "n0"


def test_equal_nodes_are_chosen_at_random() -> None:
    chooser, snapshot = algorithm(Probe()), many(3)
    chosen = Counter(chooser.schedule(CycleState(), info(), snapshot).node for _ in range(60))
    assert set(chosen) == {"n0", "n1", "n2"}


@pytest.mark.parametrize(
    ("number", "percentage", "wanted"),
    [
        (50, 0, 50),
        (99, 10, 99),
        (100, 0, 100),
        (1000, 0, 420),
        (5000, 0, 500),
        (6000, 0, 300),
        (1000, 20, 200),
        (150, 10, 100),
    ],
)
def test_how_many_nodes_are_looked_for(number: int, percentage: int, wanted: int) -> None:
    assert feasible_wanted(number, percentage) == wanted


def test_the_search_goes_on_where_the_last_one_ended() -> None:
    probe, snapshot = Probe(), many(300)
    chooser = algorithm(probe, percentage=40)
    for _ in range(3):
        chooser.schedule(CycleState(), info(), snapshot)
    wanted = [f"n{index % 300}" for index in range(360)]
    assert probe.seen == wanted


def test_without_nodes_there_is_nothing_to_say_but_that() -> None:
    with pytest.raises(NoNodes, match="no nodes available to schedule pods"):
        schedule(info(), cluster([]))


def test_reasons_are_counted_over_nodes() -> None:
    nodes = [
        node("tainted", taints=[{"key": "k", "effect": "NoSchedule"}]),
        node("small", cpu="1", memory="1Gi"),
        node("smaller", cpu="1"),
    ]
    with pytest.raises(Unfit) as caught:
        schedule(info(cpu="2", memory="2Gi"), cluster(nodes))
    assert str(caught.value).startswith(
        "0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s), 2 Insufficient cpu. "
    )
    assert caught.value.diagnosis.plugins == {"TaintToleration", "NodeResourcesFit"}


def test_nodes_that_were_not_looked_at_are_explained() -> None:
    pinned = info(
        affinity={
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a", "gone"]}]}
                    ]
                }
            }
        },
        cpu="8",
    )
    with pytest.raises(Unfit) as caught:
        schedule(pinned, cluster([node("a"), node("b"), node("c")]))
    assert str(caught.value).startswith(
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. "
    )


def test_plugins_that_want_different_nodes_leave_none() -> None:
    with pytest.raises(Unfit) as caught:
        algorithm(Only("A", "n0", "n1"), Only("B", "n2")).schedule(CycleState(), info(), many(3))
    assert str(caught.value) == "0/3 nodes are available: node(s) didn't satisfy plugin(s) [A B] simultaneously."


def test_a_plugin_that_fails_ends_the_attempt() -> None:
    with pytest.raises(PluginError, match='running "Probe" filter plugin: broken'):
        algorithm(Probe(rejection=error("broken"))).schedule(CycleState(), info(), many(1))


@pytest.mark.parametrize(
    ("diagnosis", "message"),
    [
        (Diagnosis(pre_filter="nowhere"), "0/2 nodes are available: nowhere."),
        (Diagnosis({"a": unschedulable("x", "y"), "b": unschedulable("x")}), "0/2 nodes are available: 1 y, 2 x."),
        (Diagnosis({"a": unschedulable("x")}, absent=unresolvable("z")), "0/2 nodes are available: 1 x, 1 z."),
        (
            Diagnosis({"a": unschedulable("x")}, post_filter="preemption: no."),
            "0/2 nodes are available: 1 x. preemption: no.",
        ),
    ],
)
def test_the_words_of_a_failure(diagnosis: Diagnosis, message: str) -> None:
    assert unfit_message(2, diagnosis) == message


def test_a_profile_must_bind_and_name_its_plugins_once() -> None:
    with pytest.raises(ValueError, match="no plugin binds"):
        Profile([Weighted(Probe())])
    with pytest.raises(ValueError, match="same name"):
        Profile([Weighted(Binder()), Weighted(Binder())])


def test_every_default_plugin_takes_part_where_it_should() -> None:
    found = profile()
    assert [plugin.name for plugin in found.filter] == [
        "NodeUnschedulable",
        "NodeName",
        "TaintToleration",
        "NodeAffinity",
        "NodePorts",
        "NodeResourcesFit",
        "VolumeRestrictions",
        "VolumeBinding",
        "PodTopologySpread",
        "InterPodAffinity",
    ]
    assert {plugin.name: found.weights[plugin.name] for plugin in found.score} == {
        "TaintToleration": 3,
        "NodeAffinity": 2,
        "NodeResourcesFit": 1,
        "PodTopologySpread": 2,
        "InterPodAffinity": 2,
        "NodeResourcesBalancedAllocation": 1,
        "ImageLocality": 1,
    }
    assert set(found.normalize) == {"TaintToleration", "NodeAffinity", "PodTopologySpread", "InterPodAffinity"}
    extensions = {"VolumeRestrictions", "PodTopologySpread", "InterPodAffinity"}
    assert {plugin.name for plugin in found.extensions} == extensions
    assert [plugin.name for plugin in found.post_filter] == ["DefaultPreemption"]


def test_equal_pods_are_spread_evenly() -> None:
    nodes: dict[str, list[PodInfo]] = {f"n{index}": [] for index in range(10)}
    for number in range(40):
        snapshot = cluster([node(name) for name in nodes], nodes)
        pod = info(f"p{number}", cpu="100m", memory="200Mi")
        nodes[schedule(pod, snapshot).node].append(pod)
    assert {len(pods) for pods in nodes.values()} == {4}
