"""GET of one object: the stored bytes."""

from __future__ import annotations

from server.api import Api
from server.endpoints.common import entry_response, responder_for
from server.endpoints.revisions import parse_revision, wait_for
from server.registry.served import Served
from server.request import Answer, Request


async def get(api: Api, served: Served, request: Request) -> Answer:
    """Consistent without a resourceVersion; "0" is any cached state, N is at least N."""
    responder = responder_for(api, served, request)
    version = request.param("resourceVersion")
    if not version:
        await api.store.consistent()
    elif version != "0":
        await wait_for(served.registry, parse_revision(version))
    info = request.info
    return entry_response(responder, served.registry.get(info.namespace, info.name))
