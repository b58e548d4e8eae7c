"""An aggregated server to test with: HTTPS, for the front proxy's certificate alone, with answers a test puts there."""

from __future__ import annotations

import asyncio
import base64
import queue
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from kubejazz import pki
from kubejazz.identities import Identity
from server.aggregation.frontproxy import CLIENT_NAME, FrontProxy
from tests.server.harness import Server

NOW = datetime.now(UTC)
GROUP, VERSION = "wardle.example.com", "v1alpha1"
DISCOVERY = f"/apis/{GROUP}/{VERSION}"
FLUNDERS = f"{DISCOVERY}/namespaces/default/flunders"
NAME = f"{VERSION}.{GROUP}"
RESOURCES: dict[str, Any] = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": f"{GROUP}/{VERSION}",
    "resources": [
        {
            "name": "flunders",
            "singularName": "flunder",
            "namespaced": True,
            "kind": "Flunder",
            "verbs": ["create", "get", "list", "watch"],
            "shortNames": ["fl"],
        },
        {"name": "flunders/status", "singularName": "", "namespaced": True, "kind": "Flunder", "verbs": ["get"]},
    ],
}


@dataclass
class Seen:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class Answer:
    """``pieces`` go out as chunks, each when it is put there; None ends them."""

    status: int = 200
    body: bytes = b"{}"
    headers: list[str] = field(default_factory=list)
    pieces: queue.Queue[bytes | None] | None = None


class Wardle:
    """``seen``: requests in order; ``connections``: how many there have been."""

    def __init__(self, authority: pki.Credential, front_proxy: pki.Credential, folder: Path) -> None:
        serving = pki.issue_server(authority, ["api.wardle.svc"], NOW)
        self.bundle = authority.certificate_pem
        self.answers: dict[str, Answer] = {DISCOVERY: Answer(body=orjson.dumps(RESOURCES))}
        self.seen: list[Seen] = []
        self.connections = 0
        self.gone = threading.Event()
        self._context = _context(serving, front_proxy, folder)
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self.up()

    def up(self) -> None:
        async def begin() -> asyncio.Server:
            return await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._context)

        self._server = asyncio.run_coroutine_threadsafe(begin(), self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]

    def down(self) -> None:
        """No longer there; connections that are open are cut."""

        async def end() -> None:
            assert self._server is not None
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            while self._writers:
                await asyncio.sleep(0.001)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)

    def close(self) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.target.split("?")[0] == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if await self._takes_over(head, reader, writer):
                    break
                await self._answer(head.decode("latin-1").split("\r\n")[:-2], reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.gone.set()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _takes_over(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection went on, to its end, in another protocol."""
        return False

    async def _answer(self, lines: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = lines[0].split(" ")
        headers = [(key.lower(), value) for key, _, value in (line.partition(": ") for line in lines[1:])]
        body = await _chunks(reader) if ("transfer-encoding", "chunked") in headers else b""
        self.seen.append(Seen(method, target, headers, body))
        answer = self.answers.get(target.split("?")[0], Answer(404, b"nothing here"))
        given = [f"HTTP/1.1 {answer.status} X", "Content-Type: application/json", *answer.headers]
        if answer.pieces is None:
            given.append(f"Content-Length: {len(answer.body)}")
            writer.write("\r\n".join([*given, "", ""]).encode() + (b"" if method == "HEAD" else answer.body))
            return
        writer.write("\r\n".join([*given, "Transfer-Encoding: chunked", "", ""]).encode())
        while (piece := await self._next(answer.pieces, reader)) is not None:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        writer.write(b"0\r\n\r\n")

    async def _next(self, pieces: queue.Queue[bytes | None], reader: asyncio.StreamReader) -> bytes | None:
        while True:
            try:
                return pieces.get_nowait()
            except queue.Empty:
                if reader.at_eof():
                    raise ConnectionResetError from None
                await asyncio.sleep(0.01)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def _context(serving: pki.Credential, front_proxy: pki.Credential, folder: Path) -> ssl.SSLContext:
    certificate, key = folder / "wardle.crt", folder / "wardle.key"
    certificate.write_bytes(serving.certificate_pem)
    key.write_bytes(serving.key_pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=front_proxy.certificate_pem.decode())
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextmanager
def aggregating(
    tmp_path: Path, *, make: Callable[..., Wardle] = Wardle, **config: Any
) -> Iterator[tuple[Server, Wardle]]:
    """A server, and an aggregated one that it does not know of yet, of the kind that ``make`` makes."""
    proxy_authority, authority = pki.new_authority(NOW), pki.new_authority(NOW)
    client = pki.issue_client(proxy_authority, Identity(CLIENT_NAME, CLIENT_NAME), NOW)
    certificate, key = tmp_path / "proxy.crt", tmp_path / "proxy.key"
    certificate.write_bytes(client.certificate_pem)
    key.write_bytes(client.key_pem)
    front_proxy = FrontProxy(certificate, key, proxy_authority.certificate_pem.decode(), "the clients' authority")
    wardle = make(authority, proxy_authority, tmp_path)
    try:
        with Server(tmp_path / "state.db", front_proxy=front_proxy, **config) as server:
            server.post("/api/v1/namespaces", {"metadata": {"name": "wardle"}})
            yield server, wardle
    finally:
        wardle.close()


def external_service(host: str = "localhost") -> dict[str, Any]:
    return {"metadata": {"name": "api"}, "spec": {"type": "ExternalName", "externalName": host}}


def api_service(wardle: Wardle, **spec: Any) -> dict[str, Any]:
    reference = {"namespace": "wardle", "name": "api", "port": wardle.port}
    given = {
        "group": GROUP,
        "version": VERSION,
        "groupPriorityMinimum": 2000,
        "versionPriority": 15,
        "service": reference,
        "caBundle": base64.b64encode(wardle.bundle).decode(),
        **spec,
    }
    return {"metadata": {"name": NAME}, "spec": given}
