"""The checker, by histories that are known to be right or wrong."""

from __future__ import annotations

import pytest

from tests.storage.linearisability import Operation, violations


def put(start: float, end: float, revision: int, key: str = "a") -> Operation:
    return Operation(start, end, revision, key)


def gone(start: float, end: float, revision: int) -> Operation:
    return Operation(start, end, revision, "a", deleted=True)


def read(start: float, end: float, revision: int, **found: int) -> Operation:
    return Operation(start, end, revision, asked=("a", "b"), found=found)


@pytest.mark.parametrize(
    "history",
    [
        [],
        [put(0, 1, 2), read(2, 3, 2, a=2)],
        [put(0, 5, 2), read(1, 2, 1), read(3, 4, 2, a=2)],  # a write under way takes effect at some moment
        [put(0, 9, 3), put(1, 2, 2), read(3, 4, 2, a=2)],  # concurrent writes, in either order
        [put(0, 1, 2), gone(2, 3, 3), read(4, 5, 3), put(6, 7, 4, "b"), read(8, 9, 4, b=4)],
    ],
)
def test_what_can_be_explained_is_right(history: list[Operation]) -> None:
    assert violations(history) == []


@pytest.mark.parametrize(
    ("history", "why"),
    [
        ([put(0, 1, 2), read(2, 3, 1)], "a read was at 1, after 2"),  # stale
        ([put(0, 9, 2), read(1, 2, 2, a=2), read(3, 4, 1)], "a read was at 1, after 2"),  # back in time
        ([put(0, 1, 2), read(2, 3, 2)], "found {}"),  # lost
        ([put(0, 1, 2), put(2, 3, 3), read(4, 5, 3, a=2)], "found {'a': 2}"),  # old value at a new revision
        ([put(0, 1, 2), gone(2, 3, 3), read(4, 5, 3, a=2)], "found {'a': 2}"),  # resurrected
        ([put(0, 9, 2), put(0, 9, 2, "b")], "two writes have revision 2"),
        ([put(0, 1, 3), put(2, 3, 2)], "a write got 2, after 3"),
        ([put(0, 1, 2), read(2, 3, 2, a=2, b=1)], "found"),  # out of nothing
    ],
)
def test_what_cannot_be_explained_is_told(history: list[Operation], why: str) -> None:
    assert any(why in line for line in violations(history))
