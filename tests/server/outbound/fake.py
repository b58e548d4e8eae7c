"""A web server of a few lines for tests, on the test's own event loop: answers as told, remembers what it was asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Answer(NamedTuple):
    status: int = 200
    body: Any = b""
    """Bytes as they are, anything else as JSON."""
    headers: Mapping[str, str] = MappingProxyType({})
    cut: int = 0
    """So many bytes of the end are not sent."""


class Fake:
    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.asked.append(Asked(method, path, headers, body))
            writer.write(_encoded(self._answer(self.asked[-1])))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _encoded(answer: Answer) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else orjson.dumps(answer.body)
    lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {len(body)}"]
    lines += [f"{key}: {value}" for key, value in answer.headers.items()]
    whole = "\r\n".join([*lines, "", ""]).encode() + body
    return whole[: len(whole) - answer.cut]


@asynccontextmanager
async def serving(answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> AsyncIterator[Fake]:
    fake = Fake(answer)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    fake.url = f"http{'s' if tls else ''}://127.0.0.1:{port}"
    async with server:
        yield fake
