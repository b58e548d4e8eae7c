"""Deletes everything in a namespace that discovery knows of, and tells what is left. Pods go first."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object, name_of
from apimachinery.status import MethodNotAllowed, NotFound, StatusError
from client.api import Client
from client.discovery import APIResource
from client.resources import PODS

_PAGE = 500
_BACKGROUND = "Background"


@dataclass(slots=True)
class Remaining:
    """What is left: how many of each resource, which finalizers hold how many, and what went wrong.

    ``wait``: seconds after which it makes sense to look again, at the least.
    """

    counts: dict[GroupVersionResource, int] = field(default_factory=dict)
    finalizers: collections.Counter[str] = field(default_factory=collections.Counter)
    errors: list[str] = field(default_factory=list)
    wait: float = 0.0

    @property
    def empty(self) -> bool:
        return not self.counts and not self.errors


def deletable(resources: Iterable[APIResource]) -> list[APIResource]:
    """Namespaced resources that can be deleted, each once, in the version its group prefers; pods first."""
    chosen: dict[tuple[str, str], APIResource] = {}
    for resource in resources:
        if not resource.namespaced or resource.subresource or "delete" not in resource.verbs:
            continue
        key = (resource.gvr.group, resource.gvr.resource)
        if key not in chosen or (resource.preferred and not chosen[key].preferred):
            chosen[key] = resource
    return sorted(chosen.values(), key=lambda resource: resource.gvr != PODS)


def delete_content(client: Client, namespace: str, resources: Sequence[APIResource]) -> Remaining:
    """Ask for the deletion of everything. While pods remain nothing else is touched: they may need it to end well."""
    remaining = Remaining()
    for resource in resources:
        _delete_all(client, namespace, resource, remaining)
        if resource.gvr == PODS and remaining.counts:
            break
    return remaining


def _delete_all(client: Client, namespace: str, resource: APIResource, remaining: Remaining) -> None:
    try:
        if "deletecollection" in resource.verbs:
            client.delete_collection(resource.gvr, namespace, propagation=_BACKGROUND)
        left = _list(client, namespace, resource)
        if left and "deletecollection" not in resource.verbs:
            for obj in left:
                _delete_one(client, namespace, resource, obj)
            left = _list(client, namespace, resource)
    except (NotFound, MethodNotAllowed):
        return
    except StatusError as error:
        remaining.errors.append(error.message)
        return
    if left:
        _count(resource.gvr, left, remaining)


def _delete_one(client: Client, namespace: str, resource: APIResource, obj: Object) -> None:
    try:
        client.delete(resource.gvr, namespace, name_of(obj), propagation=_BACKGROUND)
    except NotFound:
        return


def _list(client: Client, namespace: str, resource: APIResource) -> list[Object]:
    """The metadata of what is there."""
    if "list" not in resource.verbs:
        return []
    found: list[Object] = []
    token = ""
    while True:
        page = client.list(resource.gvr, namespace, limit=_PAGE, continue_token=token, metadata_only=True)
        found += page.get("items") or []
        token = (page.get("metadata") or {}).get("continue") or ""
        if not token:
            return found


def _count(gvr: GroupVersionResource, left: list[Object], remaining: Remaining) -> None:
    remaining.counts[gvr] = len(left)
    for obj in left:
        remaining.finalizers.update(obj["metadata"].get("finalizers") or ())
    graces = (obj["metadata"].get("deletionGracePeriodSeconds") or 0 for obj in left)
    remaining.wait = max(remaining.wait, float(max(graces, default=0)))
