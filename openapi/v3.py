"""An OpenAPI version 3 document of given operations and schemas; there is one per group-version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from openapi.definitions import V3, Schema, reference
from openapi.operations import Operation
from openapi.schema import Type

DESCRIPTIONS: Final = {200: "OK", 201: "Created", 202: "Accepted"}
_SECURITY: Final = {"BearerToken": {"type": "apiKey", "in": "header", "name": "authorization"}}


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
