"""One watch: a stream of JSON lines turned into event dicts, which any thread can end at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import orjson

from apimachinery.objects import Object
from apimachinery.status import StatusError, from_status
from client.connections import Connection, ConnectionPool, StaleConnection
from client.errors import ClientClosed, TransportError, error_of


class LineSplitter:
    """Cuts a stream of bytes into lines; the work is linear in the bytes, however they are cut."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that this piece completes, without their ends."""
        lines = data.split(b"\n")
        last = lines.pop()
        if lines and self._rest:
            self._rest.append(lines[0])
            lines[0] = b"".join(self._rest)
            self._rest = []
        if last:
            self._rest.append(last)
        return lines


class Watch:
    """An iterator of ``{"type": …, "object": …}``; use it in a ``with`` block.

    An ERROR event is raised as its StatusError. The iteration ends when the server ends the watch or :meth:`close` is
    called; a broken connection raises TransportError.
    """

    def __init__(self, pool: ConnectionPool, request: bytes, timeout: float) -> None:
        """``timeout``: seconds without any byte after which the connection counts as broken."""
        self._pool = pool
        self._request = request
        self._timeout = timeout
        self._connection: Connection | None = None
        self._closed = False
        self._pieces: Iterator[bytes] = iter(())
        self._lines: deque[bytes] = deque()
        self._splitter = LineSplitter()

    def open(self) -> None:
        """Send the request; raises StatusError when the server refuses it. Must be followed by :meth:`finish`."""
        try:
            self._open(fresh=False)
        except StaleConnection:
            self._open(fresh=True)

    def finish(self) -> None:
        """Give the connection up (it is kept for other requests if the answer has ended properly)."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.give_back(connection)

    def __enter__(self) -> Self:
        """Opens it, unless it is open."""
        if self._connection is None:
            self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def limit_silence(self, seconds: float | None) -> None:
        """Raise TransportTimeout when nothing arrives for so long; None: for as long as at first."""
        if self._connection is not None:
            self._connection.set_timeout(self._timeout if seconds is None else seconds)

    def close(self) -> None:
        """End the watch from any thread; may be called at any time and twice."""
        self._closed = True
        connection = self._connection
        if connection is not None:
            connection.abort()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Object:
        while not self._lines:
            self._fill()
        event: dict[str, Any] = orjson.loads(self._lines.popleft())
        if event["type"] == "ERROR":
            raise _error(event["object"])
        return event

    def _fill(self) -> None:
        """Wait for more lines; StopIteration at the end."""
        if self._closed or self._connection is None:
            raise StopIteration
        try:
            piece = next(self._pieces, None)
        except ClientClosed:
            raise StopIteration from None
        if piece is None:
            raise StopIteration
        self._lines.extend(line for line in self._splitter.feed(piece) if line)

    def _open(self, *, fresh: bool) -> None:
        connection = self._pool.take(fresh=fresh)
        try:
            self._connection = connection
            if self._closed:
                raise ClientClosed("closed")
            connection.send(self._request, self._timeout)
            status = connection.read_head()
            self._pieces = connection.stream()
            if status != 200:
                raise error_of(status, b"".join(self._pieces), "GET")
        except BaseException as error:
            self._connection = None
            if isinstance(error, StatusError):
                self._pool.give_back(connection)
            else:
                self._pool.drop(connection)
            raise


def _error(status: Any) -> Exception:
    if isinstance(status, dict) and status.get("kind") == "Status":
        return from_status(status)
    return TransportError(f"unexpected object in an ERROR event: {status!r}")
