"""Semantic versions, ordered as https://semver.org says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

_NUMBER = r"(0|[1-9][0-9]*)"
_version = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")


@total_ordering
@dataclass(frozen=True, slots=True)
class SemanticVersion:
    """``before`` are the identifiers of a pre-release, empty for a release. What is built (``+…``) has no order."""

    core: tuple[int, int, int]
    before: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> SemanticVersion:
        """Raises ValueError."""
        match = _version.fullmatch(text)
        if match is None:
            raise ValueError(f"no semantic version: {text}")
        before = tuple(match[4].split(".")) if match[4] else ()
        if any(not each or (each.isdigit() and each != str(int(each))) for each in before):
            raise ValueError(f"no semantic version: {text}")
        return cls((int(match[1]), int(match[2]), int(match[3])), before)

    def __lt__(self, other: SemanticVersion) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[tuple[int, int, int], bool, list[tuple[bool, int, str]]]:
        parts = [(not each.isdigit(), int(each) if each.isdigit() else 0, each) for each in self.before]
        return self.core, not self.before, parts
