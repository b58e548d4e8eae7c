"""The shell in which Hypercorn's protocol classes run: HTTP/2, and whatever begins as an HTTP/1.1 upgrade.

It stands in for Hypercorn's TCPServer, TaskGroup and ProtocolWrapper. Different from them: timeouts come from the
listener's tick, nothing waits for the socket except under back-pressure, an application that fails takes nothing
else along.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.protocol.h11 import H2CProtocolRequiredError, H2ProtocolAssumedError, H11Protocol
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ConnectionState, Scope

from server.http.h2 import H2_REPLACEMENT, RepairedH2
from server.http.h11 import H11_REPLACEMENT
from server.http.serving import IDLE_TIMEOUT, Endpoint, Serving, log
from server.http.tasks import Tasks

READ_BUFFER = 256 * 1024
"""Bytes read ahead of the protocol class before the connection stops reading."""

_CLASSES: dict[str, type[Any]] = {"h2": H2_REPLACEMENT.chosen(), "http/1.1": H11_REPLACEMENT.chosen()}


class StockConnection:
    """Has the same methods towards transport and listener as :class:`server.http.h1_connection.H1Connection`."""

    def __init__(self, serving: Serving, transport: asyncio.Transport, endpoint: Endpoint, alpn: str) -> None:
        self._serving = serving
        self._transport = transport
        self._endpoint = endpoint
        self._arrived: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._idle_since: float | None = serving.now
        self._tasks = Tasks(serving.loop, self.abort)
        self._protocol = self._new(alpn)
        self._reader = serving.loop.create_task(self._read())
        self._ending: asyncio.Task[None] | None = None

    def _new(self, alpn: str) -> H2Protocol | H11Protocol:
        protocol: H2Protocol | H11Protocol = _CLASSES[alpn](
            self._app,
            self._serving.config,
            self._serving.context,
            self._tasks,
            ConnectionState({}),
            self._endpoint.secure,
            self._endpoint.client,
            self._endpoint.server,
            self._send,
        )
        return protocol

    async def _app(
        self,
        scope: Scope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
        sync_spawn: Callable[..., Any],
        call_soon: Callable[..., Any],
    ) -> None:
        full: Any = scope
        full["extensions"].update(self._endpoint.extensions)
        anything: Any = (receive, send)
        await self._serving.app(full, *anything)

    # What the transport tells

    def data(self, data: bytes) -> None:
        self._arrived.append(data)
        self._size += len(data)
        self._news.set()
        if self._size > READ_BUFFER:
            self._transport.pause_reading()

    def eof(self) -> bool:
        return False

    def lost(self) -> None:
        self._drained.set()
        if self._ending is None:
            self._ending = self._serving.loop.create_task(self._end())

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    # What the listener tells

    @property
    def idle(self) -> bool:
        return self._idle_since is not None

    def tick(self, now: float) -> None:
        if self._idle_since is not None and now - self._idle_since > IDLE_TIMEOUT:
            self._farewell()

    def wind_down(self) -> None:
        if self._idle_since is not None:
            self._farewell()

    def disconnect(self) -> None:
        self._tasks.spawn(self._tasks.leave)

    def flushed(self) -> bool:
        return self._transport.is_closing() and not self._transport.get_write_buffer_size()

    def abort(self) -> None:
        self._transport.abort()
        self._tasks.cancel()
        self.lost()

    # The tasks

    async def _read(self) -> None:
        try:
            await self._protocol.initiate()
            while True:
                while not self._arrived:
                    self._news.clear()
                    await self._news.wait()
                data = b"".join(self._arrived)
                self._arrived.clear()
                if self._size > READ_BUFFER and not self._transport.is_closing():
                    self._transport.resume_reading()
                self._size = 0
                await self._feed(data)
        except Exception:
            log.exception("a connection failed")
            self.abort()

    async def _feed(self, data: bytes) -> None:
        """Hand bytes to the protocol class, which may turn out to be the wrong one: HTTP/2 in the clear."""
        try:
            await self._protocol.handle(RawData(data))
        except H2ProtocolAssumedError as assumed:
            self._protocol = self._new("h2")
            await self._protocol.initiate()
            rest = assumed.data
        except H2CProtocolRequiredError as required:
            upgraded: H2Protocol = self._new("h2")  # type: ignore[assignment]
            self._protocol = upgraded
            await upgraded.initiate(required.headers, required.settings)
            rest = required.data
        else:
            return
        if rest:
            await self._protocol.handle(RawData(rest))

    async def _send(self, event: Event) -> None:
        if isinstance(event, RawData):
            if not self._transport.is_closing():
                self._transport.write(event.data)
                await self._drained.wait()
        elif isinstance(event, Closed):
            self._transport.close()
        elif isinstance(event, Updated):
            self._idle_since = self._serving.now if event.idle else None
            if event.idle and self._serving.stopping:
                self._transport.close()

    def _farewell(self) -> None:
        self._idle_since = None
        self._tasks.spawn(self._close_idle)

    async def _close_idle(self) -> None:
        if isinstance(self._protocol, RepairedH2):
            await self._protocol.close_idle()
        self._transport.close()

    async def _end(self) -> None:
        self._reader.cancel()
        await self._protocol.handle(Closed())
