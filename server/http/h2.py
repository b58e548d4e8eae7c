"""Hypercorn's HTTP/2 class with its defects repaired. Still no I/O here: frames go out through ``send``.

- A response sent before the request's body was read killed the connection and every watch on it.
- A body nobody reads stalled all streams; now it uses up its own stream's window only.
- A stalled stream grew without bound (:mod:`server.http.h2_buffer`).
- An application that failed left its client waiting.
- When the connection closed, applications waiting for room to send were never woken.
- Priority frames could exhaust a table and kill the connection; they are advice, deprecated by RFC 9113, and ignored.

And limits where the protocol has none: a client that resets its streams as fast as it opens them (CVE-2023-44487), or
sends nothing but pings, settings and empty frames, is asked to calm down and let go of.

And faster: what fits the peer's window is not queued for the sending task, and everything that is sent in one turn of
the event loop, by all streams, goes out in one write.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h2.errors
import h2.events
import h2.exceptions
from hypercorn.events import Closed, Event
from hypercorn.protocol.events import Body, EndBody, Response, StreamClosed
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h2 import H2Protocol, StreamBuffer

from server.http.h2_buffer import BoundedStreamBuffer
from server.http.h2_headers import StaticEncoder
from server.http.h2_nuisance import Nuisance
from server.http.h2_turns import Turns
from server.http.inbox import Inbox
from server.http.replace import Replacement

INBOX_LIMIT = 64 * 1024
"""Bytes of a body the application has not taken, above which its stream's window stays closed."""

_OF_THE_CONNECTION = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"})
"""Headers that belong to HTTP/1.1 and are an error here."""


