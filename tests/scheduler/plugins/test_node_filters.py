"""Filters that look at one node and its labels, taints and ports alone."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState, OnlyNodes
from scheduler.plugins.node_affinity import NodeAffinity
from scheduler.plugins.node_name import NodeName
from scheduler.plugins.node_ports import NodePorts
from scheduler.plugins.node_unschedulable import NodeUnschedulable
from scheduler.plugins.scheduling_gates import SchedulingGates
from scheduler.plugins.taint_toleration import TaintToleration
from scheduler.status import SKIP, Code
from tests.scheduler.builders import cluster, handle, info, node, node_info

UNRESOLVABLE = Code.UNSCHEDULABLE_AND_UNRESOLVABLE


def hinted(plugin: Any, event: ClusterEvent, pod: Any) -> bool:
    """Whether a pod that the plugin has rejected is tried again after the event."""
    interests: list[EventOfInterest] = [entry for entry in plugin.events if entry.covers(event)]
    return any(entry.hint is None or entry.hint(pod, event) for entry in interests)


def test_a_pod_that_names_its_node_fits_that_node_only() -> None:
    plugin, pod = NodeName(handle()), info(nodeName="node-2")
    assert plugin.filter(CycleState(), pod, node_info(node("node-2"))) is None
    status = plugin.filter(CycleState(), pod, node_info(node("node-1")))
    assert status is not None
    assert (status.code, status.message) == (UNRESOLVABLE, "node(s) didn't match the requested node name")
    assert plugin.pre_filter(CycleState(), info(), cluster([])) is SKIP


@pytest.mark.parametrize(
    ("cordoned", "tolerations", "fits"),
    [
        (False, [], True),
        (True, [], False),
        (True, [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}], True),
        (True, [{"key": "other", "operator": "Exists"}], False),
        (True, [{"operator": "Exists"}], True),
    ],
)
def test_cordoned_nodes_take_only_pods_that_tolerate_it(cordoned: bool, tolerations: list[Any], fits: bool) -> None:
    where = node_info(node(unschedulable=cordoned))
    status = NodeUnschedulable(handle()).filter(CycleState(), info(tolerations=tolerations), where)
    assert (status is None) is fits
    assert status is None or (status.code, status.message) == (UNRESOLVABLE, "node(s) were unschedulable")


def test_uncordoning_a_node_helps_but_cordoning_does_not() -> None:
    plugin, open_, closed = NodeUnschedulable(handle()), node(), node(unschedulable=True)
    assert hinted(plugin, ClusterEvent(Resource.NODE, Action.NODE_TAINT, closed, open_), info())
    assert not hinted(plugin, ClusterEvent(Resource.NODE, Action.NODE_TAINT, open_, closed), info())
    assert not hinted(plugin, ClusterEvent(Resource.NODE, Action.ADD, None, closed), info())


TAINT = {"key": "team", "value": "a", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("taints", "tolerations", "fits"),
    [
        ([], [], True),
        ([TAINT], [], False),
        ([TAINT], [{"key": "team", "value": "a", "effect": "NoSchedule"}], True),
        ([TAINT], [{"key": "team", "operator": "Equal", "value": "b"}], False),
        ([TAINT], [{"key": "team", "operator": "Exists"}], True),
        ([TAINT], [{"key": "team", "operator": "Exists", "effect": "NoExecute"}], False),
        ([{**TAINT, "effect": "NoExecute"}], [], False),
        ([{**TAINT, "effect": "PreferNoSchedule"}], [], True),
    ],
)
def test_taints_keep_away_pods_that_do_not_tolerate_them(taints: list[Any], tolerations: list[Any], fits: bool) -> None:
    pod, where = info(tolerations=tolerations), node_info(node(taints=taints))
    status = TaintToleration(handle()).filter(CycleState(), pod, where)
    assert (status is None) is fits
    assert status is None or (status.code, status.message) == (UNRESOLVABLE, "node(s) had untolerated taint(s)")


def test_soft_taints_are_avoided() -> None:
    soft = {**TAINT, "effect": "PreferNoSchedule"}
    nodes = [node("none"), node("one", taints=[soft]), node("two", taints=[soft, {**soft, "key": "b"}])]
    snapshot, plugin, state, pod = cluster(nodes), TaintToleration(handle()), CycleState(), info()
    assert plugin.pre_score(state, pod, snapshot.nodes, snapshot) is None
    scores = plugin.score(state, pod, snapshot.nodes)
    assert plugin.normalize_scores(state, pod, snapshot.nodes, scores) == [100, 50, 0]


def test_soft_taints_cost_nothing_where_there_are_none() -> None:
    snapshot = cluster([node("a"), node("b", taints=[TAINT])])
    assert TaintToleration(handle()).pre_score(CycleState(), info(), snapshot.nodes, snapshot) is SKIP


def test_losing_its_taint_makes_a_node_worth_another_try() -> None:
    plugin, tainted, clean = TaintToleration(handle()), node(taints=[TAINT]), node()
    assert hinted(plugin, ClusterEvent(Resource.NODE, Action.NODE_TAINT, tainted, clean), info())
    assert not hinted(plugin, ClusterEvent(Resource.NODE, Action.NODE_TAINT, clean, tainted), info())
    assert not hinted(plugin, ClusterEvent(Resource.NODE, Action.NODE_LABEL, tainted, clean), info())


def terms(*terms: list[dict[str, Any]], kind: str = "matchExpressions") -> dict[str, Any]:
    selector = {"nodeSelectorTerms": [{kind: requirements} for requirements in terms]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}


def requirement(operator: str, *values: str, key: str = "disk") -> dict[str, Any]:
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, True),
        ({"nodeSelector": {"disk": "hdd"}}, False),
        ({"nodeSelector": {"disk": "ssd", "gpu": "yes"}}, False),
        ({"affinity": terms([requirement("In", "ssd", "nvme")])}, True),
        ({"affinity": terms([requirement("NotIn", "ssd")])}, False),
        ({"affinity": terms([requirement("NotIn", "x", key="absent")])}, True),
        ({"affinity": terms([requirement("Exists")])}, True),
        ({"affinity": terms([requirement("DoesNotExist")])}, False),
        ({"affinity": terms([requirement("Gt", "7", key="cores")])}, True),
        ({"affinity": terms([requirement("Gt", "8", key="cores")])}, False),
        ({"affinity": terms([requirement("Lt", "9", key="cores")])}, True),
        ({"affinity": terms([requirement("Lt", "9")])}, False),
        ({"affinity": terms([requirement("In", "hdd")], [requirement("Exists", key="cores")])}, True),
        ({"affinity": terms([requirement("Exists"), requirement("In", "hdd")])}, False),
        ({"affinity": terms([])}, False),
        ({"affinity": terms([requirement("In", "node-1", key="metadata.name")], kind="matchFields")}, True),
        ({"affinity": terms([requirement("In", "node-2", key="metadata.name")], kind="matchFields")}, False),
        ({"affinity": terms([requirement("Exists")]), "nodeSelector": {"disk": "hdd"}}, False),
    ],
)
def test_node_selector_and_affinity(spec: dict[str, Any], fits: bool) -> None:
    where = node_info(node(labels={"disk": "ssd", "cores": "8"}))
    status = NodeAffinity(handle()).filter(CycleState(), info(**spec), where)
    assert (status is None) is fits
    expected = "node(s) didn't match Pod's node affinity/selector"
    assert status is None or (status.code, status.message) == (UNRESOLVABLE, expected)


def test_affinity_to_named_nodes_looks_at_those_alone() -> None:
    plugin, names = NodeAffinity(handle()), requirement("In", "a", "b", key="metadata.name")
    pod = info(affinity=terms([names], kind="matchFields"))
    assert plugin.pre_filter(CycleState(), pod, cluster([])) == OnlyNodes(frozenset({"a", "b"}))


def test_contradicting_names_fit_nowhere() -> None:
    both = [requirement("In", "a", key="metadata.name"), requirement("In", "b", key="metadata.name")]
    status = NodeAffinity(handle()).pre_filter(
        CycleState(), info(affinity=terms(both, kind="matchFields")), cluster([])
    )
    assert not isinstance(status, OnlyNodes)
    assert status is not None
    assert (status.code, status.message) == (UNRESOLVABLE, "pod affinity terms conflict")


def test_preferred_affinity_scores_by_the_sum_of_weights() -> None:
    preferences = [
        {"weight": weight, "preference": {"matchExpressions": [requirement("In", value)]}}
        for weight, value in ((80, "ssd"), (20, "hdd"))
    ]
    pod = info(affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferences}})
    nodes = [node(name, labels={"disk": name}) for name in ("ssd", "hdd", "tape")]
    snapshot, plugin, state = cluster(nodes), NodeAffinity(handle()), CycleState()
    assert plugin.pre_score(state, pod, snapshot.nodes, snapshot) is None
    scores = plugin.score(state, pod, snapshot.nodes)
    assert scores == [80, 20, 0]
    assert plugin.normalize_scores(state, pod, snapshot.nodes, scores) == [100, 25, 0]


def test_a_new_label_makes_a_node_worth_another_try_only_if_it_matches_now() -> None:
    plugin, pod = NodeAffinity(handle()), info(nodeSelector={"disk": "ssd"})
    without, with_ = node(), node(labels={"disk": "ssd"})
    assert hinted(plugin, ClusterEvent(Resource.NODE, Action.NODE_LABEL, without, with_), pod)
    assert not hinted(plugin, ClusterEvent(Resource.NODE, Action.NODE_LABEL, with_, with_), pod)
    assert not hinted(plugin, ClusterEvent(Resource.NODE, Action.ADD, None, without), pod)


def ports(*claims: tuple[str, str, int]) -> dict[str, Any]:
    entries = [{"hostIP": ip, "protocol": protocol, "hostPort": port} for ip, protocol, port in claims]
    return {"containers": [{"name": "main", "ports": entries}]}


@pytest.mark.parametrize(
    ("wanted", "taken", "fits"),
    [
        (("", "TCP", 80), ("", "TCP", 80), False),
        (("", "TCP", 80), ("", "TCP", 81), True),
        (("", "TCP", 80), ("", "UDP", 80), True),
        (("127.0.0.1", "TCP", 80), ("", "TCP", 80), False),
        (("", "TCP", 80), ("127.0.0.1", "TCP", 80), False),
        (("127.0.0.1", "TCP", 80), ("127.0.0.2", "TCP", 80), True),
        (("0.0.0.0", "TCP", 80), ("127.0.0.2", "TCP", 80), False),
    ],
)
def test_host_ports_are_given_once(wanted: tuple[str, str, int], taken: tuple[str, str, int], fits: bool) -> None:
    where = node_info(pods=[info("other", **ports(taken))])
    status = NodePorts(handle()).filter(CycleState(), info(**ports(wanted)), where)
    assert (status is None) is fits
    expected = "node(s) didn't have free ports for the requested pod ports"
    assert status is None or (status.code, status.message) == (Code.UNSCHEDULABLE, expected)


def test_pods_without_host_ports_skip_the_ports() -> None:
    assert NodePorts(handle()).pre_filter(CycleState(), info(), cluster([])) is SKIP


def test_only_a_pod_that_held_the_port_makes_room_by_going() -> None:
    plugin, waiting = NodePorts(handle()), info(**ports(("", "TCP", 80)))
    holder, other = info("holder", **ports(("", "TCP", 80))), info("other", **ports(("", "TCP", 81)))
    assert hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, holder), waiting)
    assert not hinted(plugin, ClusterEvent(Resource.ASSIGNED_POD, Action.DELETE, other), waiting)


def test_gated_pods_wait_outside() -> None:
    plugin = SchedulingGates(handle())
    assert plugin.pre_enqueue(info()) is None
    status = plugin.pre_enqueue(info(schedulingGates=[{"name": "a"}, {"name": "b"}]))
    assert status is not None
    assert status.message == "waiting for scheduling gates: [a b]"
