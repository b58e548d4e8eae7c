"""One step of a field path, in the spelling of FieldsV1 keys.

``f:name`` is a field of an object or an entry of a map, ``k:{"name":"x"}`` the list item with those key fields,
``v:"x"`` the member of a set, ``i:0`` the item at an index. ``.`` is no step: it marks the node itself as a member.
Two elements are the same exactly when their canonical spellings are equal, so strings serve as identities everywhere.
Source: sigs.k8s.io/structured-merge-diff/fieldpath.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from apimachinery.remembering import remembered
from server.patch.gotext import quote, show

SELF: Final = "."


def field(name: str) -> str:
    return f"f:{name}"


def key(fields: Mapping[str, Any]) -> str:
    """The item with these key fields, which must be scalars."""
    return f"k:{_json({name: _plain(fields[name]) for name in sorted(fields)})}"


def value(member: Any) -> str:
    """The member of a set; a scalar."""
    return f"v:{_json(_plain(member))}"


def _plain(number: Any) -> Any:
    """``1.0`` is the same element as ``1``, and Go prints it so."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _json(item: Any) -> str:
    text = orjson.dumps(item).decode()
    if "<" in text or ">" in text or "&" in text:
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return text


@remembered(1 << 14)
def canonical(element: str) -> str | None:
    """The canonical spelling, None for an element of a kind this version does not know; raises ValueError."""
    if len(element) < 2:
        raise ValueError("key must be 2 characters long:")
    if element[1] != ":":
        raise ValueError(f"missing colon: {element}")
    kind, rest = element[0], element[2:]
    if kind == "f":
        return element
    if kind == "v":
        return value(orjson.loads(rest))
    if kind == "k":
        fields = orjson.loads(rest)
        if not isinstance(fields, dict):
            raise ValueError(f"expected an object of key fields: {element}")
        return key(fields)
    if kind == "i":
        return f"i:{int(rest)}"
    return None


@remembered(1 << 16)
def order(element: str) -> tuple[Any, ...]:
    """Sort key of canonical elements: fields, keys, values, indices, each in their own order."""
    kind, rest = element[0], element[2:]
    if kind == "f":
        return 0, rest
    if kind == "k":
        return 1, tuple((name, _value_order(item)) for name, item in orjson.loads(rest).items())
    if kind == "v":
        return 2, _value_order(orjson.loads(rest))
    if kind == "i":
        return 3, int(rest)
    return (-1,)


def _value_order(item: Any) -> tuple[Any, ...]:
    if isinstance(item, bool):
        return 2, item
    if isinstance(item, (int, float)):
        return 0, item
    if isinstance(item, str):
        return 1, item
    if isinstance(item, list):
        return 3, tuple(map(_value_order, item))
    if isinstance(item, dict):
        return 4, tuple((name, _value_order(item[name])) for name in sorted(item))
    return (5,)


def display(element: str) -> str:
    """As error messages print it: ``.spec``, ``[name="x"]``, ``[="x"]``, ``[0]``."""
    kind, rest = element[0], element[2:]
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        fields = orjson.loads(rest).items()
        return f"[{','.join(f'{name}={_display_value(item)}' for name, item in fields)}]"
    if kind == "v":
        return f"[={_display_value(orjson.loads(rest))}]"
    return f"[{rest}]"


def _display_value(item: Any) -> str:
    if item is None:
        return "null"
    return quote(item) if isinstance(item, str) else show(item)
