"""WebSocket handshakes for an application that knows HTTP: a handshake is a GET, and is answered as one.

Who may not have a stream is told why, as any other client is: the Status is the answer to the handshake. An answer
without a length, a watch, is accepted, and each of its lines is a message. No decisions here.
Source: k8s.io/apiserver pkg/endpoints/handlers/watch.go (HandleWS); ASGI's WebSocket Denial Response extension.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from server.request import Receive, Scope

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class WebSocketShell:
    """An ASGI application for scopes of type "websocket" around one for scopes of type "http"."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(receive, send)
        await self._app({**scope, "type": "http", "method": "GET"}, exchange.receive, exchange.send)


class _Exchange:
    """One handshake and what follows it, in the messages of HTTP."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._asked = False
        self._accepted = False

    async def receive(self) -> Message:
        """An empty body, then the end: what the client says in between is nothing to a watch."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (await self._receive())["type"] != "websocket.disconnect":
            pass
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif not self._accepted:
            await self._send({**message, "type": "websocket.http.response.body"})
        else:
            for line in message["body"].splitlines():
                await self._send({"type": "websocket.send", "text": line.decode()})
            if not message.get("more_body", False):
                await self._send({"type": "websocket.close", "code": 1000})

    async def _begin(self, message: Message) -> None:
        self._accepted = not any(name == b"content-length" for name, _ in message["headers"])
        if self._accepted:
            await self._send({"type": "websocket.accept", "headers": []})
        else:
            await self._send({**message, "type": "websocket.http.response.start"})
