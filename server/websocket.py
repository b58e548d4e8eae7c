"""WebSocket handshakes for an application that knows HTTP: a handshake is a GET, and is answered as one.

Who may not have a stream is told why, as any other client is: the Status is the answer to the handshake. An answer
without a length, a watch, is accepted, and each of its lines is a message. No decisions here.
Source: k8s.io/apiserver pkg/endpoints/handlers/watch.go (HandleWS); ASGI's WebSocket Denial Response extension.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from server.request import Receive, Scope

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
SOCKET = "kubejazz.websocket"
"""In a scope made of a handshake: the RawSocket."""
SWITCHING = 101


class WebSocketShell:
    """An ASGI application for scopes of type "websocket" around one for scopes of type "http"."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(receive, send)
        raw = RawSocket(exchange)
        await self._app({**scope, "type": "http", "method": "GET", SOCKET: raw}, exchange.receive, exchange.send)


class RawSocket:
    """The messages themselves, for a Stream that speaks them both ways: from the first call it has them alone.

    Such a Stream may have a header ``sec-websocket-protocol``, with the protocol to accept.
    """

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    async def receive(self) -> Message:
        """ "websocket.receive" and, at the end, "websocket.disconnect"."""
        return await self._exchange.take()

    async def send(self, pieces: Sequence[bytes | str]) -> None:
        """One message, of bytes or of text."""
        await self._exchange.put(pieces)

    async def close(self, code: int) -> None:
        await self._exchange.end(code)


class _Exchange:
    """One handshake and what follows it, in the messages of HTTP."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._asked = False
        self._accepted = False
        self._raw = False
        self._ended = False

    async def receive(self) -> Message:
        """An empty body, then the end: what the client says in between is nothing to a watch."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        if self._raw:
            await asyncio.Event().wait()  # whoever speaks the messages hears of the end
        while (await self._receive())["type"] != "websocket.disconnect":
            pass
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._raw:
            if not message.get("more_body", False):
                await self.end(1000)
        elif not self._accepted:
            await self._send({**message, "type": "websocket.http.response.body"})
        else:
            for line in message["body"].splitlines():
                await self._send({"type": "websocket.send", "text": line.decode()})
            if not message.get("more_body", False):
                await self._send({"type": "websocket.close", "code": 1000})

    async def take(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._ended = True
        return message

    async def put(self, pieces: Sequence[bytes | str]) -> None:
        texts = [piece for piece in pieces if isinstance(piece, str)]
        if texts:
            await self._send({"type": "websocket.send", "text": "".join(texts)})
        else:
            data = b"".join(piece for piece in pieces if isinstance(piece, bytes))
            await self._send({"type": "websocket.send", "bytes": data})

    async def end(self, code: int) -> None:
        if not self._ended:
            self._ended = True
            await self._send({"type": "websocket.close", "code": code})

    async def _begin(self, message: Message) -> None:
        """A status of 101 is that of a Stream which speaks in messages of its own."""
        self._raw = message["status"] == SWITCHING
        self._accepted = not any(name == b"content-length" for name, _ in message["headers"])
        if self._raw:
            protocol = next((value for name, value in message["headers"] if name == b"sec-websocket-protocol"), b"")
            chosen = {"subprotocol": protocol.decode("latin-1")} if protocol else {}
            await self._send({"type": "websocket.accept", "headers": [], **chosen})
        elif self._accepted:
            await self._send({"type": "websocket.accept", "headers": []})
        else:
            await self._send({**message, "type": "websocket.http.response.start"})
