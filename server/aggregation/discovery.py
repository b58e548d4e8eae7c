"""What aggregated servers serve, in the forms of discovery: found out by the availability checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from apimachinery.objects import Object
from server.aggregation.remotes import Remote, Remotes
from server.discovery.further import FurtherVersion


class Learned:
    """The further versions for ``server.discovery``; ``changes`` grows when they may have changed."""

    def __init__(self, remotes: Remotes) -> None:
        self._remotes = remotes
        self._resources: dict[str, list[Object]] = {}
        self._changes = 0

    @property
    def changes(self) -> tuple[int, int]:
        return self._changes, self._remotes.changes

    def learn(self, remote: Remote, found: Object | None) -> None:
        """``found``: an APIResourceList, None when there is none to be had."""
        resources = None if found is None else aggregated_resources(found.get("resources") or ())
        if resources != self._resources.get(remote.name):
            self._changes += 1
            if resources is None:
                del self._resources[remote.name]
            else:
                self._resources[remote.name] = resources

    def versions(self) -> list[FurtherVersion]:
        return [
            FurtherVersion(each.group_version, each.priority, each.version_priority, self._resources.get(each.name))
            for each in self._remotes.list()
            if each.group_version.group
        ]


def aggregated_resources(resources: Iterable[Mapping[str, Any]]) -> list[Object]:
    """Rows of an aggregated document from those of an APIResourceList (ConvertGroupVersionIntoToDiscovery)."""
    rows: dict[str, Object] = {}
    for resource in resources:
        name, slash, subresource = resource["name"].partition("/")
        kind = {field: resource.get(field) or "" for field in ("group", "version", "kind")}
        verbs = list(resource.get("verbs") or ())
        if slash:
            row = rows.setdefault(name, _row(name, resource))
            row.setdefault("subresources", []).append(
                {"subresource": subresource, "responseKind": kind, "verbs": verbs}
            )
            continue
        row = rows.setdefault(name, _row(name, resource))
        row |= {"responseKind": kind, "singularResource": resource.get("singularName") or "", "verbs": verbs}
        for field in ("shortNames", "categories"):
            if resource.get(field):
                row[field] = list(resource[field])
    return list(rows.values())


def _row(name: str, resource: Mapping[str, Any]) -> Object:
    scope = "Namespaced" if resource.get("namespaced") else "Cluster"
    return {"resource": name, "responseKind": {"group": "", "version": "", "kind": ""}, "scope": scope}
