"""The shell between ASGI and the handlers: makes a Request, writes the Answer. No decisions here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from server.request import Answer, ClientDisconnected, Handler, Receive, Request, Response, Scope, Stream
from server.requestinfo import parse_request
from server.warningheaders import warning_headers

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DRAIN_SECONDS = 5.0

log = logging.getLogger("kubejazz.server")


class AsgiShell:
    """An ASGI application around a chain of filters that ends in the API's dispatcher."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path = scope.get("raw_path") or b""
        path = unquote(raw_path.split(b"?", 1)[0].decode("latin-1")) if raw_path else scope["path"]
        request = Request(scope, receive, parse_request(scope["method"], path))
        try:
            answer = await self._handler(request)
            if request.is_unread:
                await _drain(request)
            await _write(answer, request, send)
        except ClientDisconnected:
            log.debug("client went away: %s %s", scope["method"], path)
        finally:
            if request.on_sent is not None:
                request.on_sent()


async def _drain(request: Request) -> None:
    """Whoever is answered before their body has been read may send the rest of it, if that does not take long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            await request.drain()


def _headers(answer: Answer, request: Request) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", answer.content_type), *answer.headers, *request.answer_headers]
    if request.audit_id:
        headers.append((b"audit-id", request.audit_id.encode()))
    if request.warnings:
        headers += warning_headers(request.warnings)
    return headers


async def _write(answer: Answer, request: Request, send: Send) -> None:
    headers = _headers(answer, request)
    if isinstance(answer, Response):
        *pieces, last = answer.pieces
        length = len(last) + sum(map(len, pieces))
        headers.append((b"content-length", b"%d" % length))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if request.method == "HEAD":
            pieces, last = [], b""
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if request.pace is not None:
                await request.pace()
        await send({"type": "http.response.body", "body": last})
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    await _stream(answer, request, send)


async def _stream(answer: Stream, request: Request, send: Send) -> None:
    """Run the stream until it ends or the client goes away, whichever is first."""

    async def write(chunk: bytes) -> None:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})

    running = asyncio.ensure_future(answer.run(write))
    leaving = asyncio.ensure_future(request.disconnected())
    try:
        await asyncio.wait((running, leaving), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        for task in (running, leaving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
