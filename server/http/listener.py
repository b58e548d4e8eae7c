"""All connections of the server, from the first to a stop that neither hangs nor breaks answers off without need."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from socket import socket
from typing import Any

from server.http.serving import App, Serving, log
from server.http.tcp import TCPConnection
from server.http.tls import TLSFiles, server_context
from server.manners import Manners

ANSWER_TIME = 0.8
"""Seconds requests under way are given to end by themselves after ``stop``; watches should end at once."""
LEAVE_TIME = 0.3
"""Seconds they are given after being told that the client is gone."""
LINGER = 0.1
"""Seconds a peer is given to take its leave from a TLS connection on which everything has been sent."""
BACKLOG = 1024
HANDSHAKE_TIMEOUT = 20.0


async def serve(
    app: App, listeners: Sequence[socket], tls: TLSFiles | None, stop: asyncio.Event, manners: Manners | None = None
) -> None:
    """Serve an ASGI application on bound sockets until ``stop`` is set; returns within 2 s of that.

    Idle connections are closed at once. The application is not told to stop: whoever sets ``stop`` ends its
    watches. What is still running after ANSWER_TIME receives ``http.disconnect``, after LEAVE_TIME it is cancelled.
    Takes the sockets over. ``manners`` are looked at all the time. Raises TLSError.
    """
    loop = asyncio.get_running_loop()
    serving = Serving(app, loop, manners)
    context = server_context(tls) if tls is not None else None
    with _quiet_handshakes(loop):
        async with _listening(serving, listeners, context):
            await _tick_until(stop, serving)
        await _wind_down(serving)


@contextlib.asynccontextmanager
async def _listening(
    serving: Serving, listeners: Sequence[socket], context: ssl.SSLContext | None
) -> AsyncIterator[None]:
    servers: list[asyncio.Server] = []
    try:
        for listener in listeners:
            listener.setblocking(False)
            servers.append(
                await serving.loop.create_server(
                    lambda: TCPConnection(serving),
                    sock=listener,
                    ssl=context,
                    backlog=BACKLOG,
                    ssl_handshake_timeout=HANDSHAKE_TIMEOUT if context else None,
                )
            )
        yield
    finally:
        for server in servers:
            server.close()


async def _tick_until(stop: asyncio.Event, serving: Serving) -> None:
    stopped = asyncio.ensure_future(stop.wait())
    try:
        while not (await asyncio.wait((stopped,), timeout=1.0))[0]:
            serving.tick()
    finally:
        stopped.cancel()


async def _wind_down(serving: Serving) -> None:
    serving.stopping = True
    await serving.context.terminated.set()
    for step, patience in (("wind_down", ANSWER_TIME), ("disconnect", LEAVE_TIME), ("abort", 0.1)):
        for connection in tuple(serving.connections):
            getattr(connection, step)()
        if await _all_gone(serving, patience):
            return


async def _all_gone(serving: Serving, patience: float) -> bool:
    started = serving.loop.time()
    while serving.connections and (waited := serving.loop.time() - started) < patience:
        await asyncio.sleep(0.01)
        if waited > LINGER:
            for connection in tuple(serving.connections):
                if connection.flushed():
                    connection.abort()
    return not serving.connections


@contextlib.contextmanager
def _quiet_handshakes(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """A peer that breaks a handshake off, or does not trust us, is no error of ours."""
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, (ssl.SSLError, ConnectionError, TimeoutError)):
            log.debug("connection failed: %s", error)
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)
