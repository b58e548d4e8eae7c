"""The OpenAPI documents as a consumer sees them: references, parameters, schemas against the published ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import pytest

from apimachinery.gvk import GroupVersion
from openapi import descriptions
from openapi.documents import openapi_v2_json, openapi_v3, openapi_v3_hash, openapi_v3_index
from openapi.resources import GROUP_VERSIONS

METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}


@cache
def published() -> dict[str, Any]:
    path = files("kubernetes_validate") / "kubernetes-json-schema" / "v1.37.0-local" / "_definitions.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["$defs"]
    return found


@cache
def swagger() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(openapi_v2_json())
    return found


@cache
def third(group_version: GroupVersion) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(openapi_v3(*group_version))
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        assert set(item) <= METHODS
        for operation in item.values():
            yield path, operation


@pytest.mark.parametrize("group_version", GROUP_VERSIONS, ids=str)
def test_every_reference_of_a_v3_document_resolves_and_every_schema_is_used(group_version: GroupVersion) -> None:
    document = third(group_version)
    prefix = "#/components/schemas/"
    used = {reference.removeprefix(prefix) for reference in references(document)}
    assert used == set(document["components"]["schemas"])


def test_every_reference_of_the_v2_document_resolves_and_every_definition_is_used() -> None:
    used = {reference.removeprefix("#/definitions/") for reference in references(swagger())}
    assert used == set(swagger()["definitions"])


@pytest.mark.parametrize("group_version", GROUP_VERSIONS, ids=str)
def test_operations_of_v3_are_well_formed(group_version: GroupVersion) -> None:
    seen = set()
    for path, operation in operations_of(third(group_version)):
        in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert all(each["required"] for each in operation["parameters"] if each["in"] == "path")
        assert operation["operationId"] not in seen
        seen.add(operation["operationId"])
        assert all(answer["description"] for answer in operation["responses"].values())
        assert "in body" not in {each["in"] for each in operation["parameters"]}
    assert seen


def test_operations_of_v2_are_well_formed() -> None:
    ids = []
    for path, operation in operations_of(swagger()):
        places = [each["in"] for each in operation["parameters"]]
        assert places.count("body") <= 1
        assert {each["name"] for each in operation["parameters"] if each["in"] == "path"} == set(
            re.findall(r"\{(\w+)\}", path)
        )
        ids.append(operation["operationId"])
    assert len(ids) == len(set(ids)) > 600


def test_definitions_of_v2_have_the_published_properties_and_requirements() -> None:
    for name, schema in swagger()["definitions"].items():
        expected = published()[name]
        assert set(schema.get("properties", {})) == set(expected.get("properties", {})), name
        assert set(schema.get("required", ())) == set(expected.get("required", ())), name


def test_extensions_of_v2_are_the_published_ones() -> None:
    for name, schema in swagger()["definitions"].items():
        for field, property_ in schema.get("properties", {}).items():
            expected = published()[name]["properties"][field]
            ours = {key: value for key, value in property_.items() if key.startswith("x-")}
            theirs = {key: value for key, value in expected.items() if key.startswith("x-")}
            assert ours == theirs, f"{name}.{field}"
        for extension in ("x-kubernetes-map-type", "x-kubernetes-unions"):
            assert schema.get(extension) == published()[name].get(extension), name


def test_kinds_say_which_group_version_they_are_of() -> None:
    for name, schema in swagger()["definitions"].items():
        theirs = published()[name].get("x-kubernetes-group-version-kind", [])
        ours = schema.get("x-kubernetes-group-version-kind", [])
        assert all(each in theirs for each in ours), name
        assert bool(ours) == bool(theirs), name
    assert {"group": "apps", "kind": "DeleteOptions", "version": "v1"} in swagger()["definitions"][
        "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"
    ]["x-kubernetes-group-version-kind"]


def test_v3_says_what_v2_cannot() -> None:
    schemas = third(GroupVersion("", "v1"))["components"]["schemas"]
    port = schemas["io.k8s.api.core.v1.ContainerPort"]["properties"]
    assert port["protocol"]["default"] == "TCP" and port["protocol"]["enum"] == ["SCTP", "TCP", "UDP"]
    assert port["containerPort"] == {
        "default": 0,
        "description": port["containerPort"]["description"],
        "format": "int32",
        "type": "integer",
    }
    pod = schemas["io.k8s.api.core.v1.Pod"]["properties"]
    assert pod["spec"] == {
        "allOf": [{"$ref": "#/components/schemas/io.k8s.api.core.v1.PodSpec"}],
        "default": {},
        "description": "PodSpec is a description of a pod.",
    }
    assert schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]["oneOf"] == [
        {"type": "integer"},
        {"type": "string"},
    ]
    limits = schemas["io.k8s.api.core.v1.ResourceRequirements"]["properties"]["limits"]
    assert limits["additionalProperties"] == {
        "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"}],
        "default": {},
    }
    assert limits["type"] == "object"
    claim_ref = schemas["io.k8s.api.core.v1.PersistentVolumeSpec"]["properties"]["claimRef"]
    assert claim_ref["x-kubernetes-map-type"] == "granular"


def test_fields_are_described_in_both_versions() -> None:
    name = "io.k8s.api.core.v1.ContainerPort"
    for schemas in (swagger()["definitions"], third(GroupVersion("", "v1"))["components"]["schemas"]):
        assert schemas[name]["description"].startswith("ContainerPort represents")
        assert schemas[name]["properties"]["hostIP"]["description"] == "What host IP to bind the external port to."


def test_without_the_client_documents_lack_descriptions_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with_them = third(GroupVersion("", "v1"))["components"]["schemas"]["io.k8s.api.core.v1.ContainerPort"]
    monkeypatch.setattr(descriptions, "_model_files", dict)
    bare = orjson.loads(openapi_v3.__wrapped__("", "v1"))["components"]["schemas"]["io.k8s.api.core.v1.ContainerPort"]
    assert "description" not in bare and "description" not in bare["properties"]["hostIP"]
    assert set(bare["properties"]) == set(with_them["properties"])


def test_the_index_names_every_document_with_a_hash_of_its_own() -> None:
    paths = openapi_v3_index()["paths"]
    assert list(paths)[:3] == ["api/v1", "apis/apiregistration.k8s.io/v1", "apis/apps/v1"]
    urls = {entry["serverRelativeURL"] for entry in paths.values()}
    assert len(urls) == len(GROUP_VERSIONS)
    hashed = openapi_v3_hash("apps", "v1")
    assert re.fullmatch(r"[0-9A-F]{128}", hashed)
    assert f"/openapi/v3/apis/apps/v1?hash={hashed}" in urls


def test_an_unknown_group_version_has_no_document() -> None:
    with pytest.raises(KeyError):
        openapi_v3("example.com", "v1")
