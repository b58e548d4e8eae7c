"""What an expression costs that looks through something large again and again: ``a.all(x, x in b)``.

The language's own implementation bounds how often loops go round, not what each round costs, and an object can bring
lists of 100,000 items. Pure. What is looked through is seen here where it is a variable or a field of one, not where it
is reached by an index or bound to a name inside of the expression.
Source: k8s.io/apiserver/pkg/apis/cel (PerCallLimit), of whose costs the limit here is a multiple.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from server.cel.selections import Fields, Selection, chain_of, checked_expression, children_of, fields_of

LIMIT: Final = 20_000_000
"""Items or characters looked at; a fifth of a second."""
_ROUNDS: Final = 10_000
"""More are made by no loop."""

_RANGE, _CALL, _LIST, _COMPREHENSION = 2, 6, 7, 9
_BODY: Final = (4, 5, 6, 7)
_CHEAP: Final = frozenset(
    {b"_&&_", b"_||_", b"!_", b"_?_:_", b"@not_strictly_false", b"size", b"_[_]", b"_[?_]", b"_?._", b"-_"}
)

Range = Selection | int
"""What a loop goes over, empty where that is not known; or how many items it has, if they stand in the expression."""


class Repeated(NamedTuple):
    """``operand`` is looked through in every round of the loops over ``ranges``, each in the one before."""

    ranges: tuple[Range, ...]
    operand: Selection


def repeated(serialized: bytes) -> frozenset[Repeated]:
    return frozenset(_walk(checked_expression(serialized), ()))


def _walk(expr: bytes, ranges: tuple[Range, ...]) -> Iterator[Repeated]:
    """``ranges``: of the loops that this is in."""
    node = fields_of(expr)
    if _COMPREHENSION in node:
        loop = fields_of(node[_COMPREHENSION][0])
        (ranged,) = loop[_RANGE]
        yield from _walk(ranged, ranges)
        for child in (child for number in _BODY for child in loop.get(number, ())):
            yield from _walk(child, (*ranges, _range(fields_of(ranged))))
        return
    if ranges and _CALL in node:
        yield from (Repeated(ranges, operand) for operand in _operands(node))
    for child in children_of(node):
        yield from _walk(child, ranges)


def _range(node: Fields) -> Range:
    return len(fields_of(node[_LIST][0]).get(1, ())) if _LIST in node else chain_of(node)


def _operands(node: Fields) -> Iterator[Selection]:
    call = fields_of(node[_CALL][0])
    if call.get(2, [b""])[0] in _CHEAP:
        return
    for argument in (*call.get(1, ()), *call.get(3, ())):
        if chain := chain_of(fields_of(argument)):
            yield chain


def too_much(loops: frozenset[Repeated], values: Mapping[str, Any]) -> bool:
    return any(_is_too_much(one, values) for one in loops)


def _is_too_much(one: Repeated, values: Mapping[str, Any]) -> bool:
    size = _size(values, one.operand) or 0
    if size * _ROUNDS <= LIMIT:
        return False
    rounds = 1
    for ranged in one.ranges:
        known = ranged if isinstance(ranged, int) else _size(values, ranged)
        rounds = min(_ROUNDS, rounds * (_items(values) if known is None else known))
    return size * rounds > LIMIT


def _size(values: Mapping[str, Any], chain: Selection) -> int | None:
    """None where there is nothing that can be looked through."""
    found: Any = values
    for name in chain:
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return len(found) if chain and isinstance(found, (str, bytes, list, dict)) else None


def _items(values: Mapping[str, Any]) -> int:
    """In all lists and maps there are, up to _ROUNDS: what a loop over something unknown goes over is among them."""
    count = 0
    waiting: list[Any] = [values]
    while waiting and count < _ROUNDS:
        one = waiting.pop()
        children = one.values() if isinstance(one, Mapping) else one
        count += len(children)
        waiting.extend(child for child in children if isinstance(child, (dict, list)))
    return count
