"""Which handler answers which verb on which resource: a dictionary, filled from the descriptions of the kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from apimachinery.status import MethodNotAllowed, NotFound
from server.request import Answer, Handler, Request
from server.requestinfo import RequestInfo

METHOD_NOT_ALLOWED = "the server does not allow this method on the requested resource"

_NAMED = frozenset({"get", "update", "patch", "delete"})
_LONGEST = 3
"""Resource, name and subresource: what is behind them is a path of its own, if anything."""
_OPEN_ENDED = frozenset({"proxy"})
_UNNAMED = frozenset({"create", "list", "deletecollection"})


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

    ``elsewhere`` is asked about resources that are not in it.
    """

    def __init__(self, verbs: Mapping[Target, Mapping[str, Handler]], elsewhere: Handler = _nowhere) -> None:
        self._verbs = dict(verbs)
        self._elsewhere = elsewhere

    async def __call__(self, request: Request) -> Answer:
        info = request.info
        verbs = self._verbs.get(Target(info.group, info.version, info.resource, info.subresource))
        if verbs is None:
            return await self._elsewhere(request)
        if len(info.parts) > _LONGEST and info.subresource not in _OPEN_ENDED:
            raise NotFound.path()
        handler = verbs.get(info.verb)
        if handler is None or not _fits(info):
            raise MethodNotAllowed(METHOD_NOT_ALLOWED, {})
        return await handler(request)


def _fits(info: RequestInfo) -> bool:
    """Whether the path names an object where the verb needs one, and a collection where it needs that."""
    if info.subresource:
        return True
    return bool(info.name) if info.verb in _NAMED else not (info.name and info.verb in _UNNAMED)
