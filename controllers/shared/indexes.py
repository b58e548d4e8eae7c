"""Index functions for informers. Shared informers compare them by identity, so everyone takes them from here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apimachinery.objects import Object, controller_of, namespace_of
from apimachinery.volumes import claims_of_pod
from client.store import NAMESPACE, Indexers, Store, by_namespace

_CONTROLLER = "controller"
_NODE = "node"
_CLAIM = "claim"


def _by_controller(obj: Object) -> Iterable[str]:
    reference = controller_of(obj)
    return (_orphans_in(namespace_of(obj)) if reference is None else str(reference.get("uid") or ""),)


def _by_node(pod: Object) -> Iterable[str]:
    node = (pod.get("spec") or {}).get("nodeName")
    return (node,) if node else ()


def _claims(pod: Object) -> Iterable[str]:
    return [f"{namespace_of(pod)}/{name}" for name in claims_of_pod(pod)]


def _orphans_in(namespace: str) -> str:
    return f"orphans in {namespace}"


BY_CONTROLLER: Indexers = {_CONTROLLER: _by_controller}
BY_NODE: Indexers = {_NODE: _by_node}
BY_CLAIM: Indexers = {_CLAIM: _claims}
BY_NAMESPACE: Indexers = {NAMESPACE: by_namespace}


def controlled_by(store: Store, uid: str) -> list[Object]:
    """The objects whose controller has that uid; the store needs BY_CONTROLLER."""
    return list(store.by_index(_CONTROLLER, uid))


def orphans(store: Store, namespace: str) -> list[Object]:
    """The objects of a namespace without a controller; the store needs BY_CONTROLLER."""
    return list(store.by_index(_CONTROLLER, _orphans_in(namespace)))


def controlled_and_orphans(store: Store, owner: dict[str, Any]) -> list[Object]:
    """What the owner controls and what it might adopt."""
    return controlled_by(store, owner["metadata"]["uid"]) + orphans(store, namespace_of(owner))


def on_node(store: Store, node: str) -> list[Object]:
    """The pods bound to a node; the store needs BY_NODE."""
    return list(store.by_index(_NODE, node))


def in_namespace(store: Store, namespace: str) -> list[Object]:
    """The objects of a namespace; the store needs BY_NAMESPACE."""
    return list(store.by_index(NAMESPACE, namespace))


def pods_of_claim(store: Store, key: str) -> list[Object]:
    """The pods whose volumes are about that claim; the store needs BY_CLAIM."""
    return list(store.by_index(_CLAIM, key))
