"""What a server offers: aggregated discovery (one request, v2), or the per-group lists of a server without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from apimachinery.gvk import GroupVersion, GroupVersionKind, GroupVersionResource
from apimachinery.objects import Object
from apimachinery.status import NotFound, StatusError

_ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
_PLAIN = "application/json"

Get = Callable[[str, str], Object]
"""(path, Accept header) -> decoded answer; raises StatusError."""


class APIResource(NamedTuple):
    gvr: GroupVersionResource
    kind: GroupVersionKind  # of a request's body; for a subresource often another group's (Scale, Eviction)
    namespaced: bool
    verbs: tuple[str, ...]
    subresource: str = ""
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    preferred: bool = True  # the version its group prefers


def discover(get: Get) -> list[APIResource]:
    """Groups in the server's order, core first. A group that cannot be reached is left out."""
    found: list[APIResource] = []
    for root in ("/api", "/apis"):
        try:
            answer = get(root, _ACCEPT)
        except NotFound:
            continue
        found += _aggregated(answer) if answer.get("kind") == "APIGroupDiscoveryList" else _legacy(get, root, answer)
    return found


def _aggregated(answer: Object) -> Iterator[APIResource]:
    for group in answer.get("items") or ():
        name = (group.get("metadata") or {}).get("name") or ""
        for index, version in enumerate(group.get("versions") or ()):
            for resource in version.get("resources") or ():
                yield from _entries(GroupVersion(name, version["version"]), resource, preferred=index == 0)


def _entries(owner: GroupVersion, resource: Mapping[str, Any], *, preferred: bool) -> Iterator[APIResource]:
    gvr = owner.resource(resource["resource"])
    namespaced = resource.get("scope") == "Namespaced"
    kind = _kind(resource.get("responseKind"), owner)
    yield APIResource(
        gvr,
        kind,
        namespaced,
        tuple(resource.get("verbs") or ()),
        "",
        resource.get("singularResource") or "",
        tuple(resource.get("shortNames") or ()),
        tuple(resource.get("categories") or ()),
        preferred,
    )
    for sub in resource.get("subresources") or ():
        sub_kind = _kind(sub.get("responseKind"), owner)
        verbs = tuple(sub.get("verbs") or ())
        yield APIResource(gvr, sub_kind, namespaced, verbs, sub["subresource"], preferred=preferred)


def _kind(kind: Mapping[str, str] | None, owner: GroupVersion) -> GroupVersionKind:
    """An absent group and version are those of the resource (custom and subresources say theirs)."""
    kind = kind or {}
    if not kind.get("version"):
        return owner.kind(kind.get("kind") or "")
    return GroupVersionKind(kind.get("group") or "", kind["version"], kind.get("kind") or "")


def _legacy(get: Get, root: str, answer: Object) -> Iterator[APIResource]:
    if root == "/api":
        owners = [(GroupVersion("", version), index == 0) for index, version in enumerate(answer.get("versions") or ())]
    else:
        owners = [entry for group in answer.get("groups") or () for entry in _group_versions(group)]
    for owner, preferred in owners:
        try:
            resources = get(f"{root}/{owner.api_version}", _PLAIN).get("resources") or ()
        except StatusError:
            continue  # an aggregated server that is down must not hide the others
        yield from _legacy_entries(owner, resources, preferred=preferred)


def _group_versions(group: Mapping[str, Any]) -> Iterator[tuple[GroupVersion, bool]]:
    preferred = (group.get("preferredVersion") or {}).get("groupVersion")
    for version in group.get("versions") or ():
        yield GroupVersion.parse(version["groupVersion"]), version["groupVersion"] == preferred


def _legacy_entries(
    owner: GroupVersion, resources: Iterable[Mapping[str, Any]], *, preferred: bool
) -> Iterator[APIResource]:
    for resource in resources:
        name, _, subresource = resource["name"].partition("/")
        yield APIResource(
            owner.resource(name),
            _kind(resource, owner),
            bool(resource.get("namespaced")),
            tuple(resource.get("verbs") or ()),
            subresource,
            resource.get("singularName") or "",
            tuple(resource.get("shortNames") or ()),
            tuple(resource.get("categories") or ()),
            preferred,
        )
