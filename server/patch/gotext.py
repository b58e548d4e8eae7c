"""JSON values printed as Go prints them, for error messages that quote them."""

from __future__ import annotations

import json
from typing import Any

_TYPES = {str: "string", bool: "bool", int: "int64", float: "float64"}


def type_name(value: Any) -> str:
    """Go's type of a decoded JSON value (``map[string]interface {}``)."""
    if value is None:
        return "%!s(<nil>)"
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return _TYPES[type(value)]


def json_kind(value: Any) -> str:
    """What encoding/json calls a value in "cannot unmarshal … into …"."""
    if value is None:
        return "null"
    return {dict: "object", list: "array", str: "string", bool: "bool"}.get(type(value), "number")


def show(value: Any) -> str:
    """Go's ``%v``: ``map[a:1 b:[x y]]``."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _show_float(value)
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{show(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(show(item) for item in value)}]"
    return str(value)


def _show_float(value: float) -> str:
    """As Python prints it, but with an exponent only from 1e21 on instead of 1e16."""
    text = repr(value)
    _, e, exponent = text.partition("e")
    return f"{value:.0f}" if e and 0 < int(exponent) < 21 else text.removesuffix(".0")


def quote(text: str) -> str:
    """Go's ``%q`` of a string."""
    return json.dumps(text, ensure_ascii=False)


def go_syntax(value: Any) -> str:
    """Go's ``%#v``."""
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        return f"map[string]interface {{}}{{{', '.join(f'{quote(k)}:{go_syntax(value[k])}' for k in sorted(value))}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(go_syntax, value))}}}"
    return show(value)
