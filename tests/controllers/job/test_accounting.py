from __future__ import annotations

import pytest

from controllers.job import accounting
from controllers.job.accounting import conclude, count, settle
from controllers.job.assessment import SUCCESS_CRITERIA_MET, Assessment, condition
from tests.controllers.job.things import NOW, Object, assessed, indexed, job, pod


def released(counted: accounting.Count) -> set[str]:
    return {p["metadata"]["uid"] for p in counted.release}


def test_ended_pods_are_noted_before_they_are_counted() -> None:
    made = assessed(job(), pod("s", "Succeeded"), pod("f", "Failed"), pod("r"))
    counted = count(made, NOW)
    assert counted.changed
    assert released(counted) == {"s", "f"}
    assert made.uncounted == {"succeeded": ["s"], "failed": ["f"]}
    assert not settle(made.status, counted.holders)
    assert settle(made.status, counted.holders - {"s", "f"})
    assert (made.status["succeeded"], made.status["failed"]) == (1, 1)
    assert made.uncounted == {"succeeded": [], "failed": []}


def test_after_a_restart_a_noted_pod_is_counted_once() -> None:
    noted = {"uncountedTerminatedPods": {"succeeded": ["a", "b"]}}
    made = assessed(job(noted), pod("a", "Succeeded"), pod("b", "Succeeded", finalizer=False))
    counted = count(made, NOW)
    assert released(counted) == {"a"}
    assert made.uncounted["succeeded"] == ["a"]
    assert made.status["succeeded"] == 1


def test_a_pod_whose_finalizer_is_off_is_left_alone_though_the_cache_shows_it() -> None:
    made = assessed(job({"succeeded": 1}), pod("a", "Succeeded"), awaited=("a",))
    counted = count(made, NOW)
    assert (counted.changed, counted.release) == (False, [])


def test_succeeded_indexes_need_no_note() -> None:
    made = assessed(indexed(), pod("b", "Succeeded", index=1), pod("a", "Succeeded", index=0))
    counted = count(made, NOW)
    assert [p["metadata"]["uid"] for p in counted.release] == ["a", "b"]
    assert (made.status["completedIndexes"], made.status["succeeded"]) == ("0,1", 2)
    assert made.uncounted == {"succeeded": [], "failed": []}


def test_a_failed_pod_stays_until_its_index_has_a_new_one() -> None:
    failed = pod("a", "Failed", index=0)
    a_job = indexed(backoffLimitPerIndex=2)
    assert released(count(assessed(a_job, failed), NOW)) == set()
    assert released(count(assessed(a_job, failed, pod("b", index=0)), NOW)) == {"a"}


def test_ignored_failures_are_released_and_not_counted() -> None:
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}
    made = assessed(job(podFailurePolicy={"rules": [rule]}), pod("a", "Failed"))
    assert released(count(made, NOW)) == {"a"}
    assert made.uncounted["failed"] == []


def test_no_more_are_noted_than_the_status_should_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounting, "MOST", 2)
    counted = count(assessed(job(), *(pod(uid, "Succeeded") for uid in "abc")), NOW)
    assert counted.cut_short
    assert len(counted.release) == 2


def finishing(a_job: Object, *pods: Object) -> Assessment:
    made = assessed(a_job, *pods)
    made.finish = condition(SUCCESS_CRITERIA_MET, "CompletionsReached", "m", NOW)
    return made


def test_the_end_is_announced_and_comes_when_all_is_counted() -> None:
    made = finishing(job({"succeeded": 2}), pod("a", "Succeeded"))
    counted = count(made, NOW)
    assert [c["type"] for c in made.status["conditions"]] == ["SuccessCriteriaMet"]
    assert conclude(made, NOW) is None
    settle(made.status, counted.holders - {"a"})
    assert conclude(made, NOW) is not None
    assert [c["type"] for c in made.status["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert made.status["completionTime"] == "2026-01-01T12:00:00Z"


def test_a_job_does_not_end_while_pods_terminate() -> None:
    made = finishing(job({"succeeded": 3}), pod("a", deleted=True))
    counted = count(made, NOW)
    settle(made.status, counted.holders - {"a"})
    assert conclude(made, NOW) is None


def test_when_a_job_fails_its_active_pods_count_as_failed() -> None:
    made = assessed(job(backoffLimit=0), pod("a", "Failed"), pod("b"))
    assert released(count(made, NOW)) == {"a", "b"}
    assert made.uncounted["failed"] == ["a", "b"]
    assert made.finish is not None
    assert made.finish["type"] == "Failed"
