from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from server.http.h1_connection import H1Connection
from server.http.listener import ANSWER_TIME
from server.http.serving import HEAD_TIMEOUT, IDLE_TIMEOUT, Endpoint, Serving
from tests.server.http.certificates import Authority
from tests.server.http.harness import Lab, Running, get, run, serving


async def stop(server: Running) -> float:
    """Seconds from the event to the end."""
    started = time.monotonic()
    server.stop.set()
    await server.task
    return time.monotonic() - started


def quiet(caplog: pytest.LogCaptureFixture) -> bool:
    return not [record for record in caplog.records if record.levelno > logging.DEBUG]


def test_idle_connections_do_not_delay_a_stop(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Lab()) as server:
            peers = [await server.peer() for _ in range(3)]
            await peers[0].get("/a")
            peers[1].writer.write(b"GET /half-a-head HT")
            assert await stop(server) < ANSWER_TIME
            for peer in peers:
                assert await peer.closed()

    run(main())
    assert quiet(caplog)


def test_watches_that_end_by_themselves_end_properly_and_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/watch"))
            await peer.head()
            assert await peer.chunk() == b"first\n"
            lab.go.set()
            assert await stop(server) < ANSWER_TIME
            assert [await peer.chunk(), await peer.chunk()] == [b"last\n", b""]
            assert await peer.closed()

    run(main())
    assert quiet(caplog)


def test_watches_nobody_ended_are_told_that_the_client_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/watch"))
            await peer.head()
            assert await stop(server) < 2.0
            assert lab.left.is_set()

    run(main())
    assert quiet(caplog)


def test_an_application_that_does_not_listen_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/deaf"))
            await peer.head()
            assert await stop(server) < 2.0
            await asyncio.sleep(0)
            assert lab.left.is_set()

    run(main())
    assert quiet(caplog)


def test_a_request_under_way_is_answered_before_the_end(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        lab = Lab()
        async with serving(lab) as server:
            peer = await server.peer()
            peer.writer.write(get("/wait"))
            while not lab.scopes:
                await asyncio.sleep(0)
            server.stop.set()
            await asyncio.sleep(0.05)
            lab.go.set()
            answer = await peer.answer()
            assert (answer.body, answer.headers["connection"]) == (b"went", "close")
            await server.task

    run(main())
    assert quiet(caplog)


def http2(act: Callable[[httpx.AsyncClient, Running, Lab], Awaitable[None]], folder: Path) -> None:
    async def main() -> None:
        authority = Authority(folder)
        lab = Lab()
        async with serving(lab, authority.server()) as server:
            context = authority.client_context()
            async with httpx.AsyncClient(verify=context, http1=False, http2=True, trust_env=False) as client:
                await act(client, server, lab)

    run(main())


def test_http_2_connections_do_not_delay_a_stop(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def act(client: httpx.AsyncClient, server: Running, lab: Lab) -> None:
        await client.get(f"{server.url}/a")
        assert await stop(server) < ANSWER_TIME

    http2(act, tmp_path)
    assert quiet(caplog)


def test_a_watch_over_http_2_ends_properly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def act(client: httpx.AsyncClient, server: Running, lab: Lab) -> None:
        async with client.stream("GET", f"{server.url}/watch") as response:
            lines = response.aiter_lines()
            assert await anext(lines) == "first"
            lab.go.set()
            stopping = asyncio.ensure_future(stop(server))
            assert [line async for line in lines] == ["last"]
            assert await stopping < ANSWER_TIME

    http2(act, tmp_path)
    assert quiet(caplog)


@pytest.mark.parametrize("path", ["/watch", "/deaf"])
def test_a_stream_over_http_2_cannot_hold_a_stop_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    async def act(client: httpx.AsyncClient, server: Running, lab: Lab) -> None:
        async with client.stream("GET", f"{server.url}{path}") as response:
            assert response.status_code == 200
            assert await stop(server) < 2.0
            await asyncio.sleep(0)
            assert lab.left.is_set()

    http2(act, tmp_path)
    assert quiet(caplog)


def test_a_broken_handshake_is_no_error_of_ours(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(Lab(), Authority(tmp_path).server()) as server:
            with pytest.raises(ssl.SSLError):
                await server.peer(ssl.create_default_context())
            peer = await server.peer()
            peer.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            await peer.reader.read()

    run(main())
    assert quiet(caplog)


class Transport(asyncio.Transport):
    """Enough of one to see whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = False

    def close(self) -> None:
        self.gone = True

    def is_closing(self) -> bool:
        return self.gone

    def write(self, data: object) -> None:
        return None


@pytest.mark.parametrize(("sent", "patience"), [(b"", IDLE_TIMEOUT), (b"GET / HTTP/1.1\r\nHost", HEAD_TIMEOUT)])
def test_a_connection_that_says_nothing_or_nothing_whole_is_given_up(sent: bytes, patience: float) -> None:
    async def main() -> None:
        serving = Serving(Lab(), asyncio.get_running_loop())
        transport = Transport()
        connection = H1Connection(serving, transport, Endpoint(False, None, None, {}), lambda data: None)
        if sent:
            connection.data(sent)
        connection.tick(serving.now + patience - 1)
        assert not transport.gone
        connection.tick(serving.now + patience + 1)
        assert transport.gone

    asyncio.run(main())
