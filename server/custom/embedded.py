"""Whole resources inside of custom resources (x-kubernetes-embedded-resource): their metadata is metadata.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from apimachinery.fielderrors import FieldError, invalid, required
from apimachinery.gvk import GroupVersion
from apimachinery.names import is_dns1035_label
from apimachinery.objects import Object
from openapi.decode import DecodeError, decode
from openapi.schema import package_of
from server.custom.pruning import inner
from server.validation.objectmeta import validate_object_meta
from server.validation.rules import name_is_path_segment
from server.validation.structural import EMBEDDED, Schema, all_subschemas

_unknown = re.compile(r'^unknown field "(.*)"$', re.S)
Visit = Callable[[Object, str], None]


def has_embedded(schema: Schema) -> bool:
    return any(one.get(EMBEDDED) for one in all_subschemas(schema))


def read_metadata(value: Any, path: str) -> tuple[Object, list[str]]:
    """(metadata as Go would keep it, the paths of what it does not know). Raises DecodeError."""
    metadata, messages = decode(value, package_of("meta/v1").type("ObjectMeta"))
    found = [match[1] for match in map(_unknown.match, messages) if match]
    return metadata, [f"{path}.{name}" for name in found]


def coerce(obj: Object, schema: Schema) -> list[str]:
    """Read the metadata of embedded resources in place; the paths of unknown fields in them. Raises DecodeError."""
    unknown: list[str] = []

    def visit(resource: Object, path: str) -> None:
        for name in ("apiVersion", "kind"):
            if name in resource and not isinstance(resource[name], str):
                raise DecodeError(str(invalid(f"{path}.{name}", resource[name], "must be a string")))
        if "metadata" in resource:
            resource["metadata"], paths = read_metadata(resource["metadata"], f"{path}.metadata")
            unknown.extend(paths)

    each(obj, schema, "", visit)
    return sorted(unknown)


def validate(obj: Object, schema: Schema) -> list[FieldError]:
    """What is wrong with embedded resources as resources."""
    errors: list[FieldError] = []
    each(obj, schema, "", lambda resource, path: errors.extend(_problems(resource, path)))
    return errors


def each(value: Any, schema: Schema | None, path: str, visit: Visit) -> None:
    """Call ``visit`` with every embedded resource inside of a value, and its path. The root is none."""
    if schema is None:
        return
    if isinstance(value, dict):
        properties: Mapping[str, Schema] = schema.get("properties") or {}
        more = inner(schema, "additionalProperties")
        if schema.get(EMBEDDED) and path:
            visit(value, path)
        for name, one in value.items():
            if name in properties:
                each(one, properties[name], f"{path}.{name}" if path else name, visit)
            elif more is not None:
                each(one, more, f"{path}[{name}]", visit)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            each(one, inner(schema, "items"), f"{path}[{index}]", visit)


def _problems(resource: Object, path: str) -> list[FieldError]:
    errors = [required(f"{path}.{name}") for name in ("apiVersion", "kind") if name not in resource]
    for name, check in (("apiVersion", _version_problem), ("kind", _kind_problem)):
        if name in resource and (problem := check(resource[name])):
            errors.append(invalid(f"{path}.{name}", resource[name], problem))
    if isinstance(metadata := resource.get("metadata"), dict):
        named = {**metadata, "name": metadata.get("name") or "fakename"}
        errors += validate_object_meta(named, bool(named.get("namespace")), name_is_path_segment, f"{path}.metadata")
    return errors


def _version_problem(value: Any) -> str:
    if not isinstance(value, str):
        return "must be a string"
    if not value:
        return "must not be empty"
    try:
        GroupVersion.parse(value)
    except ValueError as error:
        return str(error)
    return ""


def _kind_problem(value: Any) -> str:
    if not isinstance(value, str):
        return "must be a string"
    if not value:
        return "must not be empty"
    problems = is_dns1035_label(value.lower())
    return f"may have mixed case, but should otherwise match: {','.join(problems)}" if problems else ""
