"""Which handler answers which verb on which resource: a dictionary, filled from the descriptions of the kinds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from apimachinery.gvk import GroupResource
from apimachinery.status import MethodNotAllowed, NotFound
from server.request import Answer, Handler, Request
from server.requestinfo import RequestInfo

METHOD_NOT_ALLOWED = "the server does not allow this method on the requested resource"

_NAMED = frozenset({"get", "update", "patch", "delete"})
_LONGEST = 3
"""Resource, name and subresource: what is behind them is a path of its own, if anything."""
_OPEN_ENDED = frozenset({"proxy"})
_UNNAMED = frozenset({"create", "list", "deletecollection"})
_NAMESPACES = GroupResource("", "namespaces")


class Target(NamedTuple):
    """What a path addresses."""

    group: str
    version: str
    resource: str
    subresource: str


async def _nowhere(request: Request) -> Answer:
    raise NotFound.path()


class Catalog:
    """``verbs[target][verb]`` answers. Verbs are those of RBAC: get, list, watch, create, update, patch, delete, …

    ``cluster_scoped``: the resources that are in no namespace: a path that puts one into a namespace leads nowhere,
    or rights in that namespace would be rights to it (CVE-2019-11247). ``elsewhere`` is asked about resources that are
    not in it.
    """

    def __init__(
        self,
        verbs: Mapping[Target, Mapping[str, Handler]],
        cluster_scoped: Collection[GroupResource],
        elsewhere: Handler = _nowhere,
    ) -> None:
        self._verbs = dict(verbs)
        self._cluster_scoped = frozenset(cluster_scoped)
        self._elsewhere = elsewhere

    async def __call__(self, request: Request) -> Answer:
        info = request.info
        verbs = self._verbs.get(Target(info.group, info.version, info.resource, info.subresource))
        if verbs is None:
            return await self._elsewhere(request)
        if len(info.parts) > _LONGEST and info.subresource not in _OPEN_ENDED:
            raise NotFound.path()
        if not self._scope_fits(info):
            raise NotFound.path()
        handler = verbs.get(info.verb)
        if handler is None or not _fits(info):
            raise MethodNotAllowed(METHOD_NOT_ALLOWED, {})
        return await handler(request)

    def _scope_fits(self, info: RequestInfo) -> bool:
        resource = info.group_resource
        if resource == _NAMESPACES:  # each is in the namespace of its own name
            return info.namespace in ("", info.name)
        if resource in self._cluster_scoped:
            return not info.namespace
        return bool(info.namespace) or not info.name


def _fits(info: RequestInfo) -> bool:
    """Whether the path names an object where the verb needs one, and a collection where it needs that."""
    if info.subresource:
        return True
    return bool(info.name) if info.verb in _NAMED else not (info.name and info.verb in _UNNAMED)