class RepairedH2(H2Protocol):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.priority = Turns()  # type: ignore[assignment]
        self.connection.encoder = StaticEncoder()
        # What we send is checked and in lower case below.
        self.connection.config.validate_outbound_headers = False
        self.connection.config.normalize_outbound_headers = False
        self._loop = asyncio.get_running_loop()
        self._flush_due = False
        self._stalled = False
        self._nuisance = Nuisance(self._loop.time())

    async def handle(self, event: Event) -> None:
        await super().handle(event)
        if isinstance(event, Closed):
            for buffer in list(self.stream_buffers.values()):
                await buffer.close()

    async def close_idle(self) -> None:
        """Say goodbye (GOAWAY). Only while no stream is open."""
        try:
            self.connection.close_connection()
        except h2.exceptions.ProtocolError:
            return
        await self._flush()

    async def stream_send(self, event: StreamEvent) -> None:
        try:
            if isinstance(event, Response):
                self._send_head(event)
                return
            if isinstance(event, (Body, EndBody)) and self._send_at_once(event):
                return
        except h2.exceptions.ProtocolError:
            return  # the stream or the connection is closed
        if isinstance(event, StreamClosed):
            await self._give_up_unfinished(event.stream_id)
        await super().stream_send(event)

    def _send_head(self, event: Response) -> None:
        headers = [(b":status", b"%d" % event.status_code)]
        for name, value in (*event.headers, *self.config.response_headers("h2")):
            name = name.lower()
            if name not in _OF_THE_CONNECTION:
                headers.append((name, value))
        self.connection.send_headers(event.stream_id, headers)
        self._flush_soon()

    def _send_at_once(self, event: Body | EndBody) -> bool:
        """Whether it could be sent: nothing waits before it, the peer takes it. Raises ProtocolError."""
        stream_id, connection = event.stream_id, self.connection
        buffer = self.stream_buffers.get(stream_id)
        if self._stalled or not isinstance(buffer, BoundedStreamBuffer) or buffer.waiting:
            return False
        if isinstance(event, EndBody):
            connection.end_stream(stream_id)
            buffer.set_complete()
            del self.stream_buffers[stream_id]
            self.priority.remove_stream(stream_id)
        else:
            data = event.data
            if len(data) > connection.local_flow_control_window(stream_id):
                return False
            size = connection.max_outbound_frame_size
            for start in range(0, len(data), size):
                connection.send_data(stream_id, data[start : start + size] if len(data) > size else data)
        self._flush_soon()
        return True

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush_now)

    def _flush_now(self) -> None:
        self._flush_due = False
        self._stalled = True  # until the connection has taken it
        self.task_group.spawn(self._flush_until_taken)

    async def _flush_until_taken(self) -> None:
        try:
            await self._flush()
        finally:
            self._stalled = False

    async def _give_up_unfinished(self, stream_id: int) -> None:
        """Reset a stream whose application ended in the middle of its response."""
        buffer = self.stream_buffers.get(stream_id)
        if isinstance(buffer, BoundedStreamBuffer) and buffer.abandoned:
            await self._reset(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
            await buffer.close()
            self.priority.unblock(stream_id)
            await self.has_data.set()

    async def _reset(self, stream_id: int, code: h2.errors.ErrorCodes) -> None:
        try:
            self.connection.reset_stream(stream_id, code)
        except h2.exceptions.ProtocolError:
            return  # it is closed already
        await self._flush()

    async def _handle_events(self, events: list[h2.events.Event]) -> None:
        others: list[h2.events.Event] = []
        if self._nuisance.too_much(events, self._loop.time()) or self._runs_too_many():
            await self._calm_down()
            return
        for event in events:
            if isinstance(event, h2.events.DataReceived):
                await super()._handle_events(others)
                others = []
                await self._receive_body(event)
            elif not isinstance(event, h2.events.PriorityUpdated):
                others.append(event)
        await super()._handle_events(others)

    def _runs_too_many(self) -> bool:
        """Streams that were reset are forgotten by the protocol, and not by the applications that answer them."""
        tasks: Any = self.task_group
        return bool(tasks.applications > 2 * self.config.h2_max_concurrent_streams)

    async def _calm_down(self) -> None:
        try:
            self.connection.close_connection(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
        except h2.exceptions.ProtocolError:
            return
        await self._flush()
        await self.send(Closed())

    async def _receive_body(self, event: h2.events.DataReceived) -> None:
        stream = self.streams.get(event.stream_id)
        if stream is None:
            # Answered already: give the connection its window back and ask for no more (RFC 9113, 8.1).
            self._give_back(event.flow_controlled_length, None)
            await self._reset(event.stream_id, h2.errors.ErrorCodes.NO_ERROR)
            return
        await stream.handle(Body(stream_id=event.stream_id, data=event.data))
        inbox = getattr(getattr(stream, "app_put", None), "__self__", None)
        if isinstance(inbox, Inbox) and inbox.size > INBOX_LIMIT:
            self._give_back(event.flow_controlled_length, None)
            self._owe(inbox, event.stream_id, event.flow_controlled_length)
        else:
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _owe(self, inbox: Inbox, stream_id: int, length: int) -> None:
        """Open the stream's window again when the application has taken what is there."""
        inbox.owed += length

        def pay() -> None:
            if inbox.owed and inbox.size <= INBOX_LIMIT:
                owed, inbox.owed = inbox.owed, 0
                self._give_back(owed, stream_id)
                self.task_group.spawn(self._flush)

        inbox.on_taken = pay

    def _give_back(self, length: int, stream_id: int | None) -> None:
        if length:
            try:
                self.connection.increment_flow_control_window(length, stream_id)
            except (h2.exceptions.ProtocolError, KeyError):
                return  # the stream or the connection is closed

    async def _create_stream(self, request: h2.events.RequestReceived) -> None:
        paths = [value for name, value in request.headers if name == b":path"]
        if not paths or not paths[0].isascii():
            await self._reset(request.stream_id, h2.errors.ErrorCodes.PROTOCOL_ERROR)
            return
        await super()._create_stream(request)
        if type(self.stream_buffers.get(request.stream_id)) is StreamBuffer:
            self.stream_buffers[request.stream_id] = BoundedStreamBuffer(self.context.event_class)


H2_REPLACEMENT = Replacement(
    H2Protocol,
    RepairedH2,
    (
        "_create_stream",
        "_flush",
        "_handle_events",
        "config",
        "connection",
        "context",
        "handle",
        "has_data",
        "priority",
        "stream_buffers",
        "stream_send",
        "streams",
        "task_group",
    ),
)
