"""WebSocket handshakes are answered as GETs are; a watch goes on as messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from server.websocket import WebSocketShell

Message = MutableMapping[str, Any]


def _converse(app: Callable[..., Awaitable[None]], *said: Message) -> list[Message]:
    """What the client is sent by an HTTP application behind the shell."""
    heard: list[Message] = []
    saying = iter(said)

    async def receive() -> Message:
        return next(saying)

    async def send(message: Message) -> None:
        heard.append(message)

    asyncio.run(WebSocketShell(app)({"type": "websocket", "path": "/"}, receive, send))
    return heard


async def _missing(scope: Any, receive: Any, send: Any) -> None:
    assert (scope["type"], scope["method"], scope["path"]) == ("http", "GET", "/")
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"no", "more_body": True})
    await send({"type": "http.response.body", "body": b"ne"})


async def _watch(scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["body"] == b""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    await send({"type": "http.response.body", "body": b'{"a":1}\n{"b":2}\n', "more_body": True})
    assert await receive() == {"type": "http.disconnect"}
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def test_an_error_is_the_answer_to_the_handshake() -> None:
    start, *bodies = _converse(_missing, {"type": "websocket.connect"})
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 404)
    assert {message["type"] for message in bodies} == {"websocket.http.response.body"}
    assert b"".join(message["body"] for message in bodies) == b"none"


def test_each_event_of_a_watch_is_a_message_until_the_client_leaves() -> None:
    said = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "ignored"},
        {"type": "websocket.disconnect", "code": 1001},
    ]
    assert _converse(_watch, *said) == [
        {"type": "websocket.accept", "headers": []},
        {"type": "websocket.send", "text": '{"a":1}'},
        {"type": "websocket.send", "text": '{"b":2}'},
        {"type": "websocket.close", "code": 1000},
    ]
