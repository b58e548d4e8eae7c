"""The HTTP/2 class without a socket: frames of a client of the h2 library go in, frames come out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import pytest
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.typing import ConnectionState

from server.http.h2 import RepairedH2
from server.http.h2_buffer import HIGH_WATER
from server.http.serving import App
from server.http.stock_config import stock_config
from server.http.tasks import Tasks
from tests.server.http.harness import Lab, answer, read_body, run

HEADERS = [(":authority", "test"), (":scheme", "https")]


class Link:
    """A client connection and the server's protocol class, connected by function calls."""

    def __init__(self, app: App) -> None:
        self.client = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.events: list[h2.events.Event] = []
        self.closed = False
        self.idle = True
        self.tasks = Tasks(asyncio.get_running_loop(), self._failed)

        async def call(scope: Any, receive: Any, send: Any, sync_spawn: Any, call_soon: Any) -> None:
            await app(scope, receive, send)

        self.server = RepairedH2(
            call,
            stock_config(),
            WorkerContext(None),
            self.tasks,
            ConnectionState({}),
            True,
            None,
            None,
            self._send,
        )

    def _failed(self) -> None:
        self.closed = True

    async def _send(self, event: Event) -> None:
        if isinstance(event, RawData):
            self.events += self.client.receive_data(event.data)
        elif isinstance(event, Closed):
            self.closed = True
        elif isinstance(event, Updated):
            self.idle = event.idle

    async def start(self) -> None:
        self.client.initiate_connection()
        await self.server.initiate()
        await self.flush()

    async def flush(self) -> None:
        if data := self.client.data_to_send():
            await self.server.handle(RawData(data))

    async def request(self, method: str, path: str, *, end: bool = True) -> int:
        stream = self.client.get_next_available_stream_id()
        self.client.send_headers(stream, [(":method", method), (":path", path), *HEADERS], end_stream=end)
        await self.flush()
        return stream

    async def until(self, stream: int, kind: type[h2.events.Event]) -> Any:
        """The first event of that kind on the stream."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and getattr(event, "stream_id", None) == stream:
                    return event
            await asyncio.sleep(0)

    async def answer(self, stream: int) -> tuple[str, bytes]:
        await self.until(stream, h2.events.StreamEnded)
        mine = [event for event in self.events if getattr(event, "stream_id", None) == stream]
        head = next(event for event in mine if isinstance(event, h2.events.ResponseReceived))
        body = b"".join(event.data for event in mine if isinstance(event, h2.events.DataReceived))
        return dict(head.headers)[":status"], body

    async def end(self) -> None:
        await self.server.handle(Closed())
        self.tasks.cancel()
        await settle()


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


def linked(app: App, test: Callable[[Link], Awaitable[None]]) -> None:
    async def main() -> None:
        link = Link(app)
        await link.start()
        await test(link)
        await link.end()

    run(main())


def lab(test: Callable[[Link, Lab], Awaitable[None]]) -> None:
    async def main() -> None:
        app = Lab()
        link = Link(app)
        await link.start()
        await test(link, app)
        await link.end()

    run(main())


def test_requests_on_several_streams_are_answered() -> None:
    async def test(link: Link, app: Lab) -> None:
        streams = [await link.request("GET", f"/{n}") for n in range(5)]
        assert [await link.answer(stream) for stream in streams] == [("200", b"/%d" % n) for n in range(5)]
        await settle()
        assert link.idle

    lab(test)


def test_an_answer_before_the_body_was_read_does_not_kill_the_connection() -> None:
    async def test(link: Link, app: Lab) -> None:
        watch = await link.request("GET", "/watch")
        stream = await link.request("POST", "/early", end=False)
        assert await link.answer(stream) == ("403", b"early")
        await settle()
        link.client.send_data(stream, b"x" * 1000)
        await link.flush()
        reset = await link.until(stream, h2.events.StreamReset)
        assert reset.error_code == h2.errors.ErrorCodes.NO_ERROR
        assert not link.closed
        app.go.set()
        assert await link.answer(watch) == ("200", b"first\nlast\n")

    lab(test)


def test_bodies_that_come_too_late_do_not_use_up_the_connections_window() -> None:
    async def test(link: Link, app: Lab) -> None:
        for _ in range(20):
            stream = await link.request("POST", "/early", end=False)
            await link.answer(stream)
            for _ in range(3):
                link.client.send_data(stream, b"x" * 16000)
            await link.flush()
            await settle()
        assert link.client.outbound_flow_control_window > 50_000

    lab(test)


def test_a_body_nobody_reads_stalls_its_own_stream_only() -> None:
    async def test(link: Link, app: Lab) -> None:
        deaf = await link.request("POST", "/wait", end=False)
        sent = 0
        while (room := link.client.local_flow_control_window(deaf)) > 0 and sent < 1_000_000:
            link.client.send_data(deaf, b"x" * min(room, 16384))
            sent += min(room, 16384)
            await link.flush()
            await settle()
        assert sent < 300_000
        stream = await link.request("POST", "/echo", end=False)
        link.client.send_data(stream, b"hello", end_stream=True)
        await link.flush()
        assert await link.answer(stream) == ("200", b"hello")

    lab(test)


def test_a_slow_reader_gets_the_whole_body() -> None:
    total = 500_000

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(100):
            await asyncio.sleep(0)
        await answer(send, b"%d" % len(await read_body(receive)))

    async def test(link: Link) -> None:
        stream = await link.request("POST", "/", end=False)
        left = total
        while left:
            room = min(left, 16384, link.client.local_flow_control_window(stream))
            if room:
                link.client.send_data(stream, b"x" * room, end_stream=room == left)
                left -= room
                await link.flush()
            await asyncio.sleep(0)
        assert await link.answer(stream) == ("200", b"%d" % total)

    linked(app, test)


def test_a_stalled_stream_makes_its_application_wait() -> None:
    async def test(link: Link, app: Lab) -> None:
        stream = await link.request("GET", "/flood")
        await link.until(stream, h2.events.ResponseReceived)
        await settle()
        stalled = app.sent
        await settle()
        assert app.sent == stalled <= 65536 + 2 * HIGH_WATER
        link.client.increment_flow_control_window(200_000)
        link.client.increment_flow_control_window(200_000, stream)
        await link.flush()
        await settle()
        assert app.sent > stalled
        app.left.set()

    lab(test)


def test_an_application_waiting_for_room_ends_when_the_connection_does() -> None:
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(10):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        ended.set()

    async def test(link: Link) -> None:
        await link.request("GET", "/")
        await settle()
        await link.server.handle(Closed())
        await ended.wait()

    linked(app, test)


@pytest.mark.parametrize("path", ["/fail", "/nothing"])
def test_an_application_that_fails_is_a_500(path: str) -> None:
    async def test(link: Link, app: Lab) -> None:
        assert await link.answer(await link.request("GET", path)) == ("500", b"")
        assert not link.closed

    lab(test)


def test_an_application_that_fails_in_the_middle_resets_its_stream_alone() -> None:
    async def test(link: Link, app: Lab) -> None:
        stream = await link.request("GET", "/half")
        reset = await link.until(stream, h2.events.StreamReset)
        assert reset.error_code == h2.errors.ErrorCodes.INTERNAL_ERROR
        assert await link.answer(await link.request("GET", "/a")) == ("200", b"/a")

    lab(test)


def test_headers_of_http_1_1_are_left_out() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"ok", 200, (b"Connection", b"close"), (b"x-a", b"b"))

    async def test(link: Link) -> None:
        stream = await link.request("GET", "/")
        assert await link.answer(stream) == ("200", b"ok")
        head = await link.until(stream, h2.events.ResponseReceived)
        assert ("x-a", "b") in head.headers

    linked(app, test)


def test_a_stream_the_client_resets_tells_its_application() -> None:
    async def test(link: Link, app: Lab) -> None:
        stream = await link.request("GET", "/watch")
        await link.until(stream, h2.events.ResponseReceived)
        link.client.reset_stream(stream)
        await link.flush()
        await app.left.wait()
        assert await link.answer(await link.request("GET", "/a")) == ("200", b"/a")

    lab(test)


def test_priority_frames_are_taken_as_advice_however_many_there_are() -> None:
    async def test(link: Link, app: Lab) -> None:
        for stream in range(1001, 4001, 2):
            link.client.prioritize(stream, weight=10, depends_on=0)
        await link.flush()
        assert await link.answer(await link.request("GET", "/a")) == ("200", b"/a")
        assert not link.closed

    lab(test)


def test_an_idle_connection_says_goodbye() -> None:
    async def test(link: Link, app: Lab) -> None:
        await link.server.close_idle()
        assert any(isinstance(event, h2.events.ConnectionTerminated) for event in link.events)

    lab(test)
