"""Field selectors: ``metadata.name=x,status.phase!=Running``.

Syntax, escaping and error wording follow k8s.io/apimachinery/pkg/fields/selector.go. Which fields a
resource supports is not known here. A selector is immutable and may be shared between threads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class FieldSelectorError(ValueError):
    """The text is not a field selector; the message is upstream's."""


class FieldRequirement(NamedTuple):
    field: str
    op: str  # "=" or "!="
    value: str


class FieldSelector:
    __slots__ = ("_equal", "_unequal", "requirements")

    def __init__(self, requirements: Iterable[FieldRequirement] = ()) -> None:
        self.requirements = tuple(requirements)
        self._equal = tuple((r.field, r.value) for r in self.requirements if r.op == "=")
        self._unequal = tuple((r.field, r.value) for r in self.requirements if r.op != "=")

    @property
    def empty(self) -> bool:
        return not self.requirements

    def matches(self, fields: Mapping[str, str]) -> bool:
        """A missing field counts as the empty string."""
        get = fields.get
        for field, value in self._equal:
            if get(field, "") != value:
                return False
        return all(get(field, "") != value for field, value in self._unequal)

    def exact(self, field: str) -> str | None:
        """The one value the field must have, or None."""
        return next((value for name, value in self._equal if name == field), None)

    def __str__(self) -> str:
        return ",".join(f"{r.field}{r.op}{escape_value(r.value)}" for r in self.requirements)

    def __repr__(self) -> str:
        return f"FieldSelector({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return self.requirements == other.requirements if isinstance(other, FieldSelector) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.requirements)


ALL_FIELDS = FieldSelector()

_TERM = re.compile(r"(?:[^\\,]|\\.|\\$)*", re.DOTALL)
_OPERATOR = re.compile(r"!=|==|=")
_SPECIAL = re.compile(r"[\\,=]")


def parse_field_selector(text: str) -> FieldSelector:
    """Raises FieldSelectorError in upstream's words. Terms are kept in sorted order, as upstream does."""
    return FieldSelector(_requirement(term, text) for term in sorted(_terms(text)) if term) if text else ALL_FIELDS


def escape_value(value: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", value)


def _terms(text: str) -> list[str]:
    """Split at commas that no backslash escapes."""
    terms, start = [], 0
    while True:
        match = _TERM.match(text, start)
        end = match.end() if match else start
        terms.append(text[start:end])
        if end >= len(text):
            return terms
        start = end + 1


def _requirement(term: str, selector: str) -> FieldRequirement:
    match = _OPERATOR.search(term)
    if match is None:
        raise FieldSelectorError(f"invalid selector: '{selector}'; can't understand '{term}'")
    op = "!=" if match[0] == "!=" else "="
    return FieldRequirement(term[: match.start()], op, _unescape(term[match.end() :]))


def _unescape(text: str) -> str:
    if _SPECIAL.search(text) is None:
        return text
    out: list[str] = []
    characters = iter(text)
    for character in characters:
        if character in ",=":
            # upstream prints the rune as a number
            raise FieldSelectorError(f"invalid field selector: unescaped character in value: {ord(character)}")
        if character == "\\":
            character = next(characters, "")
            if character not in ("\\", ",", "="):
                raise FieldSelectorError(f"invalid field selector: invalid escape sequence: \\{character}")
        out.append(character)
    return "".join(out)
