"""Requests an upstream v1.20 answered, in their order: the same answers, but for what docs/compatibility.md lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from tests.server.harness import Server
from tests.server.replay import Replay, differences

RECORDS = [
    orjson.loads(line)
    for line in (Path(__file__).parent / "data" / "upstream-answers-1.20.jsonl").read_bytes().splitlines()
]
ACCOUNT = {"metadata": {"name": "default"}, "automountServiceAccountToken": False}
"""What the controllers of the recorded server had made; its pods had no token."""
PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"


class Known(NamedTuple):
    """One line of the page; ``*`` in ``answer`` and ``field`` stands for anything."""

    answer: str
    field: str
    why: str

    def covers(self, answer: str, field: str) -> bool:
        return _matches(self.answer, answer) and _matches(self.field, field)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def known_differences() -> list[Known]:
    table = PAGE.read_text().partition("<!-- recorded -->")[2].partition("<!-- end -->")[0]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table.splitlines() if line]
    return [Known(*row) for row in rows[2:]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[str, str, str]]]:
    """(answer id, field, what differs) of the whole replay."""
    with Server(tmp_path_factory.mktemp("replay") / "state.db", disabled_plugins=()) as server:
        server.post("/api/v1/namespaces/default/serviceaccounts", ACCOUNT)
        replay = Replay(server)
        yield [
            (record["id"], field, what)
            for record in RECORDS
            for field, what in differences(record, replay.send(record))
        ]


def test_every_difference_is_on_the_page(found: list[tuple[str, str, str]]) -> None:
    known = known_differences()
    surprises = [one for one in found if not any(row.covers(one[0], one[1]) for row in known)]
    assert surprises == []


def test_every_line_of_the_page_still_describes_a_difference(found: list[tuple[str, str, str]]) -> None:
    stale = [row for row in known_differences() if not any(row.covers(one[0], one[1]) for one in found)]
    assert stale == []


def test_every_line_of_the_page_gives_a_reason() -> None:
    rows = known_differences()
    assert rows
    assert [row for row in rows if len(row.why) < 10] == []


def test_the_comparison_sees_a_changed_field_a_lost_one_a_new_one_and_another_order() -> None:
    record = {"id": "x", "status": 200, "answer": {"a": "1", "b": "<uid>", "c": [1], "d": 1}}
    with_changes = {"d": 1, "a": "2", "b": "any", "c": [1, 2], "e": 0}
    answer = type("A", (), {"status": 201, "body": with_changes})()
    fields = [field for field, _ in differences(record, answer)]
    assert fields == ["(status)", "a", "c(length)", "e", "(order)"]
