"""The whole API server behind its real listener, with every sort of authentication, for those who try to break in.

It runs on an event loop in a thread of its own; a test is a plain sequence of steps.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from server.app import ApiServer, create_app
from server.authn.anonymous import AnonymousAuthenticator
from server.authn.bearer import ForAudiences
from server.authn.certificate import CertificateAuthenticator
from server.authn.service_account import ISSUER, TokenConfig
from server.authn.token_file import TokenFileAuthenticator
from server.config import ServerConfig
from server.http.listener import serve
from server.http.tls import TLSFiles
from tests.server.http.certificates import Authority

T = TypeVar("T")

PATIENCE = 10.0
ADMIN, EVE = "admin-token", "eve-token"
TOKENS = f'{ADMIN},admin,,"system:masters"\n{EVE},eve,,\n'
KEY = ec.generate_private_key(ec.SECP256R1())


class Wire:
    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "pki")
        (folder / "tokens.csv").write_text(TOKENS)
        static = TokenFileAuthenticator.from_file(folder / "tokens.csv")
        self._config = ServerConfig(
            database=f"sqlite:///{folder / 'state.db'}",
            authenticator=CertificateAuthenticator(),
            token_authenticators=(ForAudiences(static, (ISSUER,)),),
            anonymous=AnonymousAuthenticator(),
            tokens=TokenConfig(key=KEY),
            address="127.0.0.1:6443",
            build="test",
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._context = self.authority.client_context()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.server, self._stop, self._serving = self.run(self._start(self.authority.server()))

    async def _start(self, tls: TLSFiles) -> tuple[ApiServer, asyncio.Event, asyncio.Task[None]]:
        server = create_app(self._config)
        await server.start()
        stop = asyncio.Event()
        return server, stop, asyncio.ensure_future(serve(server.app, [self._listener], tls, stop))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def close(self) -> None:
        async def end() -> None:
            self.server.end_watches()
            self._stop.set()
            await self._serving
            await self.server.stop()

        self.run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
        self._listener.close()

    # -- clients that follow the rules ---------------------------------------------------------------------------------

    def client(self, token: str = "", *, http2: bool = False, context: ssl.SSLContext | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        context = context or self._context
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            headers=headers,
            verify=context,
            http1=not http2,
            http2=http2,
            timeout=PATIENCE,
            trust_env=False,
        )

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        http2: bool = False,
    ) -> httpx.Response:
        """``body``: bytes as they are, anything else as JSON."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        with self.client(token, http2=http2) as client:
            return client.request(method, path, headers=dict(headers or {}), **content)

    # -- clients that do not -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def connection(self, context: ssl.SSLContext | None = None) -> Iterator[ssl.SSLSocket]:
        context = context or self._context
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            yield secure

    def raw(self, data: bytes, context: ssl.SSLContext | None = None) -> bytes:
        """Everything the server says until it hangs up; what was sent should make it do so."""
        said = b""
        with self.connection(context) as secure, contextlib.suppress(ConnectionError, ssl.SSLEOFError):
            secure.sendall(data)
            while piece := secure.recv(65536):
                said += piece
        return said


def head(method: str, path: str, *headers: str, token: str = "", close: bool = True) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["Connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def statuses(said: bytes) -> list[int]:
    """Of all answers in it."""
    return [int(code) for code in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", said)]
