"""Which handler answers which verb on which resource: a dictionary, filled from the descriptions of the kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from apimachinery.status import MethodNotAllowed, NotFound
from server.request import Answer, Handler, Request

METHOD_NOT_ALLOWED = "the server does not allow this method on the requested resource"


class Target(NamedTuple):
    """What a path addresses."""

    group: str
    version: str
    resource: str
    subresource: str


class Catalog:
    """``verbs[target][verb]`` answers. Verbs are those of RBAC: get, list, watch, create, update, patch, delete, …"""

    def __init__(self, verbs: Mapping[Target, Mapping[str, Handler]]) -> None:
        self._verbs = dict(verbs)

    async def __call__(self, request: Request) -> Answer:
        info = request.info
        verbs = self._verbs.get(Target(info.group, info.version, info.resource, info.subresource))
        if verbs is None:
            raise NotFound.path()
        handler = verbs.get(info.verb)
        if handler is None:
            raise MethodNotAllowed(METHOD_NOT_ALLOWED, {})
        return await handler(request)
