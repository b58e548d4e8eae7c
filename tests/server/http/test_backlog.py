"""What connections that can wait are given, and when; see also the requests of a crowd in test_turns.py."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from server.http.backlog import Backlog
from server.http.h1_exchange import BODY_BUFFER
from server.http.serving import Receive, Scope, Send
from server.manners import Manners
from tests.server.http.harness import Peer, answer, get, post, read_body, run, serving


class Reader:
    def __init__(self) -> None:
        self.got: list[bytes] = []

    def read(self, data: bytes) -> None:
        self.got.append(data)


async def test_few_are_read_in_a_turn_in_the_order_in_which_they_came() -> None:
    backlog, readers = Backlog(asyncio.get_running_loop(), Manners()), [Reader() for _ in range(5)]
    for number, reader in enumerate(readers):
        assert backlog.put(reader, b"a%d" % number) == 2
    assert backlog.put(readers[4], b"more") == 6
    seen = []
    while any(reader in backlog for reader in readers):
        await asyncio.sleep(0)
        seen.append([len(reader.got) for reader in readers])
    assert seen == [[1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
    assert readers[4].got == [b"a4more"]


async def test_nothing_is_read_while_the_crowd_is_held_back_and_all_of_it_afterwards() -> None:
    manners, reader = Manners(held=True), Reader()
    backlog = Backlog(asyncio.get_running_loop(), manners)
    backlog.put(reader, b"a")
    for _ in range(5):
        await asyncio.sleep(0)
    assert reader.got == []
    manners.held = False
    await asyncio.sleep(0)
    assert reader.got == [b"a"]


async def test_what_has_been_taken_back_is_not_read() -> None:
    backlog, reader = Backlog(asyncio.get_running_loop(), Manners()), Reader()
    backlog.put(reader, b"a")
    assert backlog.take(reader) == b"a"
    assert backlog.take(reader) == b""
    for _ in range(3):
        await asyncio.sleep(0)
    assert reader.got == []


class Patient:
    """An application all of whose clients can wait."""

    def __init__(self) -> None:
        self.bodies: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"]["patience"]["ask"]()
        body = await read_body(receive)
        self.bodies.append(len(body))
        await answer(send, b"%d" % len(body))


@pytest.mark.parametrize("eager", [False, True])
def test_requests_of_one_that_can_wait_are_answered_all_the_same(eager: bool) -> None:
    async def main() -> None:
        async with serving(Patient(), manners=Manners(eager=eager)) as server:
            peer = await server.peer()
            for size in (0, 10, 5 * BODY_BUFFER, 3):
                assert (await peer.ask(post("/", b"x" * size))).body == b"%d" % size

    run(main())


@contextlib.asynccontextmanager
async def held_back(app: Patient, manners: Manners) -> AsyncIterator[Peer]:
    """A client of which nothing is read from now on."""
    async with serving(app, manners=manners) as server:
        peer = await server.peer()
        await peer.get("/")
        manners.held = True
        yield peer


def test_they_are_answered_later_and_whoever_sends_more_is_not_read_without_end() -> None:
    async def main() -> None:
        app, manners = Patient(), Manners()
        async with held_back(app, manners) as peer:
            size = 16 * 1024 * 1024
            peer.writer.write(post("/", b"x" * size))
            await asyncio.sleep(0.1)
            assert app.bodies == [0]
            assert peer.writer.transport.get_write_buffer_size() > size // 2
            manners.held = False
            assert (await peer.answer()).body == b"%d" % size

    run(main())


def test_what_has_come_is_answered_when_the_client_sends_nothing_more_and_when_the_server_stops() -> None:
    async def main() -> None:
        manners = Manners()
        async with serving(Patient(), manners=manners) as server:
            peers = [await server.peer() for _ in range(2)]
            for peer in peers:
                await peer.get("/")
            manners.held = True
            for peer in peers:
                peer.writer.write(get("/"))
            await asyncio.sleep(0.05)
            peers[0].writer.write_eof()
            assert (await peers[0].answer()).status == 200
            server.stop.set()
            assert (await peers[1].answer()).status == 200

    run(main())


def test_a_connection_that_breaks_is_forgotten() -> None:
    async def main() -> None:
        app, manners = Patient(), Manners()
        async with held_back(app, manners) as peer:
            peer.writer.write(get("/"))
            await asyncio.sleep(0.05)
            connection = peer.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.writer.transport.abort()
            await asyncio.sleep(0.05)
            manners.held = False
            await asyncio.sleep(0.05)
            assert app.bodies == [0]

    run(main())
