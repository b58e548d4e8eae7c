"""An OpenAPI version 2 (Swagger) document of given operations and schemas; there is one for everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from openapi.definitions import V2, Schema, reference
from openapi.operations import Operation
from openapi.v3 import DESCRIPTIONS

_SECURITY: Final = {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization"}}


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
