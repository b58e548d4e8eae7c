"""HTTP/1.1 requests out of bytes (RFC 9112). Pure: it calls a sink, it does no I/O and reads no clock.

llhttp, which httptools wraps, refuses what smuggles requests: conflicting lengths, a Content-Length beside a
Transfer-Encoding, an encoding that does not end in chunked, bare line feeds, spaces before the colon. What it
leaves to its user is checked here: Host, the version, the size of the head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import httptools

HEAD_LIMIT = 128 * 1024
"""Bytes of request line and headers. Bearer tokens and label selectors can be long; upstream allows 1 MB."""

HEADER_LIMIT = 1000
"""Header lines: whoever is in hundreds of groups may impersonate somebody who is."""

Headers = list[tuple[bytes, bytes]]

_KNOWN_METHODS = {
    name.encode(): name for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE")
}


class ProtocolError(Exception):
    """The peer does not speak HTTP/1.1; answer with ``status`` and close."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class HandOver(Exception):
    """Another protocol class shall go on: feed it ``data``, which begins with a request's first byte."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


@dataclass(slots=True)
class RequestHead:
    method: str
    target: bytes
    version: str
    headers: Headers
    keep_alive: bool
    expects_continue: bool


class Sink(Protocol):
    """Called in order: one ``on_head``, any number of ``on_body``, one ``on_end`` per request."""

    def on_head(self, head: RequestHead) -> None: ...
    def on_body(self, data: bytes) -> None: ...
    def on_end(self) -> None: ...


class RequestParser:
    """``feed`` it what arrives. It is spent once it has raised, or after a request that closes the connection."""

    __slots__ = (
        "_continue",
        "_encoded",
        "_head_done",
        "_head_size",
        "_headers",
        "_hosts",
        "_last",
        "_parser",
        "_seen",
        "_sink",
        "_start",
        "_started",
        "_target",
        "_upgrade",
    )

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._parser = httptools.HttpRequestParser(self)
        self._start: bytes | None = b""
        self._last = False
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._headers: Headers = []
        self._hosts = 0
        self._continue = False
        self._encoded = False
        self._head_done = False
        self._head_size = 0
        self._seen = 0
        self._started = False
        self._upgrade: RequestHead | None = None

    @property
    def in_head(self) -> bool:
        """A request has begun whose head is not complete."""
        return self._started and not self._head_done

    def feed(self, data: bytes) -> None:
        """Raises ProtocolError; HandOver at a request that asks for another protocol."""
        if self._last:
            return
        if self._start is not None:
            data = self._start + data
            if len(data) < 4 and b"PRI ".startswith(data):
                self._start = data
                return
            self._start = None
            if data.startswith(b"PRI "):  # HTTP/2 without asking first
                raise HandOver(data)
        self._parse(data)
        if self.in_head:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT:
                raise ProtocolError(431, "request head too large")

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as switch:
            self._switch(data[switch.args[0] :])
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            raise cause if isinstance(cause, ProtocolError) else error from None
        except httptools.HttpParserError as error:
            if not self._last:  # what follows a request that closes the connection is nobody's
                raise ProtocolError(400, str(error)) from None

    def _switch(self, rest: bytes) -> None:
        head = self._upgrade
        assert head is not None
        lines = [b"%b %b HTTP/%b\r\n" % (head.method.encode(), head.target, head.version.encode())]
        lines += [b"%b: %b\r\n" % header for header in head.headers]
        raise HandOver(b"".join(lines) + b"\r\n" + rest)

    # What httptools calls

    def on_message_begin(self) -> None:
        self._begin()
        self._started = True

    def on_url(self, data: bytes) -> None:
        self._target += data
        self._seen += len(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_done:  # a trailer
            return
        name = name.lower()
        self._headers.append((name, value))
        self._seen += len(name) + len(value)
        if self._seen > HEAD_LIMIT or len(self._headers) > HEADER_LIMIT:
            raise ProtocolError(431, "request head too large")
        if name == b"host":
            self._hosts += 1
        elif name == b"transfer-encoding":
            if value.lower() != b"chunked":
                raise ProtocolError(501, "the only transfer encoding understood is chunked")
            self._encoded = True
        elif name == b"expect":
            self._continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        self._head_done = True
        parser = self._parser
        version = parser.get_http_version()
        if version != "1.1":
            self._check_old(version)
        elif self._hosts != 1:
            raise ProtocolError(400, "exactly one Host header is required")
        method = parser.get_method()
        keep_alive = version == "1.1" and parser.should_keep_alive()
        head = RequestHead(
            _KNOWN_METHODS.get(method) or method.decode("ascii"),
            self._target,
            version,
            self._headers,
            keep_alive,
            self._continue and version == "1.1",
        )
        if parser.should_upgrade():  # the parser stops here, whether a body follows or not
            self._upgrade = head
            return
        self._sink.on_head(head)
        self._last = not head.keep_alive

    def _check_old(self, version: str) -> None:
        if version != "1.0":
            raise ProtocolError(505, f"HTTP version {version} is not supported")
        if self._encoded:
            raise ProtocolError(400, "a transfer encoding needs HTTP/1.1")

    def on_body(self, data: bytes) -> None:
        self._sink.on_body(data)

    def on_message_complete(self) -> None:
        if self._upgrade is None:
            self._sink.on_end()
        self._started = False
