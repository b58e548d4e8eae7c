from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from controllers.job.backoff import Backoff
from controllers.job.plan import BURST, plan_pods
from controllers.job.pods import pod_for
from tests.controllers.job.things import NOW, Object, assessed, indexed, job, pod


@pytest.mark.parametrize(
    ("a_job", "pods", "create"),
    [
        (job(), [], 2),
        (job(), [pod("a")], 1),
        (job({"succeeded": 2}), [], 1),
        (job(), [pod("a", "Succeeded"), pod("b", "Succeeded"), pod("c")], 0),
        (job(completions=None), [pod("a", "Succeeded"), pod("b")], 0),
        (job(completions=None, parallelism=3), [pod("b")], 2),
        (job(podReplacementPolicy="Failed"), [pod("a", deleted=True), pod("b")], 0),
        (job(), [pod("a", deleted=True, finalizer=False), pod("b")], 1),
        (job(parallelism=1000, completions=1000), [], BURST),
        (job(suspend=True), [], 0),
    ],
)
def test_how_many_pods_are_made(a_job: Object, pods: Sequence[Object], create: int) -> None:
    plan = plan_pods(assessed(a_job, *pods), NOW)
    assert (list(plan.create), list(plan.delete)) == ([None] * create, [])


@pytest.mark.parametrize(
    ("a_job", "pods", "delete"),
    [
        (job(suspend=True), [pod("a"), pod("b")], {"a", "b"}),
        (job(parallelism=1), [pod("a"), pod("b", "Pending")], {"b"}),
        (job({"succeeded": 3}), [pod("a")], {"a"}),
        (indexed(), [pod("a", index=0), pod("b", "Pending", index=0)], {"b"}),
        (indexed(), [pod("a", index=0), pod("b", index=3), pod("c")], {"b", "c"}),
    ],
)
def test_which_pods_are_too_many(a_job: Object, pods: Sequence[Object], delete: set[str]) -> None:
    plan = plan_pods(assessed(a_job, *pods), NOW)
    assert {p["metadata"]["uid"] for p in plan.delete} == delete
    assert not plan.create


def test_indexes_that_are_neither_done_nor_taken_come_next() -> None:
    made = assessed(indexed({"completedIndexes": "1"}, completions=6, parallelism=4), pod("a", index=0))
    assert plan_pods(made, NOW).create == [2, 3, 4]


def test_after_a_failure_the_next_pod_waits() -> None:
    made = assessed(job(), pod("a", "Failed", ended=4))
    assert plan_pods(made, NOW).wait == 6
    later = assessed(job({"failed": 1}), before=Backoff(1, NOW - timedelta(seconds=11)))
    assert len(plan_pods(later, NOW).create) == 2


def test_an_index_that_failed_waits_alone() -> None:
    made = assessed(indexed(backoffLimitPerIndex=3, parallelism=3), pod("a", "Failed", index=1, ended=4))
    assert plan_pods(made, NOW).create == [0, 2]
    alone = assessed(indexed({"completedIndexes": "0,2"}, backoffLimitPerIndex=3), pod("a", "Failed", index=1, ended=4))
    assert plan_pods(alone, NOW).wait == 6


def test_a_pod_of_an_index_knows_it() -> None:
    made = pod_for(indexed(), 4, None)
    assert made["metadata"]["generateName"] == "job-4-"
    assert made["metadata"]["finalizers"] == ["batch.kubernetes.io/job-tracking"]
    key = "batch.kubernetes.io/job-completion-index"
    assert (made["metadata"]["labels"][key], made["metadata"]["annotations"][key]) == ("4", "4")
    assert made["spec"]["hostname"] == "job-4"
    assert made["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"


@pytest.mark.parametrize(("ignored", "counts"), [(False, ("3", None)), (True, ("2", "1"))])
def test_a_replacement_inherits_the_failures_of_its_index(ignored: bool, counts: Any) -> None:
    failure, extra = (
        "batch.kubernetes.io/job-index-failure-count",
        "batch.kubernetes.io/job-index-ignored-failure-count",
    )
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}
    policy = {"podFailurePolicy": {"rules": [rule]}} if ignored else {}
    failed = pod("a", "Failed", index=1, **{failure: "2"})
    annotations = pod_for(indexed(backoffLimitPerIndex=9, **policy), 1, failed)["metadata"]["annotations"]
    assert (annotations[failure], annotations.get(extra)) == counts
