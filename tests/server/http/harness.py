"""A small ASGI application, a server around it on a free loopback port, and a raw HTTP/1.1 peer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import uvloop

from server.http.listener import serve
from server.http.serving import App, Message, Receive, Scope, Send
from server.http.tls import TLSFiles
from server.manners import Manners

PATIENCE = 10.0
"""Seconds after which a test that waits for something fails."""


def run(main: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(main, PATIENCE)

    uvloop.run(limited())


async def answer(send: Send, body: bytes, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        assert message["type"] == "http.request"
        parts.append(message["body"])
        if not message["more_body"]:
            return b"".join(parts)


@dataclass
class Lab:
    """The application: what it does follows from the path. Events let a test see and steer it."""

    scopes: list[Scope] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        routes: dict[str, Callable[[Receive, Send], Awaitable[None]]] = {
            "/echo": self.echo,
            "/early": self.early,
            "/watch": self.watch,
            "/flood": self.flood,
            "/ticks": self.ticks,
            "/wait": self.wait,
            "/deaf": self.deaf,
            "/fail": self.fail,
            "/half": self.half,
            "/nothing": self.nothing,
        }
        if scope["type"] == "websocket":
            await self.websocket(receive, send)
        elif scope["path"] in routes:
            await routes[scope["path"]](receive, send)
        else:
            await answer(send, scope["path"].encode())

    async def echo(self, receive: Receive, send: Send) -> None:
        await answer(send, await read_body(receive))

    async def early(self, receive: Receive, send: Send) -> None:
        """Answers without looking at the body."""
        await answer(send, b"early", 403)

    async def watch(self, receive: Receive, send: Send) -> None:
        """Streams until told that the client is gone, or ``go``."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first\n", "more_body": True})
        leaving = asyncio.ensure_future(self._disconnected(receive))
        going = asyncio.ensure_future(self.go.wait())
        await asyncio.wait((leaving, going), return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            self.left.set()
        for task in (leaving, going):
            task.cancel()
        await send({"type": "http.response.body", "body": b"last\n"})

    async def _disconnected(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def flood(self, receive: Receive, send: Send) -> None:
        """Sends without end, as fast as it may."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not self.left.is_set():
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            self.sent += 65536
            await asyncio.sleep(0)

    async def ticks(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in (b"one\n", b"two\n", b""):
            await send({"type": "http.response.body", "body": part, "more_body": bool(part)})

    async def wait(self, receive: Receive, send: Send) -> None:
        await self.go.wait()
        await answer(send, b"went")

    async def deaf(self, receive: Receive, send: Send) -> None:
        """Never ends by itself and does not listen."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first\n", "more_body": True})
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()

    async def fail(self, receive: Receive, send: Send) -> None:
        raise LookupError("as asked")

    async def half(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise LookupError("as asked")

    async def nothing(self, receive: Receive, send: Send) -> None:
        return None

    async def websocket(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        self.left.set()


@dataclass
class Running:
    port: int
    stop: asyncio.Event
    task: asyncio.Task[None]
    tls: bool
    peers: list[Peer] = field(default_factory=list)

    async def peer(self, context: ssl.SSLContext | None = None) -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=context)
        peer = Peer(reader, writer)
        self.peers.append(peer)
        return peer

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"


MANNERS = Manners()
"""Of all servers here, unless they have their own."""


@contextlib.asynccontextmanager
async def serving(app: App, tls: TLSFiles | None = None, manners: Manners | None = None) -> AsyncIterator[Running]:
    listener = socket.create_server(("127.0.0.1", 0))
    stop = asyncio.Event()
    port = listener.getsockname()[1]
    task = asyncio.ensure_future(serve(app, [listener], tls, stop, manners or MANNERS))
    running = Running(port, stop, task, tls is not None)
    try:
        yield running
    finally:
        stop.set()
        await asyncio.wait_for(task, 2.0)
        for peer in running.peers:
            peer.close()
            with contextlib.suppress(ConnectionError):
                await peer.writer.wait_closed()


@dataclass
class Answer:
    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Peer:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> Answer:
        self.writer.write(request)
        return await self.answer()

    async def get(self, path: str) -> Answer:
        return await self.ask(get(path))

    async def head(self) -> Answer:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        _, status, reason = lines[0].split(" ", 2)
        pairs = (line.split(": ", 1) for line in lines[1:] if line)
        return Answer(int(status), reason, {name.lower(): value for name, value in pairs}, b"")

    async def answer(self) -> Answer:
        result = await self.head()
        if result.headers.get("transfer-encoding") == "chunked":
            while part := await self.chunk():
                result.body += part
        else:
            result.body = await self.reader.readexactly(int(result.headers.get("content-length", 0)))
        return result

    async def chunk(self) -> bytes:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    async def closed(self) -> bool:
        return await self.reader.read() == b""

    def close(self) -> None:
        self.writer.close()


def get(path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: test", *headers, "", ""]
    return "\r\n".join(lines).encode()


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: test", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


__all__ = ["Answer", "Lab", "Message", "Peer", "Running", "get", "post", "run", "serving"]
