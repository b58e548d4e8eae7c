"""docs/compatibility.md and conformance/results.md say what the list of expectations says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.catalogue import Listed, official_list
from conformance.expected import EXPECTED, Expected, read
from conformance.summary import BEGIN, END, PAGE, render, with_summary

RESULTS = Path(__file__).resolve().parents[2] / "conformance" / "results.md"
LISTED = [
    Listed("[sig-a] works", "a", ""),
    Listed("[sig-a] fails *", "a", ""),
    Listed("[sig-b] waits", "b", ""),
    Listed("[sig-b] runs", "c", ""),
]


def test_the_page_is_what_the_list_makes_it() -> None:
    page = PAGE.read_text("utf-8")
    made = with_summary(page, render(official_list(), read(EXPECTED)))
    assert page == made, "stale: python -m conformance.summary"


def test_the_table_of_results_is_of_a_run_that_came_to_what_is_expected() -> None:
    rows = re.findall(r"^\| (\[sig-.*) \| [abc] \| (passed|failed)", RESULTS.read_text("utf-8"), re.MULTILINE)
    shown = {
        name.replace("\\*", "*").replace("&lt;", "<").replace("\\|", "|"): state == "passed" for name, state in rows
    }
    assert shown == {name: one.passes for name, one in read(EXPECTED).items()}, "stale: make conformance"


def test_areas_are_counted_and_failures_told_by_reason() -> None:
    text = render(LISTED, {"[sig-a] works": Expected(True), "[sig-a] fails *": Expected(False, "not served yet")})
    assert "| sig-a | 1 | 1 | 0 | 0 |" in text
    assert "| sig-b | 0 | 0 | 1 | 1 |" in text
    assert "| **all** | 1 | 1 | 1 | 1 |" in text
    assert "**Not served yet** fails:\n\n- [sig-a] fails \\*\n" in text


def test_without_failures_it_says_so() -> None:
    assert render(LISTED[:1], {"[sig-a] works": Expected(True)}).endswith(
        "Nothing fails of what needs no more than pods that run.\n"
    )


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        with_summary(BEGIN, "")
    assert with_summary(BEGIN + "old" + END, "new") == BEGIN + "new" + END
