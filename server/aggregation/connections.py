"""Connections to aggregated servers: HTTP/1.1 with a body both ways as it comes, kept for the next request.

One event loop; the end of a task that reads an answer closes its connection.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import httptools

from apimachinery.fielderrors import quote
from server.services.resolving import Address

Headers = Sequence[tuple[bytes, bytes]]
_CHUNK = 64 * 1024
_CONNECT = 10.0  # seconds
_IDLE = 16
"""Connections to one address that are kept."""
_IDLE_SECONDS = 30.0
"""For how long: servers close what is idle, and a request that cannot be repeated should not meet that."""
_SWITCHING = 101
_BODILESS = frozenset({204, 304})
_token = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_no_value = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_no_target = re.compile(rb"[\x00-\x20\x7f]")


class Unreachable(Exception):
    """There was no answer; the message is one line. ``unsent``: nothing of the request can have been seen."""

    def __init__(self, message: str, *, unsent: bool = False) -> None:
        super().__init__(message)
        self.unsent = unsent


class Head(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    """By lower-case name, as they came."""


class Streams(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def drop(self) -> None:
        """End the connection at once: nobody waits for the other side's farewell."""
        self.writer.transport.abort()


class _Reading:
    """What the parser tells."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.head_done = self.done = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_done:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.head_done = True

    def on_body(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self.done = True


class Exchange:
    """One request under way. ``head`` is there when the exchange is; read ``body`` to its end, or close it."""

    def __init__(self, pool: Pool, address: Address, streams: Streams) -> None:
        self._pool = pool
        self._address = address
        self._streams = streams
        self._reading = _Reading()
        self._parser = httptools.HttpResponseParser(self._reading)
        self._bodiless = False
        self._rest = b""
        self._given_back = False
        self.head = Head(0, [])

    async def begin(self, method: bytes, request: bytes, body: AsyncIterator[bytes] | None) -> None:
        """Send it and read the head. Raises Unreachable."""
        writer = self._streams.writer
        received = False
        try:
            writer.write(request)
            await writer.drain()
            if body is not None:
                async for piece in body:
                    writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
            while not self._reading.head_done:
                data = await self._streams.reader.read(_CHUNK)
                if not data:
                    raise ConnectionResetError("the connection ended without an answer")
                received = True
                self._feed(data)
                if self._reading.head_done and 100 <= self._parser.get_status_code() < 200:
                    if self._parser.get_status_code() == _SWITCHING:
                        break
                    self._again()
        except (OSError, httptools.HttpParserError) as error:
            self.close()
            raise Unreachable(str(error), unsent=not received and body is None) from error
        except BaseException:
            self.close()
            raise
        self.head = Head(self._parser.get_status_code(), self._reading.headers)
        if method == b"HEAD" or self.head.status in _BODILESS:
            self._bodiless = self._reading.done = True

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces as they come. Raises Unreachable when the connection ends early."""
        reading = self._reading
        try:
            while True:
                if reading.pieces:
                    piece = b"".join(reading.pieces)
                    reading.pieces.clear()
                    yield piece
                if reading.done:
                    break
                data = await self._streams.reader.read(_CHUNK)
                if data:
                    self._parser.feed_data(data)
                elif self._ends_with_the_connection():
                    reading.done = True
                else:
                    raise ConnectionResetError("the connection ended before the answer did")
            self._finish()
        except (OSError, httptools.HttpParserError) as error:
            raise Unreachable(str(error)) from error
        finally:
            self.close()

    def close(self) -> None:
        """May be called again; after a whole answer the connection is kept."""
        if not self._given_back:
            self._streams.drop()

    def taken_over(self) -> tuple[Streams, bytes]:
        """The connection, which speaks another protocol from now on, and what it has said in it already."""
        self._given_back = True
        return self._streams, self._rest

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as end:
            self._rest = data[end.args[0] :]

    def _again(self) -> None:
        """That was 100 Continue: the answer comes."""
        self._reading = _Reading()
        self._parser = httptools.HttpResponseParser(self._reading)

    def _finish(self) -> None:
        closing = any(name == b"connection" and value.lower() == b"close" for name, value in self.head.headers)
        if closing or not self._framed():
            return
        self._given_back = True
        self._pool.give_back(self._address, self._streams)

    def _framed(self) -> bool:
        return self._bodiless or any(name in (b"content-length", b"transfer-encoding") for name, _ in self.head.headers)

    def _ends_with_the_connection(self) -> bool:
        return not self._framed()


