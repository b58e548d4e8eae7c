"""WebSockets through to an aggregated server: the handshake is its to accept, then messages go both ways.

A server that answers the handshake as a plain request (a watch, an error) is handed on as any other answer.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from server.aggregation.connections import Exchange, Headers, Pool, Streams, Unreachable
from server.request import Stream
from server.services.resolving import Address
from server.websocket import RawSocket

_CHUNK = 64 * 1024
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_GONE = 1001
_BROKEN = 1011


class Opened(NamedTuple):
    """The aggregated server has accepted. ``protocol``: the one it chose, "" for none."""

    streams: Streams
    said: bytes
    """What has come already."""
    protocol: bytes


async def open_socket(
    pool: Pool, address: Address, server_name: str, target: bytes, headers: Headers
) -> Opened | Exchange:
    """``headers``: without those of the handshake, except the protocols asked for. Raises Unreachable."""
    key = base64.b64encode(os.urandom(16))
    asked = [
        *_kept(headers),
        (b"connection", b"Upgrade"),
        (b"upgrade", b"websocket"),
        (b"sec-websocket-version", b"13"),
        (b"sec-websocket-key", key),
    ]
    exchange = await pool.begin(address, server_name, b"GET", target, asked)
    if exchange.head.status != 101:
        return exchange
    given = dict(exchange.head.headers)
    streams, said = exchange.taken_over()
    if given.get(b"sec-websocket-accept") != base64.b64encode(hashlib.sha1(key + _GUID).digest()):
        streams.writer.close()
        raise Unreachable("the aggregated server does not know how to accept a WebSocket")
    return Opened(streams, said, given.get(b"sec-websocket-protocol", b""))


def _kept(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    """A browser's token travels among the protocols; it is for this server alone."""
    for name, value in headers:
        if name == b"sec-websocket-protocol":
            protocols = [each.strip() for each in value.split(b",")]
            value = b", ".join(each for each in protocols if not each.startswith(_TOKEN))
        if value and name not in _OF_THE_HANDSHAKE:
            yield name, value


_TOKEN = b"base64url.bearer.authorization.k8s.io."
_OF_THE_HANDSHAKE = frozenset(
    {b"connection", b"upgrade", b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-extensions"}
)


def tunnel(opened: Opened, socket: RawSocket) -> Stream:
    """The answer that carries messages both ways until one side ends it."""
    protocol = [(b"sec-websocket-protocol", opened.protocol)] if opened.protocol else []

    async def run(_: Callable[[bytes], Awaitable[None]]) -> None:
        await _Tunnel(opened, socket).run()

    return Stream(run, b"", 101, protocol)


class _Tunnel:
    def __init__(self, opened: Opened, socket: RawSocket) -> None:
        self._reader, self._writer = opened.streams
        self._socket = socket
        self._connection = Connection(ConnectionType.CLIENT, trailing_data=opened.said)
        self._pieces: list[bytes | str] = []

    async def run(self) -> None:
        ways = (asyncio.ensure_future(self._from_client()), asyncio.ensure_future(self._from_server()))
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in done:
                way.result()
        except (OSError, RemoteProtocolError, LocalProtocolError):
            await self._socket.close(_BROKEN)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writer.close()

    async def _from_client(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                await self._send(CloseConnection(code=message.get("code") or _GONE))
                return
            if message["type"] == "websocket.receive":
                text, data = message.get("text"), message.get("bytes")
                await self._send(TextMessage(text) if text is not None else BytesMessage(data or b""))

    async def _from_server(self) -> None:
        while True:
            for event in self._connection.events():
                if isinstance(event, CloseConnection):
                    if self._connection.state is ConnectionState.REMOTE_CLOSING:
                        await self._send(event.response())
                    await self._socket.close(event.code)
                    return
                await self._told(event)
            data = await self._reader.read(_CHUNK)
            self._connection.receive_data(data or None)

    async def _told(self, event: Event) -> None:
        if isinstance(event, Ping):
            await self._send(event.response())
        elif isinstance(event, (TextMessage, BytesMessage)):
            self._pieces.append(event.data if isinstance(event.data, str) else bytes(event.data))
            if event.message_finished:
                pieces, self._pieces = self._pieces, []
                await self._socket.send(pieces)

    async def _send(self, event: Event) -> None:
        self._writer.write(self._connection.send(event))
        await self._writer.drain()
