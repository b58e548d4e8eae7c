"""Two clusters side by side."""

import pytest

from bench.against import SHOWN, Shown, beside
from bench.table import Table

COLUMNS = ("list", "first", "median", "target")


def test_rows_meet_by_what_was_measured() -> None:
    theirs = Table("Lists", "bench.api", COLUMNS, [("a", "1", "2", "x"), ("b", "3", "4", "")])
    ours = Table("Lists", "bench.api", COLUMNS, [("b", "7", "8", ""), ("a", "5", "6", "x")])
    found = beside(theirs, ours, Shown(1, ("first", "median")))
    assert list(found.columns) == ["list", "theirs, first", "ours, first", "theirs, median", "ours, median"]
    assert [list(row) for row in found.rows] == [["a", "1", "5", "2", "6"], ["b", "3", "7", "4", "8"]]


def test_what_only_one_has_measured_is_an_error() -> None:
    theirs = Table("Lists", "bench.api", COLUMNS, [("a", "1", "2", "")])
    with pytest.raises(KeyError):
        beside(theirs, Table("Lists", "bench.api", COLUMNS, []), SHOWN[1])
