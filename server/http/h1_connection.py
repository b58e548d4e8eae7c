"""An HTTP/1.1 connection: feeds the parser, starts one application task per request, keeps answers in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from server.http.h1_exchange import BODY_BUFFER, Exchange
from server.http.h1_request import HandOver, ProtocolError, RequestHead, RequestParser
from server.http.h1_response import simple_response
from server.http.serving import BODY_TIMEOUT, HEAD_TIMEOUT, IDLE_TIMEOUT, Endpoint, Serving

DISCARD_LIMIT = 8 * 1024 * 1024
"""Bytes of a body nobody reads that are thrown away to keep a connection, before it is closed instead."""
DISCARD_TIMEOUT = 5.0


class H1Connection:
    """``hand_over(data)`` is called, once nothing is left to answer, when another protocol class shall go on."""

    __slots__ = (
        "_closing",
        "_discarded",
        "_drained",
        "_endpoint",
        "_fed",
        "_hand_over",
        "_handed",
        "_parser",
        "_patient",
        "_queue",
        "_reading",
        "_refusal",
        "_since",
        "_transport",
        "serving",
    )

    def __init__(
        self, serving: Serving, transport: asyncio.Transport, endpoint: Endpoint, hand_over: Callable[[bytes], None]
    ) -> None:
        self.serving = serving
        self._transport = transport
        self._endpoint = endpoint
        self._hand_over = hand_over
        self._parser: RequestParser | None = RequestParser(self)
        self._queue: deque[Exchange] = deque()
        self._handed: bytes | None = None
        self._refusal: int | None = None
        self._closing = serving.stopping
        self._reading = True
        self._patient = False
        """Whether the next request can wait."""
        self._drained: asyncio.Event | None = None
        self._discarded = 0
        self._since = self._fed = serving.now

    # What the transport tells

    def data(self, data: bytes) -> None:
        self._fed = self.serving.now
        if not self._patient:
            self.read(data)
        elif self.serving.backlog.put(self, data) > BODY_BUFFER:
            self._pause_reading()

    def read(self, data: bytes) -> None:
        if self._patient:
            self._resume_reading()
        if self._handed is not None:
            self._handed += data
        elif self._parser is not None:
            if not self._parser.in_head:
                self._since = self.serving.now
            try:
                self._parser.feed(data)
            except HandOver as over:
                self._handed = over.data
                self._pause_reading()
                self._advance()
            except ProtocolError as error:
                self._refuse(error.status)
            else:
                if self._queue and self._queue[0].task is None:
                    self._advance()

    def eof(self) -> bool:
        """The client sends nothing more. It may still be waiting for answers, or be gone: who listens is told.

        True keeps the connection open until they are written.
        """
        self._catch_up()
        self.disconnect()
        self._closing = True
        return bool(self._queue)

    def lost(self) -> None:
        self._closing = True
        self._parser = self._handed = None
        if self._patient:
            self.serving.backlog.take(self)
        for exchange in self._queue:
            exchange.lose()
        self._queue.clear()
        if self._drained is not None:
            self._drained.set()

    def _catch_up(self) -> None:
        if self._patient and (late := self.serving.backlog.take(self)):
            self.read(late)

    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = asyncio.Event()
        self._drained.clear()

    def resume_writing(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._advance()

    # What the listener tells

    @property
    def idle(self) -> bool:
        return not self._queue and self not in self.serving.backlog

    def tick(self, now: float) -> None:
        waited = now - self._since
        if self._queue:
            if self._queue[0].response.complete and waited > DISCARD_TIMEOUT:
                self._close()
            elif self._starves() and now - self._fed > BODY_TIMEOUT:
                self._refuse(408)
        elif waited > (HEAD_TIMEOUT if self._parser is not None and self._parser.in_head else IDLE_TIMEOUT):
            self._close()

    def _starves(self) -> bool:
        """The application waits for a body, and nothing of it comes although we read."""
        exchange = self._queue[-1]
        return self._reading and not exchange.request_ended and not exchange.buffered

    def wind_down(self) -> None:
        self._catch_up()
        self._closing = True
        if self._queue:
            self._queue[0].response.keep_alive = False
        else:
            self._close()

    def disconnect(self) -> None:
        for exchange in self._queue:
            exchange.leave()

    def flushed(self) -> bool:
        return self._transport.is_closing() and not self._transport.get_write_buffer_size()

    def abort(self) -> None:
        tasks = [exchange.task for exchange in self._queue if exchange.task is not None]
        self.lost()
        for task in tasks:
            task.cancel()
        self._transport.abort()

    # What the parser tells

    def on_head(self, head: RequestHead) -> None:
        self._patient = False
        self._queue.append(Exchange(self, head, self._endpoint))
        self._discarded = 0
        if len(self._queue) > 1:
            self._pause_reading()

    def on_body(self, data: bytes) -> None:
        exchange = self._queue[-1]
        if exchange.response.complete:
            self._discarded += len(data)
            if self._discarded > DISCARD_LIMIT:
                self._close()
            return
        exchange.feed(data)
        if exchange.buffered > BODY_BUFFER:
            self._pause_reading()

    def on_end(self) -> None:
        exchange = self._queue[-1]
        exchange.end()
        if exchange.response.complete:
            self._advance()

    # What an exchange tells

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def be_patient(self) -> None:
        self._patient = True

    async def drain(self) -> None:
        if self._drained is not None:
            await self._drained.wait()

    def body_taken(self) -> None:
        if len(self._queue) == 1:
            self._resume_reading()

    def finished(self) -> None:
        self._since = self.serving.now
        self._advance()

    def unanswered(self, exchange: Exchange) -> None:
        response = exchange.response
        if response.started:  # half an answer must not look like a whole one
            self._transport.abort()
            self.lost()
        else:
            response.start(500, (), self.serving.date)
            self._transport.write(response.body(b"", False))
            self.finished()

    # The order of things

    def _advance(self) -> None:
        """Start the next request that is due; close or hand over when there is none left."""
        queue = self._queue
        while queue:
            exchange = queue[0]
            if not exchange.response.complete:
                self._start(exchange)
                return
            if not exchange.request_ended:
                self._resume_reading()
                return
            queue.popleft()
            if not exchange.response.keep_alive:
                self._close()
                return
        if self._refusal is not None:
            self._transport.write(simple_response(self._refusal, self.serving.date))
            self._close()
        elif self._closing:
            self._close()
        elif self._handed is not None:
            self._parser = None
            self._hand_over(self._handed)
        else:
            self._resume_reading()

    def _start(self, exchange: Exchange) -> None:
        if exchange.task is None and (self._drained is None or self._drained.is_set()):
            if len(self._queue) == 1 and exchange.buffered <= BODY_BUFFER:
                self._resume_reading()
            exchange.start()

    def _refuse(self, status: int) -> None:
        """Nothing that arrives from now on counts. The request that broke off is answered last, if it still can be."""
        self._parser = None
        self._refusal = status
        if self._queue and not self._queue[-1].request_ended:
            broken = self._queue.pop()
            broken.lose()
            if broken.response.started:
                self._refusal = None
                self._closing = True
        self._advance()

    def _close(self) -> None:
        """What has been written still goes out."""
        self._transport.close()
        self.lost()

    def _pause_reading(self) -> None:
        if self._reading and not self._transport.is_closing():
            self._reading = False
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._reading and not self._transport.is_closing():
            self._reading = True
            self._transport.resume_reading()
