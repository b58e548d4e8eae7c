"""What the HTTP stack costs: requests per CPU second of the server, ours beside stock Hypercorn.

    python -m bench.http_stack [--seconds 3]

Both serve the same raw ASGI application (2 KB body) with TLS and without, one process each, HTTP/1.1 keep-alive over
16 connections; the server's CPU time comes from /proc. Also printed: memory per idle watch.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypercorn.asyncio
import uvloop
from hypercorn.config import Config

from bench.table import Table, record
from kubejazz.pki import issue_server, new_authority
from server.http.listener import serve
from server.http.tls import TLSFiles

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 16
WATCHES = 200
BODY = b"x" * 2044 + b"end\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    if scope["path"] == "/watch":
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [*headers, (b"content-length", b"2048")]})
    await send({"type": "http.response.body", "body": BODY})


async def _ours(sock: socket.socket, files: TLSFiles | None) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(app, [sock], files, stop)


async def _stock(sock: socket.socket, files: TLSFiles | None) -> None:
    config = Config()
    config.bind = [f"fd://{sock.detach()}"]
    config.keep_alive_max_requests = 1 << 62
    config.errorlog = None
    if files is not None:
        config.certfile, config.keyfile = str(files.certificate), str(files.key)
        config.alpn_protocols = ["http/1.1", "h2"]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await hypercorn.asyncio.serve(app, config, shutdown_trigger=stop.wait)


STACKS = {"ours": _ours, "stock Hypercorn": _stock}


def child(stack: str, descriptor: int, folder: str) -> None:
    files = TLSFiles(Path(folder, "server.crt"), Path(folder, "server.key")) if folder else None
    uvloop.run(STACKS[stack](socket.socket(fileno=descriptor), files))


class Server:
    def __init__(self, stack: str, folder: str) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = listener.getsockname()[1]
        command = [sys.executable, "-m", "bench.http_stack", "--child", stack, str(listener.fileno()), folder]
        quiet = None if stack == "ours" else subprocess.DEVNULL  # stock prints a traceback per connection at its end
        self._process = subprocess.Popen(command, pass_fds=[listener.fileno()], cwd=ROOT, stderr=quiet)
        listener.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def memory(self) -> float:
        """Resident MB."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6

    def cpu(self) -> float:
        """CPU seconds so far."""
        return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[0]) / 1e9

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


class Asker(asyncio.Protocol):
    """Sends a request, waits for the whole answer, sends the next."""

    def __init__(self, request: bytes, answer_end: bytes) -> None:
        self.answers = 0
        self._request, self._end = request, answer_end
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if data.endswith(self._end):
            self.answers += 1
            self._transport.write(self._request)


def client_context(folder: str) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(Path(folder, "ca.crt"))) if folder else None


async def ask(server: Server, folder: str, request: bytes, seconds: float) -> float:
    """Requests per CPU second of the server."""
    loop = asyncio.get_running_loop()
    askers = []
    for _ in range(CONNECTIONS):
        asker = Asker(request, b"end\n")
        await loop.create_connection(lambda a=asker: a, "127.0.0.1", server.port, ssl=client_context(folder))
        askers.append(asker)
    await asyncio.sleep(0.5)
    count, cpu = sum(asker.answers for asker in askers), server.cpu()
    await asyncio.sleep(seconds)
    result = (sum(asker.answers for asker in askers) - count) / (server.cpu() - cpu)
    for asker in askers:
        asker._transport.abort()
    return result


async def watch(server: Server, folder: str) -> float:
    """KB of memory per idle watch."""
    before, context = server.memory(), client_context(folder)
    streams = [await asyncio.open_connection("127.0.0.1", server.port, ssl=context) for _ in range(WATCHES)]
    for reader, writer in streams:
        writer.write(b"GET /watch HTTP/1.1\r\nHost: b\r\n\r\n")
        await reader.readuntil(b"{}\n")
    await asyncio.sleep(0.2)
    result = (server.memory() - before) * 1000 / WATCHES
    for _, writer in streams:
        writer.transport.abort()
    return result


GET = b"GET /api/v1/namespaces/default/pods/x HTTP/1.1\r\nHost: b\r\nAccept: application/json\r\nUser-Agent: b\r\n\r\n"
POST = b"POST /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: b\r\nContent-Length: 2048\r\n\r\n" + BODY


async def measure(seconds: float, folder: str) -> Table:
    rows = []
    for stack in STACKS:
        for tls in ("", folder):
            server = Server(stack, tls)
            await asyncio.sleep(1.0)
            await ask(server, tls, GET, 2.0)  # the first seconds of a process are slower
            numbers = [await ask(server, tls, request, seconds) for request in (GET, POST)]
            memory = await watch(server, tls)
            server.stop()
            name = f"{stack}{', TLS' if tls else ''}"
            rows.append((name, f"{numbers[0]:,.0f}", f"{numbers[1]:,.0f}", f"{memory:.0f} KB"))
    columns = ("raw ASGI application, HTTP/1.1", "GET per CPU s", "POST per CPU s", "idle watch")
    return Table("The HTTP stack", "bench.http_stack", columns, rows)


def write_certificates(folder: Path) -> None:
    now = datetime.now(UTC)
    authority = new_authority(now)
    serving = issue_server(authority, ["127.0.0.1"], now)
    (folder / "ca.crt").write_bytes(authority.certificate_pem)
    (folder / "server.crt").write_bytes(serving.certificate_pem)
    (folder / "server.key").write_bytes(serving.key_pem)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="per measurement")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], int(options.child[1]), options.child[2])
        return
    with tempfile.TemporaryDirectory() as folder:
        write_certificates(Path(folder))
        record(uvloop.run(measure(options.seconds, folder)))


if __name__ == "__main__":
    main()
