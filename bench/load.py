"""Load: HTTP/1.1 and HTTP/2 clients that cost little, and rounds of requests with so many in flight.

Not a client for anything else: no redirects, no time-outs, no retries; an answer of 400 or more ends the run.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

import h2.config
import h2.connection
import h2.events
import httptools

from bench.target import Target

JSON = "application/json"
WINDOW = 1 << 24


class Request(NamedTuple):
    method: str
    path: str
    body: bytes = b""
    content_type: str = JSON
    accept: str = JSON


class LoadError(Exception):
    """An answer that is none, or a refusal; the message quotes it."""


class Connection(Protocol):
    async def ask(self, request: Request) -> bytes:
        """The answer's body. Raises LoadError for a status of 400 or more, or a connection lost."""
        ...

    def close(self) -> None: ...


class H1(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, headers: str) -> None:
        self._headers = headers
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._counting = False
        self._size = 0
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport

    async def size(self, request: Request) -> int:
        """Bytes of the answer's body, which are dropped as they come: to keep millions of them would cost the client as
        much time as the server needs to make them."""
        self._counting = True
        self._size = 0
        try:
            await self.ask(request)
        finally:
            self._counting = False
        return self._size

    async def ask(self, request: Request) -> bytes:
        method, path, body, content_type, accept = request
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}accept: {accept}\r\n"
        if body:
            head += f"content-type: {content_type}\r\ncontent-length: {len(body)}\r\n"
        self._answer = self._loop.create_future()
        self._transport.write(f"{head}\r\n".encode() + body)
        return await self._answer

    def close(self) -> None:
        self._answer = None
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self._size += len(data)
        if not self._counting or self._parser.get_status_code() >= 400:
            self._body.append(data)

    def on_message_complete(self) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body = []
        _settle(self._answer, self._parser.get_status_code(), body)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LoadError(f"connection lost: {exc}"))


def _settle(answer: asyncio.Future[bytes] | None, status: int, body: bytes) -> None:
    if answer is None or answer.done():
        return
    if status >= 400:
        answer.set_exception(LoadError(f"{status}: {body[:500].decode(errors='replace')}"))
    else:
        answer.set_result(body)


@dataclass(slots=True)
class _Stream:
    answer: asyncio.Future[bytes]
    body: list[bytes]
    status: int = 0


class H2(asyncio.Protocol):
    """Any number of requests at once."""

    def __init__(self, authority: str, headers: Sequence[tuple[str, str]]) -> None:
        self._headers = [(":scheme", "https"), (":authority", authority), *headers]
        self._loop = asyncio.get_running_loop()
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self._streams: dict[int, _Stream] = {}
        self._grown: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    async def ask(self, request: Request) -> bytes:
        method, path, body, content_type, accept = request
        headers = [(":method", method), (":path", path), *self._headers, ("accept", accept)]
        if body:
            headers += [("content-type", content_type), ("content-length", str(len(body)))]
        stream = self._h2.get_next_available_stream_id()
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._streams[stream] = _Stream(answer, [])
        self._h2.send_headers(stream, headers, end_stream=not body)
        if body:
            await self._room(stream, len(body))
            self._h2.send_data(stream, body, end_stream=True)
        self._transport.write(self._h2.data_to_send())
        return await answer

    async def _room(self, stream: int, size: int) -> None:
        """Until the server takes so many bytes more; ``size`` is never above what it takes in one frame."""
        while self._h2.local_flow_control_window(stream) < size:
            self._transport.write(self._h2.data_to_send())
            self._grown = self._grown or self._loop.create_future()
            await self._grown

    def close(self) -> None:
        self._streams.clear()
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._h2.initiate_connection()
        self._h2.update_settings({4: WINDOW})  # SETTINGS_INITIAL_WINDOW_SIZE
        self._h2.increment_flow_control_window(WINDOW)
        self._transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            self._handle(event)
        self._transport.write(self._h2.data_to_send())

    def _handle(self, event: Any) -> None:
        if isinstance(event, h2.events.WindowUpdated) and self._grown is not None:
            self._grown.set_result(None)
            self._grown = None
        stream = self._streams.get(getattr(event, "stream_id", 0) or 0)
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            stream.status = int(dict(event.headers)[b":status"])
        elif isinstance(event, h2.events.DataReceived):
            stream.body.append(event.data)
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            del self._streams[event.stream_id]
            _settle(stream.answer, stream.status, b"".join(stream.body))
        elif isinstance(event, h2.events.StreamReset):
            del self._streams[event.stream_id]
            stream.answer.set_exception(LoadError(f"stream reset: {event.error_code}"))

    def connection_lost(self, exc: Exception | None) -> None:
        for stream in self._streams.values():
            if not stream.answer.done():
                stream.answer.set_exception(LoadError(f"connection lost: {exc}"))


async def connect_h1(target: Target) -> H1:
    authority = f"{target.host}:{target.port}"
    headers = "".join(f"{n}: {v}\r\n" for n, v in (("host", authority), ("user-agent", "bench"), *target.headers))
    made = await asyncio.get_running_loop().create_connection(
        lambda: H1(headers), target.host, target.port, ssl=target.context("http/1.1")
    )
    return made[1]


async def connect_h2(target: Target) -> H2:
    headers = (("user-agent", "bench"), *target.headers)
    made = await asyncio.get_running_loop().create_connection(
        lambda: H2(f"{target.host}:{target.port}", headers), target.host, target.port, ssl=target.context("h2")
    )
    return made[1]


async def connections(target: Target, protocol: str, in_flight: int) -> list[Connection]:
    """One for each request in flight: so many of HTTP/1.1, one of HTTP/2 many times."""
    if protocol == "HTTP/2":
        return [await connect_h2(target)] * in_flight
    return [await connect_h1(target) for _ in range(in_flight)]


class Round(NamedTuple):
    """``cpu``: the server's seconds, 0 where its process is out of sight; ``load``: the load's own."""

    done: int
    seconds: float
    cpu: float
    load: float

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    @property
    def cpu_each(self) -> float:
        """Microseconds."""
        return self.cpu / self.done * 1e6


Job: TypeAlias = Callable[[Connection, int], Awaitable[object]]


async def run(target: Target, made: Sequence[Connection], job: Job, numbers: Iterable[int], seconds: float) -> Round:
    """``job`` for every number, as many at a time as ``made`` has connections, until ``seconds`` are over."""
    todo = iter(numbers)
    count = 0
    deadline = time.perf_counter() + seconds

    async def work(connection: Connection) -> None:
        nonlocal count
        for number in todo:
            await job(connection, number)
            count += 1
            if time.perf_counter() >= deadline:
                return

    begin, cpu, load = time.perf_counter(), _cpu(target), _own()
    async with asyncio.TaskGroup() as group:
        for connection in made:
            group.create_task(work(connection))
    return Round(count, time.perf_counter() - begin, _cpu(target) - cpu, _own() - load)


def _cpu(target: Target) -> float:
    return target.cpu() if target.pid else 0.0


def _own() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
