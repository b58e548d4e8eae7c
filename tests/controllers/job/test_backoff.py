from __future__ import annotations

from datetime import timedelta

import pytest

from controllers.job.backoff import Backoff, finished_at, remaining_of_index
from tests.controllers.job.things import NOW, pod


@pytest.mark.parametrize(("failures", "ago", "wait"), [(0, 0, 0), (1, 4, 6), (2, 4, 16), (3, 50, 0), (20, 0, 600)])
def test_the_wait_doubles_with_every_failure(failures: int, ago: float, wait: float) -> None:
    assert Backoff(failures, NOW - timedelta(seconds=ago)).remaining(NOW) == wait


def test_failures_add_up_and_a_success_forgets_those_before_it() -> None:
    first = Backoff().after([], [pod("a", "Failed", ended=30), pod("b", "Failed", ended=20)])
    assert first == Backoff(2, NOW - timedelta(seconds=20))
    assert first.after([], []) == first
    then = first.after([pod("c", "Succeeded", ended=15)], [pod("d", "Failed", ended=18), pod("e", "Failed", ended=10)])
    assert then == Backoff(1, NOW - timedelta(seconds=10))
    assert then.after([pod("f", "Succeeded", ended=1)], []) == Backoff()


def test_a_pod_without_ended_containers_ended_when_it_was_deleted() -> None:
    gone = pod("a", deleted=True)
    gone["metadata"]["deletionGracePeriodSeconds"] = 30
    assert finished_at(gone) == NOW - timedelta(seconds=30)


def test_an_index_waits_for_its_own_failures() -> None:
    failures = {"batch.kubernetes.io/job-index-failure-count": "1"}
    assert remaining_of_index(None, NOW) == 0
    assert remaining_of_index(pod("a", "Failed", ended=5, **failures), NOW) == 15
