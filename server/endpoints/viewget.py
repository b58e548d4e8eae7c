"""GET of a view of an object: its status, its scale."""

from __future__ import annotations

from server.api import Api
from server.endpoints.get import get
from server.endpoints.views import View
from server.endpoints.writing import view_response
from server.registry.served import Served
from server.request import Answer, Request


async def get_view(api: Api, served: Served, view: View, request: Request) -> Answer:
    if view.whole:
        return await get(api, served, request)
    await api.store.consistent()
    entry = served.registry.get(request.info.namespace, request.info.name)
    return view_response(served, view, request, entry)
