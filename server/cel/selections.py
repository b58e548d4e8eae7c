"""Which fields an expression reads: the chains of selections in its syntax tree (``claims.a.b``).

The compiler hands the tree out as protobuf alone (cel/expr/checked.proto, syntax.proto); of that only what is needed is
read here.
"""

from __future__ import annotations

from collections.abc import Iterator

Selection = tuple[str, ...]
"""The variable and the fields below it, as far as they are named by constants."""

Fields = dict[int, list[bytes]]

_EXPR = 4
_CONST, _IDENT, _SELECT, _CALL, _LIST, _STRUCT, _COMPREHENSION = range(3, 10)
_OPTIONAL_SELECT = "_?._"


def selections(serialized: bytes) -> frozenset[Selection]:
    """Of a serialized ``google.protobuf.Any`` around a CheckedExpr."""
    found: set[Selection] = set()
    _walk(checked_expression(serialized), found)
    return frozenset(found)


def checked_expression(serialized: bytes) -> bytes:
    """The expression's message in a serialized ``google.protobuf.Any`` around a CheckedExpr."""
    return _first(fields_of(_first(fields_of(serialized), 2)), _EXPR)


def _walk(expr: bytes, found: set[Selection]) -> None:
    node = fields_of(expr)
    chain = chain_of(node)
    if len(chain) > 1:
        found.add(chain)
        return
    for child in children_of(node):
        _walk(child, found)


def chain_of(node: Fields) -> Selection:
    """Empty if the node is not a chain that begins at a variable."""
    if _IDENT in node:
        return (_first(fields_of(node[_IDENT][0]), 1).decode(),)
    if _SELECT in node:
        select = fields_of(node[_SELECT][0])
        below = chain_of(fields_of(_first(select, 1)))
        return (*below, _first(select, 2).decode()) if below else ()
    if _CALL in node:
        call = fields_of(node[_CALL][0])
        arguments = call.get(3, [])
        if _first(call, 2).decode() == _OPTIONAL_SELECT and len(arguments) == 2:
            below, name = chain_of(fields_of(arguments[0])), _text(fields_of(arguments[1]))
            return (*below, name) if below and name else ()
    return ()


def _text(node: Fields) -> str:
    """The value of a string constant."""
    return _first(fields_of(node[_CONST][0]), 6).decode() if _CONST in node else ""


def children_of(node: Fields) -> Iterator[bytes]:
    """The expressions directly below a node."""
    if _SELECT in node:
        yield from fields_of(node[_SELECT][0]).get(1, ())
    elif _CALL in node:
        call = fields_of(node[_CALL][0])
        yield from (*call.get(1, ()), *call.get(3, ()))
    elif _LIST in node:
        yield from fields_of(node[_LIST][0]).get(1, ())
    elif _STRUCT in node:
        for entry in fields_of(node[_STRUCT][0]).get(2, ()):
            parts = fields_of(entry)
            yield from (*parts.get(3, ()), *parts.get(4, ()))
    elif _COMPREHENSION in node:
        parts = fields_of(node[_COMPREHENSION][0])
        for number in (2, 4, 5, 6, 7):
            yield from parts.get(number, ())


def _first(fields: Fields, number: int) -> bytes:
    return fields.get(number, [b""])[0]


def fields_of(message: bytes) -> Fields:
    """The length-delimited fields of a message, by number; a number stands for itself as an empty value."""
    fields: Fields = {}
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        if kind == 0:
            _, position = _varint(message, position)
            continue
        if kind in (1, 5):
            position += 8 if kind == 1 else 4
            continue
        length, position = _varint(message, position)
        fields.setdefault(tag >> 3, []).append(message[position : position + length])
        position += length
    return fields


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
        shift += 7
