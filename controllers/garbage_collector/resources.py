"""What the API serves that can be collected, and where kinds are found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apimachinery.gvk import GroupResource, GroupVersionKind, GroupVersionResource
from client.discovery import APIResource

_IGNORED = frozenset({GroupResource("", "events"), GroupResource("events.k8s.io", "events")})
_NEEDED = frozenset({"delete", "list", "watch"})


class Place(NamedTuple):
    gvr: GroupVersionResource
    namespaced: bool


class Served(NamedTuple):
    """``watched``: resources whose objects can own and be owned; ``places``: every kind, by (apiVersion, kind)."""

    watched: dict[GroupVersionResource, GroupVersionKind]
    places: dict[tuple[str, str], Place]


def served(resources: Iterable[APIResource]) -> Served:
    """A resource served in several versions is watched in the one its group prefers, else in its first."""
    chosen: dict[GroupResource, APIResource] = {}
    places: dict[tuple[str, str], Place] = {}
    for resource in resources:
        if resource.subresource:
            continue
        place = Place(resource.gvr, resource.namespaced)
        places.setdefault((resource.kind.api_version, resource.kind.kind), place)
        key = resource.gvr.group_resource
        if set(resource.verbs) >= _NEEDED and key not in _IGNORED and (key not in chosen or resource.preferred):
            chosen[key] = resource
    return Served({resource.gvr: resource.kind for resource in chosen.values()}, places)
