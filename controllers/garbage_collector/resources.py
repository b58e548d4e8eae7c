"""What the API serves that can be collected, and where an owner reference leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apimachinery.gvk import GroupResource, GroupVersion, GroupVersionKind, GroupVersionResource
from apimachinery.objects import Object
from client.discovery import APIResource
from controllers.garbage_collector.graph import Identity

_IGNORED = frozenset({GroupResource("", "events"), GroupResource("events.k8s.io", "events")})
_NEEDED = frozenset({"delete", "list", "watch"})


@dataclass(frozen=True, slots=True)
class Served:
    """``watched``: the resources whose objects can own or be owned; ``kinds``: every kind with where it is found."""

    watched: frozenset[GroupVersionResource]
    kinds: dict[GroupVersionKind, tuple[GroupVersionResource, bool]]

    def locate(self, reference: Object, namespace: str) -> Identity | None:
        """What an owner reference of an object in ``namespace`` refers to; None for an unknown kind, and for a
        namespaced owner of a cluster-scoped object."""
        try:
            group_version = GroupVersion.parse(reference.get("apiVersion", ""))
        except ValueError:
            return None
        found = self.kinds.get(group_version.kind(reference.get("kind", "")))
        if found is None:
            return None
        gvr, namespaced = found
        if namespaced and not namespace:
            return None
        return Identity(gvr, namespace if namespaced else "", reference.get("name", ""), reference.get("uid", ""))


def served(resources: Iterable[APIResource]) -> Served:
    watched = set()
    kinds: dict[GroupVersionKind, tuple[GroupVersionResource, bool]] = {}
    for resource in resources:
        if resource.subresource:
            continue
        kinds.setdefault(resource.kind, (resource.gvr, resource.namespaced))
        collectable = set(resource.verbs) >= _NEEDED and resource.preferred
        if collectable and resource.gvr.group_resource not in _IGNORED:
            watched.add(resource.gvr)
    return Served(frozenset(watched), kinds)
