from __future__ import annotations

import pytest

from controllers.job.indexes import first_pending, format_indexes, parse_indexes


@pytest.mark.parametrize(
    ("indexes", "text"),
    [(set(), ""), ({3}, "3"), ({0, 1}, "0,1"), ({0, 1, 2}, "0-2"), ({0, 2, 3, 4, 7, 8}, "0,2-4,7,8")],
)
def test_indexes_are_written_short_and_read_back(indexes: set[int], text: str) -> None:
    assert format_indexes(indexes) == text
    assert parse_indexes(text, 10) == indexes


@pytest.mark.parametrize(
    ("text", "found"), [("1,x,3", {1, 3}), ("2-9", {2, 3, 4}), ("7", set()), ("-3", set()), ("1-x,4", {4})]
)
def test_what_is_no_index_below_the_completions_is_left_out(text: str, found: set[int]) -> None:
    assert parse_indexes(text, 5) == found


def test_the_smallest_free_indexes_come_first() -> None:
    assert first_pending(6, {0, 2}, 3) == [1, 3, 4]
    assert first_pending(3, {0, 2}, 3) == [1]
