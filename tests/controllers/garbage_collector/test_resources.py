from __future__ import annotations

from typing import Any

from apimachinery.gvk import GroupVersion
from client.discovery import APIResource
from client.resources import EVENTS, NODES, PODS, REPLICASETS
from controllers.garbage_collector.resources import served

CORE, APPS = GroupVersion("", "v1"), GroupVersion("apps", "v1")
ALL = ("create", "delete", "get", "list", "watch")


def _found() -> Any:
    return served(
        [
            APIResource(PODS, CORE.kind("Pod"), True, ALL),
            APIResource(PODS, CORE.kind("Pod"), True, ("get",), subresource="status"),
            APIResource(EVENTS, CORE.kind("Event"), True, ALL),
            APIResource(NODES, CORE.kind("Node"), False, ALL),
            APIResource(REPLICASETS, APPS.kind("ReplicaSet"), True, ALL),
            APIResource(
                GroupVersion("apps", "v1beta1").resource("replicasets"), APPS.kind("X"), True, ALL, preferred=False
            ),
            APIResource(CORE.resource("bindings"), CORE.kind("Binding"), True, ("create",)),
        ]
    )


def _ref(api_version: str, kind: str) -> dict[str, str]:
    return {"apiVersion": api_version, "kind": kind, "name": "n", "uid": "u"}


def test_everything_deletable_is_watched_once_but_events() -> None:
    assert _found().watched == {PODS, NODES, REPLICASETS}


def test_a_reference_is_looked_for_in_the_dependents_namespace_or_in_none() -> None:
    assert _found().locate(_ref("apps/v1", "ReplicaSet"), "ns") == (REPLICASETS, "ns", "n", "u")
    assert _found().locate(_ref("v1", "Node"), "ns") == (NODES, "", "n", "u")


def test_what_cannot_be_an_owner_is_nowhere() -> None:
    assert _found().locate(_ref("apps/v1", "ReplicaSet"), "") is None
    assert _found().locate(_ref("example.com/v1", "Foo"), "ns") is None
    assert _found().locate(_ref("a/b/c", "Foo"), "ns") is None
