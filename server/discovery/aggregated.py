"""Aggregated discovery: everything that is served, in one document each for /api and /apis (KEP-3352)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from openapi.resources import Resource
from server.discovery.further import Listed

VERSIONS = ("v2", "v2beta1")
KIND = "APIGroupDiscoveryList"
GROUP = "apidiscovery.k8s.io"


def discovery_list(version: str, groups: Mapping[str, Sequence[Listed]]) -> Object:
    """``groups`` and their versions in order of preference."""
    return {
        "kind": KIND,
        "apiVersion": f"{GROUP}/{version}",
        "metadata": {},
        "items": [
            {"metadata": {"name": group} if group else {}, "versions": [listed.document for listed in versions]}
            for group, versions in groups.items()
        ],
    }


def version_document(version: str, resources: Sequence[Resource]) -> Object:
    rows = [_resource(resource) for resource in sorted(resources, key=lambda r: r.plural)]
    return {"version": version, "resources": rows, "freshness": "Current"}


def _kind(kind: GroupVersionKind) -> Object:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _resource(resource: Resource) -> Object:
    row: Object = {
        "resource": resource.plural,
        "responseKind": _kind(resource.gvk),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    if resource.subresources:
        row["subresources"] = [
            {"subresource": sub.name, "responseKind": _kind(sub.kind), "verbs": list(sub.verbs)}
            for sub in sorted(resource.subresources, key=lambda s: s.name)
        ]
    return row
