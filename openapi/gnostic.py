"""A Swagger document in the protobuf form of gnostic's ``openapi.v2.Document``.

Field numbers are those of gnostic's OpenAPIv2.proto. A message is a table from JSON key to number and way of writing;
extensions (``x-…``) and other free values travel as text that a YAML parser reads, which JSON is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from openapi.wire import FIXED64, VARINT, framed, key, varint

Write = Callable[[int, Any], bytes]
Table = Mapping[str, tuple[int, Write]]


def encode(document: Mapping[str, Any]) -> bytes:
    """The message of a whole document. Keys the message has no field for raise KeyError."""
    return _body(document, _DOCUMENT, extensions=16)


def _text(number: int, value: str) -> bytes:
    return framed(number, value.encode())


def _bool(number: int, value: bool) -> bytes:
    return key(number, VARINT) + b"\x01" if value else b""


def _int(number: int, value: int) -> bytes:
    return key(number, VARINT) + varint(value)


def _double(number: int, value: float) -> bytes:
    return key(number, FIXED64) + struct.pack("<d", value)


def _any(number: int, value: Any) -> bytes:
    return framed(number, _text(2, orjson.dumps(value).decode() + "\n"))


def _each(write: Write) -> Write:
    return lambda number, values: b"".join(write(number, value) for value in values)


def _named(write: Write) -> Write:
    """A map as repeated pairs of name and value."""

    def pairs(number: int, values: Mapping[str, Any]) -> bytes:
        return b"".join(framed(number, _text(1, name) + write(2, value)) for name, value in values.items())

    return pairs


def _within(number: int, write: Write) -> Write:
    """A message whose only field is the given one."""
    return lambda outer, value: framed(outer, write(number, value))


def _message(table: Callable[[], Table], extensions: int) -> Write:
    """A message by its table, which is looked up late: messages refer to each other in circles."""
    return lambda number, value: framed(number, _body(value, table(), extensions))


def _body(value: Mapping[str, Any], table: Table, extensions: int) -> bytes:
    written = []
    extra = {}
    for keyword, item in value.items():
        if keyword.startswith("x-"):
            extra[keyword] = item
        else:
            number, write = table[keyword]
            written.append(write(number, item))
    written.append(_named(_any)(extensions, extra))
    return b"".join(written)


def _type(number: int, value: str | list[str]) -> bytes:
    return framed(number, _each(_text)(1, [value] if isinstance(value, str) else value))


def _additional(number: int, value: Any) -> bytes:
    # Of a oneof, false is written too.
    return framed(number, b"\x10" + bytes([value]) if isinstance(value, bool) else _schema(1, value))


def _items(number: int, value: Any) -> bytes:
    return framed(number, _each(_schema)(1, value if isinstance(value, list) else [value]))


_schema: Final = _message(lambda: _SCHEMA, extensions=31)
_SCHEMA: Final[Table] = MappingProxyType(
    {
        "$ref": (1, _text),
        "format": (2, _text),
        "title": (3, _text),
        "description": (4, _text),
        "default": (5, _any),
        "multipleOf": (6, _double),
        "maximum": (7, _double),
        "exclusiveMaximum": (8, _bool),
        "minimum": (9, _double),
        "exclusiveMinimum": (10, _bool),
        "maxLength": (11, _int),
        "minLength": (12, _int),
        "pattern": (13, _text),
        "maxItems": (14, _int),
        "minItems": (15, _int),
        "uniqueItems": (16, _bool),
        "maxProperties": (17, _int),
        "minProperties": (18, _int),
        "required": (19, _each(_text)),
        "enum": (20, _each(_any)),
        "additionalProperties": (21, _additional),
        "type": (22, _type),
        "items": (23, _items),
        "allOf": (24, _each(_schema)),
        "properties": (25, _within(1, _named(_schema))),
        "discriminator": (26, _text),
        "readOnly": (27, _bool),
        "example": (30, _any),
    }
)
_BODY: Final[Table] = MappingProxyType(
    {"description": (1, _text), "name": (2, _text), "in": (3, _text), "required": (4, _bool), "schema": (5, _schema)}
)
_PATH: Final[Table] = MappingProxyType(
    {
        "required": (1, _bool),
        "in": (2, _text),
        "description": (3, _text),
        "name": (4, _text),
        "type": (5, _text),
        "uniqueItems": (19, _bool),
    }
)
_QUERY: Final[Table] = MappingProxyType({**_PATH, "type": (6, _text), "uniqueItems": (20, _bool)})


def _parameter(number: int, value: Mapping[str, Any]) -> bytes:
    """ParametersItem around Parameter around the kind of parameter, itself in NonBodyParameter unless a body."""
    if value["in"] == "body":
        parameter = framed(1, _body(value, _BODY, extensions=6))
    elif value["in"] == "query":
        parameter = framed(2, framed(3, _body(value, _QUERY, extensions=23)))
    else:
        parameter = framed(2, framed(4, _body(value, _PATH, extensions=22)))
    return framed(number, framed(1, parameter))


_RESPONSE: Final[Table] = MappingProxyType({"description": (1, _text), "schema": (2, _within(1, _schema))})
_response: Final = _within(1, _message(lambda: _RESPONSE, extensions=5))
_OPERATION: Final[Table] = MappingProxyType(
    {
        "tags": (1, _each(_text)),
        "description": (3, _text),
        "operationId": (5, _text),
        "produces": (6, _each(_text)),
        "consumes": (7, _each(_text)),
        "parameters": (8, _each(_parameter)),
        "responses": (9, _within(1, _named(_response))),
        "schemes": (10, _each(_text)),
    }
)
_operation: Final = _message(lambda: _OPERATION, extensions=13)
_PATH_ITEM: Final[Table] = MappingProxyType(
    {
        name: (number, _operation)
        for number, name in enumerate(("get", "put", "post", "delete", "options", "head", "patch"), 2)
    }
)
_INFO: Final[Table] = MappingProxyType({"title": (1, _text), "version": (2, _text)})
_API_KEY: Final[Table] = MappingProxyType({"type": (1, _text), "name": (2, _text), "in": (3, _text)})
_DOCUMENT: Final[Table] = MappingProxyType(
    {
        "swagger": (1, _text),
        "info": (2, _message(lambda: _INFO, extensions=7)),
        "paths": (8, _within(2, _named(_message(lambda: _PATH_ITEM, extensions=10)))),
        "definitions": (9, _within(1, _named(_schema))),
        "security": (12, _each(_within(1, _named(_within(1, _each(_text)))))),
        "securityDefinitions": (13, _within(1, _named(_within(2, _message(lambda: _API_KEY, extensions=5))))),
    }
)
