"""Objects that expressions build by type, ``Object{spec: Object.spec{replicas: 1}}`` and ``JSONPatch{op: "add"}``, as
maps, which is what the language here can build. Pure text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_tokens = re.compile(
    r"(?P<space>\s+|//[^\n]*)"
    r"|(?P<text>[bBrR]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<other>.)",
    re.S,
)
_TYPES = frozenset({"Object", "JSONPatch"})


class _Token(NamedTuple):
    kind: str
    text: str


def _tokenized(expression: str) -> list[_Token]:
    return [_Token(match.lastgroup or "", match[0]) for match in _tokens.finditer(expression)]


def as_maps(expression: str) -> str:
    """The expression with typed objects written as maps of their fields' names."""
    return "".join(_rewritten(_tokenized(expression)))


def _rewritten(tokens: list[_Token]) -> Iterator[str]:
    braces: list[bool] = []
    """Of each brace that is open, whether it is that of a typed object."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "name" and token.text in _TYPES and not _is_member(tokens, place):
            end = _type_end(tokens, place)
            if end is not None:
                yield "{"
                braces.append(True)
                place = end + 1
                continue
        if token.text == "{":
            braces.append(False)
        elif token.text == "}" and braces:
            braces.pop()
        elif braces and braces[-1] and token.kind == "name" and _is_field(tokens, place):
            yield f'"{token.text}"'
            place += 1
            continue
        yield token.text
        place += 1


def _next(tokens: list[_Token], place: int) -> int:
    place += 1
    while place < len(tokens) and tokens[place].kind == "space":
        place += 1
    return place


def _before(tokens: list[_Token], place: int) -> int:
    """-1 at the beginning."""
    place -= 1
    while place >= 0 and tokens[place].kind == "space":
        place -= 1
    return place


def _is_member(tokens: list[_Token], place: int) -> bool:
    before = _before(tokens, place)
    return before >= 0 and tokens[before].text == "."


def _type_end(tokens: list[_Token], place: int) -> int | None:
    """Where the brace is that opens an object of the type whose name begins at ``place``."""
    place = _next(tokens, place)
    while place < len(tokens) and tokens[place].text == ".":
        place = _next(tokens, _next(tokens, place))
    return place if place < len(tokens) and tokens[place].text == "{" else None


def _is_field(tokens: list[_Token], place: int) -> bool:
    after, before = _next(tokens, place), _before(tokens, place)
    if before >= 0 and tokens[before].text == "?":  # of an optional field, if it does not belong to a choice
        before = _before(tokens, before)
    named = after < len(tokens) and tokens[after].text == ":"
    return named and before >= 0 and tokens[before].text in ("{", ",")
