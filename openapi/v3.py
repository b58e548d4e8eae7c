"""OpenAPI version 3: one document per group-version, and the index of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import orjson

from apimachinery.gvk import GroupVersion
from openapi.definitions import V3, Schema, definitions, reference
from openapi.operations import Operation, base_path, operations, resource_list
from openapi.resources import GROUP_VERSIONS, RESOURCES
from openapi.schema import DATA, Type

_SECURITY: Final = {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization"}}


def openapi_v3_index() -> dict[str, Any]:
    """What ``/openapi/v3`` answers: the documents by path, each with a hash that changes when it does."""
    return {
        "paths": {
            base_path(group_version)[1:]: {
                "serverRelativeURL": document_url(group_version, document_hash(group_version))
            }
            for group_version in GROUP_VERSIONS
        }
    }


def document_url(group_version: GroupVersion, hashed: str) -> str:
    return f"/openapi/v3{base_path(group_version)}?hash={hashed}"


def document_hash(group_version: GroupVersion) -> str:
    """Of what the document is made from, so that the index costs no document."""
    return hashlib.sha512(f"{_ingredients()}{group_version.api_version}".encode()).hexdigest().upper()


@cache
def _ingredients() -> str:
    """The data, the program, and the version of the client that lends the descriptions."""
    digest = hashlib.sha256()
    for file in sorted((*DATA.glob("*.json"), *Path(__file__).parent.glob("*.py"))):
        digest.update(file.read_bytes())
    try:
        digest.update(version("kubernetes").encode())
    except PackageNotFoundError:
        digest.update(b"no descriptions")
    return digest.hexdigest()


@cache
def openapi_v3(group: str, version: str) -> bytes:
    """The document of a built-in group-version as JSON; raises KeyError for another. Made once."""
    group_version = GroupVersion(group, version)
    if group_version not in GROUP_VERSIONS:
        raise KeyError(group_version)
    offered = [resource_list(group_version)]
    for resource in RESOURCES:
        if resource.group_version == group_version:
            offered += operations(resource)
    return orjson.dumps(document(offered, definitions(named_types(offered), V3)), option=orjson.OPT_SORT_KEYS)


def named_types(offered: Iterable[Operation]) -> list[Type]:
    """What bodies and answers are made of."""
    return [type_ for operation in offered for type_ in (operation.answer, operation.body) if type_ is not None]


def document(offered: Iterable[Operation], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """An OpenAPI document of any operations; the schemas must include all they name."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in offered:
        paths.setdefault(operation.path, {})[operation.method] = render(operation)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.37.0"},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


def render(operation: Operation) -> dict[str, Any]:
    """One operation as the document has it."""
    schema = {"type": "string"} if operation.answer is None else reference(operation.answer, V3)
    content = {media: {"schema": schema} for media in operation.produces}
    rendered: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "parameters": [
            {
                "name": parameter.name,
                "in": parameter.place,
                "schema": {"type": parameter.type, "uniqueItems": True},
                **({"required": True} if parameter.place == "path" else {}),
            }
            for parameter in operation.parameters
        ],
        "responses": {
            **{str(code): {"description": DESCRIPTIONS[code], "content": content} for code in operation.codes},
            "401": {"description": "Unauthorized"},
        },
    }
    if operation.body is not None:
        body = {media: {"schema": reference(operation.body, V3)} for media in operation.consumes}
        rendered["requestBody"] = {"content": body, "required": True}
    if operation.gvk is not None:
        rendered["x-kubernetes-action"] = operation.action
        rendered["x-kubernetes-group-version-kind"] = operation.gvk._asdict()
    return rendered


DESCRIPTIONS: Final = {200: "OK", 201: "Created", 202: "Accepted"}