class Pool:
    """Connections to one aggregated server, by address. ``tls`` None: there can be none."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._idle: dict[Address, list[tuple[float, Streams]]] = {}
        self._closed = False

    async def exchange(
        self,
        address: Address,
        server_name: str,
        method: bytes,
        target: bytes,
        headers: Headers,
        body: AsyncIterator[bytes] | None = None,
    ) -> Exchange:
        """``headers`` do not say how the body is framed: it goes in chunks. Raises Unreachable."""
        request = _request(method, target, address, headers, chunked=body is not None)
        idle = self._idle.get(address)
        while idle:
            since, streams = idle.pop()
            is_old = asyncio.get_running_loop().time() - since > _IDLE_SECONDS
            if is_old or streams.writer.is_closing() or streams.reader.at_eof():
                streams.drop()
                continue
            exchange = Exchange(self, address, streams)
            try:
                await exchange.begin(method, request, body)
                return exchange
            except Unreachable as error:
                if not error.unsent or method not in (b"GET", b"HEAD"):
                    raise
        return await self._begin(address, server_name, method, request, body)

    async def begin(
        self, address: Address, server_name: str, method: bytes, target: bytes, headers: Headers
    ) -> Exchange:
        """On a connection of its own, which the answer may take over. Raises Unreachable."""
        request = _request(method, target, address, headers, chunked=False)
        return await self._begin(address, server_name, method, request, None)

    async def _begin(
        self, address: Address, server_name: str, method: bytes, request: bytes, body: AsyncIterator[bytes] | None
    ) -> Exchange:
        exchange = Exchange(self, address, await self._connect(address, server_name))
        await exchange.begin(method, request, body)
        return exchange

    def give_back(self, address: Address, streams: Streams) -> None:
        idle = self._idle.setdefault(address, [])
        if self._closed or len(idle) >= _IDLE:
            streams.drop()
        else:
            idle.append((asyncio.get_running_loop().time(), streams))

    def close(self) -> None:
        """Close what is idle; what is under way ends by itself."""
        self._closed = True
        for idle in self._idle.values():
            for _, streams in idle:
                streams.drop()
        self._idle.clear()

    async def _connect(self, address: Address, server_name: str) -> Streams:
        try:
            async with asyncio.timeout(_CONNECT):
                reader, writer = await asyncio.open_connection(
                    address.host, address.port, ssl=self._tls, server_hostname=server_name
                )
        except TimeoutError:
            raise Unreachable(f"dial tcp {address}: i/o timeout", unsent=True) from None
        except (OSError, ValueError) as error:
            raise Unreachable(f"dial tcp {address}: {error}", unsent=True) from error
        return Streams(reader, writer)


def _request(method: bytes, target: bytes, address: Address, headers: Headers, *, chunked: bool) -> bytes:
    """Raises Unreachable for what would be read as another line: users' names may have any character in them."""
    if _no_target.search(target):
        raise Unreachable("net/http: invalid request target", unsent=True)
    for name, value in headers:
        if _no_value.search(value) or not _token.fullmatch(name):
            shown = "-".join(part.capitalize() for part in name.decode("latin-1").split("-"))
            raise Unreachable(f"net/http: invalid header field value for {quote(shown)}", unsent=True)
    lines = [b"%b %b HTTP/1.1" % (method, target), b"host: " + str(address).encode()]
    lines += [b"%b: %b" % header for header in headers]
    if chunked:
        lines.append(b"transfer-encoding: chunked")
    return b"\r\n".join([*lines, b"", b""])
