"""The official conformance list: names of v1.37, and what each test needs of a cluster. A fact, kept as data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).resolve().parent / "data" / "list.csv"

NEEDS = {"a": "the API only", "b": "pods that run", "c": "real containers"}
"""What the classes mean."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One test of the list: its exact official codename, its class (a key of NEEDS), and a remark."""

    codename: str
    needs: str
    note: str

    @property
    def area(self) -> str:
        """``sig-apps``, from the codename's first bracket."""
        return self.codename[1 : self.codename.index("]")]


def official_list() -> tuple[Listed, ...]:
    """All tests in the list's order."""
    with LIST.open(newline="", encoding="utf-8") as file:
        return tuple(Listed(row["codename"], row["class"], row["note"]) for row in csv.DictReader(file))
