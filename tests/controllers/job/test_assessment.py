from __future__ import annotations

from typing import Any

import pytest

from controllers.job.assessment import assess
from controllers.job.backoff import Backoff
from tests.controllers.job.things import NOW, Object, assessed, indexed, job, pod

FAILURES = "batch.kubernetes.io/job-index-failure-count"


def test_pods_noted_counted_and_new_add_up_once() -> None:
    noted = {"succeeded": 1, "failed": 1, "uncountedTerminatedPods": {"succeeded": ["s1"], "failed": ["f1"]}}
    made = assessed(
        job(noted, completions=9),
        pod("s1", "Succeeded"),
        pod("s2", "Succeeded"),
        pod("s3", "Succeeded", finalizer=False),
        pod("s4", "Succeeded"),
        pod("f1", "Failed"),
        pod("f2", "Failed"),
        pod("r", "Running"),
        awaited=("s4",),
    )
    assert (made.succeeded, made.failed, len(made.active)) == (3, 3, 1)


def test_a_pod_being_deleted_has_failed_unless_only_ended_pods_are_replaced() -> None:
    assert assessed(job(), pod("a", deleted=True)).failed == 1
    assert assessed(job(podReplacementPolicy="Failed"), pod("a", deleted=True)).failed == 0


@pytest.mark.parametrize(
    ("spec", "pods", "reason"),
    [
        ({"backoffLimit": 1}, [pod("a", "Failed")], None),
        ({"backoffLimit": 1}, [pod("a", "Failed"), pod("b", "Failed")], "BackoffLimitExceeded"),
        ({"activeDeadlineSeconds": 60}, [], "DeadlineExceeded"),
        ({"activeDeadlineSeconds": 60, "suspend": True}, [], None),
        ({"activeDeadlineSeconds": 61}, [], None),
        (
            {"podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}]}},
            [pod("a", "Failed")],
            "PodFailurePolicy",
        ),
        (
            {
                "backoffLimit": 0,
                "podFailurePolicy": {"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}]},
            },
            [pod("a", "Failed")],
            None,
        ),
    ],
)
def test_when_a_job_fails(spec: Any, pods: list[Object], reason: str | None) -> None:
    finish = assessed(job(**spec), *pods).finish
    assert (finish and finish["reason"]) == reason
    assert finish is None or finish["type"] == "FailureTarget"


def test_restarts_in_place_are_failures() -> None:
    restarted = pod("a")
    restarted["status"]["containerStatuses"][0]["restartCount"] = 2
    a_job = job(backoffLimit=2)
    a_job["spec"]["template"] = {"spec": {"restartPolicy": "OnFailure"}}
    finish = assessed(a_job, restarted).finish
    assert finish is not None
    assert finish["reason"] == "BackoffLimitExceeded"


def test_a_decided_failure_stays_decided() -> None:
    target = {"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded", "message": "m"}
    finish = assessed(job({"conditions": [target]})).finish
    assert finish is not None
    assert (finish["type"], finish["reason"], finish["message"]) == ("Failed", "DeadlineExceeded", "m")


def test_the_deadline_is_looked_at_again_in_time() -> None:
    assert assessed(job(activeDeadlineSeconds=90)).deadline_in == 30


def test_a_job_starts_when_it_is_not_suspended() -> None:
    for suspend, started in ((False, "2026-01-01T12:00:00Z"), (True, None)):
        fresh = job(suspend=suspend)
        fresh["status"] = {}
        assert assess(fresh, [], (), Backoff(), NOW).status.get("startTime") == started


def test_an_index_succeeds_once() -> None:
    made = assessed(
        indexed({"completedIndexes": "0", "succeeded": 1}),
        pod("a", "Succeeded", index=0),
        pod("b", "Succeeded", index=1),
        pod("c", "Succeeded", index=1),
        pod("d", "Succeeded", index=7),
    )
    assert (made.succeeded, made.done) == (2, {0, 1})


@pytest.mark.parametrize(
    ("spec", "failures", "failed", "reason"),
    [
        ({}, "1", {0}, None),
        ({}, "0", set(), None),
        ({"maxFailedIndexes": 0}, "1", {0}, "MaxFailedIndexesExceeded"),
        ({"completions": 1}, "1", {0}, "FailedIndexes"),
    ],
)
def test_an_index_fails_at_its_own_limit(spec: Any, failures: str, failed: set[int], reason: str | None) -> None:
    failing = pod("a", "Failed", index=0, **{FAILURES: failures})
    made = assessed(indexed(backoffLimitPerIndex=1, **spec), failing)
    assert made.failed_indexes == failed
    assert (made.finish and made.finish["reason"]) == reason
    assert (0 in made.delayed) == (not failed)
