"""What a type says about patching one of its fields, and the directives a strategic merge patch may carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from openapi.schema import Field, Form, Type
from server.patch.errors import FailedPatch, MalformedPatch
from server.patch.gotext import quote, type_name

DIRECTIVE: Final = "$patch"
DELETE: Final = "delete"
REPLACE: Final = "replace"
MERGE: Final = "merge"
RETAIN_KEYS: Final = "$retainKeys"
DELETE_FROM_PRIMITIVE_LIST: Final = "$deleteFromPrimitiveList"
SET_ELEMENT_ORDER: Final = "$setElementOrder"

BAD_PRIMITIVE_LIST: Final = "invalid patch format of primitive list"
BAD_RETAIN_KEYS: Final = "invalid patch format of retainKeys"
BAD_ELEMENT_ORDER: Final = "invalid patch format of setElementOrder list"

_GO_KINDS = {
    Form.STRING: "string",
    Form.INT32: "int32",
    Form.INT64: "int64",
    Form.BOOL: "bool",
    Form.DOUBLE: "float64",
    Form.BYTES: "slice",
    Form.LIST: "slice",
    Form.MAP: "map",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """How to patch a field: ``type`` is the field's own type, or its elements' for a list."""

    type: Type
    strategy: str
    merge_key: str


def map_rules(parent: Type, key: str) -> Rules:
    """For a field both sides give as an object."""
    field = _field(parent, key)
    return Rules(field.type, _strategy(field), field.patch_merge_key)


def list_rules(parent: Type, key: str) -> Rules:
    """For a field both sides give as a list."""
    field = _field(parent, key)
    rules = Rules(field.type, _strategy(field), field.patch_merge_key)
    if field.type.form is not Form.LIST:
        if field.pointer:
            return rules
        raise FailedPatch(f"expected slice or array type, but got: {go_kind(parent)}")
    element = field.type.element
    if element.form is Form.LIST:
        raise FailedPatch("unexpected slice of slice")
    return Rules(element, rules.strategy, rules.merge_key)


def go_kind(type: Type) -> str:
    """``reflect.Kind`` of the Go type."""
    return _GO_KINDS.get(type.form, "struct")


def _field(parent: Type, key: str) -> Field:
    kind = go_kind(parent)
    if kind != "struct":
        raise FailedPatch(f"merging an object in json but data type is not struct, instead is: {kind}")
    fields = parent.fields if parent.form is Form.STRUCT else {}
    field = fields.get(key)
    if field is not None:
        return field
    folded = key.casefold()
    for name, field in fields.items():
        if name.casefold() == folded:
            return field
    short = parent.name.rpartition(".")[2]
    raise FailedPatch(f"unable to find api field in struct {short} for the json field {quote(key)}")


def _strategy(field: Field) -> str:
    """The strategy beside retainKeys, which only matters to those who make patches."""
    strategies = field.patch_strategies
    others = [strategy for strategy in strategies if strategy != "retainKeys"]
    if len(others) > 1 or len(strategies) > 2:
        raise FailedPatch(f"unexpected patch strategy: [{' '.join(strategies)}]")
    return others[0] if others else ""


def suffix_of(key: str, prefix: str) -> str:
    """``x`` of ``$setElementOrder/x``."""
    head, slash, name = key.partition("/")
    if head != prefix or not slash:
        raise MalformedPatch(BAD_PRIMITIVE_LIST if prefix == DELETE_FROM_PRIMITIVE_LIST else BAD_ELEMENT_ORDER)
    return name


def expect_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise bad_argument("[]interface {}", value)
    return value


def expect_map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_argument("map[string]interface {}", value)
    return value


def bad_argument(expected: str, value: Any) -> FailedPatch:
    return FailedPatch(f"expected a {expected}, but received a {type_name(value)}")
