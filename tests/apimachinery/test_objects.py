from datetime import UTC, datetime
from typing import Any

import pytest

from apimachinery.clock import REAL_CLOCK, FakeClock
from apimachinery.objects import (
    controller_of,
    find_condition,
    is_terminating,
    key_of,
    name_of,
    namespace_of,
    split_key,
)

POD: dict[str, Any] = {"metadata": {"name": "web", "namespace": "ns"}}
NODE: dict[str, Any] = {"metadata": {"name": "n1"}}


@pytest.mark.parametrize(("obj", "key", "parts"), [(POD, "ns/web", ("ns", "web")), (NODE, "n1", ("", "n1"))])
def test_a_key_names_the_object_and_splits_again(obj: dict[str, Any], key: str, parts: tuple[str, str]) -> None:
    assert key_of(obj) == key
    assert split_key(key) == parts == (namespace_of(obj), name_of(obj))


def test_the_controller_is_the_owner_that_says_so() -> None:
    owners = [{"kind": "A", "uid": "1"}, {"kind": "B", "uid": "2", "controller": True}]
    assert controller_of({"metadata": {"ownerReferences": owners}}) == owners[1]
    assert controller_of({"metadata": {"ownerReferences": owners[:1]}}) is None
    assert controller_of(POD) is None


def test_terminating_means_a_deletion_timestamp() -> None:
    assert is_terminating({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})
    assert not is_terminating(POD)


def test_a_condition_is_found_as_a_copy() -> None:
    obj: dict[str, Any] = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    found = find_condition(obj, "Ready")
    assert found == {"type": "Ready", "status": "True"}
    assert found is not obj["status"]["conditions"][0]
    assert find_condition(obj, "Other") is None and find_condition(POD, "Ready") is None


def test_a_fake_clock_moves_only_when_told() -> None:
    clock = FakeClock(datetime(2026, 5, 1, tzinfo=UTC))
    clock.advance(90)
    assert clock.now() == datetime(2026, 5, 1, 0, 1, 30, tzinfo=UTC)
    assert clock.monotonic() == 90


def test_the_real_clock_is_utc_and_never_goes_back() -> None:
    assert REAL_CLOCK.now().tzinfo is UTC
    first = REAL_CLOCK.monotonic()
    assert REAL_CLOCK.monotonic() >= first
