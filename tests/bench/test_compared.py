"""Which figures are compared, and when one counts as worse."""

import re
from pathlib import Path

import pytest

from bench.__main__ import PROGRAMS
from bench.check import best, culprits, read, worse
from bench.compared import COMPARED, YARDSTICK, Ratio, number, ratios, sections
from bench.table import RESULTS, Table, record

STORE = """# Measured

## Durable writes of 2 KB objects

`python -m bench.store` on 2 cores (Some), Python 3.11.7; yardstick 20.0 µs

| writes/s, by writers | 1 | 16 | 64 |
|---|--:|--:|--:|
| etcd | 1,000 | 2,000 | 4,000 |
| SQLite, synchronous=FULL | {one} | 6,000 | 9,000 |
"""
AUTHORIZATION = """## Authorization

`python -m bench.authorization` on 2 cores (Some), Python 3.11.7; yardstick {yardstick} µs

| a decision for | asked before | of another name | target |
|---|--:|--:|--:|
| a tenant | {taken} µs | {fresh} µs | ≤ 20 µs |
"""


def of(text: str) -> dict[str, Ratio]:
    return {ratio.name: ratio for ratio in ratios(sections(text))}


@pytest.mark.parametrize(
    ("cell", "value"),
    [("22,594 (0.84×)", 22594), ("12.5 ms", 12.5), ("≤ 5 ms", 5), ("0.67 s", 0.67), ("–", None), ("", None)],
)
def test_the_first_number_of_a_cell_counts(cell: str, value: float | None) -> None:
    assert number(cell) == value


def test_a_rate_is_compared_by_its_peer() -> None:
    committed = of(STORE.format(one="1,500"))
    assert culprits(committed, of(STORE.format(one="1,400"))) == []
    (line,) = culprits(committed, of(STORE.format(one="1,300")))
    assert line.startswith("Durable writes of 2 KB objects: SQLite, synchronous=FULL, 1: 1,500 → 1,300 (1.15 times")


def test_a_time_is_compared_by_the_yardstick() -> None:
    committed = of(AUTHORIZATION.format(yardstick=20, taken="2.0", fresh="4.0"))
    assert culprits(committed, of(AUTHORIZATION.format(yardstick=40, taken="4.0", fresh="8.0"))) == []
    slower = of(AUTHORIZATION.format(yardstick=20, taken="2.3", fresh="4.0"))
    (line,) = culprits(committed, slower)
    assert "a tenant, asked before: 2.0 µs → 2.3 µs" in line
    assert worse(committed, slower) == ["bench.authorization"]


def test_a_figure_that_is_gone_is_a_culprit() -> None:
    committed = of(STORE.format(one="1,500"))
    assert len(culprits(committed, {})) == len(committed) == 3


def test_the_best_of_several_turns_counts() -> None:
    slow, fast = of(STORE.format(one="1,000")), of(STORE.format(one="2,000"))
    assert best(slow, fast) == best(fast, slow) == fast


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "results.md"
    columns = ("a decision for", "asked before", "of another name", "target")
    record(Table("Authorization", "bench.authorization", columns, [("you", "1.0 µs", "2.0 µs", "")]), path)
    assert {ratio.shown for ratio in read(path).values()} == {"1.0 µs", "2.0 µs"}
    assert all(0 < ratio.value < 1 for ratio in read(path).values())


def test_every_rule_finds_something_in_the_committed_results() -> None:
    found = sections(RESULTS.read_text())
    for rule in COMPARED:
        section = found[rule.section]
        assert rule.column in section.columns
        assert any(re.match(rule.rows, key) for key in section.rows), rule
        assert rule.peer in ("", YARDSTICK, *section.rows), rule
        assert section.program in PROGRAMS
