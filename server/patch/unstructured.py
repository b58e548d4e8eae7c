"""What a strategic merge patch that breaks the type is told: upstream turns the patched map into a struct without the
JSON reader, and words errors as that converter does.

Source: k8s.io/apimachinery/pkg/runtime/converter.go (fromUnstructured).
"""

from __future__ import annotations

import re
from typing import Any

from openapi.schema import Form, Type

_KINDS = {str: "string", bool: "bool", int: "int64", float: "float64", dict: "map", list: "slice"}
_SIMPLE = {Form.STRING: "string", Form.INT32: "int32", Form.INT64: "int64", Form.BOOL: "bool", Form.DOUBLE: "float64"}
_CONVERTIBLE = {("int64", "string")}
"""Kinds between which Go can convert, and JSON must not; floats to integers depend on the value."""


_INTO_FIELD = re.compile(r"into Go struct field \S+ of type")


def reworded(error: str, value: Any, type: Type) -> str:
    """The JSON reader's ``error`` about ``value`` as the converter words it: types that read JSON do so alone."""
    return misfit(value, type) or _INTO_FIELD.sub("into Go value of type", error)


def misfit(value: Any, type: Type) -> str | None:
    """Why a decoded JSON value cannot be that type, or None: it can, or the type reads JSON itself."""
    if value is None:
        return None
    form, kind = type.form, _KINDS[value.__class__]
    if form in _SIMPLE:
        return _simple(value, kind, type)
    if form is Form.STRUCT:
        return _fields(value, type) if kind == "map" else f"cannot restore struct from: {kind}"
    if form is Form.MAP:
        return _first(value.values(), type.element) if kind == "map" else f"cannot restore map from {kind}"
    if form is Form.LIST:
        return _first(value, type.element) if kind == "slice" else f"cannot restore slice from {kind}"
    if form is Form.BYTES and kind != "string":
        return f"cannot restore slice from {kind}"
    return None


def _simple(value: Any, kind: str, type: Type) -> str | None:
    wanted = _SIMPLE[type.form]
    integers = wanted in ("int32", "int64")
    if kind == wanted or (kind == "int64" and (integers or wanted == "float64")):
        return None
    if kind == "float64" and integers:
        return None if value.is_integer() else f"cannot convert float64 to {type.name}"
    if (kind, wanted) in _CONVERTIBLE:
        return f"cannot convert {kind} to {type.name}"
    return f"unrecognized type: {wanted}"


def _fields(value: dict[str, Any], type: Type) -> str | None:
    """The first error in the order of the type's fields."""
    for name, field in type.fields.items():
        if name in value and (found := misfit(value[name], field.type)) is not None:
            return found
    return None


def _first(values: Any, element: Type) -> str | None:
    return next((found for value in values if (found := misfit(value, element)) is not None), None)
