from __future__ import annotations

from typing import Any

import pytest

from controllers.statefulset.plan import Revisions, plan
from controllers.statefulset.status import is_unchanged, status_of
from tests.controllers.statefulset.things import NOW, ROLLING, SAME, Object, pod, statefulset

PARALLEL = {"podManagementPolicy": "Parallel"}


@pytest.mark.parametrize(
    ("spec", "pods", "revisions", "create", "delete"),
    [
        # one after the other, each when the one before is available
        ({}, [], SAME, [0], []),
        ({}, [pod(0, ready=False)], SAME, [], []),
        ({}, [pod(0)], SAME, [1], []),
        ({"minReadySeconds": 60}, [pod(0)], SAME, [], []),
        ({}, [pod(0), pod(1, deleted=True)], SAME, [], []),
        ({}, [pod(0), pod(1), pod(2)], SAME, [], []),
        # all at once
        (PARALLEL, [], SAME, [0, 1, 2], []),
        (PARALLEL, [pod(1, ready=False)], SAME, [0, 2], []),
        # ordinals that start elsewhere
        ({"ordinals": {"start": 5}, "replicas": 2}, [pod(5)], SAME, [6], []),
        # ended pods are replaced
        ({}, [pod(0), pod(1, phase="Failed"), pod(2)], SAME, [], ["db-1"]),
        ({}, [pod(0, phase="Succeeded", deleted=True)], SAME, [], []),
        # fewer replicas: from the top, one after the other
        ({"replicas": 1}, [pod(0), pod(1), pod(2)], SAME, [], ["db-2"]),
        ({"replicas": 1}, [pod(0), pod(1), pod(2, deleted=True)], SAME, [], []),
        ({"replicas": 1}, [pod(0), pod(1, ready=False), pod(2)], SAME, [], ["db-2"]),
        ({"replicas": 1}, [pod(0), pod(1, ready=False), pod(2, ready=False)], SAME, [], []),
        ({"replicas": 1}, [pod(0, ready=False), pod(1), pod(2)], SAME, [], []),
        ({"replicas": 1, **PARALLEL}, [pod(0), pod(1), pod(2)], SAME, [], ["db-2", "db-1"]),
        # a new template: from the top
        ({}, [pod(0, "old"), pod(1, "old"), pod(2, "old")], ROLLING, [], ["db-2"]),
        ({}, [pod(0, "old"), pod(1, "old"), pod(2)], ROLLING, [], ["db-1"]),
        ({}, [pod(0, "old"), pod(1, "old"), pod(2, ready=False)], ROLLING, [], []),
        (PARALLEL, [pod(0, "old"), pod(1, "old"), pod(2, ready=False)], ROLLING, [], []),
        (PARALLEL, [pod(0, "old"), pod(1, "old"), pod(2, "old", ready=False)], ROLLING, [], ["db-2"]),
        (PARALLEL, [pod(0, "old"), pod(1, "old")], ROLLING, [2], []),  # one is down already
        (PARALLEL, [pod(0, "old"), pod(1, phase="Failed"), pod(2)], ROLLING, [], ["db-1"]),
        (PARALLEL, [pod(0, "old"), pod(1, "old", phase="Failed"), pod(2)], ROLLING, [], ["db-1"]),
        # a parallel set does everything at once
        ({"replicas": 1, **PARALLEL}, [pod(0, phase="Failed"), pod(1)], SAME, [], ["db-0", "db-1"]),
        ({"replicas": 1, **PARALLEL}, [pod(0, "old"), pod(1)], ROLLING, [], ["db-1", "db-0"]),
        ({"updateStrategy": {"type": "OnDelete"}}, [pod(n, "old") for n in range(3)], ROLLING, [], []),
    ],
)
def test_what_comes_next(spec: Any, pods: list[Object], revisions: Revisions, create: Any, delete: Any) -> None:
    steps = plan(statefulset(**spec), pods, revisions, NOW)
    assert [ordinal for ordinal, _ in steps.create] == create
    assert [one["metadata"]["name"] for one in steps.delete] == delete


def rolling(**rolling_update: Any) -> Any:
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling_update}}


@pytest.mark.parametrize(
    ("update", "pods", "delete"),
    [
        (rolling(partition=2), [pod(n, "old") for n in range(3)], ["db-2"]),
        (rolling(partition=2), [pod(0, "old"), pod(1, "old"), pod(2)], []),
        (rolling(partition=3), [pod(n, "old") for n in range(3)], []),
        (rolling(maxUnavailable=2), [pod(n, "old") for n in range(3)], ["db-2", "db-1"]),
        (rolling(maxUnavailable="70%"), [pod(n, "old") for n in range(3)], ["db-2", "db-1"]),
    ],
)
def test_an_update_keeps_to_partition_and_limit(update: Any, pods: list[Object], delete: list[str]) -> None:
    steps = plan(statefulset(**update), pods, ROLLING, NOW)
    assert [one["metadata"]["name"] for one in steps.delete] == delete
    assert steps.updated_down == len(delete)


@pytest.mark.parametrize(("partition", "revision"), [(0, "new"), (1, "old")])
def test_a_lost_pod_below_the_partition_comes_back_as_it_was(partition: int, revision: str) -> None:
    assert plan(statefulset(**rolling(partition=partition)), [], ROLLING, NOW).create == [(0, revision)]


def test_a_pod_waits_for_a_claim_that_is_about_to_vanish() -> None:
    assert plan(statefulset(), [], SAME, NOW, lambda ordinal: False).create == []


def test_a_pending_pod_may_lack_claims_and_a_changed_one_its_identity() -> None:
    stranger = pod(1)
    del stranger["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"]
    steps = plan(statefulset(**PARALLEL), [pod(0, phase="Pending", ready=False), stranger, pod(2)], SAME, NOW)
    assert steps.need_claims == [0]
    assert [ordinal for _, ordinal in steps.adjust] == [1]


def test_a_set_that_is_being_deleted_does_nothing() -> None:
    ending = statefulset()
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T11:00:00Z"
    assert plan(ending, [], SAME, NOW).create == []


def test_the_status_counts_pods_by_revision() -> None:
    pods = [pod(0, "old"), pod(1, ready=False), pod(2, deleted=True)]
    status = status_of(statefulset(), pods, ROLLING, 0, NOW)
    assert status == {
        "replicas": 3,
        "readyReplicas": 2,
        "currentReplicas": 1,
        "updatedReplicas": 1,
        "availableReplicas": 2,
        "currentRevision": "old",
        "updateRevision": "new",
        "observedGeneration": 1,
        "collisionCount": 0,
    }
    assert is_unchanged({**statefulset(), "status": status}, status)
    assert not is_unchanged(statefulset(), status)


def test_an_update_is_not_finished_while_pods_are_missing() -> None:
    begun = status_of(statefulset(), [pod(0)], ROLLING, 0, NOW)
    assert (begun["currentRevision"], begun["updatedReplicas"]) == ("old", 1)


def test_a_finished_update_becomes_the_current_revision() -> None:
    done = status_of(statefulset(), [pod(0), pod(1), pod(2)], ROLLING, 0, NOW)
    assert (done["currentRevision"], done["currentReplicas"]) == ("new", 3)
