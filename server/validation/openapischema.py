"""The schemas of custom resources, rule by rule, apart from whether they are structural.

CEL expressions are not compiled. Works on schemas as they are on the wire.
Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation, ValidateCustomResourceDefinitionOpenAPISchema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required
from server.cel.lazily import rule_problem
from server.validation.checks import Errors, supported
from server.validation.schemapaths import PathError, find_field
from server.validation.structural import (
    ANY_FIELDS,
    EMBEDDED,
    LIST_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    RULES,
    Schema,
    all_subschemas,
    structural_obstacle,
)

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_TYPE_META = frozenset({"metadata", "kind", "apiVersion"})
_UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_ONLY_ATOMIC = f"must be atomic as item of a list with {LIST_TYPE}=set"
_EMPTY = "must be non-empty if specified"


@dataclass(frozen=True, slots=True)
class SchemaOptions:
    """What the stored definition has wrong and may keep."""

    any_type: bool = False
    any_set_items: bool = False
    any_keys: bool = False


STRICT = SchemaOptions()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a resource a schema stands: in object or type metadata, and why defaults are refused, if they are."""

    in_metadata: bool = False
    no_defaults: str = ""


def check_openapi_schema(errors: Errors, schema: Schema, path: str, options: SchemaOptions = STRICT) -> None:
    """The schema of a whole resource."""
    _check(errors, schema, path, options, _Place(), True)


def _check(
    errors: Errors, schema: Schema, path: str, options: SchemaOptions, place: _Place, root: bool = False
) -> None:
    _check_supported(errors, schema, path, options, place)
    _check_children(errors, schema, path, options, place, root)
    if schema.get(ANY_FIELDS) is False:
        errors.append(invalid(f"{path}.{ANY_FIELDS}", False, "must be true or undefined"))
    _check_map_type(errors, schema, path)
    _check_list_type(errors, schema, path, options)
    if schema.get(LIST_TYPE) == "map":
        _check_map_list(errors, schema, path)
    if not options.any_keys:
        _check_keys(errors, schema, path)
    for index, rule in enumerate(schema.get(RULES) or ()):
        _check_rule(errors, schema, rule, f"{path}.{RULES}[{index}]")


