"""The cases of upstream's own tables (pkg/controller/deployment: sync, rolling and util tests)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apimachinery.objects import Object
from controllers.deployment.sets import Sets, max_surge, max_unavailable, replicas_of
from controllers.deployment.sizes import Plan, scale, shrink_old, size_of_new
from controllers.deployment.status import check_again_after, counted, find, judged
from tests.controllers.deployment.things import bounds, rs
from tests.controllers.objects import deployment

NONE = (0, 0)
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def named(plan: Plan) -> dict[str, int]:
    return {one["metadata"]["name"]: size for one, size in plan}


def sized(size: int, *, before: int, surge: int, age: int, available: int | None = None) -> Object:
    name = f"v{9 - age}"
    return rs(name, size, size if available is None else available, age=age, desired=before, most=before + surge)


@pytest.mark.parametrize(
    ("replicas", "before", "surges", "new", "old", "expected"),
    [
        (12, 10, NONE, 10, [], [12]),
        (5, 10, NONE, 10, [], [5]),
        (10, 5, NONE, 2, [3], [4, 6]),
        (3, 5, NONE, 2, [3], [1, 2]),
        (4, 9, NONE, 8, [1], [4, 0]),
        (10, 7, NONE, 2, [3, 2], [3, 4, 3]),
        (8, 13, NONE, 2, [8, 3], [1, 5, 2]),
        (4, 3, NONE, 1, [1, 1], [2, 1, 1]),  # what is left over goes to the newest
        (2, 3, NONE, 1, [1, 1], [1, 1, 0]),  # and is taken from the oldest
        (5, 4, NONE, None, [2, 2], [3, 2]),
        (0, 6, NONE, 3, [2, 1], [0, 0, 0]),
        (6, 6, NONE, 0, [0, 0], [6, 0, 0]),
        (20, 10, (2, 2), 6, [6], [11, 11]),
        (50, 10, (3, 6), 5, [8], [22, 34]),
        (14, 10, NONE, None, [7, 3], [10, 4]),
    ],
)
def test_scaling(
    replicas: int, before: int, surges: tuple[int, int], new: int | None, old: list[int], expected: list[int]
) -> None:
    """``surges``: before and now; ``old``: from the newest to the oldest."""
    sizes = [] if new is None else [new]
    made = [sized(size, before=before, surge=surges[0], age=age) for age, size in enumerate(sizes + old)]
    for one in made:
        one["status"]["availableReplicas"] = 0  # upstream's have no status
    sets = Sets(made[0] if new is not None else None, made[len(sizes) :][::-1])
    plan = named(scale(deployment(replicas=replicas, strategy=bounds(surges[1], 0)), sets))
    assert [plan.get(one["metadata"]["name"], replicas_of(one)) for one in made] == expected


def test_scaling_goes_on_where_a_write_has_failed() -> None:
    new, middle, oldest = (
        rs(name, size, age=age, desired=desired, most=desired)
        for name, size, age, desired in (
            ("v3", 2, 0, 5),
            ("v2", 1, 1, 3),
            ("v1", 1, 2, 5),
        )
    )
    plan = named(scale(deployment(replicas=5, strategy=bounds(0, 0)), Sets(new, [oldest, middle])))
    assert plan["v2"] == 2


def test_a_new_set_that_is_whole_but_broken_leaves_the_old_pods() -> None:
    new = rs("v2", 2, 0, desired=2, most=3)
    old = rs("v1", 1, 1, age=1, desired=2, most=3)
    plan = named(scale(deployment(replicas=2, strategy=bounds(1, 1)), Sets(new, [old])))
    assert (plan.get("v2", 2), plan.get("v1", 1)) == (2, 1)


@pytest.mark.parametrize(
    ("replicas", "surge", "old", "new", "expected"),
    [
        (10, 0, 10, 0, 0),
        (10, 2, 10, 0, 2),
        (10, 2, 5, 0, 7),
        (10, 2, 10, 2, 2),
        (10, 2, 2, 11, 10),
        (1, 1, 5, 5, 1),
        (6, 10, 5, 2, 6),
    ],
)
def test_the_new_sets_size(replicas: int, surge: int, old: int, new: int, expected: int) -> None:
    d = deployment(replicas=replicas, strategy=bounds(surge, 0 if surge else 1))
    assert size_of_new(d, Sets(rs("new", new), [rs("old", old)])) == expected


@pytest.mark.parametrize(
    ("unavailable", "new", "old", "expected"),
    [
        # (size, available) of ten replicas
        (0, NONE, (10, 10), 9),
        (2, NONE, (10, 10), 8),
        (2, NONE, (10, 8), 8),
        (2, NONE, (10, 9), 8),
        (2, (2, 0), (8, 8), 8),
        (2, NONE, (0, 10), 0),
    ],
)
def test_the_old_sets_size(unavailable: int, new: tuple[int, int], old: tuple[int, int], expected: int) -> None:
    d = deployment(replicas=10, strategy=bounds(0, unavailable))
    plan = named(shrink_old(d, Sets(rs("new", *new), [rs("old", *old)])))
    assert plan.get("old", old[0]) == expected


@pytest.mark.parametrize(
    ("surge", "unavailable", "replicas", "expected"),
    [
        ("39%", "39%", 10, (4, 3)),
        (None, "39%", 10, (0, 3)),
        ("39%", None, 10, (4, 0)),
        (None, None, 10, (0, 1)),
        (1, 5, 10, (1, 5)),
        (1, 10, 10, (1, 10)),
        (1, 10, 5, (1, 5)),
        (1, 10, 0, (1, 0)),
        (1, "50%", 10, (1, 5)),
        (1, "100%", 10, (1, 10)),
        (1, "100%", 5, (1, 5)),
    ],
)
def test_the_bounds_of_an_update(surge: Any, unavailable: Any, replicas: int, expected: tuple[int, int]) -> None:
    d = deployment(replicas=replicas, strategy=bounds(surge, unavailable))
    assert (max_surge(d), max_unavailable(d)) == expected


BEFORE = "2017-02-15T18:49:00Z"


def condition(status: str, reason: str, time: str) -> Object:
    stamps = {"lastUpdateTime": time, "lastTransitionTime": time}
    return {"type": "Progressing", "status": status, "reason": reason, "message": "", **stamps}


TIMED_OUT_BEFORE = condition("False", "ProgressDeadlineExceeded", "")
AVAILABLE_BEFORE = condition("True", "NewReplicaSetAvailable", BEFORE)
UPDATED_BEFORE = condition("True", "ReplicaSetUpdated", BEFORE)


@pytest.mark.parametrize(
    ("deadline", "counts", "before", "old", "new", "expected", "kept"),
    [
        # counts: replicas wanted, and of the status before: all, updated, available; sets: size, pods, available
        (None, (3, 2, 2, 2), UPDATED_BEFORE, (0, 1, 1), (3, 2, 2), None, ()),
        (60, (3, 3, 3, 3), AVAILABLE_BEFORE, (3, 3, 3), None, "NewReplicaSetAvailable", ("update", "transition")),
        (60, (3, 2, 2, 2), UPDATED_BEFORE, (0, 1, 1), (3, 2, 2), "ReplicaSetUpdated", ("transition",)),
        (60, (3, 2, 2, 2), TIMED_OUT_BEFORE, (0, 1, 1), (3, 2, 2), "ReplicaSetUpdated", ()),
        (60, (3, 3, 3, 3), UPDATED_BEFORE, None, (3, 3, 3), "NewReplicaSetAvailable", ("transition",)),
        (60, (3, 3, 3, 3), TIMED_OUT_BEFORE, None, (3, 3, 3), "NewReplicaSetAvailable", ()),
        (60, (3, 3, 3, 3), None, None, (3, 3, 3), "NewReplicaSetAvailable", ()),
        (60, (0, 3, 3, 3), UPDATED_BEFORE, (0, 0, 0), None, "NewReplicaSetAvailable", ("transition",)),
        (60, (3, 2, 2, 2), UPDATED_BEFORE, None, (3, 2, 2), "ProgressDeadlineExceeded", ()),
        (60, (3, 2, 2, 2), TIMED_OUT_BEFORE, None, (3, 2, 2), "ProgressDeadlineExceeded", ("update", "transition")),
    ],
)
def test_what_a_rollout_says_of_its_progress(
    deadline: int | None,
    counts: tuple[int, int, int, int],
    before: Object | None,
    old: tuple[int, int, int] | None,
    new: tuple[int, int, int] | None,
    expected: str | None,
    kept: tuple[str, ...],
) -> None:
    wanted, *status = counts
    d = deployment(replicas=wanted, progressDeadlineSeconds=deadline, strategy=bounds(0, 1))
    conditions = [] if before is None else [before]
    d["status"] = dict(zip(("replicas", "updatedReplicas", "availableReplicas"), status, strict=True))
    d["status"] |= {"readyReplicas": status[2], "conditions": conditions}
    made = [rs(name, *one[::2], replicas=one[1]) if one else None for name, one in (("old", old), ("new", new))]
    sets = Sets(made[1], [made[0]] if made[0] else [])
    found = find(judged(d, sets, counted(d, sets, conditions, None, NOW), conditions, NOW)["conditions"], "Progressing")
    assert (found or {}).get("reason") == expected
    if found is not None and before is not None:
        assert ("update" in kept) == (found["lastUpdateTime"] == before["lastUpdateTime"])
        assert ("transition" in kept) == (found["lastTransitionTime"] == before["lastTransitionTime"])


@pytest.mark.parametrize(
    ("deadline", "counts", "before", "now", "expected"),
    [
        (None, (4, 3, 3, 2), None, BEFORE, None),
        (2**31 - 1, (4, 3, 3, 2), None, BEFORE, None),
        (60, (4, 3, 3, 2), None, BEFORE, None),
        (60, (3, 3, 3, 3), None, BEFORE, None),
        (60, (3, 3, 3, 0), TIMED_OUT_BEFORE, BEFORE, None),
        (60, (3, 3, 3, 1), UPDATED_BEFORE, "2017-02-15T18:49:30Z", 30 + 1),
        (60, (3, 3, 3, 1), UPDATED_BEFORE, "2017-02-15T18:49:59Z", 1 + 1),
        (60, (3, 3, 3, 1), UPDATED_BEFORE, "2017-02-15T18:49:59.000001Z", 0),
        (60, (3, 3, 3, 1), UPDATED_BEFORE, "2017-02-15T18:50:00Z", 0),
        (60, (3, 3, 3, 1), UPDATED_BEFORE, "2017-02-15T18:51:00Z", 0),
    ],
)
def test_when_the_deadline_is_looked_at_again(
    deadline: int | None, counts: tuple[int, int, int, int], before: Object | None, now: str, expected: float | None
) -> None:
    """A second is added, as upstream adds it to what it then waits."""
    wanted, *status = counts
    d = deployment(replicas=wanted, progressDeadlineSeconds=deadline)
    counted_now = dict(zip(("replicas", "updatedReplicas", "availableReplicas"), status, strict=True))
    new: Object = {**counted_now, "observedGeneration": 1, "conditions": [] if before is None else [before]}
    assert check_again_after(d, new, datetime.fromisoformat(now)) == expected
