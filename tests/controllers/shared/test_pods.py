from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from controllers.shared.pods import disruption_target, next_availability, pod_from_template, pod_prefix, slow_start
from tests.controllers.objects import pod, template

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Batches:
    """Makes calls one after the other and remembers the sizes of the batches."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, calls: Iterable[Callable[[], object]]) -> list[Exception]:
        todo = list(calls)
        self.sizes.append(len(todo))
        errors: list[Exception] = []
        for call in todo:
            try:
                call()
            except ValueError as error:
                errors.append(error)
        return errors


def test_batches_double_while_all_goes_well() -> None:
    batches = Batches()
    assert slow_start(10, lambda: None, batches) == (10, None)
    assert batches.sizes == [1, 2, 4, 3]


@pytest.mark.parametrize(("fails_after", "done", "sizes"), [(0, 0, [1]), (1, 1, [1, 2]), (4, 4, [1, 2, 4])])
def test_a_batch_with_a_failure_is_the_last(fails_after: int, done: int, sizes: list[int]) -> None:
    calls = 0

    def call() -> None:
        nonlocal calls
        calls += 1
        if calls > fails_after:
            raise ValueError(f"no {calls}")

    batches = Batches()
    made, failure = slow_start(100, call, batches)
    assert made == done
    assert str(failure) == f"no {fails_after + 1}"
    assert batches.sizes == sizes


def test_nothing_to_make_makes_no_batch() -> None:
    batches = Batches()
    assert slow_start(0, lambda: None, batches) == (0, None)
    assert batches.sizes == []


def test_a_pod_takes_labels_annotations_and_finalizers_of_the_template() -> None:
    given = template({"app": "web"})
    given["metadata"] |= {"annotations": {"a": "1"}, "finalizers": ["f"], "name": "ignored"}
    made = pod_from_template(given, "web", {"uid": "u"})
    assert made["metadata"] == {
        "generateName": "web-",
        "labels": {"app": "web"},
        "annotations": {"a": "1"},
        "finalizers": ["f"],
        "ownerReferences": [{"uid": "u"}],
    }
    assert made["spec"] == given["spec"]


@pytest.mark.parametrize(("name", "prefix"), [("web", "web-"), ("a" * 253, "a" * 253 + "-"), ("a" * 254, "a" * 254)])
def test_a_prefix_that_would_be_no_name_does_without_its_dash(name: str, prefix: str) -> None:
    assert pod_prefix(name) == prefix


def test_the_next_look_is_when_the_first_pod_becomes_available() -> None:
    pods = [pod("a", ready=NOW - timedelta(seconds=s)) for s in (3, 7, 20)] + [pod("b"), pod("c", ready=True)]
    assert next_availability(pods, 10, NOW) == 3
    assert next_availability(pods, 0, NOW) is None
    assert next_availability([], 10, NOW) is None


def test_a_pod_that_is_disrupted_says_so_of_its_generation() -> None:
    one = pod("a")
    one["metadata"]["generation"] = 3

    assert disruption_target(one, NOW, reason="R", message="m") == {
        "type": "DisruptionTarget",
        "status": "True",
        "observedGeneration": 3,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "reason": "R",
        "message": "m",
    }
    assert disruption_target(one, NOW)["status"] == "False"
