"""JSONPath as kubectl and printer columns write it: fields, indexes, slices, wildcards, descents and filters.

Source: k8s.io/client-go/util/jsonpath, https://kubernetes.io/docs/reference/kubectl/jsonpath/. Missing fields find
nothing. Ranges and templates around a path are no part of this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

Step = Callable[[Iterable[Any]], Iterator[Any]]

_tokens = re.compile(
    r"(?P<deep>\.\.)|\.?\*|\.?\[(?P<bracket>(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\?\((?P<filter>(?:[^()]|\([^()]*\))*)\)|[^\]])*)\]"
    r"|\.?(?P<field>(?:\\.|[^.\[\]\\\s{}()])+)",
    re.S,
)
_comparison = re.compile(r"^(?P<left>.+?)\s*(?P<operator>==|!=|<=|>=|<|>)\s*(?P<right>.+)$", re.S)


class JSONPathError(ValueError):
    """The path cannot be read."""


class JSONPath:
    """``find(value)`` yields what the path leads to, in order."""

    __slots__ = ("_steps", "text")

    def __init__(self, text: str) -> None:
        """Raises JSONPathError."""
        self.text = text
        self._steps = _parse(text.strip())

    def find(self, value: Any) -> list[Any]:
        found: Iterable[Any] = [value]
        for step in self._steps:
            found = step(found)
        return list(found)


def _parse(text: str) -> list[Step]:
    steps: list[Step] = []
    place, deep = int(text[:1] in ("$", "@")), False
    while place < len(text):
        match = _tokens.match(text, place)
        if match is None or match.end() == place:
            raise JSONPathError(f"unrecognized character in path: {text[place:]}")
        place = match.end()
        if match["deep"]:
            deep = True
            if place < len(text) and text[place] not in "[*.":
                match = _tokens.match(text, place)
                assert match is not None
                place = match.end()
                steps.append(_deep_field(_unescaped(match["field"] or "")))
                deep = False
        elif match["bracket"] is not None:
            steps.append(_bracket(match["bracket"], match["filter"]))
        elif match["field"] is not None:
            steps.append(_field(_unescaped(match["field"])))
        elif match[0].endswith("*"):
            steps.append(_everything)
        else:
            raise JSONPathError(f"unexpected {match[0]} in path: {text}")
    if deep:
        raise JSONPathError(f"path ends in ..: {text}")
    return steps


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _field(name: str) -> Step:
    def step(values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if isinstance(value, dict) and name in value:
                yield value[name]

    return step


def _deep_field(name: str) -> Step:
    def step(values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            for one in _all_inside(value):
                if isinstance(one, dict) and name in one:
                    yield one[name]

    return step


def _all_inside(value: Any) -> Iterator[Any]:
    yield value
    for one in _members(value):
        yield from _all_inside(one)


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _everything(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from _members(value)


def _bracket(text: str, condition: str | None) -> Step:
    if condition is not None:
        return _filter(condition)
    if text.strip() == "*":
        return _everything
    if text[:1] in "'\"":
        return _field(_unescaped(text[1:-1]))
    if re.fullmatch(r"\s*-?\d*\s*(:\s*-?\d*\s*){0,2}", text) and text.strip():
        return _slice(text)
    if re.fullmatch(r"\s*-?\d+\s*(,\s*-?\d+\s*)+", text):
        return _union([int(part) for part in text.split(",")])
    raise JSONPathError(f"invalid array index {text}")


def _slice(text: str) -> Step:
    parts = [int(part) if part.strip() else None for part in text.split(":")]

    def step(values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if not isinstance(value, list):
                continue
            if len(parts) > 1:
                yield from value[slice(*parts)]
                continue
            index = parts[0]
            if index is not None and -len(value) <= index < len(value):
                yield value[index]

    return step


def _union(indexes: list[int]) -> Step:
    def step(values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if isinstance(value, list):
                yield from (value[index] for index in indexes if -len(value) <= index < len(value))

    return step


def _filter(condition: str) -> Step:
    holds = _condition(condition.strip())

    def step(values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            yield from (item for item in _members(value) if holds(item))

    return step


def _condition(text: str) -> Callable[[Any], bool]:
    compared = _comparison.match(text)
    if compared is None:
        if set(text) & set("=<>!"):
            raise JSONPathError(f"invalid filter: {text}")
        path = _operand(text)
        return lambda item: bool(path(item))
    left, right = _operand(compared["left"].strip()), _operand(compared["right"].strip())
    operator = compared["operator"]
    return lambda item: _compare(left(item), right(item), operator)


def _operand(text: str) -> Callable[[Any], list[Any]]:
    """What it stands for, given the item that is looked at."""
    if text[:1] == "@":
        return JSONPath(text[1:]).find
    if text[:1] in "'\"" and text[-1:] == text[:1] and len(text) > 1:
        literal: Any = _unescaped(text[1:-1])
    else:
        try:
            literal = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise JSONPathError(f"unrecognized identifier {text}") from None
    return lambda item: [literal]


def _compare(left: list[Any], right: list[Any], operator: str) -> bool:
    if not left or not right:
        return False
    one, other = left[0], right[0]
    if operator in ("==", "!="):
        return bool((one == other) == (operator == "=="))
    try:
        return bool({"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator])
    except TypeError:
        return False
