"""Which figures of bench/results.md may not get worse, and what each is measured by: the rule of `make bench-check`.

Reads tables as they were written. A ratio is a figure by its peer of the same run: another row of its table, or the
yardstick of its section, or nothing where bytes or a ratio are what was measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

YARDSTICK = "yardstick"


class Better(Enum):
    LESS = 1
    MORE = -1


@dataclass(frozen=True, slots=True)
class Compared:
    """``column`` of those rows of the section whose first cells match ``rows``; ``peer`` is YARDSTICK, the first cells
    of a row, or "" for none."""

    section: str
    column: str
    better: Better
    rows: str = "."
    peer: str = ""


DEPLOYMENTS = "100 Deployments of 10 pods at once on 50 hollow nodes"
AT_REST = "1,000 pods at rest on 50 hollow nodes, for 30 s"
OFFICIAL = "the official client"
STOCK = "GET of a bare app, stock Hypercorn | HTTP/1.1 | 64"
COMPARED = (
    Compared("Starting and waiting", "median", Better.LESS, "cold serve|up to", YARDSTICK),
    Compared("Starting and waiting", "median", Better.LESS, "idle memory"),
    Compared("1,000 pods of one ReplicaSet over 100 hollow nodes", "measured", Better.LESS, "CPU|all 1000", YARDSTICK),
    Compared("1,000 pods of one ReplicaSet over 100 hollow nodes", "measured", Better.LESS, "writes per pod"),
    Compared(DEPLOYMENTS, "measured", Better.LESS, "CPU of all|all 100", YARDSTICK),
    Compared(DEPLOYMENTS, "measured", Better.LESS, "writes per pod|requests per pod"),
    Compared(AT_REST, "measured", Better.LESS, "CPU of a core", YARDSTICK),
    Compared(AT_REST, "measured", Better.LESS, "requests a second|writes a second"),
    Compared("Scheduling", "pods a second", Better.MORE, peer=YARDSTICK),
    Compared("Requests for pods of 2 KB, about 4.5 KB as served", "server CPU", Better.LESS, r".*\| 64", STOCK),
    Compared("Lists of pods", "median", Better.LESS, "3,300|page", YARDSTICK),
    Compared("Watch fan-out", "server CPU each", Better.LESS, "100$|1,000$", YARDSTICK),
    Compared("Memory of the server", "measured", Better.LESS, "idle|with"),
    Compared("Counted by h2load and wrk", "times stock Hypercorn", Better.MORE),
    Compared("What a client costs itself", "CPU of a get of a pod", Better.LESS, "the room", OFFICIAL),
    Compared("What a client costs itself", "CPU of an event of a watch", Better.LESS, "the room", OFFICIAL),
    Compared("Growing to 100,000 objects", "CPU of a create", Better.LESS, peer=YARDSTICK),
    Compared("Growing to 100,000 objects", "memory", Better.LESS),
    Compared("The HTTP stack", "GET per CPU s", Better.MORE, "ours$", "stock Hypercorn"),
    Compared("The HTTP stack", "GET per CPU s", Better.MORE, "ours, TLS", "stock Hypercorn, TLS"),
    Compared("Durable writes of 2 KB objects", "1", Better.MORE, "SQLite, sync|PostgreSQL", "etcd"),
    Compared("Durable writes of 2 KB objects", "16", Better.MORE, "SQLite, sync|PostgreSQL", "etcd"),
    Compared("Durable writes of 2 KB objects", "64", Better.MORE, "SQLite, sync|PostgreSQL", "etcd"),
    Compared("The store: servers, reads and size", "measured", Better.LESS, "a write|an event|10,000", YARDSTICK),
    Compared("Patches and owners of a pod", "measured", Better.LESS, "(?!peer)", "peer: print the pod"),
    Compared("Authorization", "asked before", Better.LESS, peer=YARDSTICK),
    Compared("Authorization", "of another name", Better.LESS, peer=YARDSTICK),
)


class Section(NamedTuple):
    """``rows`` by their first cells, those that are no numbers, joined by " | "."""

    program: str
    yardstick: float
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]


Sections: TypeAlias = Mapping[str, Section]


class Ratio(NamedTuple):
    """``name`` says which; ``value`` is smaller when better."""

    name: str
    program: str
    shown: str
    value: float


def sections(text: str) -> Sections:
    """Of bench/results.md, by title."""
    return {part.partition("\n")[0]: _section(part) for part in re.split(r"(?m)^## ", text)[1:]}


def _section(text: str) -> Section:
    made = re.search(r"`python -m (\S+)`(?:.*yardstick ([\d.]+) µs)?", text)
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    head, _, *body = lines or [[], []]
    rows: dict[str, tuple[str, ...]] = {}
    for cells in body:
        rows.setdefault(_key(cells), tuple(cells))
    program, yardstick = made.groups() if made else ("", None)
    return Section(program, float(yardstick or 0), tuple(head), rows)


def _key(cells: list[str]) -> str:
    """As many cells as say what was measured: the first, and a protocol and a number in flight after it."""
    if len(cells) > 2 and cells[1].startswith("HTTP/"):
        return " | ".join(cells[:3] if cells[2].isdigit() else cells[:2])
    return cells[0]


def number(cell: str) -> float | None:
    """The first one in it: 22594 of "22,594 (0.84×)"."""
    found = re.search(r"\d[\d,]*\.?\d*", cell)
    return float(found.group().replace(",", "")) if found else None


def ratios(found: Sections) -> Iterator[Ratio]:
    """Those that ``found`` has: a section, a peer or a figure that is missing has none."""
    for rule in COMPARED:
        section = found.get(rule.section)
        if section is None or rule.column not in section.columns:
            continue
        column = section.columns.index(rule.column)
        peer = _peer(rule, section, column)
        for key, cells in section.rows.items():
            value = number(cells[column])
            if value and peer and key != rule.peer and re.match(rule.rows, key):
                name = f"{rule.section}: {key}, {rule.column}"
                yield Ratio(name, section.program, cells[column], (value / peer) ** rule.better.value)


def _peer(rule: Compared, section: Section, column: int) -> float | None:
    if not rule.peer:
        return 1.0
    if rule.peer == YARDSTICK:
        # A rate grows as the yardstick falls.
        return section.yardstick**rule.better.value if section.yardstick else None
    return number(section.rows[rule.peer][column]) if rule.peer in section.rows else None
