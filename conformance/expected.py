"""What the checks are expected to come to, and why those that fail do: a committed list, to compare runs with."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.runner import Result, State

EXPECTED = Path(__file__).resolve().parent / "expected.csv"
"""Of kubejazz itself."""

NO_REASON = "not looked into yet"


@dataclass(frozen=True, slots=True)
class Expected:
    """``why`` a check fails; empty for one that passes."""

    passes: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """``red``: fail and should not; ``green``: pass and need not."""

    red: tuple[Result, ...]
    green: tuple[Result, ...]

    def lines(self) -> list[str]:
        """One for each, the worse first."""
        red = [f"turned red: {one.listed.codename}: {' '.join(one.reason.split())}" for one in self.red]
        green = [f"turned green, so that the list must be updated: {one.listed.codename}" for one in self.green]
        return [*red, *green]


def read(path: Path) -> dict[str, Expected]:
    """By codename. Raises ValueError in one line for a file that is no such list, OSError."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != ["codename", "result", "why"]:
            raise ValueError(f"{path} has not the columns codename, result, why")
        return {row["codename"]: Expected(row["result"] == State.PASSED.value, row["why"]) for row in reader}


def compare(expected: Mapping[str, Expected], results: Iterable[Result]) -> Changes:
    """Of what was run: a check that nobody expected anything of should pass."""
    run = [one for one in results if one.state in (State.PASSED, State.FAILED)]
    should = {one.listed.codename: expected.get(one.listed.codename, Expected(True)).passes for one in run}
    return Changes(
        tuple(one for one in run if one.state is State.FAILED and should[one.listed.codename]),
        tuple(one for one in run if one.state is State.PASSED and not should[one.listed.codename]),
    )


def accept(expected: Mapping[str, Expected], results: Iterable[Result]) -> dict[str, Expected]:
    """The list that these results make true; reasons of what goes on failing are kept."""
    new = dict(expected)
    for one in results:
        name = one.listed.codename
        if one.state is State.PASSED:
            new[name] = Expected(True)
        elif one.state is State.FAILED:
            known = expected.get(name)
            new[name] = Expected(False, known.why if known and known.why else NO_REASON)
    return new


def write(path: Path, expected: Mapping[str, Expected]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("codename", "result", "why"))
        for name, one in sorted(expected.items()):
            writer.writerow((name, (State.PASSED if one.passes else State.FAILED).value, one.why))
