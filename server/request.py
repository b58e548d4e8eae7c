"""One HTTP request as the API server's handlers see it, and the two kinds of answer they give."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from apimachinery.status import BadRequest, RequestEntityTooLarge
from server.authn.user import User
from server.requestinfo import RequestInfo

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_BODY_BYTES = 3 * 1024 * 1024
"""Upstream's limit for a request body."""

_NOTHING: dict[str, list[str]] = {}


class ClientDisconnected(Exception):
    """The client went away while its body was being read; there is nobody to answer."""


class Request:
    """Reads headers, query and body lazily, each once."""

    __slots__ = (
        "_body",
        "_ended",
        "_headers",
        "_query",
        "_receive",
        "answer_headers",
        "audit_annotations",
        "audit_id",
        "info",
        "on_sent",
        "pace",
        "scope",
        "user",
        "warnings",
    )

    def __init__(self, scope: Scope, receive: Receive, info: RequestInfo) -> None:
        self.scope = scope
        self.info = info
        self.user: User | None = None
        self.audit_id = ""
        self.audit_annotations: dict[str, str] = {}
        """What the audit event of this request shall say besides; whoever decides something about it may add to it."""
        self.warnings: list[str] = []
        self.answer_headers: tuple[tuple[bytes, bytes], ...] = ()
        """What every answer to this request carries, errors too."""
        self.on_sent: Callable[[], None] | None = None
        """Called once the answer has been sent, or the client is gone."""
        self.pace: Callable[[], Awaitable[None]] | None = None
        """Awaited before each further piece of a large answer, and by ``breathe``: lets others have their turns."""
        self._receive = receive
        self._headers: dict[bytes, str] | None = None
        self._query: dict[str, list[str]] | None = None
        self._body: bytes | None = None
        self._ended = False

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    def header(self, name: bytes) -> str:
        """The value of a header by its lower-case name; "" if absent, the last one if repeated."""
        if self._headers is None:
            self._headers = {key: value.decode("latin-1") for key, value in self.scope["headers"]}
        return self._headers.get(name, "")

    @property
    def query(self) -> dict[str, list[str]]:
        if self._query is None:
            raw = self.scope.get("query_string") or b""
            try:
                self._query = (
                    parse_qs(raw.decode("ascii"), keep_blank_values=True, max_num_fields=1000) if raw else _NOTHING
                )
            except ValueError as error:
                raise BadRequest(f"invalid query: {error}") from None
        return self._query

    def param(self, name: str) -> str:
        """The first value of a query parameter, or ""."""
        values = self.query.get(name)
        return values[0] if values else ""

    def param_unchecked(self, name: str) -> str | None:
        """The first value of a query parameter, None if it is absent or the query cannot be read at all."""
        try:
            values = self.query.get(name)
        except BadRequest:
            return None
        return values[0] if values else None

    @property
    def has_body(self) -> bool:
        return bool(self.header(b"transfer-encoding")) or self.header(b"content-length") not in ("", "0")

    def is_small(self, size: int) -> bool:
        """Whether the body says that it is no longer than ``size``."""
        length = self.header(b"content-length")
        return length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= size

    async def body(self) -> bytes:
        """The whole body; raises RequestEntityTooLarge (413) over 3 MiB, ClientDisconnected."""
        if self._body is None:
            self._body = await self._read()
        return self._body

    @property
    def taken_body(self) -> bytes:
        """The body, if somebody has read it."""
        return self._body or b""

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, of any size, for whoever hands it on. Raises ClientDisconnected."""
        if self._body is not None:
            yield self._body
            return
        while (chunk := await self._next_chunk()) is not None:
            if chunk:
                yield chunk

    async def breathe(self) -> None:
        """Between two steps that take long: let others have their turns, if anybody waits for one."""
        if self.pace is not None:
            await self.pace()

    @property
    def is_unread(self) -> bool:
        """Whether there is more of the body than has been read."""
        return not self._ended and self.has_body

    async def drain(self) -> None:
        """Read and drop what is left of the body, so that the connection stays usable after an early answer."""
        while self.is_unread:
            await self._next_chunk()

    async def disconnected(self) -> None:
        """Return when the client has gone away. The body must have been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def is_abandoned(self) -> bool:
        """Whether it is known that the client has gone away, for whoever has made it wait. Does not wait itself."""
        while not self.is_unread:
            asking = self._receive().__await__()
            try:
                next(asking)
            except StopIteration as told:
                if told.value["type"] == "http.disconnect":
                    return True
                self._ended = not told.value.get("more_body", False)
            else:
                asking.close()
                return False
        return False

    async def _read(self) -> bytes:
        if _exceeds(self.header(b"content-length")):
            raise RequestEntityTooLarge.of(f"limit is {MAX_BODY_BYTES}")
        chunks: list[bytes] = []
        size = 0
        while (chunk := await self._next_chunk()) is not None:
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise RequestEntityTooLarge.of(f"limit is {MAX_BODY_BYTES}")
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _next_chunk(self) -> bytes | None:
        if self._ended:
            return None
        message = await self._receive()
        if message["type"] != "http.request":
            raise ClientDisconnected
        self._ended = not message.get("more_body", False)
        return bytes(message.get("body", b""))


def _exceeds(length: str) -> bool:
    """Whether a Content-Length says that the body is too large."""
    if not length.isascii() or not length.isdigit():
        return False
    return len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES


@dataclass(slots=True)
class Response:
    """A complete answer. A large ``body`` comes in pieces, which are sent one after the other."""

    status: int
    body: bytes | list[bytes]
    content_type: bytes = b"application/json"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def pieces(self) -> list[bytes]:
        return [self.body] if isinstance(self.body, bytes) else self.body


@dataclass(slots=True)
class Stream:
    """An answer that is written while it is being made: a watch.

    ``run(send)`` is called once the headers are out; each ``await send(chunk)`` is flushed. It returns at the end.
    """

    run: Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[None]]
    content_type: bytes = b"application/json"
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


Answer = Response | Stream
Handler = Callable[[Request], Awaitable[Answer]]


def text(status: int, body: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    return Response(status, body.encode(), b"text/plain; charset=utf-8", list(headers))
