"""Definitions of custom resources for tests, and a server that has one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from apimachinery.objects import Object
from tests.server.harness import Server

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"
PATIENCE = 10.0

SPEC: Object = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 10},
        "color": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "parts": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "count": {"type": "integer", "default": 1}},
            },
        },
    },
}
STATUS: Object = {"type": "object", "properties": {"size": {"type": "integer"}, "selector": {"type": "string"}}}


def version(name: str = "v1", *, storage: bool = True, spec: Object = SPEC, **more: Any) -> Object:
    schema = {"type": "object", "properties": {"spec": spec, "status": STATUS}}
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema}, **more}


def definition(*versions: Object, plural: str = "widgets", kind: str = "Widget", **spec: Any) -> Object:
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List", "shortNames": ["wd"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {**names, **spec.pop("names", {})},
            "versions": list(versions) or [version()],
            **spec,
        },
    }


def widget(name: str = "w", *, api_version: str = "example.com/v1", **spec: Any) -> Object:
    return {"apiVersion": api_version, "kind": "Widget", "metadata": {"name": name}, "spec": {"size": 3, **spec}}


def eventually(check: Callable[[], Any]) -> Any:
    """What ``check`` answers once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
    return found


def conditions(server: Server, name: str = "widgets.example.com") -> dict[str, str]:
    status = server.get(f"{DEFINITIONS}/{name}").json.get("status") or {}
    return {one["type"]: one["reason"] for one in status.get("conditions") or ()}


def establish(server: Server, obj: Object) -> None:
    answer = server.post(DEFINITIONS, obj)
    assert answer.status == 201, answer.text
    name = obj["metadata"]["name"]
    eventually(lambda: conditions(server, name).get("Established") == "InitialNamesAccepted")


def change(server: Server, obj: Object) -> None:
    """Replace a definition, and wait until it is served so."""
    name = obj["metadata"]["name"]
    live = server.get(f"{DEFINITIONS}/{name}").json
    answer = server.put(f"{DEFINITIONS}/{name}", {**live, "spec": obj["spec"]})
    assert answer.status == 200, answer.text
    wanted = int(answer.json["metadata"]["resourceVersion"])
    resources = server.server._custom
    eventually(lambda: (found := resources.get(name)) is not None and found.revision >= wanted)
