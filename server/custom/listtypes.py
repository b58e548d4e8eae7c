"""Lists that are sets or maps have no item, or key, twice.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype/validation.go.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import orjson

from apimachinery.fielderrors import MOST_TOLD, FieldError, duplicate, invalid, key
from server.custom.pruning import inner
from server.validation.structural import LIST_KEYS, LIST_TYPE, Schema, all_subschemas


def has_list_types(schema: Schema) -> bool:
    return any(one.get(LIST_TYPE) in ("set", "map") for one in all_subschemas(schema))


def check_lists(value: Any, schema: Schema | None, path: str = "") -> list[FieldError]:
    if schema is None:
        return []
    if isinstance(value, list):
        errors = _repeated(value, schema, path)
        for index, one in enumerate(value):
            errors += check_lists(one, inner(schema, "items"), f"{path}[{index}]")
        return errors
    if not isinstance(value, dict):
        return []
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    more = inner(schema, "additionalProperties")
    errors = []
    for name, one in value.items():
        if more is not None:
            errors += check_lists(one, more, key(path, name))
        if name in properties:
            errors += check_lists(one, properties[name], f"{path}.{name}" if path else name)
    return errors


def _repeated(items: Sequence[Any], schema: Schema, path: str) -> list[FieldError]:
    if schema.get(LIST_TYPE) == "set":
        return [duplicate(f"{path}[{index}]", items[index]) for index in _again([_identity(item) for item in items])]
    if schema.get(LIST_TYPE) != "map":
        return []
    for index, item in enumerate(items):
        if item is not None and not isinstance(item, dict):
            return [invalid(f"{path}[{index}]", item, "must be an object for an array of list-type map")]
    names = schema.get(LIST_KEYS) or ()
    keys = [{name: item[name] for name in names if name in item} if item else {} for item in items]
    return [duplicate(f"{path}[{index}]", keys[index]) for index in _again([_identity(one) for one in keys])]


def _identity(value: Any) -> Hashable:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _again(identities: Sequence[Hashable]) -> list[int]:
    """Where each that comes more than once comes for the second time."""
    seen: dict[Hashable, int] = {}
    found = []
    for index, identity in enumerate(identities):
        seen[identity] = seen.get(identity, 0) + 1
        if seen[identity] == 2:
            found.append(index)
    return found[: MOST_TOLD + 1]
