"""Writes an object as upstream's generated code would, byte for byte, by functions compiled per type on first use.

Fields go in the order of their numbers; a field that is no pointer is written even when it holds its zero value. Lists,
maps and pointers that are not set are left out.
"""

from __future__ import annotations

import struct
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import orjson

from apimachinery.timefmt import parse_time
from openapi.schema import Field, Form, Type
from openapi.wire import BYTES, FIXED64, VARINT, framed, key, sized, varint

Write = Callable[[Any], bytes]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_WIRE_TYPES: Final = MappingProxyType({Form.INT32: VARINT, Form.INT64: VARINT, Form.BOOL: VARINT, Form.DOUBLE: FIXED64})
_TRUE: Final = b"\x01"
_FALSE: Final = b"\x00"


def message_writer(type_: Type) -> Write:
    """Writes a value of a type that is a message, without its length."""
    memo = type_.memo
    if "protobuf.write" not in memo:
        memo["protobuf.write"] = _compile(type_)
    found: Write = memo["protobuf.write"]
    return found


def wire_type(type_: Type) -> int:
    return _WIRE_TYPES.get(type_.form, BYTES)


def is_wrapped(type_: Type) -> bool:
    """Whether a list is a message of its own (``ExtraValue``, ``Verbs``): the named list types of scalars."""
    return type_.form is Form.LIST and not type_.name.startswith("[]") and type_.element.form is Form.STRING


def is_repeated(type_: Type) -> bool:
    return type_.form is Form.LIST and not is_wrapped(type_)


def in_message(type_: Type) -> list[Field]:
    """The fields that have a number, by it."""
    fields = (field for field in type_.fields.values() if field.number)
    return sorted(fields, key=lambda field: (*field.inline, field.number))


def _compile(type_: Type) -> Write:
    if is_wrapped(type_):
        return _repeated(1, type_.element)
    match type_.form:
        case Form.STRUCT:
            return _struct(in_message(type_), depth=0)
        case Form.UNION:
            return _union(type_)
        case _:
            return _SPECIAL[type_.form]


def value_writer(type_: Type) -> Write:
    """Writes a value as it follows its key: with its length, where it has one."""
    plain = _SCALARS.get(type_.form)
    if plain is not None:
        return plain
    if type_.form not in (Form.STRUCT, Form.UNION, Form.LIST):
        special = _SPECIAL[type_.form]
        return lambda value: sized(special(value))

    def write(value: Any) -> bytes:
        # Looked up late: types are recursive.
        return sized(message_writer(type_)(value))

    return write


def _field(field: Field) -> tuple[Write, bytes]:
    """(writes a value that is set, what stands for one that is not)."""
    type_ = field.type
    if is_repeated(type_):
        return _repeated(field.number, type_.element), b""
    if type_.form is Form.MAP:
        return _map(field.number, type_.element), b""
    begin, write = key(field.number, wire_type(type_)), value_writer(type_)
    unset = b"" if field.pointer or type_.form in (Form.BYTES, Form.LIST) else begin + _zero(type_)
    return (lambda value: begin + write(value)), unset


def _zero(type_: Type) -> bytes:
    if type_.form is Form.STRUCT:
        return sized(message_writer(type_)({}))
    return value_writer(type_)(_ZEROS.get(type_.form))


def _struct(fields: list[Field], depth: int) -> Write:
    """``depth``: how many embedded messages the fields have been unpacked of."""
    plan: list[tuple[str, Write, bytes]] = []
    while fields:
        field = fields.pop(0)
        if len(field.inline) == depth:
            plan.append((field.name, *_field(field)))
            continue
        number = field.inline[depth]
        inner = [field]
        while fields and fields[0].inline[depth : depth + 1] == (number,):
            inner.append(fields.pop(0))
        plan.append(("", _embedded(number, inner, depth + 1), b""))

    def write(value: Mapping[str, Any]) -> bytes:
        get = value.get
        parts = []
        for name, write_field, unset in plan:
            item = get(name) if name else value
            parts.append(unset if item is None else write_field(item))
        return b"".join(parts)

    return write


def _embedded(number: int, fields: list[Field], depth: int) -> Write:
    """A Go struct embedded in another: its fields are the outer object's in JSON, but a message in protobuf."""
    write = _struct(fields, depth)
    return lambda outer: framed(number, write(outer))


def _repeated(number: int, element: Type) -> Write:
    begin, write = key(number, wire_type(element)), value_writer(element)
    return lambda values: b"".join([begin + write(value) for value in values])


def _map(number: int, element: Type) -> Write:
    begin, of_key, of_value = key(number, BYTES), key(1, BYTES), key(2, wire_type(element))
    write = value_writer(element)

    def write_all(values: Mapping[str, Any]) -> bytes:
        return b"".join(
            [begin + sized(of_key + sized(name.encode()) + of_value + write(values[name])) for name in sorted(values)]
        )

    return write_all


def _union(type_: Type) -> Write:
    """The option that fits; a boolean among the options is written beside a schema too (true), as upstream does."""
    shapes = {Form.STRUCT: dict, Form.LIST: list, Form.BOOL: bool}
    flag = next((key(number, VARINT) for option, number in type_.options if option.form is Form.BOOL), b"")

    def write(value: Any) -> bytes:
        if isinstance(value, bool):
            return flag + (_TRUE if value else _FALSE)
        for option, number in type_.options:
            if isinstance(value, shapes[option.form]):
                if is_repeated(option):
                    return _repeated(number, option.element)(value)
                return (flag + _TRUE if flag else b"") + key(number, BYTES) + value_writer(option)(value)
        return b""

    return write


def _text(value: str) -> bytes:
    return sized(value.encode(errors="replace"))


def _int_or_string(value: int | str) -> bytes:
    if isinstance(value, str):
        return b"\x08\x01\x10\x00\x1a" + _text(value)
    return b"\x08\x00\x10" + varint(value) + b"\x1a\x00"


@lru_cache(maxsize=4096)
def _timestamp(value: str | None, *, micro: bool) -> bytes:
    if value is None:
        return b""
    since = parse_time(value) - EPOCH
    nanos = since.microseconds * 1000 if micro else 0
    return b"\x08" + varint(since // _SECOND) + b"\x10" + varint(nanos)


def _json(value: Any) -> bytes:
    return b"" if value is None else framed(1, orjson.dumps(value))


_SCALARS: Final[Mapping[Form, Write]] = MappingProxyType(
    {
        Form.STRING: _text,
        Form.BYTES: lambda value: sized(b64decode(value)),
        Form.INT32: varint,
        Form.INT64: varint,
        Form.BOOL: lambda value: _TRUE if value else _FALSE,
        Form.DOUBLE: struct.Struct("<d").pack,
    }
)
_SPECIAL: Final[Mapping[Form, Write]] = MappingProxyType(
    {
        Form.QUANTITY: lambda value: b"\x0a" + _text(value),
        Form.INT_OR_STRING: _int_or_string,
        Form.TIME: lambda value: _timestamp(value, micro=False),
        Form.MICRO_TIME: lambda value: _timestamp(value, micro=True),
        Form.RAW: _json,
        Form.FIELDS_V1: _json,
    }
)
_ZEROS: Final[Mapping[Form, Any]] = MappingProxyType(
    {
        Form.STRING: "",
        Form.INT32: 0,
        Form.INT64: 0,
        Form.BOOL: False,
        Form.DOUBLE: 0.0,
        Form.QUANTITY: "0",
        Form.INT_OR_STRING: 0,
    }
)
"""What is written for a value that is not set; the messages not named here are empty then."""
