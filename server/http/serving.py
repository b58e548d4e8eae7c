"""What all connections of one server share: the application, limits, the coarse clock, the Date header."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from time import time
from typing import Any, Protocol
from wsgiref.handlers import format_date_time

from hypercorn.asyncio.worker_context import WorkerContext

from server.http.backlog import Backlog
from server.http.stock_config import stock_config
from server.manners import Manners

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

Address = tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What every request of one connection has in common."""

    secure: bool
    client: Address
    server: Address
    extensions: dict[str, dict[str, Any]]
    """For the scope; with TLS ``{"tls": {"peer_der": DER bytes of the client certificate or None, "peer_error": why it
    is not to be believed, or ""}}``."""


IDLE_TIMEOUT = 90.0
"""Seconds an idle connection is kept; upstream's value, longer than what common clients keep one for."""
HEAD_TIMEOUT = 32.0
"""Seconds from a request's first byte to the end of its head; upstream's value."""

BODY_TIMEOUT = 30.0
"""Seconds without a byte of a body that is not complete, while the application waits for it."""

log = logging.getLogger("kubejazz.http")


SPARE_FILES = 128
"""Open files that are not connections: the database, logs, and what is opened for a moment."""


def connection_limit() -> int:
    """As many as this process may have open files, with some to spare: beyond that, nothing could be accepted."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(allowed - SPARE_FILES, 16) if allowed != resource.RLIM_INFINITY else 1 << 20


class Closable(Protocol):
    """An open connection, as the listener sees it."""

    @property
    def idle(self) -> bool:
        """No request is under way, though one may have begun to arrive."""

    def tick(self, now: float) -> None:
        """Called every second: give up what has waited too long."""

    def wind_down(self) -> None:
        """Take no further request, close as soon as those under way are answered. May be called twice."""

    def disconnect(self) -> None:
        """Tell the applications that the client is gone; what they still send may be dropped."""

    def flushed(self) -> bool:
        """It is being closed and everything has been sent: only the peer's farewell is missing."""

    def abort(self) -> None:
        """Close now and cancel what is left."""


class Serving:
    """Lives as long as one call of ``listener.serve``; used on its event loop only."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop, manners: Manners | None = None) -> None:
        self.app = app
        self.loop = loop
        self.connections: dict[Closable, None] = {}
        """In the order in which they came."""
        self.most = connection_limit()
        self.stopping = False
        self.manners = manners or Manners()
        self.backlog = Backlog(loop, self.manners)
        self.config = stock_config()
        self.context = WorkerContext(None)
        self.now = 0.0
        date = format_date_time(time()).encode()
        self.date = b"date: %b\r\n" % date
        self.config.headers = [(b"date", date)]
        self.tick()

    def make_room(self) -> bool:
        """Whether there may be one more connection: at the limit the oldest that is idle makes room for it."""
        if len(self.connections) < self.most:
            return True
        oldest = next((connection for connection in self.connections if connection.idle), None)
        if oldest is None:
            return False
        oldest.abort()
        self.connections.pop(oldest, None)
        return True

    def tick(self) -> None:
        """Called every second: nothing here is finer than that."""
        self.now = self.loop.time()
        date = format_date_time(time()).encode()
        self.date = b"date: %b\r\n" % date
        self.config.headers = [(b"date", date)]
        for connection in tuple(self.connections):
            connection.tick(self.now)
