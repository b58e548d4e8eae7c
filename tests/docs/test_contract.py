"""docs/contract.md tells the truth about which test holds which line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "contract.md").read_text("utf-8")
LINES = range(1, 20)


def _tests(folder: str) -> dict[str, str]:
    """name, or file.py::name: of every test in the files of a folder."""
    found = {}
    for path in (ROOT / "tests" / folder).rglob("test_*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found[f"{path.name}::{node.name}"] = node.name
    return found


def _rows() -> list[tuple[int, list[str]]]:
    table = PAGE.partition("<!-- lines -->")[2].partition("<!-- end -->")[0]
    cells = [line.split("|") for line in table.strip().splitlines()[2:]]
    return [(int(row[1]), re.findall(r"`([^`]+)`", row[3])) for row in cells]


OWN = set(_tests("server/contract").values())
STORED = set(_tests("storage"))
ROWS = _rows()


@pytest.mark.parametrize("line", LINES)
def test_a_line_has_tests_of_its_number(line: int) -> None:
    named = {test for number, tests in ROWS if number == line for test in tests}
    assert {test for test in named if test.startswith(f"test_{line}_")}


@pytest.mark.parametrize(("line", "tests"), ROWS, ids=[f"{line}-{place}" for place, (line, _) in enumerate(ROWS)])
def test_the_tests_of_a_clause_exist(line: int, tests: list[str]) -> None:
    assert line in LINES
    assert tests
    assert [test for test in tests if test not in OWN and test not in STORED] == []


def test_every_test_of_the_contract_is_named_beside_its_line() -> None:
    named = {test for number, tests in ROWS for test in tests if test.startswith(f"test_{number}_")}
    assert named == OWN
