"""An etcd of one's own, to measure against; spoken to through its JSON gateway by a client as small as can be."""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from pathlib import Path
from types import TracebackType

import orjson

_START_TIMEOUT = 10.0
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Etcd:
    """Started and ended as an async context manager; one connection for each write under way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._idle: list[_Connection] = []

    async def __aenter__(self) -> Etcd:
        client, peer = f"http://127.0.0.1:{self._port}", f"http://127.0.0.1:{free_port()}"
        self._process = await asyncio.create_subprocess_exec(
            *("etcd", "--data-dir", str(self._folder)),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *(
                "--listen-peer-urls",
                peer,
                "--initial-advertise-peer-urls",
                peer,
                "--initial-cluster",
                f"default={peer}",
            ),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        give_up = time.monotonic() + _START_TIMEOUT
        while True:
            try:
                await self.put("first", b"")
                return self
            except OSError:
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(0.1)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for _, writer in self._idle:
            writer.close()
        self._process.terminate()
        await self._process.wait()

    async def put(self, key: str, value: bytes) -> object:
        """Durable when it returns. Raises OSError when etcd cannot be reached."""
        body = orjson.dumps({"key": base64.b64encode(key.encode()).decode(), "value": base64.b64encode(value).decode()})
        connection = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = connection
        writer.write(b"POST /v3/kv/put HTTP/1.1\r\nHost: etcd\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise OSError(head.split(b"\r\n", 1)[0].decode())
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        answer = await reader.readexactly(length)
        self._idle.append(connection)
        return answer
