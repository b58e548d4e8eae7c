"""The data against two independent sources: the official client's models and the definitions of kubernetes_validate."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from openapi.descriptions import model_text
from openapi.schema import Field, Form, Type
from tests.openapi.types import all_structs, all_types

_FIELD = re.compile(r"^    (\w+): (.*)$", re.MULTILINE)
_JSON_NAME = re.compile(r'(?:serialization_|, )alias="([^"]+)"')


@cache
def _published() -> dict[str, Any]:
    path = files("kubernetes_validate") / "kubernetes-json-schema" / "v1.37.0-local" / "_definitions.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["$defs"]
    return found


@cache
def _ours() -> dict[str, Type]:
    return {type_.definition: type_ for type_ in all_structs()}


def test_every_definition_of_the_served_groups_is_in_the_data() -> None:
    ours = {type_.definition for type_ in all_types()}
    prefixes = {definition.rpartition(".")[0] for definition in ours} - {"io.k8s.api.scheduling.v1alpha3"}
    scalars = {"Time", "MicroTime", "FieldsV1", "JSON", "Patch"}
    expected = {
        name for name in _published() if name.rpartition(".")[0] in prefixes and name.rpartition(".")[2] not in scalars
    }
    assert expected - ours == set()


def test_properties_and_required_sets_match_the_published_definitions() -> None:
    checked = 0
    for definition, type_ in _ours().items():
        published = _published().get(definition)
        if published is None:
            continue
        checked += 1
        assert set(type_.fields) == set(published.get("properties", {})), definition
        required = {field.name for field in type_.fields.values() if field.required}
        assert required == set(published.get("required", ())), definition
    assert checked > 600


def test_merge_keys_list_types_and_map_types_match_the_published_definitions() -> None:
    for definition, type_ in _ours().items():
        published = _published().get(definition)
        if published is None:
            continue
        assert type_.struct_type == published.get("x-kubernetes-map-type", ""), definition
        for name, schema in published.get("properties", {}).items():
            field = type_.fields[name]
            where = f"{definition}.{name}"
            strategies = schema.get("x-kubernetes-patch-strategy", "")
            assert ",".join(field.patch_strategies) == strategies, where
            assert field.patch_merge_key == schema.get("x-kubernetes-patch-merge-key", ""), where
            assert field.list_type == schema.get("x-kubernetes-list-type", ""), where
            assert list(field.list_map_keys) == schema.get("x-kubernetes-list-map-keys", []), where
            marked = schema.get("x-kubernetes-map-type", "")
            assert marked in (field.map_type, field.struct_type), where


_FORMS = {
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": Form.TIME,
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": Form.MICRO_TIME,
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": Form.FIELDS_V1,
    "io.k8s.apimachinery.pkg.runtime.RawExtension": Form.RAW,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": Form.QUANTITY,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": Form.INT_OR_STRING,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": Form.RAW,
}
_FORMATS = {"int32": Form.INT32, "int64": Form.INT64, "double": Form.DOUBLE, "byte": Form.BYTES}
_TYPES = {"string": Form.STRING, "boolean": Form.BOOL}


def _published_form(schema: dict[str, Any]) -> Form:
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return _FORMS.get(name) or (Form.UNION if "JSONSchemaPropsOr" in name else Form.STRUCT)
    if "format" in schema:
        return _FORMATS[schema["format"]]
    kinds = schema.get("type", [])
    kind = kinds if isinstance(kinds, str) else next(kind for kind in kinds if kind != "null")
    if kind == "array":
        return Form.LIST
    return Form.MAP if kind == "object" else _TYPES[kind]


def _compare(field_type: Type, schema: dict[str, Any], where: str) -> None:
    assert field_type.form is _published_form(schema), where
    if field_type.form is Form.STRUCT:
        assert field_type.definition == schema["$ref"].rpartition("/")[2], where
    if field_type.form is Form.LIST:
        _compare(field_type.element, schema["items"], f"{where}[]")
    if field_type.form is Form.MAP:
        _compare(field_type.element, schema["additionalProperties"], f"{where}{{}}")


def test_types_and_formats_match_the_published_definitions() -> None:
    for definition, type_ in _ours().items():
        for name, schema in _published().get(definition, {}).get("properties", {}).items():
            _compare(type_.fields[name].type, schema, f"{definition}.{name}")


def _client_fields(source: str) -> dict[str, bool]:
    """JSON name to "required", of a model of the official client."""
    body = source.partition("\nclass ")[2]
    fields: dict[str, bool] = {}
    for attribute, rest in _FIELD.findall(body):
        name = _JSON_NAME.search(rest)
        optional = rest.endswith("= None") or "= Field(default=" in rest
        fields[name[1] if name else attribute] = not optional
    return fields


@pytest.mark.parametrize("definition", sorted(_ours()))
def test_fields_match_the_model_of_the_official_client(definition: str) -> None:
    source, type_ = model_text(definition), _ours()[definition]
    published = definition in _published() and type_.fields
    assert bool(source) or not published
    if published:
        assert _client_fields(source) == {field.name: field.required for field in type_.fields.values()}


def test_protobuf_numbers_are_unique_within_each_message() -> None:
    for type_ in all_structs():
        numbers: dict[tuple[int, ...], Field] = {}
        for field in type_.fields.values():
            if field.number:
                key = (*field.inline, field.number)
                assert key not in numbers, f"{type_.definition}.{field.name}"
                numbers[key] = field
        outer = {field.inline[0] for field in type_.fields.values() if field.inline}
        assert not outer & {field.number for field in type_.fields.values() if not field.inline}, type_.definition
