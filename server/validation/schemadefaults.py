"""The default values in the schemas of custom resources.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting/validation.go, pkg/apiserver/schema/pruning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apimachinery.fielderrors import invalid
from server.validation.checks import Errors
from server.validation.structural import ANY_FIELDS, EMBEDDED, Schema

ValueCheck = Callable[[Errors, str, Any, Schema], None]
"""(errors, path, value, schema): append what is wrong with a value of that schema."""

_TYPE_META = frozenset({"apiVersion", "kind", "metadata"})


def accept_any(errors: Errors, path: str, value: Any, schema: Schema) -> None:
    """No check."""


def check_defaults(errors: Errors, schema: Schema, path: str, value_check: ValueCheck, any_field: bool) -> None:
    """For a structural schema. ``any_field``: whether defaults may have fields that would be pruned."""
    _check(errors, {**schema, EMBEDDED: True}, path, value_check, any_field)


def _check(errors: Errors, schema: Schema, path: str, value_check: ValueCheck, any_field: bool) -> None:
    value, here = schema.get("default"), f"{path}.default"
    if value is not None:
        if not any_field and _has_unknown(value, schema, bool(schema.get(EMBEDDED))):
            errors.append(invalid(here, value, "must not have unknown fields"))
        value_check(errors, here, value, schema)
    items = schema.get("items")
    if isinstance(items, Mapping):
        _check(errors, items, f"{path}.items", value_check, any_field)
    for name, inner in (schema.get("properties") or {}).items():
        if not (schema.get(EMBEDDED) and name in _TYPE_META):
            _check(errors, inner, f"{path}.properties[{name}]", value_check, any_field)


def has_unknown_default(schema: Schema) -> bool:
    """Whether a default has fields that would be pruned."""
    problems: Errors = []
    check_defaults(problems, schema, "", accept_any, False)
    return bool(problems)


def _has_unknown(value: Any, schema: Schema, resource: bool) -> bool:
    if isinstance(value, list):
        items = schema.get("items")
        return isinstance(items, Mapping) and any(_has_unknown(one, items, bool(items.get(EMBEDDED))) for one in value)
    if not isinstance(value, Mapping):
        return False
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, inner in value.items():
        if name in properties:
            if _has_unknown(inner, properties[name], bool(properties[name].get(EMBEDDED))):
                return True
        elif isinstance(more, Mapping):
            if _has_unknown(inner, more, bool(more.get(EMBEDDED))):
                return True
        elif not (more or schema.get(ANY_FIELDS) or (resource and name in _TYPE_META)):
            return True
    return False
