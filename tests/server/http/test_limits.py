"""What one client may not do to the others: stall, swell, crowd, reset and ping without end."""

from __future__ import annotations

import asyncio

import h2.errors
import h2.events
import h2.settings
import hpack
import pytest
from hypercorn.events import RawData

from server.http import serving as limits
from server.http.h1_connection import H1Connection
from server.http.h1_request import HEAD_LIMIT, HEADER_LIMIT
from server.http.h2_nuisance import BURST, EACH_SECOND, Nuisance
from server.http.serving import BODY_TIMEOUT, Endpoint, Serving
from tests.server.http.harness import Lab, get, run, serving
from tests.server.http.test_h2 import Link, lab, settle
from tests.server.http.test_listener import Transport


class Recording(Transport):
    """Keeps what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:  # type: ignore[override]
        self.written += bytes(data)

    def pause_reading(self) -> None:
        """Nothing comes but what the test sends."""

    def resume_reading(self) -> None:
        """The same."""

    def abort(self) -> None:
        self.gone = True

    def get_write_buffer_size(self) -> int:
        return 0


@pytest.mark.parametrize(
    "head",
    [
        "".join(f"x-{i}: y\r\n" for i in range(HEADER_LIMIT + 1)),
        f"x: {'y' * HEAD_LIMIT}\r\n",
        "x: y\r\n" * (HEADER_LIMIT + 1),
    ],
)
def test_a_head_that_is_too_large_or_has_too_many_lines_is_refused(head: str) -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            peer.writer.write(f"GET / HTTP/1.1\r\nHost: test\r\n{head}\r\n".encode())
            assert (await peer.head()).status == 431

    run(main())


def test_as_many_lines_as_are_allowed_are_taken() -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peer = await server.peer()
            head = "".join(f"x-{i}: y\r\n" for i in range(HEADER_LIMIT - 1))
            answer = await peer.ask(f"GET /a HTTP/1.1\r\nHost: test\r\n{head}\r\n".encode())
            assert answer.status == 200

    run(main())


def test_a_body_that_stalls_is_given_up_and_one_that_trickles_is_not() -> None:
    async def main() -> None:
        line = Serving(Lab(), asyncio.get_running_loop())
        transport = Recording()
        connection = H1Connection(line, transport, Endpoint(False, None, None, {}), lambda data: None)
        connection.data(b"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nabc")
        await settle()
        connection.tick(line.now + BODY_TIMEOUT - 1)
        line.now += BODY_TIMEOUT - 1
        connection.data(b"d")
        await settle()
        connection.tick(line.now + BODY_TIMEOUT - 1)
        assert not transport.gone
        connection.tick(line.now + BODY_TIMEOUT + 1)
        await settle()
        assert transport.gone
        assert transport.written.startswith(b"HTTP/1.1 408 ")

    asyncio.run(main())


def test_a_slow_answer_is_no_slow_body() -> None:
    async def main() -> None:
        line = Serving(Lab(), asyncio.get_running_loop())
        transport = Recording()
        connection = H1Connection(line, transport, Endpoint(False, None, None, {}), lambda data: None)
        connection.data(get("/wait"))
        await settle()
        connection.tick(line.now + 10 * BODY_TIMEOUT)
        assert not transport.gone
        connection.abort()
        await settle()

    asyncio.run(main())


def test_at_the_limit_the_oldest_idle_connection_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "connection_limit", lambda: 2)

    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            slow, busy = await server.peer(), await server.peer()
            slow.writer.write(b"GET / HTTP/1.1\r\nHost: te")
            busy.writer.write(get("/wait"))
            await _until(lambda: bool(lab.scopes))
            third = await server.peer()
            assert (await third.get("/a")).body == b"/a"
            assert await slow.reader.read() == b""
            lab.go.set()
            assert (await busy.answer()).body == b"went"

    run(main())


def test_when_all_are_busy_a_newcomer_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "connection_limit", lambda: 1)

    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            busy = await server.peer()
            busy.writer.write(get("/wait"))
            await _until(lambda: bool(lab.scopes))
            second = await server.peer()
            second.writer.write(get("/a"))
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await second.answer()
            lab.go.set()
            assert (await busy.answer()).body == b"went"

    run(main())


async def _until(condition: object) -> None:
    assert callable(condition)
    while not condition():
        await asyncio.sleep(0.001)


def test_connections_are_as_many_as_open_files_allow() -> None:
    assert limits.connection_limit() >= 16


# -- HTTP/2


def told_to_calm_down(link: Link) -> bool:
    ends = [event for event in link.events if isinstance(event, h2.events.ConnectionTerminated)]
    return bool(ends) and ends[0].error_code == h2.errors.ErrorCodes.ENHANCE_YOUR_CALM


def test_streams_that_are_reset_as_fast_as_they_are_opened_end_the_connection() -> None:
    async def test(link: Link, app: Lab) -> None:
        for _ in range(int(BURST) + 100):
            if link.closed:
                break
            stream = link.client.get_next_available_stream_id()
            link.client.send_headers(
                stream,
                [(":method", "GET"), (":path", "/a"), (":authority", "test"), (":scheme", "https")],
                end_stream=True,
            )
            link.client.reset_stream(stream)
            await link.flush()
        assert link.closed
        assert told_to_calm_down(link)

    lab(test)


def test_applications_of_streams_that_were_reset_count_as_long_as_they_run() -> None:
    async def test(link: Link, app: Lab) -> None:
        for _ in range(600):
            if link.closed:
                break
            stream = await link.request("GET", "/wait")
            await settle()
            link.client.reset_stream(stream)
            await link.flush()
        assert told_to_calm_down(link)
        assert len(app.scopes) < 600
        app.go.set()

    lab(test)


def test_a_flood_of_pings_ends_the_connection() -> None:
    async def test(link: Link, app: Lab) -> None:
        for _ in range(int(BURST) + 100):
            link.client.ping(b"12345678")
        await link.flush()
        assert link.closed
        assert told_to_calm_down(link)

    lab(test)


def test_a_flood_of_settings_ends_the_connection() -> None:
    async def test(link: Link, app: Lab) -> None:
        for i in range(int(BURST) + 100):
            if link.closed:
                break
            link.client.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 65535 + i})
            await link.flush()
        assert told_to_calm_down(link)

    lab(test)


def test_a_flood_of_empty_frames_ends_the_connection() -> None:
    async def test(link: Link, app: Lab) -> None:
        stream = await link.request("POST", "/echo", end=False)
        for _ in range(int(BURST) + 100):
            link.client.send_data(stream, b"")
        await link.flush()
        assert told_to_calm_down(link)

    lab(test)


def _headers_frame(block: bytes, *, flags: int, kind: int = 1) -> bytes:
    return len(block).to_bytes(3, "big") + bytes((kind, flags)) + (1).to_bytes(4, "big") + block


def test_headers_that_are_continued_without_end_end_the_connection() -> None:
    async def test(link: Link, app: Lab) -> None:
        await link.server.handle(RawData(_headers_frame(b"\x82", flags=0)))
        for _ in range(1000):
            if link.closed:
                break
            await link.server.handle(RawData(_headers_frame(b"\x40\x01a\x01b", flags=0, kind=9)))
        assert link.closed
        assert app.scopes == []

    lab(test)


def test_a_header_bomb_is_not_unpacked() -> None:
    """One large header in the table, and then references to it: a few bytes that would be a gigabyte."""

    async def test(link: Link, app: Lab) -> None:
        encoder = hpack.Encoder()
        block = encoder.encode([(":method", "GET"), (":path", "/"), (":scheme", "https"), ("x", "y" * 3000)])
        block += encoder.encode([("x", "y" * 3000)]) * 10_000
        await link.server.handle(RawData(_headers_frame(block, flags=0x5)))
        assert link.closed
        assert app.scopes == []

    lab(test)


def test_what_is_a_nuisance_at_once_is_none_over_a_long_time() -> None:
    nuisance = Nuisance(0.0)
    resets = [h2.events.PingReceived(ping_data=b"")] * int(EACH_SECOND)
    assert not any(nuisance.too_much(resets, float(second)) for second in range(1, 200))
    assert nuisance.too_much(resets * 40, 200.0)
