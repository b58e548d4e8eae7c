from __future__ import annotations

from random import Random
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from apimachinery.status import NotFound
from scheduler.algorithm import Algorithm
from scheduler.diagnosis import Unfit
from scheduler.framework import CycleState
from scheduler.nominator import Nominator
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.victims import Budget, Candidate, budgets_of, choose, protect
from tests.scheduler.builders import FakeClient, FakeRecorder, cluster, handle, info, node, profile, schedule

LOW, MIDDLE, HIGH = 1, 5, 10


def pod(name: str, cpu: str = "1", priority: int = LOW, **fields: Any) -> PodInfo:
    return info(name, cpu=cpu, priority=priority, **fields)


def unfit(wanted: PodInfo, snapshot: Snapshot, **given: Any) -> Unfit:
    with pytest.raises(Unfit) as caught:
        schedule(wanted, snapshot, handle(**given))
    return caught.value


def preempt(wanted: PodInfo, snapshot: Snapshot, **given: Any) -> tuple[str | None, list[str]]:
    """(the nominated node, who is evicted)"""
    client = FakeClient()
    failure = unfit(wanted, snapshot, client=client, **given)
    return failure.nomination, [path.split("/")[1] for verb, path, _ in client.calls if verb == "delete"]


def test_a_pod_of_lower_priority_makes_room() -> None:
    snapshot = cluster([node("n", cpu="2")], {"n": [pod("a"), pod("b")]})
    nominated, evicted = preempt(pod("vip", "1", HIGH), snapshot)
    assert nominated == "n"
    assert len(evicted) == 1


def test_the_less_important_go_first() -> None:
    snapshot = cluster(
        [node("n", cpu="3")], {"n": [pod("low"), pod("middle", priority=MIDDLE), pod("high", priority=HIGH)]}
    )
    assert preempt(pod("vip", "1", HIGH), snapshot) == ("n", ["low"])
    assert preempt(pod("vip", "2", HIGH), snapshot)[1] == ["middle", "low"]


def test_of_equal_pods_the_youngest_goes() -> None:
    old, new = ({"startTime": f"2026-01-0{day}T00:00:00Z"} for day in (1, 2))
    snapshot = cluster([node("n", cpu="2")], {"n": [pod("old", status=old), pod("new", status=new)]})
    assert preempt(pod("vip", "1", HIGH), snapshot)[1] == ["new"]


