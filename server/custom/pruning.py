"""Fields that a structural schema does not know are dropped, and named.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning, and defaulting/prunenulls.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.validation.structural import ANY_FIELDS, EMBEDDED, Schema

TYPE_META = frozenset({"apiVersion", "kind", "metadata"})
_NOTHING: Schema = {}


def prune(obj: Mapping[str, Any], schema: Schema) -> tuple[dict[str, Any], list[str]]:
    """(a copy without unknown fields, their paths in order). Shares nothing with ``obj`` but scalars.

    ``apiVersion``, ``kind`` and ``metadata`` at the root and of embedded resources stay whatever the schema says.
    """
    unknown: list[str] = []
    pruned = _fields(obj, schema, "", unknown, resource=True)
    return pruned, sorted(unknown)


def _value(value: Any, schema: Schema | None, path: str, unknown: list[str]) -> Any:
    if isinstance(value, dict):
        return _fields(value, schema or _NOTHING, path, unknown, resource=bool(schema and schema.get(EMBEDDED)))
    if isinstance(value, list):
        items = inner(schema, "items")
        if schema and schema.get(ANY_FIELDS):
            items = {**(items or _NOTHING), ANY_FIELDS: True}
        return [_value(one, items, f"{path}[{index}]", unknown) for index, one in enumerate(value)]
    return value


def _fields(
    value: Mapping[str, Any], schema: Schema, path: str, unknown: list[str], *, resource: bool
) -> dict[str, Any]:
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    more = schema.get("additionalProperties")
    keeps = schema.get(ANY_FIELDS)
    kept = {}
    for name, one in value.items():
        here = f"{path}.{name}" if path else name
        if resource and name in TYPE_META:
            kept[name] = copied(one)
        elif name in properties:
            kept[name] = _value(one, properties[name], here, unknown)
        elif isinstance(more, Mapping):
            kept[name] = _value(one, more, here, unknown)
        elif more or keeps:
            kept[name] = copied(one) if keeps else _value(one, None, here, unknown)
        else:
            unknown.append(here)
    return kept


def copied(value: Any) -> Any:
    """A deep copy of JSON."""
    if isinstance(value, dict):
        return {name: copied(one) for name, one in value.items()}
    if isinstance(value, list):
        return [copied(one) for one in value]
    return value


def inner(schema: Schema | None, field: str) -> Schema | None:
    """A schema inside another, where there is one and not a list of them or a flag."""
    found = schema.get(field) if schema else None
    return found if isinstance(found, Mapping) else None


def drop_nulls(value: Any, schema: Schema | None) -> None:
    """Take out, in place, nulls of fields that may not be null and have no default: as if they had not been given."""
    if schema is None:
        return
    if isinstance(value, dict):
        properties: Mapping[str, Schema] = schema.get("properties") or {}
        more = inner(schema, "additionalProperties")
        for name in list(value):
            field = properties.get(name, more)
            if field is None:
                continue
            if value[name] is None and not field.get("nullable") and field.get("default") is None:
                del value[name]
            else:
                drop_nulls(value[name], field)
    elif isinstance(value, list):
        for one in value:
            drop_nulls(one, inner(schema, "items"))
