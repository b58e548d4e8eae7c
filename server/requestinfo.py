"""Reads a request's method and path into what it asks for. The only place that takes URLs apart.

Source: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from apimachinery.gvk import GroupResource
from apimachinery.remembering import LONGEST

_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_NAMESPACE_SUBRESOURCES = frozenset({"status", "finalize"})
_ADDRESSING = 5
"""Parts that say what is meant: namespaces, its name, a resource, a name, a subresource."""
_SPECIAL_VERBS = frozenset({"proxy", "watch"})


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What a request addresses. ``parts`` starts at the resource; a watch is a list until the query is read."""

    path: str
    verb: str
    is_resource: bool = False
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    parts: tuple[str, ...] = ()
    forced_watch: bool = False

    @property
    def group_resource(self) -> GroupResource:
        return GroupResource(self.group, self.resource)


def parse_request(method: str, path: str) -> RequestInfo:
    """``path`` is percent-decoded. Anything that is not under /api or /apis/<group> is a non-resource request, and so
    is a path with an empty part before what may be behind a subresource: no resource is there."""
    return _parsed(method, path) if len(path) <= LONGEST else _parse(method, path)


def _parse(method: str, path: str) -> RequestInfo:
    parts = path.strip("/").split("/")
    plain = RequestInfo(path, method.lower())
    if len(parts) < 3 or parts[0] not in ("api", "apis") or path.startswith("//"):
        return plain
    if parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) < 4:
        return plain
    else:
        group, version, rest = parts[1], parts[2], parts[3:]
    forced_watch = False
    verb = _VERBS.get(method, "")
    if rest[0] in _SPECIAL_VERBS:
        if len(rest) < 2:
            return plain
        forced_watch = rest[0] == "watch"
        verb, rest = rest[0], rest[1:]
    if "" in rest[:_ADDRESSING] or not version:
        return plain
    return _resource_request(path, verb, group, version, rest, forced_watch)


_parsed = lru_cache(maxsize=8192)(_parse)


def _resource_request(
    path: str, verb: str, group: str, version: str, parts: list[str], forced_watch: bool
) -> RequestInfo:
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _NAMESPACE_SUBRESOURCES:
            parts = parts[2:]
    name = parts[1] if len(parts) > 1 else ""
    subresource = parts[2] if len(parts) > 2 else ""
    if not name and verb == "delete":
        verb = "deletecollection"
    elif not name and verb == "get":
        verb = "list"
    return RequestInfo(
        path, verb, True, group, version, namespace, parts[0], subresource, name, tuple(parts), forced_watch
    )
