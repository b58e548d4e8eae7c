"""The JSON Schema of a type, in the two dialects OpenAPI documents are written in.

Version 2 knows neither ``default`` nor ``oneOf`` as upstream publishes it; in version 3 a reference with anything
beside it is wrapped in ``allOf``. Source: kube-openapi's generators and its version 3 conversion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apimachinery.gvk import GroupVersion
from openapi.compiled import zero_maker
from openapi.descriptions import describe, text_of
from openapi.groups import PACKAGE_OF, PACKAGES
from openapi.resources import GROUP_VERSIONS
from openapi.schema import ALWAYS_PRINTED, Field, Form, Type, is_kind

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    prefix: str
    """Of references."""
    defaults: bool
    """Whether schemas carry default values, and unions are spelt out (version 3)."""


V2: Final = Dialect("#/definitions/", defaults=False)
V3: Final = Dialect("#/components/schemas/", defaults=True)

_PLAIN: Final[Mapping[Form, Schema]] = {
    Form.STRING: {"type": "string"},
    Form.INT32: {"type": "integer", "format": "int32"},
    Form.INT64: {"type": "integer", "format": "int64"},
    Form.BOOL: {"type": "boolean"},
    Form.DOUBLE: {"type": "number", "format": "double"},
    Form.BYTES: {"type": "string", "format": "byte"},
    Form.RAW: {"type": "object"},
}
_NAMED: Final[Mapping[Form, Schema]] = {
    Form.TIME: {"type": "string", "format": "date-time"},
    Form.MICRO_TIME: {"type": "string", "format": "date-time"},
    Form.FIELDS_V1: {"type": "object"},
    Form.RAW: {"type": "object"},
    Form.UNION: {},
    Form.QUANTITY: {"type": "string"},
    Form.INT_OR_STRING: {"type": "string", "format": "int-or-string"},
}
_NAMED_V3: Final[Mapping[Form, Schema]] = {
    Form.QUANTITY: {"oneOf": [{"type": "string"}, {"type": "number"}]},
    Form.INT_OR_STRING: {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"},
}
_META: Final = PACKAGES["meta/v1"]
_EVERYWHERE: Final = ("DeleteOptions", "WatchEvent")
"""Kinds of meta/v1 that upstream registers in every group-version."""
# Structs of which one member is set: the field that says which, if any, and the members.
_UNIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    f"{PACKAGES['core/v1']}.AppArmorProfile": ("type", ("localhostProfile",)),
    f"{PACKAGES['core/v1']}.PodSchedulingGroup": ("", ("podGroupName",)),
    f"{PACKAGES['core/v1']}.SeccompProfile": ("type", ("localhostProfile",)),
    f"{PACKAGES['flowcontrol/v1']}.LimitResponse": ("type", ("queuing",)),
    f"{PACKAGES['flowcontrol/v1']}.PriorityLevelConfigurationSpec": ("type", ("exempt", "limited")),
    f"{PACKAGES['flowcontrol/v1']}.Subject": ("kind", ("group", "serviceAccount", "user")),
    f"{PACKAGES['scheduling/v1alpha3']}.WorkloadPodGroupDisruptionMode": ("", ("all", "single")),
    f"{PACKAGES['scheduling/v1alpha3']}.WorkloadPodGroupSchedulingPolicy": ("", ("basic", "gang")),
}


def definitions(roots: Iterable[Type], dialect: Dialect) -> dict[str, Schema]:
    """The schemas of the types and of all they refer to, by definition name."""
    found: dict[str, Schema] = {}
    queue = list(roots)
    while queue:
        type_ = queue.pop()
        if type_.form in (Form.LIST, Form.MAP):
            queue.append(type_.element)
        elif type_.definition and type_.definition not in found:
            found[type_.definition] = _definition(type_, dialect)
            if type_.form is Form.STRUCT:
                queue += (field.type for field in type_.fields.values())
    return found


def reference(type_: Type, dialect: Dialect) -> Schema:
    return {"$ref": dialect.prefix + type_.definition}


def _definition(type_: Type, dialect: Dialect) -> Schema:
    described = describe(type_.definition)
    schema: Schema = {"description": described.text} if described.text else {}
    if type_.form is not Form.STRUCT:
        shape = _NAMED_V3.get(type_.form) if dialect.defaults else None
        return schema | (shape or ({} if type_.name == "v1.JSON" else _NAMED[type_.form]))
    schema["type"] = "object"
    if type_.fields:
        schema["properties"] = {
            name: _property(field, described.fields.get(name) or _of_type(field.type), dialect)
            for name, field in type_.fields.items()
        }
    if required := [name for name, field in type_.fields.items() if field.required]:
        schema["required"] = required
    if type_.struct_type:
        schema["x-kubernetes-map-type"] = type_.struct_type
    if type_.definition in _UNIONS:
        schema["x-kubernetes-unions"] = [_union(*_UNIONS[type_.definition])]
    if kinds := _group_version_kinds(type_):
        schema["x-kubernetes-group-version-kind"] = kinds
    return schema


def _of_type(type_: Type) -> str:
    """What the type is for, where nothing is said of the field: the client's models describe no struct's field."""
    return text_of(type_.definition) if type_.form is Form.STRUCT and type_.definition else ""


def _union(discriminator: str, members: Iterable[str]) -> Schema:
    said: Schema = {"discriminator": discriminator} if discriminator else {}
    return said | {"fields-to-discriminateBy": {member: member[0].upper() + member[1:] for member in members}}


def _group_version_kinds(type_: Type) -> list[dict[str, str]]:
    package, _, kind = type_.definition.rpartition(".")
    if package == _META and kind in _EVERYWHERE:
        found: Iterable[GroupVersion] = sorted(GROUP_VERSIONS)
    elif not is_kind(type_):
        found = ()
    elif package == _META:
        found = (GroupVersion("", "v1"),)
    else:
        found = (group_version for group_version, name in PACKAGE_OF.items() if PACKAGES[name] == package)
    return [{"group": group, "kind": kind, "version": version} for group, version in found]


def _property(field: Field, description: str, dialect: Dialect) -> Schema:
    schema = _value(field.type, dialect, default=_default_of(field) if dialect.defaults else None)
    if field.enum:
        schema["enum"] = list(field.enum)
    for key, value in (
        ("description", description),
        ("x-kubernetes-patch-strategy", ",".join(field.patch_strategies)),
        ("x-kubernetes-patch-merge-key", field.patch_merge_key),
        ("x-kubernetes-list-type", field.list_type),
        ("x-kubernetes-list-map-keys", list(field.list_map_keys)),
        ("x-kubernetes-map-type", field.map_type or _own_struct_type(field)),
    ):
        if value:
            schema[key] = value
    return _wrapped(schema) if dialect.defaults else schema


def _own_struct_type(field: Field) -> str:
    return field.struct_type if field.struct_type != field.type.struct_type else ""


def _default_of(field: Field) -> Any:
    """The marked default; else the zero value, of what Go prints even when it is zero."""
    if field.default is not None:
        return field.default
    if field.pointer or (field.omitempty and field.type.form not in ALWAYS_PRINTED):
        return None
    return _zero(field.type)


def _zero(type_: Type) -> Any:
    """Named types have ``{}`` for theirs, whatever they look like; null, that of lists and maps, is not written."""
    if type_.definition:
        return None if type_.name == "v1.JSON" else {}
    return None if type_.form in (Form.LIST, Form.MAP, Form.BYTES, Form.RAW) else zero_maker(type_)()


def _value(type_: Type, dialect: Dialect, default: Any = None) -> Schema:
    """The schema of a value: a reference where the type has a definition."""
    schema: Schema = {} if default is None else {"default": default}
    if type_.definition:
        return schema | reference(type_, dialect)
    if type_.form in (Form.LIST, Form.MAP):
        element = _value(type_.element, dialect, _zero(type_.element) if dialect.defaults else None)
        if type_.element.enum:
            element["enum"] = list(type_.element.enum)
        inner = _wrapped(element) if dialect.defaults else element
        if type_.form is Form.LIST:
            return schema | {"type": "array", "items": inner}
        return schema | {"type": "object", "additionalProperties": inner}
    return schema | _PLAIN[type_.form]


def _wrapped(schema: Schema) -> Schema:
    """A reference may stand alone only."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    return {"allOf": [{"$ref": schema["$ref"]}], **{key: value for key, value in schema.items() if key != "$ref"}}
