"""The type of a custom resource out of its schema, for server-side apply, patches and OpenAPI documents.

Nothing of it is printed as Go prints structs: fields are pointers, so that what is absent stays absent. What an object
is when it is read and written is the codec's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openapi.schema import Codec, Field, Form, Type, package_of
from server.custom.pruning import inner
from server.validation.structural import ANY_FIELDS, EMBEDDED, INT_OR_STRING, LIST_KEYS, LIST_TYPE, MAP_TYPE, Schema

_SCALARS: Final[Mapping[str, Type]] = {
    "string": Type(Form.STRING, "string"),
    "integer": Type(Form.INT64, "int64"),
    "number": Type(Form.DOUBLE, "float64"),
    "boolean": Type(Form.BOOL, "bool"),
}
_INT_OR_STRING: Final = Type(Form.INT_OR_STRING, "intstr.IntOrString")
ANYTHING: Final = Type(Form.RAW, "interface {}")
_META: Final = ("apiVersion", "kind", "metadata")


def root_type(kind: str, definition: str, schema: Schema, codec: Codec) -> Type:
    """Of whole objects; ``definition`` is the name of the OpenAPI definition."""
    return Type(
        Form.STRUCT,
        kind,
        definition=definition,
        fields={**_meta_fields(), **_fields(schema, resource=True)},
        element=_rest(schema),
        struct_type=schema.get(MAP_TYPE) or "",
        codec=codec,
    )


def _meta_fields() -> dict[str, Field]:
    meta = package_of("meta/v1").type("ObjectMeta")
    text = _SCALARS["string"]
    return {
        "kind": _field("kind", text),
        "apiVersion": _field("apiVersion", text),
        "metadata": _field("metadata", meta),
    }


def _field(name: str, of_type: Type, **facts: Any) -> Field:
    return Field(name, of_type, omitempty=True, pointer=True, **facts)


def _fields(schema: Schema, *, resource: bool = False) -> dict[str, Field]:
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    return {
        name: _field(
            name,
            type_of_schema(inside),
            list_type=inside.get(LIST_TYPE) or "",
            list_map_keys=tuple(inside.get(LIST_KEYS) or ()),
            map_type=inside.get(MAP_TYPE) or "",
            struct_type=inside.get(MAP_TYPE) or "",
            default=inside.get("default"),
        )
        for name, inside in properties.items()
        if not (resource and name in _META)
    }


def type_of_schema(schema: Schema) -> Type:
    if schema.get(INT_OR_STRING):
        return _INT_OR_STRING
    kind = schema.get("type") or ""
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind == "array":
        items = inner(schema, "items")
        return Type(Form.LIST, "[]interface {}", element=ANYTHING if items is None else type_of_schema(items))
    if kind == "object" and schema.get("properties"):
        embedded = bool(schema.get(EMBEDDED))
        fields = {**(_meta_fields() if embedded else {}), **_fields(schema, resource=embedded)}
        return Type(Form.STRUCT, "object", fields=fields, element=_rest(schema), struct_type=schema.get(MAP_TYPE) or "")
    more = inner(schema, "additionalProperties")
    if kind == "object" and more is not None:
        return Type(Form.MAP, "map[string]interface {}", element=type_of_schema(more))
    return ANYTHING


def _rest(schema: Schema) -> Type | None:
    """What fields are that the schema does not name, if it takes any."""
    more = inner(schema, "additionalProperties")
    if more is not None:
        return type_of_schema(more)
    return ANYTHING if schema.get(ANY_FIELDS) or schema.get("additionalProperties") is True else None