def _check_supported(errors: Errors, schema: Schema, path: str, options: SchemaOptions, place: _Place) -> None:
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES and not options.any_type:
        errors.append(not_supported(f"{path}.type", kind, _TYPES))
    if schema.get("default") is not None and place.no_defaults:
        errors.append(forbidden(f"{path}.default", f"must not be set {place.no_defaults}"))
    for field in _UNSUPPORTED:
        value = schema.get(field)
        if value or (value is not None and field in ("additionalItems", "dependencies", "$ref")):
            errors.append(forbidden(f"{path}.{field}", f"{field} is not supported"))
    if kind == "null":
        errors.append(forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative"))
    if isinstance(schema.get("items"), list) and schema["items"]:
        errors.append(forbidden(f"{path}.items", "items must be a schema object and not an array"))
    if place.in_metadata and schema.get(EMBEDDED):
        errors.append(forbidden(f"{path}.{EMBEDDED}", "must not be used inside of resource meta"))
    if schema.get("uniqueItems"):
        problem = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        errors.append(forbidden(f"{path}.uniqueItems", problem))


def _check_children(
    errors: Errors, schema: Schema, path: str, options: SchemaOptions, place: _Place, root: bool
) -> None:
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    if properties and more is not None and more is not True:
        problem = "additionalProperties and properties are mutual exclusive"
        errors.append(forbidden(f"{path}.additionalProperties", problem))
    if isinstance(more, Mapping):
        inside = place
        if place.in_metadata:
            inside = replace(place, no_defaults="inside additionalProperties applying to object metadata")
        _check(errors, more, f"{path}.additionalProperties", options, inside)
    for name, inner in properties.items():
        inside = place
        if name in _TYPE_META and (root or schema.get(EMBEDDED)):
            inside = _Place(True, f"in top-level {name}" if root else place.no_defaults)
        _check(errors, inner, f"{path}.properties[{name}]", options, inside)
    if (inner := schema.get("not")) is not None:
        _check(errors, inner, f"{path}.not", options, place)
    for field in ("allOf", "oneOf", "anyOf"):
        for index, inner in enumerate(schema.get(field) or ()):
            _check(errors, inner, f"{path}.{field}[{index}]", options, place)
    for name, inner in (schema.get("definitions") or {}).items():
        _check(errors, inner, f"{path}.definitions[{name}]", options, place)
    items = schema.get("items")
    if isinstance(items, Mapping):
        _check(errors, items, f"{path}.items", options, place)
    for index, inner in enumerate(items if isinstance(items, list) else ()):
        _check(errors, inner, f"{path}.items[{index}]", options, place)
    for name, inner in (schema.get("dependencies") or {}).items():
        if isinstance(inner, Mapping):
            _check(errors, inner, f"{path}.dependencies[{name}]", options, place)


def _check_kind(errors: Errors, schema: Schema, path: str, wanted: str, field: str) -> bool:
    """Whether the type is the one that the extension is for."""
    kind = schema.get("type") or ""
    if kind == wanted:
        return True
    problem = f"must be {wanted} if {field} is specified"
    errors.append(invalid(f"{path}.type", kind, problem) if kind else required(f"{path}.type", problem))
    return False


def _check_map_type(errors: Errors, schema: Schema, path: str) -> None:
    if (kind := schema.get(MAP_TYPE)) is not None:
        _check_kind(errors, schema, path, "object", MAP_TYPE)
        supported(errors, f"{path}.{MAP_TYPE}", kind, ("atomic", "granular"))


def _items(schema: Schema) -> Schema | None:
    items = schema.get("items")
    return items if isinstance(items, Mapping) else None


def _unatomic(items: Schema) -> str:
    """The extension that makes an item of a set divisible, or that is missing to make it indivisible."""
    if items.get("type") == "array" and items.get(LIST_TYPE) not in (None, "atomic"):
        return LIST_TYPE
    return MAP_TYPE if items.get("type") == "object" and items.get(MAP_TYPE) != "atomic" else ""


def _check_list_type(errors: Errors, schema: Schema, path: str, options: SchemaOptions) -> None:
    kind, keys = schema.get(LIST_TYPE), schema.get(LIST_KEYS)
    if kind is not None:
        fits, items = _check_kind(errors, schema, path, "array", LIST_TYPE), _items(schema)
        if fits and kind == "set" and items is not None and not options.any_set_items and (field := _unatomic(items)):
            errors.append(invalid(f"{path}.items.{field}", items.get(LIST_TYPE), _ONLY_ATOMIC))
        supported(errors, f"{path}.{LIST_TYPE}", kind, ("atomic", "set", "map"))
    if keys and kind != "map":
        problem, here = f"must be map if {LIST_KEYS} is non-empty", f"{path}.{LIST_TYPE}"
        errors.append(required(here, problem) if kind is None else invalid(here, kind, problem))


def _check_map_list(errors: Errors, schema: Schema, path: str) -> None:
    keys: Sequence[str] = schema.get(LIST_KEYS) or ()
    if not keys:
        errors.append(required(f"{path}.{LIST_KEYS}", f"must not be empty if {LIST_TYPE} is map"))
    items = _items(schema)
    if schema.get("items") is None:
        errors.append(required(f"{path}.items", f"must have a schema if {LIST_TYPE} is map"))
    elif items is None:
        problem = f"must only have a single schema if {LIST_TYPE} is map"
        errors.append(invalid(f"{path}.items", schema["items"], problem))
    elif items.get("type") != "object":
        problem = f"must be object if parent array's {LIST_TYPE} is map"
        errors.append(invalid(f"{path}.items.type", items.get("type") or "", problem))
    else:
        _check_key_names(errors, keys, items.get("properties") or {}, path)


def _check_key_names(errors: Errors, keys: Sequence[str], properties: Mapping[str, Schema], path: str) -> None:
    for index, key in enumerate(keys):
        if key not in properties:
            problem = "entries must all be names of item properties"
            errors.append(invalid(f"{path}.{LIST_KEYS}", keys, problem))
        elif properties[key].get("type") in ("array", "object"):
            problem = f"must be a scalar type if parent array's {LIST_TYPE} is map"
            errors.append(invalid(f"{path}.items.properties[{key}].type", "object", problem))
        if key in keys[:index]:
            errors.append(invalid(f"{path}.{LIST_KEYS}", keys, "must not contain duplicate entries"))


def _check_keys(errors: Errors, schema: Schema, path: str) -> None:
    """No null in a set or among keys, and no key without a value."""
    kind, items = schema.get(LIST_TYPE), _items(schema)
    if items is None or kind not in ("set", "map"):
        return
    if items.get("nullable"):
        errors.append(forbidden(f"{path}.items.nullable", f"cannot be nullable when {LIST_TYPE} is {kind}"))
    properties: Mapping[str, Schema] = items.get("properties") or {}
    for key in (schema.get(LIST_KEYS) or ()) if kind == "map" else ():
        if key not in properties:
            continue
        here = f"{path}.items.properties[{key}]"
        if key not in (items.get("required") or ()) and properties[key].get("default") is None:
            problem = f"this property is in {LIST_KEYS}, so it must have a default or be a required property"
            errors.append(required(f"{here}.default", problem))
        if properties[key].get("nullable"):
            problem = f"this property is in {LIST_KEYS}, so it cannot be nullable"
            errors.append(forbidden(f"{here}.nullable", problem))


def _has_newlines(text: str) -> bool:
    return "\n" in text or "\r" in text


def _check_rule(errors: Errors, schema: Schema, rule: Mapping[str, Any], path: str) -> None:
    text, message = (rule.get("rule") or "").strip(), rule.get("message") or ""
    if not text:
        errors.append(required(f"{path}.rule", "rule is not specified"))
    elif message and not message.strip():
        errors.append(invalid(f"{path}.message", message, _EMPTY))
    elif _has_newlines(message.strip()):
        errors.append(invalid(f"{path}.message", message, "must not contain line breaks"))
    elif _has_newlines(text) and not message:
        problem = "message must be specified if rule contains line breaks"
        errors.append(required(f"{path}.message", problem))
    elif problem := rule_problem(text):
        errors.append(invalid(f"{path}.rule", text, problem))
    if rule.get("messageExpression") and not rule["messageExpression"].strip():
        errors.append(required(f"{path}.messageExpression", f"messageExpression {_EMPTY}"))
    if (reason := rule.get("reason")) is not None:
        supported(errors, f"{path}.reason", reason, _REASONS)
    _check_rule_path(errors, schema, rule.get("fieldPath") or "", f"{path}.fieldPath")


def _check_rule_path(errors: Errors, schema: Schema, text: str, path: str) -> None:
    if not text:
        return
    if not text.strip():
        errors.append(invalid(path, text, _EMPTY))
    if _has_newlines(text):
        errors.append(invalid(path, text, "must not contain line breaks"))
    if structural_obstacle(schema):
        return
    try:
        find_field(text, schema)
    except PathError:
        errors.append(invalid(path, text, "must be a valid path"))


def stored_options(schemas: Sequence[Schema]) -> SchemaOptions:
    """What these schemas of a stored definition have wrong."""
    nodes = [node for schema in schemas for node in all_subschemas(schema)]
    problems: Errors = []
    for node in nodes:
        _check_keys(problems, node, "")
    sets = [items for node in nodes if node.get(LIST_TYPE) == "set" and (items := _items(node)) is not None]
    return SchemaOptions(
        any_type=any(node.get("type") and node["type"] not in _TYPES for node in nodes),
        any_set_items=any(map(_unatomic, sets)),
        any_keys=bool(problems),
    )
