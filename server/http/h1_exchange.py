"""One request and its response on an HTTP/1.1 connection: the ``receive`` and ``send`` an application gets."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol
from urllib.parse import unquote

from server.http.eager import EagerTask
from server.http.h1_request import RequestHead
from server.http.h1_response import CONTINUE, ResponseEncoder
from server.http.serving import Endpoint, Message, Scope, Serving, log

BODY_BUFFER = 64 * 1024
"""Bytes of a request body held before the connection stops reading."""

_ASGI = {"version": "3.0", "spec_version": "2.3"}


class Wire(Protocol):
    """The connection an exchange is part of."""

    serving: Serving

    def write(self, data: bytes) -> None: ...
    async def drain(self) -> None:
        """Wait while the peer takes nothing."""

    def be_patient(self) -> None:
        """The next request, too, will have to wait: nobody minds if it is read a little later."""

    def body_taken(self) -> None:
        """The application has taken what was buffered of the request body."""

    def finished(self) -> None:
        """A response is complete."""

    def unanswered(self, exchange: Exchange) -> None:
        """The application has ended without a complete response."""


class Exchange:
    __slots__ = (
        "_awaits_continue",
        "_chunks",
        "_end_told",
        "_leaving",
        "_news",
        "_wire",
        "buffered",
        "gone",
        "request_ended",
        "response",
        "scope",
        "task",
    )

    def __init__(self, wire: Wire, head: RequestHead, endpoint: Endpoint) -> None:
        self._wire = wire
        self.scope = _scope(head, endpoint)
        self.scope["extensions"]["patience"] = {"ask": wire.be_patient}
        self.response = ResponseEncoder(head.method, head.version, head.keep_alive)
        self.request_ended = False
        self.buffered = 0
        self.gone = False
        self.task: asyncio.Task[None] | None = None
        self._awaits_continue = head.expects_continue
        self._chunks: list[bytes] = []
        self._end_told = False
        self._leaving = False
        self._news: asyncio.Event | None = None

    # What the connection tells

    def start(self) -> None:
        """At once if that is wanted, and it is not another request that makes way for this one."""
        serving = self._wire.serving
        loop = serving.loop
        if not serving.manners.eager or asyncio.current_task(loop) is not None:
            self.task = loop.create_task(self.run())
            return
        eager = EagerTask(loop, self.run())
        self.task = eager.task
        eager.begin()

    def feed(self, data: bytes) -> None:
        self._chunks.append(data)
        self.buffered += len(data)
        self._wake()

    def end(self) -> None:
        self.request_ended = True
        self._wake()

    def leave(self) -> None:
        """The client wants no more; what is sent still goes out."""
        self._leaving = True
        self._wake()

    def lose(self) -> None:
        """The client cannot be reached any more; what is sent is dropped."""
        self.gone = self._leaving = True
        self._wake()

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()

    # What the application calls

    async def run(self) -> None:
        try:
            await self._wire.serving.app(self.scope, self.receive, self.send)
        except Exception:
            log.exception("%s %s failed", self.scope["method"], self.scope["path"])
        finally:
            if not self.response.complete and not self.gone:
                self._wire.unanswered(self)

    async def receive(self) -> Message:
        if self._awaits_continue:
            self._awaits_continue = False
            if not self._chunks and not self.request_ended and not self.response.started:
                self._wire.write(CONTINUE)
        while not self._chunks:
            if self.request_ended and not self._end_told:
                self._end_told = True
                return {"type": "http.request", "body": b"", "more_body": False}
            if self._leaving or self.response.complete:
                return {"type": "http.disconnect"}
            await self._wait()
        return self._take()

    async def _wait(self) -> None:
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()

    def _take(self) -> Message:
        chunks, self._chunks = self._chunks, []
        self.buffered = 0
        self._end_told = self.request_ended
        if not self.request_ended:
            self._wire.body_taken()
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return {"type": "http.request", "body": body, "more_body": not self.request_ended}

    async def send(self, message: Message) -> None:
        """After the client is gone this does nothing; whoever streams listens for ``http.disconnect``."""
        if self.gone:
            return
        kind = message["type"]
        response = self.response
        if kind == "http.response.body":
            more = message.get("more_body", False)
            data = response.body(message.get("body", b""), more)
            if data:
                self._wire.write(data)
            if more:
                await self._wire.drain()
            else:
                self._wake()
                self._wire.finished()
        elif kind == "http.response.start":
            if self._awaits_continue:  # the client may or may not send its body now: nothing can follow it
                response.keep_alive = False
            response.start(message["status"], message.get("headers", ()), self._wire.serving.date)
        else:
            raise ValueError(f"unexpected ASGI message {kind!r}")


def _scope(head: RequestHead, endpoint: Endpoint) -> Scope:
    raw_path, _, query = _origin_form(head.target).partition(b"?")
    path = raw_path.decode("ascii")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": _ASGI,
        "http_version": head.version,
        "method": head.method,
        "scheme": "https" if endpoint.secure else "http",
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": head.headers,
        "client": endpoint.client,
        "server": endpoint.server,
        "state": {},
        "extensions": dict(endpoint.extensions),
    }
    return scope


def _origin_form(target: bytes) -> bytes:
    """Strip scheme and authority of an absolute target."""
    if target.startswith(b"/"):
        return target
    _, found, rest = target.partition(b"://")
    if not found:
        return target
    slash = rest.find(b"/")
    return rest[slash:] if slash >= 0 else b"/"
