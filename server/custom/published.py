"""The OpenAPI documents of custom resources: a version 3 document for each group-version, and their part of version 2.

Source: k8s.io/apiextensions-apiserver/pkg/controller/openapi (builder, v2/conversion.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import orjson

from apimachinery.gvk import GroupVersion, GroupVersionKind
from openapi import v2, v3
from openapi.definitions import V2, V3, Dialect, definitions
from openapi.descriptions import describe
from openapi.operations import PATCHES, Operation, operations, resource_list
from openapi.resources import Resource
from openapi.schema import Form, Type, type_of
from server.custom.pruning import inner
from server.validation.structural import ANY_FIELDS, EMBEDDED, Schema

_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1"
_CONVENTIONS: Final = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
_PRODUCES: Final = ("application/json", "application/yaml")
_PATCHES: Final = tuple(kind for kind in PATCHES if "strategic" not in kind)
_JUNCTORS: Final = frozenset({"allOf", "anyOf", "oneOf", "not"})
_UNKNOWN_TO_V2: Final = frozenset({*_JUNCTORS, "nullable", "externalDocs", "id", "$schema", "default"})


class Described(NamedTuple):
    """A served version, as far as documents are concerned."""

    resource: Resource
    type: Type
    schema: Schema


def document(group_version: GroupVersion, resources: Sequence[Described]) -> bytes:
    """The version 3 document of a group-version."""
    offered = [resource_list(group_version), *_operations(resources)]
    schemas = {**_referred(offered, V3), **_own(resources, V3)}
    return orjson.dumps(v3.document(offered, schemas), option=orjson.OPT_SORT_KEYS)


def swagger_part(resources: Sequence[Described]) -> dict[str, Any]:
    """``paths`` and ``definitions`` of the version 2 document."""
    offered = _operations(resources)
    group_versions = dict.fromkeys(one.resource.group_version for one in resources)
    offered += [resource_list(group_version) for group_version in group_versions]
    whole = v2.document(offered, _own(resources, V2))
    return {"paths": whole["paths"], "definitions": whole["definitions"]}


def _operations(resources: Iterable[Described]) -> list[Operation]:
    found = []
    for one in resources:
        own = {one.resource.gvk: one.type, _list_kind(one): _list_type(one)}
        for operation in operations(one.resource, lambda gvk, own=own: own.get(gvk) or type_of(gvk)):  # type: ignore[misc]
            consumes = _PATCHES if operation.method == "patch" else _PRODUCES if operation.body else operation.consumes
            found.append(replace(operation, produces=_PRODUCES, consumes=consumes))
    return found


def _list_kind(one: Described) -> GroupVersionKind:
    return one.resource.group_version.kind(one.resource.list_kind)


def _list_type(one: Described) -> Type:
    definition = one.type.definition.removesuffix(one.resource.kind) + one.resource.list_kind
    return Type(Form.STRUCT, one.resource.list_kind, definition=definition, fields={}, codec=one.type.codec)


def _referred(offered: Iterable[Operation], dialect: Dialect) -> dict[str, dict[str, Any]]:
    """The definitions of the server's own types that the operations name, or that every schema names."""
    meta = [type_of(GroupVersionKind("", "v1", "ConfigMapList")), type_of(GroupVersionKind("", "v1", "ConfigMap"))]
    wanted = [field.type for one in meta for name, field in one.fields.items() if name == "metadata"]
    wanted += [one for one in v3.named_types(offered) if one.codec is None]
    return dict(definitions(wanted, dialect))


def _own(resources: Iterable[Described], dialect: Dialect) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in resources:
        found[one.type.definition] = _kind_schema(one, dialect)
        found[_list_type(one).definition] = _list_schema(one, dialect)
    return found


def _kind_schema(one: Described, dialect: Dialect) -> dict[str, Any]:
    marked = {"x-kubernetes-group-version-kind": [one.resource.gvk._asdict()]}
    if dialect is V2:
        if one.schema.get(ANY_FIELDS):
            return {"type": "object", **marked}
        schema = _in_v2(one.schema)
    else:
        schema = dict(one.schema)
    schema["properties"] = {
        **(schema.get("properties") or {}),
        **_type_meta(dialect),
        **_metadata("ObjectMeta", dialect),
    }
    return _with_embedded({**schema, **marked}, dialect)


def _list_schema(one: Described, dialect: Dialect) -> dict[str, Any]:
    reference = {"$ref": dialect.prefix + one.type.definition}
    items = {
        "type": "array",
        "items": reference,
        "description": f"List of {one.resource.plural}. More info: {_CONVENTIONS}",
    }
    return {
        "type": "object",
        "description": f"{one.resource.list_kind} is a list of {one.resource.kind}",
        "required": ["items"],
        "properties": {**_type_meta(dialect), "items": items, **_metadata("ListMeta", dialect)},
        "x-kubernetes-group-version-kind": [_list_kind(one)._asdict()],
    }


def _type_meta(dialect: Dialect) -> dict[str, Any]:
    texts = describe("io.k8s.api.core.v1.ConfigMap").fields
    return {name: {"type": "string", "description": texts.get(name, "")} for name in ("apiVersion", "kind")}


def _metadata(kind: str, dialect: Dialect) -> dict[str, Any]:
    what = "object" if kind == "ObjectMeta" else "list"
    text = f"Standard {what}'s metadata. More info: {_CONVENTIONS}#{'metadata' if what == 'object' else 'types-kinds'}"
    reference = {"$ref": f"{dialect.prefix}{_META}.{kind}"}
    schema = {"description": text, **reference} if dialect is V2 else {"description": text, "allOf": [reference]}
    return {"metadata": schema}


def _with_embedded(schema: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Embedded resources have the fields of every resource."""
    made = dict(schema)
    if isinstance(made.get("properties"), Mapping):
        made["properties"] = {name: _with_embedded(dict(one), dialect) for name, one in made["properties"].items()}
    for name in ("items", "additionalProperties"):
        if (inside := inner(made, name)) is not None:
            made[name] = _with_embedded(dict(inside), dialect)
    if made.get(EMBEDDED) and not (dialect is V2 and made.get(ANY_FIELDS)):
        fields = {**_type_meta(dialect), **_metadata("ObjectMeta", dialect)}
        made["properties"] = {**(made.get("properties") or {}), **fields}
        made["required"] = [*(made.get("required") or ()), *_missing(made.get("required") or ())]
    return made


def _missing(there: Iterable[str]) -> list[str]:
    return [name for name in ("kind", "apiVersion") if name not in there]


def _in_v2(schema: Schema) -> dict[str, Any]:
    """What version 2, and kubectl's reading of it, can say of a schema."""
    made = {name: value for name, value in schema.items() if name not in _UNKNOWN_TO_V2}
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    if schema.get("nullable") or schema.get(ANY_FIELDS):
        made = {name: value for name, value in made.items() if name not in ("items", "properties")}
        properties = {}
    if schema.get("nullable") or (schema.get(ANY_FIELDS) and schema.get("type") == "object"):
        made.pop("type", None)
    if made.get("type") == "array" and "items" not in made:
        del made["type"]
    if properties:
        made["properties"] = {name: _in_v2(one) for name, one in properties.items()}
        required = [name for name in made.get("required") or () if not properties.get(name, {}).get("nullable")]
        made.pop("required", None)
        made |= {"required": required} if required else {}
    for name in ("items", "additionalProperties"):
        inside = inner(schema, name)
        if inside is not None and name in made:
            made[name] = _in_v2(inside)
    return made
