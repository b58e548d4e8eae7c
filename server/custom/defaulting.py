"""Default values of structural schemas, filled in where a field is absent (or null and may not be).

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.custom.pruning import copied, inner
from server.validation.structural import Schema, all_subschemas


def has_defaults(schema: Schema) -> bool:
    return any(one.get("default") is not None for one in all_subschemas(schema))


def apply_defaults(value: Any, schema: Schema | None) -> None:
    """In place; defaults are applied inside of what was a default, too."""
    if schema is None:
        return
    if isinstance(value, dict):
        properties: Mapping[str, Schema] = schema.get("properties") or {}
        for name, field in properties.items():
            default = field.get("default")
            if default is not None and (name not in value or _lacks(value[name], field)):
                value[name] = copied(default)
        fields: Mapping[str, Schema | None] = properties
        more = inner(schema, "additionalProperties")
        for name in value:
            _fill(value, name, fields.get(name, more))
    elif isinstance(value, list):
        items = inner(schema, "items")
        for index in range(len(value)):
            _fill(value, index, items)


def _fill(holder: Any, at: Any, schema: Schema | None) -> None:
    if schema is None:
        return
    if _lacks(holder[at], schema) and schema.get("default") is not None:
        holder[at] = copied(schema["default"])
    apply_defaults(holder[at], schema)


def _lacks(value: Any, schema: Schema) -> bool:
    return value is None and not schema.get("nullable")
