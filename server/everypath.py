"""The one route there is. Starlette's own patterns leave out paths with line breaks, which clients may well ask for."""

from __future__ import annotations

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send


class EveryPath(BaseRoute):
    """Gives each request to ``http`` and each WebSocket handshake to ``websocket``, whatever the path is."""

    def __init__(self, http: ASGIApp, websocket: ASGIApp) -> None:
        self._apps = {"http": http, "websocket": websocket}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] in self._apps else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[scope["type"]](scope, receive, send)
