"""A small type with every way of patching a field, for tests that want no built-in kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi.schema import Field, Form, Type

STRING = Type(Form.STRING, "string")
INT = Type(Form.INT64, "int64")
BOOL = Type(Form.BOOL, "bool")
RAW_EXTENSION = Type(Form.RAW, "runtime.RawExtension")
JSON = Type(Form.RAW, "v1.JSON")
STRINGS = Type(Form.MAP, "map[string]string", element=STRING)


def field(name: str, type: Type, **facets: Any) -> Field:
    return Field(name=name, type=type, omitempty=True, **facets)


def struct(name: str, *fields: Field, **facets: Any) -> Type:
    return Type(Form.STRUCT, name, fields={each.name: each for each in fields}, **facets)


def list_of(element: Type) -> Type:
    return Type(Form.LIST, f"[]{element.name}", element=element)


def _item_fields() -> Mapping[str, Field]:
    fields = (
        field("name", STRING),
        field("value", STRING),
        field("pets", list_of(ITEM), patch_strategies=("merge",), patch_merge_key="name"),
        field("plain", list_of(ITEM)),
        field("tags", list_of(STRING), patch_strategies=("merge",)),
        field("numbers", list_of(INT)),
        field("labels", STRINGS),
        field("child", ITEM, pointer=True),
        field("whole", ITEM, pointer=True, patch_strategies=("replace",)),
        field("choice", ITEM, pointer=True, patch_strategies=("retainKeys",)),
        field("choices", list_of(ITEM), patch_strategies=("merge", "retainKeys"), patch_merge_key="name"),
        field("raw", RAW_EXTENSION),
        field("nested", list_of(list_of(STRING))),
        field("keyless", list_of(ITEM), patch_strategies=("merge",)),
        field("odd", ITEM, pointer=True, patch_strategies=("merge", "replace", "retainKeys")),
    )
    return {each.name: each for each in fields}


ITEM = Type(Form.STRUCT, "v1.Item", fields=_item_fields)
