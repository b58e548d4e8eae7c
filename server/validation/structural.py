"""Structural schemas: every validation says something of a field that the schema's skeleton has, with its type.

Works on schemas as they are on the wire. Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, required
from server.validation.checks import Errors
from server.validation.regexps import regexp_problem

Schema = Mapping[str, Any]

ANY_FIELDS = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
INT_OR_STRING = "x-kubernetes-int-or-string"
LIST_KEYS = "x-kubernetes-list-map-keys"
LIST_TYPE = "x-kubernetes-list-type"
MAP_TYPE = "x-kubernetes-map-type"
RULES = "x-kubernetes-validations"

_ROOT, _ITEM, _FIELD = "at the root", "for specified array items", "for specified object fields"
_INT_OR_STRING_TYPES = [{"type": "integer"}, {"type": "string"}]
_NAMES = frozenset({"name", "generateName"})
_UNSUPPORTED = (
    ("id", "id"),
    ("$schema", "schema"),
    ("$ref", "$ref"),
    ("patternProperties", "patternProperties"),
    ("dependencies", "dependencies"),
    ("additionalItems", "additionalItems"),
    ("definitions", "definitions"),
)
_FORBIDDEN_INSIDE = (
    ("default", "undefined"),
    ("title", "empty"),
    ("description", "empty"),
    ("nullable", "false"),
    (ANY_FIELDS, "false"),
    (EMBEDDED, "false"),
    (INT_OR_STRING, "false"),
    (LIST_KEYS, "empty"),
    (LIST_TYPE, "undefined"),
    (MAP_TYPE, "undefined"),
    (RULES, "empty"),
)


def direct_subschemas(schema: Schema) -> Iterator[Schema]:
    """The schemas right inside a schema, of whatever use."""
    for field in ("items", "additionalProperties", "additionalItems", "not"):
        inner = schema.get(field)
        if isinstance(inner, Mapping):
            yield inner
        elif isinstance(inner, list):
            yield from inner
    for field in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(field) or ()
    for field in ("properties", "patternProperties", "definitions", "dependencies"):
        yield from (inner for inner in (schema.get(field) or {}).values() if isinstance(inner, Mapping))


def all_subschemas(schema: Schema) -> Iterator[Schema]:
    """The schema and every schema inside it."""
    yield schema
    for inner in direct_subschemas(schema):
        yield from all_subschemas(inner)


def structural_obstacle(schema: Schema) -> str:
    """Why the schema cannot be read as a structural one at all."""
    for inner in all_subschemas(schema):
        for field, name in _UNSUPPORTED:
            if inner.get(field) not in (None, "", {}, []):
                return f"OpenAPIV3Schema '{name}' is not supported"
        if inner.get(ANY_FIELDS) is False:
            return f"internal error: '{ANY_FIELDS}' must be true or undefined"
        if isinstance(inner.get("items"), list) and inner["items"]:
            return "OpenAPIV3Schema 'items' must be a schema, but is an array"
    return ""


def check_structural(errors: Errors, schema: Schema, path: str) -> None:
    """For a schema without :func:`structural_obstacle`; the errors are sorted by their text, as upstream sorts them."""
    found: Errors = []
    _check_node(found, schema, _ROOT, path)
    _check_complete(found, schema, schema, path, path)
    errors += sorted(found, key=str)


def _inner(schema: Schema, field: str) -> Schema | None:
    value = schema.get(field)
    return value if isinstance(value, Mapping) else None


def _check_node(errors: Errors, schema: Schema, level: str, path: str) -> None:
    items, more = _inner(schema, "items"), schema.get("additionalProperties")
    if schema.get("type") == "array" and items is None:
        errors.append(required(f"{path}.items", "must be specified"))
    if items is not None:
        _check_node(errors, items, _ITEM, f"{path}.items")
    for name, inner in (schema.get("properties") or {}).items():
        _check_node(errors, inner, _FIELD, f"{path}.properties[{name}]")
    if more is not None and level == _ROOT:
        errors.append(forbidden(f"{path}.additionalProperties", "must not be used at the root"))
    if isinstance(more, Mapping):
        _check_node(errors, more, _FIELD, f"{path}.additionalProperties")
    _check_extensions(errors, schema, path)
    _check_values(errors, schema, path, *_int_or_string_patterns(schema))
    _check_type(errors, schema, level, path)
    _check_embedded(errors, schema, path)
    _check_type_meta(errors, schema, level, path)


def _int_or_string_patterns(schema: Schema) -> tuple[bool, bool]:
    """Whether ``anyOf``, or that of the first ``allOf``, only says: a number or a string."""
    first = (schema.get("allOf") or [{}])[0]
    return schema.get("anyOf") == _INT_OR_STRING_TYPES, first.get("anyOf") == _INT_OR_STRING_TYPES


def _check_extensions(errors: Errors, schema: Schema, path: str) -> None:
    if schema.get(INT_OR_STRING):
        for field in (ANY_FIELDS, EMBEDDED):
            if schema.get(field):
                problem = f"must be false if {INT_OR_STRING} is true"
                errors.append(invalid(f"{path}.{field}", True, problem))


def _check_type(errors: Errors, schema: Schema, level: str, path: str) -> None:
    kind, here = schema.get("type") or "", f"{path}.type"
    if schema.get(EMBEDDED) and kind != "object":
        problem = f"must be object if {EMBEDDED} is true"
        errors.append(invalid(here, kind, problem) if kind else required(here, problem))
    elif not kind and not schema.get(INT_OR_STRING) and not schema.get(ANY_FIELDS):
        errors.append(required(here, f"must not be empty {level}"))
    if level == _ROOT and kind and kind != "object":
        errors.append(invalid(here, kind, "must be object at the root"))


def _check_embedded(errors: Errors, schema: Schema, path: str) -> None:
    if not schema.get(EMBEDDED):
        return
    if schema.get("additionalProperties") is not None:
        problem = f"must not be used if {EMBEDDED} is set"
        errors.append(forbidden(f"{path}.additionalProperties", problem))
    if not schema.get(ANY_FIELDS) and not schema.get("properties"):
        problem = f"must not be empty if {EMBEDDED} is true without {ANY_FIELDS}"
        errors.append(required(f"{path}.properties", problem))


def _check_type_meta(errors: Errors, schema: Schema, level: str, path: str) -> None:
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    resource = level == _ROOT or schema.get(EMBEDDED)
    for name in ("kind", "apiVersion"):
        if resource and name in properties and properties[name].get("type") != "string":
            here = f"{path}.properties[{name}].type"
            errors.append(invalid(here, properties[name].get("type") or "", "must be string"))
    metadata = properties.get("metadata")
    if metadata is None:
        return
    here = f"{path}.properties[metadata]"
    if resource and metadata.get("type") != "object":
        errors.append(invalid(f"{here}.type", metadata.get("type") or "", "must be object"))
    if level == _ROOT and _says_more_than_names(metadata):
        problem = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        errors.append(forbidden(here, problem))


def _says_more_than_names(metadata: Schema) -> bool:
    allowed = {"type", "default"}
    if set(metadata.get("properties") or ()) <= _NAMES:
        allowed.add("properties")
    zero: tuple[Any, ...] = ("", [], {})
    return any(
        field not in allowed and value is not None and value is not False and value not in zero
        for field, value in metadata.items()
    )


def _check_values(errors: Errors, schema: Schema, path: str, skip_any: bool, skip_first_any: bool) -> None:
    for index, inner in enumerate(() if skip_any else schema.get("anyOf") or ()):
        _check_nested(errors, inner, f"{path}.anyOf[{index}]")
    for index, inner in enumerate(schema.get("allOf") or ()):
        _check_nested(errors, inner, f"{path}.allOf[{index}]", skip_any=skip_first_any and not index)
    for index, inner in enumerate(schema.get("oneOf") or ()):
        _check_nested(errors, inner, f"{path}.oneOf[{index}]")
    if (inner := schema.get("not")) is not None:
        _check_nested(errors, inner, f"{path}.not")
    pattern = schema.get("pattern")
    if pattern and (problem := regexp_problem(pattern)):
        detail = f"must be a valid regular expression, but isn't: {problem}"
        errors.append(invalid(f"{path}.pattern", pattern, detail))


def _check_nested(errors: Errors, schema: Schema, path: str, *, skip_any: bool = False) -> None:
    """A schema in a logical junctor, which may only restrict values."""
    _check_values(errors, schema, path, skip_any, False)
    if (items := _inner(schema, "items")) is not None:
        _check_nested(errors, items, f"{path}.items")
    properties = schema.get("properties") or {}
    for name, inner in properties.items():
        _check_nested(errors, inner, f"{path}.properties[{name}]")
    if schema.get("type"):
        errors.append(forbidden(f"{path}.type", "must be empty to be structural"))
    if schema.get("additionalProperties") not in (None, False):
        errors.append(forbidden(f"{path}.additionalProperties", "must be undefined to be structural"))
    for field, state in _FORBIDDEN_INSIDE:
        value = schema.get(field)
        if value is not None and (value or field in ("default", LIST_TYPE, MAP_TYPE)):
            errors.append(forbidden(f"{path}.{field}", f"must be {state} to be structural"))
    if "metadata" in properties:
        errors.append(forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context"))


def _check_complete(errors: Errors, values: Schema, skeleton: Schema, path: str, where: str) -> None:
    """Everything restricted is also in the skeleton. ``where``: the path of the restriction."""
    if (inner := values.get("not")) is not None:
        _check_nested_complete(errors, inner, skeleton, path, f"{where}.not")
    for field in ("allOf", "anyOf", "oneOf"):
        for index, inner in enumerate(values.get(field) or ()):
            _check_nested_complete(errors, inner, skeleton, path, f"{where}.{field}[{index}]")


def _check_nested_complete(errors: Errors, values: Schema, skeleton: Schema | None, path: str, where: str) -> None:
    if skeleton is None:
        errors.append(required(path, f"because it is defined in {where}"))
        return
    _check_complete(errors, values, skeleton, path, where)
    if (items := _inner(values, "items")) is not None:
        _check_nested_complete(errors, items, _inner(skeleton, "items"), f"{path}.items", f"{where}.items")
    known = skeleton.get("properties") or {}
    for name, inner in (values.get("properties") or {}).items():
        step = f"properties[{name}]"
        _check_nested_complete(errors, inner, known.get(name), f"{path}.{step}", f"{where}.{step}")
