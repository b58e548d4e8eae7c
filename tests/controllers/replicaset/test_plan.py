from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from controllers.replicaset.plan import BURST, Scale, plan_scale
from tests.controllers.objects import Object, pod, replica_set

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def nobody() -> Iterable[Object]:
    raise AssertionError("there is nothing to choose from")


@pytest.mark.parametrize(
    ("replicas", "active", "create"), [(0, 0, 0), (1, 1, 0), (3, 0, 3), (3, 2, 1), (2000, 0, BURST)]
)
def test_missing_pods_are_made_in_bursts(replicas: int, active: int, create: int) -> None:
    pods = [pod(f"p{index}") for index in range(active)]
    assert plan_scale(replica_set(replicas=replicas), pods, nobody, NOW) == Scale(create=create)


def test_replicas_default_to_one() -> None:
    owner = replica_set()
    del owner["spec"]["replicas"]
    assert plan_scale(owner, [], nobody, NOW) == Scale(create=1)


def test_when_all_go_there_is_nothing_to_choose() -> None:
    pods = [pod("a"), pod("b")]
    assert plan_scale(replica_set(replicas=0), pods, nobody, NOW) == Scale(delete=tuple(pods))


def test_company_of_related_sets_counts() -> None:
    pods = [pod("a", node="n1", uid="1"), pod("b", node="n2", uid="2")]
    related = [*pods, pod("other", node="n2")]
    assert plan_scale(replica_set(replicas=1), pods, lambda: related, NOW).delete == (pods[1],)


def test_deletions_come_in_bursts_too() -> None:
    pods = [pod(f"p{index}") for index in range(BURST + 100)]
    assert len(plan_scale(replica_set(replicas=10), pods, lambda: pods, NOW).delete) == BURST
