"""The page says what the results say, and the results are of the versions that are pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.clients.features import FEATURES, LIBRARIES
from tests.clients.table import BEGIN, END, PAGE, RESULTS, render, with_table

HERE = Path(__file__).parent


def _pinned() -> dict[str, str]:
    """The version of each library, by its folder."""
    pinned = {}
    for file in HERE.glob("*/requirements.txt"):
        match = re.match(r"[\w-]+==(\S+)", file.read_text())
        assert match is not None, f"{file} pins nothing"
        pinned[file.parent.name] = match[1]
    package = json.loads((HERE / "javascript" / "package.json").read_text())
    return {**pinned, "javascript": package["dependencies"]["@kubernetes/client-node"]}


def test_the_page_has_the_table_of_the_results() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_table(page, render(json.loads(RESULTS.read_text("utf-8"))))


def test_the_results_are_of_the_pinned_versions() -> None:
    results = json.loads(RESULTS.read_text("utf-8"))
    versions = {column.partition("-")[0]: result["version"] for column, result in results.items()}
    assert results.keys() == LIBRARIES.keys()
    assert versions == _pinned()


def test_a_failure_and_a_gap_are_seen_in_the_table() -> None:
    table = render({"kr8s": {"version": "1", "features": {"crud": False, "pages": True}}})
    rows = table.splitlines()
    assert rows[0] == "| | `kr8s` 1 |"
    assert rows[2:5] == [
        f"| {FEATURES['crud']} | ✗ |",
        f"| {FEATURES['pages']} | ✓ |",
        f"| {FEATURES['patches']} |  |",
    ]


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        with_table(BEGIN, "")
    assert with_table(BEGIN + "old" + END, "new") == BEGIN + "new" + END
