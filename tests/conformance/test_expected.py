"""The list of expectations: comparing, accepting, reading; and that it is about the checks there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue import Listed
from conformance.checks import CHECKS
from conformance.expected import EXPECTED, NO_REASON, Expected, accept, compare, read, write
from conformance.runner import Result, State


def _result(name: str, state: State) -> Result:
    return Result(Listed(f"[sig-a] {name}", "a", ""), state, reason="found 2,\nnot 1" if state is State.FAILED else "")


RESULTS = [
    _result("works", State.PASSED),
    _result("broke", State.FAILED),
    _result("mended", State.PASSED),
    _result("known", State.FAILED),
    _result("new", State.FAILED),
    _result("later", State.NOT_WRITTEN),
]
LIST = {
    "[sig-a] works": Expected(True),
    "[sig-a] broke": Expected(True),
    "[sig-a] mended": Expected(False, "not served"),
    "[sig-a] known": Expected(False, "not served"),
    "[sig-a] elsewhere": Expected(True),
}


def test_what_turned_red_or_green_is_named() -> None:
    changes = compare(LIST, RESULTS)
    assert changes.lines() == [
        "turned red: [sig-a] broke: found 2, not 1",
        "turned red: [sig-a] new: found 2, not 1",
        "turned green, so that the list must be updated: [sig-a] mended",
    ]


def test_accepting_keeps_reasons_and_what_was_not_run(tmp_path: Path) -> None:
    new = accept(LIST, RESULTS)
    assert compare(new, RESULTS).lines() == []
    assert new["[sig-a] known"] == Expected(False, "not served")
    assert new["[sig-a] new"] == Expected(False, NO_REASON)
    assert new["[sig-a] elsewhere"] == Expected(True)
    assert "[sig-a] later" not in new
    write(tmp_path / "list.csv", new)
    assert read(tmp_path / "list.csv") == new


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("codename,reason\na,b\n")
    with pytest.raises(ValueError, match="has not the columns"):
        read(path)


def test_the_committed_list_has_every_check_and_a_reason_for_each_failure() -> None:
    expected = read(EXPECTED)
    assert expected.keys() == {check.codename for check in CHECKS}
    assert [name for name, one in expected.items() if one.passes is bool(one.why) or one.why == NO_REASON] == []
