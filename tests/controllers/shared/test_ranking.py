"""The order in which pods are deleted, rule by rule, as ActivePodsWithRanks has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from apimachinery.timefmt import format_time
from controllers.shared.ranking import (
    DELETION_COST,
    deletion_cost,
    deletion_order,
    plain_deletion_order,
    rank_by_company,
)
from tests.controllers.objects import Object, pod

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def created(seconds: float) -> dict[str, Any]:
    return {"creationTimestamp": format_time(ago(seconds))}


def costing(cost: str) -> dict[str, Any]:
    return {"annotations": {DELETION_COST: cost}}


def restarted(name: str, regular: int, sidecar: int = 0, **more: Any) -> Object:
    made = pod(name, **more)
    made["spec"]["initContainers"] = [{"name": "side", "restartPolicy": "Always"}, {"name": "init"}]
    made["status"]["containerStatuses"] = [{"name": "c", "restartCount": regular}]
    made["status"]["initContainerStatuses"] = [
        {"name": "side", "restartCount": sidecar},
        {"name": "init", "restartCount": 99},
    ]
    return made


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (pod("unassigned", node="", phase="Running", ready=True), pod("assigned", phase="Pending")),
        (pod("pending", phase="Pending"), pod("unknown", phase="Unknown")),
        (pod("unknown", phase="Unknown"), pod("running", phase="Running")),
        (pod("not-ready", **costing("100")), pod("ready", ready=True)),
        (pod("cheap", **costing("-1")), pod("free")),
        (pod("cheap", ready=ago(1e6), **costing("1")), pod("dear", ready=ago(1), **costing("2"))),
        (pod("since-never", ready=True), pod("since", ready=ago(10))),
        (pod("just-ready", ready=ago(10)), pod("long-ready", ready=ago(10_000))),
        (restarted("often", 5), restarted("seldom", 4)),
        (restarted("side-often", 5, 2), restarted("side-seldom", 5, 1)),
        (pod("new", **created(10)), pod("old", **created(10_000))),
        (pod("a", ready=ago(1000), **created(90)), pod("b", ready=ago(1010), **created(10))),
    ],
    ids=lambda one: one["metadata"]["name"],
)
def test_of_two_pods_this_one_goes_first(first: Object, second: Object) -> None:
    for pods in ([first, second], [second, first]):
        assert deletion_order(pods, [0, 0], NOW)[0] is first


def test_a_pod_that_shares_its_node_goes_before_one_that_has_it_for_itself() -> None:
    alone, together = pod("alone", ready=ago(1), node="n1"), pod("together", ready=ago(1e6), node="n2")
    related = [alone, together, pod("neighbour", node="n2")]
    assert rank_by_company([alone, together], related) == [1, 2]
    assert deletion_order([alone, together], [1, 2], NOW) == [together, alone]


def test_among_pods_of_about_the_same_age_the_uid_decides_and_not_the_restarts() -> None:
    younger = restarted("a", 9, ready=ago(1000), uid="2")
    older = restarted("b", 0, ready=ago(1010), uid="1")
    assert deletion_order([younger, older], [0, 0], NOW) == [older, younger]


def test_the_plain_order_knows_no_rounding_and_no_costs() -> None:
    younger = pod("a", ready=ago(1000), uid="2", **costing("100"))
    older = pod("b", ready=ago(1010), uid="1")
    assert plain_deletion_order([older, younger]) == [younger, older]


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("10", 10),
        ("-10", -10),
        ("0", 0),
        ("+10", 0),
        ("010", 0),
        ("", 0),
        ("ten", 0),
        (str(2**31), 0),
        ("-2147483648", -(2**31)),
    ],
)
def test_a_cost_that_is_no_plain_32_bit_integer_counts_as_zero(text: str, cost: int) -> None:
    assert deletion_cost(pod("p", **costing(text))) == cost


def test_the_order_is_the_same_however_the_pods_come() -> None:
    random = Random(1)
    pods = [
        restarted(
            f"p{index}",
            random.randint(0, 2),
            ready=ago(random.choice([1, 10, 100, 1000])) if random.random() < 0.7 else False,
            **created(random.choice([5, 50, 500])),
        )
        for index in range(60)
    ]
    for one, (index, _) in zip(pods, enumerate(pods), strict=True):
        one["metadata"]["uid"] = f"{index:03}"
    wanted = [p["metadata"]["uid"] for p in deletion_order(pods, [0] * 60, NOW)]
    ready = [uid for uid in wanted if pods[int(uid)]["status"]["conditions"]]
    assert wanted[-len(ready) :] == ready
