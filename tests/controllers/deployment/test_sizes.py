"""The sizes that ReplicaSets should have, as upstream's rolling_test.go and sync_test.go have them."""

from __future__ import annotations

import pytest

from controllers.deployment.sizes import Plan, empty_old, is_scaling, scale, shrink_old, size_of_new
from tests.controllers.deployment.things import bounds, rs, sets
from tests.controllers.objects import deployment


def named(plan: Plan) -> list[tuple[str, int]]:
    return [(one["metadata"]["name"], size) for one, size in plan]


@pytest.mark.parametrize(
    ("replicas", "surge", "new", "old", "expected"),
    [
        (10, 0, 0, 10, 0),
        (10, 2, 0, 10, 2),
        (10, 2, 5, 0, 10),
        (10, 2, 10, 2, 10),
        (10, 2, 15, 2, 10),
        (10, "25%", 0, 10, 3),
        (10, 2, 1, 10, 2),
        (10, 2, 2, 10, 2),
        (0, 2, 0, 10, 0),
    ],
)
def test_the_new_set_grows_as_far_as_the_surge_allows(
    replicas: int, surge: int | str, new: int, old: int, expected: int
) -> None:
    d = deployment(replicas=replicas, strategy=bounds(surge, 0))
    assert size_of_new(d, sets(rs("new", new), rs("old", old))) == expected


def test_a_new_set_that_does_not_exist_yet_has_a_size_too() -> None:
    assert size_of_new(deployment(replicas=10, strategy=bounds(2, 0)), sets(None, rs("old", 10))) == 2
    assert size_of_new(deployment(replicas=10), sets(None)) == 10


def test_recreate_makes_the_new_set_whole_at_once() -> None:
    assert size_of_new(deployment(replicas=4, strategy={"type": "Recreate"}), sets(None)) == 4


@pytest.mark.parametrize(
    ("replicas", "unavailable", "new", "old", "expected"),
    [
        # (size, available) of new and old
        (10, 0, (0, 0), (10, 10), None),
        (10, 2, (0, 0), (10, 10), 8),
        (10, 2, (0, 0), (10, 8), 8),  # what is not available goes, and nothing else
        (10, 2, (0, 0), (10, 9), 8),
        (10, 2, (2, 2), (10, 10), 6),
        (10, 2, (2, 0), (10, 10), 8),  # the new pods serve nobody yet
        (10, 2, (4, 0), (10, 0), 8),
        (10, 2, (10, 10), (3, 3), 0),
        (10, 2, (2, 0), (8, 8), None),
        (2, "50%", (1, 1), (2, 2), 0),
        (40, 2, (29, 26), (14, 15), 12),  # its status has not yet caught up with its size
    ],
)
def test_an_old_set_shrinks_as_far_as_availability_allows(
    replicas: int, unavailable: int | str, new: tuple[int, int], old: tuple[int, int], expected: int | None
) -> None:
    d = deployment(replicas=replicas, strategy=bounds(2, unavailable))
    plan = named(shrink_old(d, sets(rs("new", *new), rs("old", *old))))
    assert plan == ([] if expected is None else [("old", expected)])


def test_the_oldest_sets_shrink_first_and_their_idle_pods_before_any_others() -> None:
    d = deployment(replicas=6, strategy=bounds(4, 2))
    plan = shrink_old(d, sets(rs("new", 2, 2), rs("older", 4, 4, age=5), rs("newer", 4, 2, age=1)))
    assert named(plan) == [("older", 0), ("newer", 2)]


def test_recreate_empties_every_old_set() -> None:
    assert named(empty_old(sets(rs("new", 1), rs("a", 2), rs("b", 0), rs("c", 1)))) == [("a", 0), ("c", 0)]


@pytest.mark.parametrize(
    ("replicas", "desired", "expected"), [(10, 10, False), (10, None, False), (12, 10, True), (0, 10, True)]
)
def test_a_set_sized_for_another_number_means_scaling(replicas: int, desired: int | None, expected: bool) -> None:
    assert is_scaling(deployment(replicas=replicas), sets(rs("new", 5, desired=desired))) is expected


def test_an_empty_set_says_nothing_about_scaling() -> None:
    assert not is_scaling(deployment(replicas=12), sets(rs("new", 0, desired=10)))


def test_a_single_set_with_pods_takes_the_whole_change() -> None:
    d = deployment(replicas=12)
    assert named(scale(d, sets(rs("new", 0), rs("old", 10)))) == [("old", 12)]
    assert scale(deployment(replicas=10), sets(rs("new", 0), rs("old", 10))) == []


def test_without_any_pods_the_newest_set_takes_it() -> None:
    d = deployment(replicas=3)
    assert named(scale(d, sets(rs("new"), rs("old")))) == [("new", 3)]
    assert named(scale(d, sets(None, rs("older", age=2), rs("newer", age=1)))) == [("newer", 3)]
    assert scale(d, sets(None)) == []


def test_once_the_new_set_is_whole_the_old_ones_are_emptied() -> None:
    plan = scale(deployment(replicas=4), sets(rs("new", 4, 4, desired=4), rs("old", 2)))
    assert named(plan) == [("old", 0)]


@pytest.mark.parametrize(
    ("replicas", "before", "sizes", "expected"),
    [
        (12, 10, (5, 5), {"new": 6, "old": 6}),
        (5, 10, (5, 5), {"new": 3, "old": 2}),  # what rounding leaves over the older one bears
        (20, 10, (6, 4), {"new": 12, "old": 8}),
        (0, 10, (6, 4), {"new": 0, "old": 0}),
        (100, 10, (1, 9), {"new": 10, "old": 90}),
    ],
)
def test_in_the_middle_of_a_rollout_every_set_keeps_its_share(
    replicas: int, before: int, sizes: tuple[int, int], expected: dict[str, int]
) -> None:
    d = deployment(replicas=replicas, strategy=bounds(0, 1))
    new = rs("new", sizes[0], age=0, desired=before, most=before)
    old = rs("old", sizes[1], age=1, desired=before, most=before)
    plan = dict(named(scale(d, sets(new, old))))
    assert sum(plan.values()) == replicas
    assert plan == expected


def test_the_surge_is_shared_out_as_well() -> None:
    d = deployment(replicas=10, strategy=bounds(3, 2))
    plan = scale(
        deployment(replicas=15, strategy=bounds(3, 2)),
        sets(rs("new", 5, desired=10, most=13), rs("old", 8, age=1, desired=10, most=13)),
    )
    assert is_scaling(deployment(replicas=15), sets(rs("new", 5, desired=10)))
    assert dict(named(plan)) == {"old": 11, "new": 7}
    assert d["spec"]["replicas"] == 10


def test_a_recreate_deployment_with_several_sets_is_not_spread() -> None:
    d = deployment(replicas=5, strategy={"type": "Recreate"})
    assert scale(d, sets(rs("new", 2), rs("old", 1))) == []
