"""From a JSON value to an object as Go would print it, and the complaints Go would have on the way.

Source: sigs.k8s.io/json (strict decoding) and encoding/json (printing), as the API server uses them.
"""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object
from openapi.compiled import ODDITIES, printer, reader
from openapi.gojson import DecodeError, parse_json
from openapi.irregular import examine
from openapi.schema import Type

__all__ = ["DecodeError", "canonicalise", "decode", "parse_json"]


def decode(value: Any, type_: Type) -> tuple[Object, list[str]]:
    """The canonical object, and what a strict decoder says of it: ``unknown field "spec.foo"``.

    Fields match case-sensitively, null is absence, unknown fields are left out. The value is not changed and shares
    no containers with the object, but for what has no schema (RAW). Raises DecodeError with Go's wording for a value
    of the wrong type.
    """
    if type_.codec is not None:
        return type_.codec.decode({} if value is None else value)
    try:
        read = reader(type_)
        value = {} if value is None else value
        try:
            return read(value), []
        except ODDITIES:
            pruned, messages = examine(value, type_)
            return read(pruned), messages
    except RecursionError:
        raise DecodeError("exceeded max depth") from None


def canonicalise(obj: Object, type_: Type) -> Object:
    """The object as Go would print it.

    For objects that were decoded before and changed since: their values' types are not checked. May share unchanged
    parts with its argument.
    """
    if type_.codec is not None:
        return type_.codec.canonicalise(obj)
    canonical: Object = printer(type_)(obj)
    return canonical
