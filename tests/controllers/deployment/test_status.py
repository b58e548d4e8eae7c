"""Counts, conditions and the deadline of a deployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apimachinery.timefmt import format_time
from controllers.deployment.status import check_again_after, condition, counted, is_complete, judged, pause_conditions
from tests.controllers.deployment.things import bounds, rs, sets
from tests.controllers.objects import Object, deployment

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(seconds=100)


def of_type(conditions: Any, kind: str) -> Object:
    return next(entry for entry in conditions if entry["type"] == kind)


def progressing(status: str, reason: str, when: datetime = EARLIER) -> Object:
    return condition("Progressing", status, reason, "", when)


def judge(d: Object, new: Object | None, *old: Object, before: list[Object] | None = None) -> Object:
    d["status"] = {**d["status"], "conditions": before or []}
    both = sets(new, *old)
    return judged(d, both, counted(d, both, before or [], None, NOW), before or [], NOW)


def test_counts_add_up_and_zeros_are_left_out() -> None:
    status = counted(deployment(replicas=5), sets(rs("new", 3, 2), rs("old", 2, 2)), [], None, NOW)
    del status["conditions"]
    assert status == {
        "observedGeneration": 1,
        "replicas": 5,
        "updatedReplicas": 3,
        "readyReplicas": 4,
        "availableReplicas": 4,
        "unavailableReplicas": 1,
        "terminatingReplicas": 0,
    }


def test_terminating_pods_are_only_counted_when_every_set_says_how_many() -> None:
    silent = rs("old", 1)
    del silent["status"]["terminatingReplicas"]
    assert "terminatingReplicas" not in counted(deployment(), sets(rs("new"), silent), [], None, NOW)
    fresh = rs("new")
    fresh["status"] = {}
    assert counted(deployment(), sets(fresh, rs("a", terminatingReplicas=2)), [], None, NOW)["terminatingReplicas"] == 2


@pytest.mark.parametrize(
    ("available", "status", "reason"),
    [(8, "True", "MinimumReplicasAvailable"), (7, "False", "MinimumReplicasUnavailable")],
)
def test_it_is_available_while_enough_pods_are(available: int, status: str, reason: str) -> None:
    d = deployment(replicas=10, strategy=bounds(0, 2))
    found = of_type(counted(d, sets(rs("new", 10, available)), [], None, NOW)["conditions"], "Available")
    assert (found["status"], found["reason"]) == (status, reason)


def test_a_condition_that_says_the_same_is_not_touched() -> None:
    old = condition("Available", "True", "MinimumReplicasAvailable", "old words", EARLIER)
    assert counted(deployment(replicas=0), sets(None), [old], None, NOW)["conditions"] == [old]


def test_the_transition_is_when_the_status_changed_not_the_reason() -> None:
    old = progressing("True", "NewReplicaSetCreated")
    found = of_type(judge(deployment(replicas=2), rs("new", 2, 2), before=[old])["conditions"], "Progressing")
    assert found["reason"] == "NewReplicaSetAvailable"
    assert found["message"] == 'ReplicaSet "new" has successfully progressed.'
    assert found["lastTransitionTime"] == format_time(EARLIER)
    assert found["lastUpdateTime"] == format_time(NOW)


def test_progress_is_noted_every_time_it_is_made() -> None:
    d = deployment(replicas=4)
    d["status"] = {"replicas": 4, "updatedReplicas": 1, "readyReplicas": 4}
    old = progressing("True", "ReplicaSetUpdated")
    found = of_type(judge(d, rs("new", 2, 1), rs("old", 3, 3), before=[old])["conditions"], "Progressing")
    assert found["reason"] == "ReplicaSetUpdated"
    assert found["lastUpdateTime"] == format_time(NOW)
    assert found["lastTransitionTime"] == format_time(EARLIER)


@pytest.mark.parametrize(
    ("waited", "reason", "status"),
    [(599, "ReplicaSetUpdated", "True"), (601, "ProgressDeadlineExceeded", "False")],
)
def test_a_rollout_that_stands_still_for_too_long_has_timed_out(waited: int, reason: str, status: str) -> None:
    d = deployment(replicas=4)
    d["status"] = {"replicas": 4, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    old = progressing("True", "ReplicaSetUpdated", NOW - timedelta(seconds=waited))
    found = of_type(judge(d, rs("new", 2, 0), rs("old", 2, 2), before=[old])["conditions"], "Progressing")
    assert (found["reason"], found["status"]) == (reason, status)


def test_a_rollout_that_timed_out_may_still_succeed() -> None:
    old = progressing("False", "ProgressDeadlineExceeded")
    found = of_type(judge(deployment(replicas=1), rs("new", 1, 1), before=[old])["conditions"], "Progressing")
    assert (found["reason"], found["status"]) == ("NewReplicaSetAvailable", "True")


def test_a_finished_rollout_stays_finished_when_a_pod_is_lost() -> None:
    old = progressing("True", "NewReplicaSetAvailable")
    assert of_type(judge(deployment(replicas=3), rs("new", 3, 2), before=[old])["conditions"], "Progressing") == old


def test_without_a_deadline_nothing_is_said_about_progress() -> None:
    d = deployment(progressDeadlineSeconds=2**31 - 1)
    old = progressing("True", "NewReplicaSetCreated")
    assert all(entry["type"] != "Progressing" for entry in judge(d, rs("new"), before=[old])["conditions"])


def test_what_a_set_cannot_do_is_passed_on_the_new_ones_word_first() -> None:
    def failing(name: str) -> Object:
        failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": f"{name} cannot"}
        return rs(name, 1, conditions=[failure])

    both = judge(deployment(), failing("new"), failing("old"))
    assert of_type(both["conditions"], "ReplicaFailure")["message"] == "new cannot"
    only_old = judge(deployment(), rs("new"), failing("old"))
    assert of_type(only_old["conditions"], "ReplicaFailure")["message"] == "old cannot"
    over = judge(deployment(), rs("new"), before=only_old["conditions"])
    assert all(entry["type"] != "ReplicaFailure" for entry in over["conditions"])


@pytest.mark.parametrize(
    ("paused", "before", "after"),
    [
        (True, None, "DeploymentPaused"),
        (True, "ReplicaSetUpdated", "DeploymentPaused"),
        (True, "ProgressDeadlineExceeded", "ProgressDeadlineExceeded"),
        (False, "DeploymentPaused", "DeploymentResumed"),
        (False, "ReplicaSetUpdated", "ReplicaSetUpdated"),
    ],
)
def test_a_pause_stops_the_deadline_and_its_end_starts_it_anew(paused: bool, before: str | None, after: str) -> None:
    conditions = [progressing("True", before)] if before else []
    found = of_type(pause_conditions(deployment(paused=paused), conditions, NOW), "Progressing")
    assert found["reason"] == after
    if before != after:
        assert (found["status"], found["lastUpdateTime"]) == ("Unknown", format_time(NOW))


@pytest.mark.parametrize(
    ("updated", "replicas", "available", "observed", "complete"),
    [(3, 3, 3, 1, True), (2, 3, 3, 1, False), (3, 4, 3, 1, False), (3, 3, 2, 1, False), (3, 3, 3, 0, False)],
)
def test_it_is_complete_when_all_pods_are_new_and_available(
    updated: int, replicas: int, available: int, observed: int, complete: bool
) -> None:
    status = {"updatedReplicas": updated, "replicas": replicas, "availableReplicas": available}
    assert is_complete(deployment(replicas=3), {**status, "observedGeneration": observed}) is complete


@pytest.mark.parametrize(
    ("reason", "waited", "expected"),
    [
        ("ReplicaSetUpdated", 100, 501.0),
        ("ReplicaSetUpdated", 599.5, 0),
        ("ReplicaSetUpdated", 700, 0),
        ("ProgressDeadlineExceeded", 100, None),
    ],
)
def test_it_is_looked_at_again_when_the_deadline_may_have_passed(
    reason: str, waited: float, expected: float | None
) -> None:
    stamp = NOW - timedelta(seconds=int(waited))
    status = {"conditions": [progressing("True", reason, stamp)]}
    assert check_again_after(deployment(), status, stamp + timedelta(seconds=waited)) == expected


def test_a_complete_deployment_is_not_looked_at_again() -> None:
    counts = {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 3, "observedGeneration": 1}
    status = {**counts, "conditions": [progressing("True", "ReplicaSetUpdated")]}
    assert check_again_after(deployment(replicas=3), status, NOW) is None
