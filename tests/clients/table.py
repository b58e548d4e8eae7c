"""``python -m tests.clients.table``: put the results into docs/compatibility.md, between its two marks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.clients.features import FEATURES, LIBRARIES

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parent.parent.parent / "docs" / "compatibility.md"
BEGIN, END = "<!-- client libraries -->\n", "<!-- end of client libraries -->\n"


def render(results: dict[str, Any]) -> str:
    """The table: a row a feature, a column a library. An empty cell: not of this library, or not tested."""
    columns = [column for column in LIBRARIES if column in results]
    head = [f"`{LIBRARIES[column]}` {results[column]['version']}" for column in columns]
    lines = ["| | " + " | ".join(head) + " |", "|---|" + ":--:|" * len(head)]
    marks = {True: "✓", False: "✗", None: ""}
    for feature, label in FEATURES.items():
        cells = [marks[results[column]["features"].get(feature)] for column in columns]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def with_table(page: str, table: str) -> str:
    """The page with another table. Raises ValueError if it has no place for one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the table of client libraries")
    return before + begin + table + end + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8"), render(json.loads(RESULTS.read_text("utf-8")))), "utf-8")
