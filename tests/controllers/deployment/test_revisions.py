from __future__ import annotations

import pytest

from controllers.deployment.revisions import (
    DESIRED,
    HISTORY,
    MAX,
    REVISION,
    annotations_of_new_set,
    desired_before,
    next_revision,
    revision_of,
    size_annotations,
)
from tests.controllers.deployment.things import bounds, rs
from tests.controllers.objects import deployment


@pytest.mark.parametrize(("old", "expected"), [([], 1), ([3, 7, 5], 8), ([None], 1)])
def test_the_newest_revision_is_above_all_others(old: list[int | None], expected: int) -> None:
    assert next_revision([rs(f"rs{index}", revision=value) for index, value in enumerate(old)]) == expected


def test_a_new_set_takes_the_deployments_annotations_but_not_its_book_keeping() -> None:
    d = deployment()
    d["metadata"]["annotations"] = {
        "kubernetes.io/change-cause": "because",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        REVISION: "7",
        DESIRED: "1",
    }
    assert annotations_of_new_set(d, {}, 3) == {"kubernetes.io/change-cause": "because", REVISION: "3"}


def test_going_back_to_an_old_set_makes_it_the_newest_and_remembers_what_it_was() -> None:
    first = annotations_of_new_set(deployment(), {REVISION: "1"}, 3)
    assert first == {REVISION: "3", HISTORY: "1"}
    assert annotations_of_new_set(deployment(), first, 5) == {REVISION: "5", HISTORY: "1,3"}


def test_a_set_that_is_the_newest_stays_so() -> None:
    assert annotations_of_new_set(deployment(), {REVISION: "3", "own": "x"}, 2) == {REVISION: "3", "own": "x"}


def test_a_history_that_becomes_too_long_loses_its_beginning() -> None:
    long = ",".join(str(number) for number in range(1000, 1400))
    history = annotations_of_new_set(deployment(), {REVISION: "1400", HISTORY: long}, 1401)[HISTORY]
    assert len(history) <= 2000
    assert history.endswith(",1399,1400")
    assert not history.startswith("1000,")


def test_a_revision_that_is_no_number_is_left_alone() -> None:
    assert annotations_of_new_set(deployment(), {REVISION: "x"}, 2) == {REVISION: "x"}
    bad = rs("a")
    bad["metadata"]["annotations"][REVISION] = "x"
    assert revision_of(bad) == 0


def test_sizes_are_noted_with_the_surge() -> None:
    assert size_annotations(deployment(replicas=10, strategy=bounds(2, 0))) == {DESIRED: "10", MAX: "12"}


@pytest.mark.parametrize("text", ["-1", "x", "2147483648", ""])
def test_a_note_that_is_no_natural_number_counts_as_none(text: str) -> None:
    one = rs("a")
    one["metadata"]["annotations"][DESIRED] = text
    assert desired_before(one) is None
