"""The OpenAPI v3 document of metrics.k8s.io/v1beta1, for kubectl explain."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from metricsserver.objects import GROUP, PREFIX, VERSION

_PACKAGE = "io.k8s.metrics.pkg.apis.metrics.v1beta1"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_STRING = {"type": "string"}
INDEX, DOCUMENT = "/openapi/v3", f"/openapi/v3{PREFIX}"


def _ref(name: str) -> dict[str, Any]:
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "default": {}}


def _object(description: str, required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "description": description, "required": required, "properties": properties}


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {**_STRING, **more, "description": description}


def _kind(kind: str, description: str, **properties: Any) -> dict[str, Any]:
    head = {
        "apiVersion": _text("The version of this schema."),
        "kind": _text("What this object is."),
        "metadata": {**_ref(_META), "description": "Name and labels of what was measured."},
        "timestamp": _text("When the window ended.", format="date-time"),
        "window": _text("The time over which it was measured."),
    }
    schema = _object(description, ["timestamp", "window", *properties], **head, **properties)
    return {**schema, "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": kind}]}


_USAGE = {
    "type": "object",
    "description": "How much was used, by resource: cpu (cores, on average) and memory (bytes of the working set).",
    "additionalProperties": _STRING,
}
_CONTAINERS = {
    "type": "array",
    "description": "Every container of the pod that runs.",
    "items": _ref(f"{_PACKAGE}.ContainerMetrics"),
}


def _path(kind: str, *, action: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{_PACKAGE}.{kind}"}}}
    gvk = {"group": GROUP, "version": VERSION, "kind": kind}
    operation = {
        "responses": {"200": {"description": "OK", "content": content}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": gvk,
    }
    return {"get": operation}


def _document() -> dict[str, Any]:
    pods = f"{PREFIX}/namespaces/{{namespace}}/pods"
    return {
        "openapi": "3.0.0",
        "info": {"title": "kubejazz metrics server", "version": VERSION},
        "paths": {
            f"{PREFIX}/nodes": _path("NodeMetrics", action="list"),
            f"{PREFIX}/nodes/{{name}}": _path("NodeMetrics", action="get"),
            f"{PREFIX}/pods": _path("PodMetrics", action="list"),
            pods: _path("PodMetrics", action="list"),
            f"{pods}/{{name}}": _path("PodMetrics", action="get"),
        },
        "components": {
            "schemas": {
                _META: _object(
                    "Name and labels.",
                    [],
                    name=_STRING,
                    namespace=_STRING,
                    labels={"type": "object", "additionalProperties": _STRING},
                ),
                f"{_PACKAGE}.ContainerMetrics": _object(
                    "What a container uses.", ["name", "usage"], name=_text("The container's name."), usage=_USAGE
                ),
                f"{_PACKAGE}.NodeMetrics": _kind("NodeMetrics", "What a node uses.", usage=_USAGE),
                f"{_PACKAGE}.PodMetrics": _kind("PodMetrics", "What a pod uses.", containers=_CONTAINERS),
            }
        },
    }


_BODY = orjson.dumps(_document())
_HASH = hashlib.sha512(_BODY).hexdigest().upper()
PAGES: dict[str, bytes] = {
    INDEX: orjson.dumps({"paths": {PREFIX.strip("/"): {"serverRelativeURL": f"{DOCUMENT}?hash={_HASH}"}}}),
    DOCUMENT: _BODY,
}