def test_equal_priority_evicts_nobody() -> None:
    failure = unfit(pod("other", "1"), cluster([node("n", cpu="1")], {"n": [pod("a")]}))
    assert failure.nomination == ""
    assert str(failure) == (
        "0/1 nodes are available: 1 Insufficient cpu. "
        "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    )


def test_where_evicting_cannot_help_it_is_said() -> None:
    nodes = [
        node("tainted", taints=[{"key": "k", "effect": "NoSchedule"}]),
        node("full", cpu="1"),
        node("small", cpu="500m"),
    ]
    failure = unfit(pod("vip", "1", HIGH), cluster(nodes, {"full": [pod("a", priority=HIGH)]}))
    assert str(failure) == (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. "
        "preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling."
    )


def test_a_pod_may_be_told_not_to_preempt() -> None:
    snapshot = cluster([node("n", cpu="1")], {"n": [pod("a")]})
    failure = unfit(pod("meek", "1", HIGH, preemptionPolicy="Never"), snapshot)
    assert failure.nomination is None
    assert str(failure).endswith("1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.")


def test_the_victim_is_marked_deleted_and_told() -> None:
    client, recorder = FakeClient(), FakeRecorder()
    snapshot = cluster([node("n", cpu="1")], {"n": [pod("a")]})
    unfit(pod("vip", "1", HIGH), snapshot, client=client, recorder=recorder)
    (_, path, patch), (verb, victim, uid) = client.calls
    assert path == "default/a/status"
    condition = patch["status"]["conditions"][0]
    assert (condition["type"], condition["reason"]) == ("DisruptionTarget", "PreemptionByScheduler")
    assert condition["message"] == "default-scheduler: preempting to accommodate a higher priority pod"
    assert (verb, victim, uid) == ("delete", "default/a", "uid-a")
    assert recorder.events == [("a", "Normal", "Preempted", "Preempted by pod uid-vip on node n")]


def test_a_victim_that_is_gone_is_no_failure() -> None:
    client, recorder = FakeClient(), FakeRecorder()
    client.failure = NotFound("gone")
    snapshot = cluster([node("n", cpu="1")], {"n": [pod("a")]})
    failure = unfit(pod("vip", "1", HIGH), snapshot, client=client, recorder=recorder)
    assert failure.nomination == "n"
    assert recorder.events == []


def test_while_the_evicted_are_still_seen_nobody_else_is_evicted() -> None:
    clock, client = FakeClock(), FakeClient()
    given = handle(clock=clock, client=client)
    algorithm = Algorithm(profile(given), given.nominator, Random(1))
    snapshot = cluster([node("n", cpu="1"), node("m", cpu="1")], {"n": [pod("a")], "m": [pod("b")]})
    messages = []
    for seconds in (0, 1, 60):
        clock.advance(seconds)
        with pytest.raises(Unfit) as caught:
            algorithm.schedule(CycleState(), pod("vip", "1", HIGH), snapshot)
        messages.append(str(caught.value))
    assert [message.endswith("2 Insufficient cpu.") for message in messages] == [True, False, True]
    assert messages[1].endswith("preemption: waiting for the preemption for this pod to be finished")
    assert sum(verb == "delete" for verb, _, _ in client.calls) == 2


def test_a_better_claim_keeps_the_room() -> None:
    nominator = Nominator()
    nominator.add(pod("vip", "1", HIGH), "n")
    snapshot = cluster([node("n", cpu="1")])
    failure = unfit(pod("other", "1", MIDDLE), snapshot, nominator=nominator)
    assert "1 Insufficient cpu" in str(failure)
    assert schedule(pod("vip", "1", HIGH), snapshot, handle(nominator=nominator)).node == "n"


def test_the_nominated_node_is_tried_first() -> None:
    nominator = Nominator()
    wanted = pod("vip", "1", HIGH)
    nominator.add(wanted, "busy")
    snapshot = cluster([node("busy"), node("idle")], {"busy": [pod("x")]})
    assert schedule(wanted, snapshot, handle(nominator=nominator)).node == "busy"


def test_evicted_pods_on_their_way_out_are_waited_for() -> None:
    nominator, wanted = Nominator(), pod("vip", "1", HIGH)
    nominator.add(wanted, "n")
    condition = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
    leaving = pod("a", meta={"deletionTimestamp": "2026-01-01T00:00:00Z"}, status={"conditions": [condition]})
    failure = unfit(wanted, cluster([node("n", cpu="1")], {"n": [leaving]}), nominator=nominator)
    assert failure.nomination is None
    assert str(failure).endswith("preemption: not eligible due to a terminating pod on the nominated node.")


def candidate(node: str, *priorities: int, violations: int = 0, start: str = "2026-01-01T00:00:00Z") -> Candidate:
    victims = tuple(pod(f"{node}-{i}", priority=p, status={"startTime": start}) for i, p in enumerate(priorities))
    return Candidate(node, victims, violations)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (candidate("a", 9, 9), candidate("b", 1, violations=1)),
        (candidate("a", 3, 3, 3), candidate("b", 4)),
        (candidate("a", 4, 1), candidate("b", 4, 2)),
        (candidate("a", 4), candidate("b", 4, -1)),
        (candidate("a", 4, start="2026-01-02T00:00:00Z"), candidate("b", 4)),
    ],
)
def test_the_node_where_it_hurts_least_is_chosen(better: Candidate, worse: Candidate) -> None:
    assert choose([worse, better]) is better
    assert choose([better, worse]) is better


def budget(allowed: int, *, disrupted: tuple[str, ...] = ()) -> Object:
    return {
        "metadata": {"namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "db"}}},
        "status": {"disruptionsAllowed": allowed, "disruptedPods": dict.fromkeys(disrupted, "")},
    }


@pytest.mark.parametrize(
    ("budgets", "protected"),
    [
        ([], set()),
        ([budget(0)], {"db-1", "db-2"}),
        ([budget(1)], {"db-2"}),
        ([budget(2)], set()),
        ([budget(0, disrupted=("db-1",))], {"db-2"}),
    ],
)
def test_disruption_budgets_protect(budgets: list[Object], protected: set[str]) -> None:
    pods = [info(name, labels={"app": name[:2]}) for name in ("db-1", "db-2", "xy-1")]
    found, others = protect(pods, budgets_of(budgets))
    assert {each.name for each in found} == protected
    assert {each.name for each in others} == {each.name for each in pods} - protected


def test_a_budget_without_a_selector_protects_nobody() -> None:
    empty: Object = {"metadata": {"namespace": "default"}, "spec": {"selector": {}}}
    assert budgets_of([empty, {"metadata": {"namespace": "default"}, "spec": {}}]) == []
    assert all(isinstance(entry, Budget) for entry in budgets_of([budget(1)]))


def test_protected_pods_are_spared_where_others_will_do() -> None:
    precious = pod("db-1", labels={"app": "db"})
    nodes, pods = [node("a", cpu="1"), node("b", cpu="1")], {"a": [precious], "b": [pod("x")]}
    assert preempt(pod("vip", "1", HIGH), cluster(nodes, pods), budgets=[budget(0)]) == ("b", ["x"])
