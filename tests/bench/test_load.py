"""The load's clients against the real listener, with an application that answers with what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bench.http_stack import write_certificates
from bench.load import Connection, LoadError, Request, connect_h1, connections, run
from bench.target import Target
from server.http.listener import serve
from server.http.tls import TLSFiles

BOTH = pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    status = 409 if scope["path"] == "/conflict" else 200
    answer = f"{scope['http_version']} {scope['method']} {scope['path']} ".encode() + body
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": answer, "more_body": True})
    await send({"type": "http.response.body", "body": b"."})


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Target]:
    write_certificates(folder)
    listener = socket.create_server(("127.0.0.1", 0))
    target = Target("127.0.0.1", listener.getsockname()[1], (folder / "ca.crt").read_bytes())
    stop = asyncio.Event()
    files = TLSFiles(folder / "server.crt", folder / "server.key")
    serving = asyncio.create_task(serve(echo, [listener], files, stop))
    try:
        yield target
    finally:
        stop.set()
        await serving


@BOTH
def test_requests_in_flight_get_their_own_answers(tmp_path: Path, protocol: str) -> None:
    answers: dict[int, bytes] = {}

    async def job(connection: Connection, number: int) -> None:
        answers[number] = await connection.ask(Request("PUT", f"/{number}", b"%d" % number * 1000))

    async def scenario() -> int:
        async with served(tmp_path) as target:
            made = await connections(target, protocol, 4)
            result = await run(target, made, job, range(100), 60.0)
            for connection in made:
                connection.close()
            return result.done

    version = protocol.removeprefix("HTTP/").encode().removesuffix(b".0")
    assert asyncio.run(scenario()) == 100
    assert answers == {n: b"%s PUT /%d " % (version, n) + b"%d" % n * 1000 + b"." for n in range(100)}


@BOTH
def test_a_refusal_ends_the_run_and_is_quoted(tmp_path: Path, protocol: str) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as target:
            (connection,) = await connections(target, protocol, 1)
            try:
                await connection.ask(Request("GET", "/conflict"))
            finally:
                connection.close()

    with pytest.raises(LoadError, match=r"409: .* GET /conflict"):
        asyncio.run(scenario())


def test_a_body_can_be_counted_instead_of_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(tmp_path) as target:
            connection = await connect_h1(target)
            whole = await connection.ask(Request("PUT", "/", b"x" * 1_000_000))
            assert await connection.size(Request("PUT", "/", b"x" * 1_000_000)) == len(whole)
            assert await connection.ask(Request("PUT", "/", b"x" * 1_000_000)) == whole
            with pytest.raises(LoadError, match=r"409: .* GET /conflict"):
                await connection.size(Request("GET", "/conflict"))
            connection.close()

    asyncio.run(scenario())


def test_a_round_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async def job(connection: Connection, number: int) -> None:
        await connection.ask(Request("GET", "/"))

    async def scenario() -> int:
        async with served(tmp_path) as target:
            made = await connections(target, "HTTP/1.1", 2)
            result = await run(target, made, job, range(1_000_000), 0.0)
            for connection in made:
                connection.close()
            return result.done

    assert asyncio.run(scenario()) == 2
