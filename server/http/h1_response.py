"""HTTP/1.1 responses into bytes (RFC 9112). Pure: ASGI messages go in, what must be written comes out."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"

_STATUS_LINES = {status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus}
_BODILESS = frozenset({204, 304})
_CLOSE = b"connection: close\r\n"


class ResponseError(Exception):
    """The application broke the rules of ASGI or of HTTP; a programming error."""


def status_line(status: int) -> bytes:
    """With a reason phrase: some clients count an empty one as a failure."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d Unknown\r\n" % status


def simple_response(status: int, date: bytes) -> bytes:
    """A whole response without a body, after which the connection closes. ``date`` is a header line."""
    return b"%b%bcontent-length: 0\r\n%b\r\n" % (status_line(status), date, _CLOSE)


class ResponseEncoder:
    """One response. ``start`` once, ``body`` until ``complete``.

    ``keep_alive`` says after completion whether the connection can carry another response.
    """

    __slots__ = ("_chunked", "_date", "_head", "_remaining", "_silent", "_version", "complete", "keep_alive", "started")

    def __init__(self, method: str, version: str, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.started = False
        self.complete = False
        self._silent = method == "HEAD"
        self._version = version
        self._chunked = False
        self._remaining: int | None = None
        self._head = b""

    def start(self, status: int, headers: Iterable[tuple[bytes, bytes]], date: bytes) -> None:
        """Nothing is written before the body's first part is known. ``date`` is a header line.

        Raises ResponseError for a second start or a header that would break the framing.
        """
        if self.started:
            raise ResponseError("the response has been started already")
        lines = [status_line(status), date]
        for name, value in headers:
            name = name.lower()
            if name == b"content-length":
                self._remaining = _length(value)
            elif name == b"transfer-encoding":
                continue
            elif name == b"connection" and value.lower() == b"close":
                self.keep_alive = False
                continue
            lines.append(b"%b: %b\r\n" % (name, value))
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines) or b"\0" in head:
            raise ResponseError("a response header contains a line break or NUL")
        if status in _BODILESS:
            self._silent = True
        self._head = head
        self.started = True

    def body(self, data: bytes, more: bool) -> bytes:
        """What to write for one body message. Raises ResponseError if it comes too early, too late or too long."""
        if not self.started or self.complete:
            raise ResponseError("a response body is not due now")
        if self._remaining is not None and not self._silent:
            self._count(len(data), more)
        prefix = self._finish_head(len(data), more) if self._head else b""
        self.complete = not more
        if self._silent:
            return prefix
        if self._chunked:
            return prefix + _chunk(data, more)
        return prefix + data if prefix else data

    def _finish_head(self, length: int, more: bool) -> bytes:
        head, self._head = self._head, b""
        if self._remaining is None and not self._silent:
            if not more:
                head += b"content-length: %d\r\n" % length
            elif self._version == "1.1":
                self._chunked = True
                head += b"transfer-encoding: chunked\r\n"
            else:
                self.keep_alive = False
        return head + (b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")

    def _count(self, length: int, more: bool) -> None:
        assert self._remaining is not None
        self._remaining -= length
        if self._remaining < 0:
            self.keep_alive = False
            raise ResponseError("the response body is longer than its Content-Length")
        if not more and self._remaining > 0:
            self.keep_alive = False
            raise ResponseError("the response body is shorter than its Content-Length")


def _length(value: bytes) -> int:
    if not value.isdigit():
        raise ResponseError("the response's Content-Length is no number")
    return int(value)


def _chunk(data: bytes, more: bool) -> bytes:
    if not data:
        return b"" if more else LAST_CHUNK
    return b"%x\r\n%b\r\n%b" % (len(data), data, b"" if more else LAST_CHUNK)
