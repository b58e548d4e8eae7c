"""The discovery documents of old: /api, /apis, one per group and one per group-version.

Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/ (unaggregated discovery).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object
from openapi.resources import Resource, Subresource


def api_versions(server_address: str) -> Object:
    """/api: the versions of the core group; ``server_address`` is host:port as clients reach it."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": server_address}],
    }


def api_group(group: str, versions: Sequence[str]) -> Object:
    """/apis/<group>; ``versions`` in order of preference."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, versions)}


def api_group_list(groups: Iterable[tuple[str, Sequence[str]]]) -> Object:
    """/apis."""
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [_group(group, versions) for group, versions in groups],
    }


def _group(group: str, versions: Sequence[str]) -> Object:
    entries = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"name": group, "versions": entries, "preferredVersion": entries[0]}


def api_resource_list(group_version: GroupVersion, resources: Iterable[Resource]) -> Object:
    """/api/v1 and /apis/<group>/<version>: every resource, each followed by its subresources."""
    rows: list[Object] = []
    for resource in sorted(resources, key=lambda r: r.plural):
        rows.append(_resource(resource))
        rows.extend(_subresource(resource, sub) for sub in sorted(resource.subresources, key=lambda s: s.name))
    api_version = group_version.api_version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": rows}


def _resource(resource: Resource) -> Object:
    row: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    if resource.storage_version_hash:
        row["storageVersionHash"] = resource.storage_version_hash
    return row


def _subresource(resource: Resource, sub: Subresource) -> Object:
    row: Object = {"name": f"{resource.plural}/{sub.name}", "singularName": "", "namespaced": resource.namespaced}
    if sub.kind.group_version != resource.group_version:
        row |= {"group": sub.kind.group, "version": sub.kind.version}
    return {**row, "kind": sub.kind.kind, "verbs": list(sub.verbs)}
