"""The table of README.md, out of bench/results.md: `python -m bench.readme` writes it, `make bench` at its end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from bench.compared import Sections, sections
from bench.table import RESULTS

README = Path(__file__).resolve().parent.parent / "README.md"
_PLACE = re.compile(r"(?s)(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)")


class Line(NamedTuple):
    """``cell`` of results.md: section, first cells of a row, column."""

    what: str
    cell: tuple[str, str, str]


STARTING, THOUSAND = "Starting and waiting", "1,000 pods of one ReplicaSet over 100 hollow nodes"
REQUESTS, LISTS = "Requests for pods of 2 KB, about 4.5 KB as served", "Lists of pods"
LINES = (
    Line(
        "cold `kubejazz serve` to the first answer, keys, certificates and roles made",
        (STARTING, "cold serve to the first answer", "median"),
    ),
    Line("idle memory of the API server", (STARTING, "idle memory of serve", "median")),
    Line("`kubejazz up` to two Ready nodes", (STARTING, "up to two Ready nodes", "median")),
    Line(
        "1,000 pods of one ReplicaSet over 100 hollow nodes, all Running",
        (THOUSAND, "all 1000 pods Running", "measured"),
    ),
    Line("the same, pods a second", (THOUSAND, "pods a second", "measured")),
    Line(
        "durable creates of 2 KB pods a second, 64 in flight, over TLS",
        (REQUESTS, "create | HTTP/1.1 | 64", "per s"),
    ),
    Line("gets a second, 64 in flight, over TLS", (REQUESTS, "get | HTTP/1.1 | 64", "per s")),
    Line("a list of 3,300 pods (14.7 MB)", (LISTS, "3,300 pods, JSON", "median")),
    Line(
        "a watch event delivered to one of 1,000 watchers, CPU",
        ("Watch fan-out", "1,000", "server CPU each"),
    ),
    Line("memory with 10,000 pods", ("Memory of the server", "with 10,000 pods", "measured")),
)


def table(found: Sections) -> str:
    """Raises KeyError, ValueError for a cell that is not there."""
    rows = [f"| {line.what} | {_cell(found, *line.cell)} |" for line in LINES]
    return "\n".join(["| what | measured |", "|---|--:|", *rows]) + "\n"


def _cell(found: Sections, title: str, row: str, column: str) -> str:
    section = found[title]
    return section.rows[row][section.columns.index(column)]


def filled(readme: str, results: str) -> str:
    """README.md with the figures of ``results``."""
    made = table(sections(results))
    return _PLACE.sub(lambda _: made, readme)


def main() -> None:
    README.write_text(filled(README.read_text(), RESULTS.read_text()))


if __name__ == "__main__":
    main()
