"""Drives the API server's ASGI application without a socket: requests, streams, restarts on the same database.

The server runs on an event loop in a thread of its own, so that tests read as plain synchronous steps.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

import orjson

from apimachinery.clock import REAL_CLOCK, Clock, FakeClock
from apimachinery.objects import Object
from server.app import ApiServer, create_app
from server.authn.authenticator import Connection
from server.authn.user import AUTHENTICATED, MASTERS, User
from server.config import ServerConfig

WAIT = 10.0
HISTORY = 300.0
"""Seconds of the past that the server keeps."""
ADMIN = User("admin", groups=(MASTERS, AUTHENTICATED))


class Everybody:
    """Takes every connection for the admin."""

    async def authenticate(self, connection: Connection) -> User:
        return ADMIN


class Result(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    warnings: list[str]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Stream:
    """A response that is still being written: its JSON lines, and the ``chunks`` they came in."""

    def __init__(self, cancel: Any) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.chunks: list[bytes] = []
        self._cancel = cancel
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._lines.put(line)

    def end(self) -> None:
        self._lines.put(None)

    def next(self, timeout: float = WAIT) -> Object | None:
        """The next event, or None when the stream has ended. Raises queue.Empty after ``timeout`` seconds."""
        line = self._lines.get(timeout=timeout)
        return None if line is None else orjson.loads(line)

    def take(self, count: int, timeout: float = WAIT) -> list[Object]:
        events = [self.next(timeout) for _ in range(count)]
        assert all(event is not None for event in events), f"the stream ended early: {events}"
        return [event for event in events if event is not None]

    def quiet(self, seconds: float = 0.2) -> bool:
        """Whether nothing comes for a while."""
        try:
            self._lines.put(self._lines.get(timeout=seconds))
        except queue.Empty:
            return True
        return False

    def close(self) -> None:
        self._cancel()


class Server:
    """The server on one database. ``restart`` stops it and opens the database again."""

    def __init__(self, database: Path, clock: Clock = REAL_CLOCK, **config: Any) -> None:
        self.database = f"sqlite:///{database}"
        self._clock = clock
        self._config = config
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server: ApiServer = self.run(self._start())

    async def _start(self) -> ApiServer:
        config: dict[str, Any] = {
            "authenticator": Everybody(),
            "address": "127.0.0.1:6443",
            "build": "test",
            "history": HISTORY,
            "disabled_plugins": ("ServiceAccount",),  # no controller makes service accounts
            **self._config,
        }
        server = create_app(ServerConfig(database=self.database, clock=self._clock, **config))
        await server.start()
        return server

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(WAIT)

    def restart(self, meanwhile: Callable[[str], object] = str) -> None:
        """``meanwhile`` is called with the URL of the database while it is not in use."""
        self.run(self.server.stop())
        meanwhile(self.database)
        self.server = self.run(self._start())

    def close(self) -> None:
        self.run(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- the passing of time, for servers with a FakeClock -------------------------------------------------------------

    def forget(self, clock: FakeClock) -> None:
        """Let the history pass that is kept, and compact; a restart clears memory too of what happened until now."""
        compaction = self.server.store.compaction
        self.run(compaction.compact())
        clock.advance(HISTORY + 1)
        self.run(compaction.compact())
        self.restart()

    def expire(self) -> int:
        """Delete what has expired by now; how many."""
        return int(self.run(self.server.store.expiry.sweep()))

    # -- requests ----------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Result:
        """``body``: bytes as they are, anything else as JSON. Underscores in names of ``query`` stay."""
        return self.run(self._request(method, path, body, headers or {}, query))  # type: ignore[no-any-return]

    def at_once(self, *requests: tuple[str, str, Any]) -> list[Result]:
        """Requests (method, path, body) that are under way together; the answers in that order. Patches are merged."""

        async def gather() -> list[Result]:
            merge = {"Content-Type": "application/merge-patch+json"}
            return await asyncio.gather(
                *(self._request(how, path, body, merge if how == "PATCH" else {}, {}) for how, path, body in requests)
            )

        return self.run(gather())  # type: ignore[no-any-return]

    def get(self, path: str, **query: Any) -> Result:
        return self.request("GET", path, **query)

    def post(self, path: str, body: Any, **query: Any) -> Result:
        return self.request("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Result:
        return self.request("PUT", path, body, **query)

    def delete(self, path: str, body: Any = None, **query: Any) -> Result:
        return self.request("DELETE", path, body, **query)

    def patch(self, path: str, body: Any, kind: str = "merge-patch+json", **query: Any) -> Result:
        return self.request("PATCH", path, body, headers={"Content-Type": f"application/{kind}"}, **query)

    async def _request(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], query: Mapping[str, Any]
    ) -> Result:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await self.server.app(*self._call(method, path, body, headers, query), send)
        start, *rest = sent
        answered = {key.decode(): value.decode() for key, value in start["headers"]}
        warnings = [value.decode() for key, value in start["headers"] if key == b"warning"]
        return Result(start["status"], answered, b"".join(message.get("body", b"") for message in rest), warnings)

    def _call(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], query: Mapping[str, Any]
    ) -> tuple[Any, Any]:
        path, _, inline = path.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        raw_headers = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        if data:
            raw_headers.append((b"content-length", str(len(data)).encode()))
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": "&".join(part for part in (inline, urlencode(query, doseq=True)) if part).encode(),
            "headers": raw_headers,
            "extensions": {},
        }
        messages = [{"type": "http.request", "body": data, "more_body": False}]
        gone = asyncio.Event()

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        scope["test.gone"] = gone
        return scope, receive

    def stream(self, path: str, *, headers: Mapping[str, str] | None = None, **query: Any) -> Stream:
        """Open a watch; returns once the response has begun."""
        started = threading.Event()
        scope, receive = self._call("GET", path, None, headers or {}, query)
        gone = scope["test.gone"]
        stream = Stream(lambda: self._loop.call_soon_threadsafe(gone.set))

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                stream.status = message["status"]
                stream.headers = {key.decode(): value.decode() for key, value in message["headers"]}
                started.set()
            else:
                stream.feed(message.get("body", b""))
                if not message.get("more_body", False):
                    stream.end()

        asyncio.run_coroutine_threadsafe(self.server.app(scope, receive, send), self._loop)
        assert started.wait(WAIT), "no answer"
        return stream


def pod(name: str, **metadata: Any) -> Object:
    """A small valid pod."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **metadata},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }


def config_map(name: str, data: Mapping[str, str] | None = None, **metadata: Any) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data or {}}
