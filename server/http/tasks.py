"""The tasks of one connection that Hypercorn's protocol classes start; the part of its TaskGroup they use.

Unlike an ``asyncio.TaskGroup``, one that fails does not cancel the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from hypercorn.config import Config
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, Scope

from server.http.inbox import Inbox
from server.http.serving import log


def _no_threads(*_: Any) -> None:
    raise RuntimeError("only WSGI applications need threads")


class Tasks:
    """``failed`` is called when one of the protocol's own tasks fails: the connection cannot go on then."""

    def __init__(self, loop: asyncio.AbstractEventLoop, failed: Callable[[], None]) -> None:
        self._loop = loop
        self._failed = failed
        self._running: set[asyncio.Task[None]] = set()
        self._inboxes: set[Inbox] = set()

    async def spawn_app(
        self,
        app: AppWrapper,
        config: Config,
        scope: Scope,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        inbox = Inbox(scope["type"])
        self._inboxes.add(inbox)
        self._start(self._run_app(app, scope, inbox, send))
        return inbox.put

    @property
    def applications(self) -> int:
        """How many run, of streams that are closed too."""
        return len(self._inboxes)

    def spawn(self, func: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        self._start(self._run(func, *args))

    async def leave(self) -> None:
        """Tell every application that its client is gone."""
        for inbox in tuple(self._inboxes):
            await inbox.leave()

    def cancel(self) -> None:
        for task in tuple(self._running):
            task.cancel()

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, func: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        try:
            await func(*args)
        except Exception:
            log.exception("a connection failed")
            self._failed()

    async def _run_app(
        self, app: AppWrapper, scope: Scope, inbox: Inbox, send: Callable[[ASGISendEvent | None], Awaitable[None]]
    ) -> None:
        try:
            await app(scope, inbox.get, send, _no_threads, _no_threads)
        except Exception:
            log.exception("%s failed", scope.get("path"))
        finally:
            self._inboxes.discard(inbox)
            await send(None)
