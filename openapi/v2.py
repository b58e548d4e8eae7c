"""OpenAPI version 2 (Swagger): one document of everything, as JSON and as the protobuf older kubectls insist on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import orjson

from openapi.definitions import V2, Schema, definitions, reference
from openapi.gnostic import encode
from openapi.operations import Operation, operations, resource_list
from openapi.resources import GROUP_VERSIONS, RESOURCES
from openapi.v3 import DESCRIPTIONS, named_types

_SECURITY: Final = {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization"}}


@cache
def openapi_v2_json() -> bytes:
    """The document of all built-in resources as JSON. Made on the first call, then kept."""
    return orjson.dumps(built_in(), option=orjson.OPT_SORT_KEYS)


@cache
def openapi_v2_protobuf() -> bytes:
    """The same as ``application/com.github.proto-openapi.spec.v2@v1.0+protobuf``. Made on the first call, then kept."""
    return encode(built_in())


def built_in() -> dict[str, Any]:
    """The document as a value; large, so not to be kept."""
    offered = [resource_list(group_version) for group_version in GROUP_VERSIONS]
    for resource in RESOURCES:
        offered += operations(resource)
    return document(offered, definitions(named_types(offered), V2))


def document(offered: Iterable[Operation], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """A Swagger document of any operations; the schemas must include all they name."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in offered:
        paths.setdefault(operation.path, {})[operation.method] = render(operation)
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "v1.37.0"},
        "paths": paths,
        "definitions": schemas,
        "securityDefinitions": _SECURITY,
        "security": [{"BearerToken": []}],
    }


def render(operation: Operation) -> dict[str, Any]:
    """One operation as the document has it."""
    schema = {"type": "string"} if operation.answer is None else reference(operation.answer, V2)
    parameters: list[dict[str, Any]] = [
        {
            "name": parameter.name,
            "in": parameter.place,
            "type": parameter.type,
            "uniqueItems": True,
            **({"required": True} if parameter.place == "path" else {}),
        }
        for parameter in operation.parameters
    ]
    if operation.body is not None:
        parameters.append({"name": "body", "in": "body", "required": True, "schema": reference(operation.body, V2)})
    rendered: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "schemes": ["https"],
        "consumes": list(operation.consumes),
        "produces": list(operation.produces),
        "parameters": parameters,
        "responses": {
            **{str(code): {"description": DESCRIPTIONS[code], "schema": schema} for code in operation.codes},
            "401": {"description": "Unauthorized"},
        },
    }
    if operation.gvk is not None:
        rendered["x-kubernetes-action"] = operation.action
        rendered["x-kubernetes-group-version-kind"] = operation.gvk._asdict()
    return rendered
