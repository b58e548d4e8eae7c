"""What an application will ``receive``, on a connection that one of Hypercorn's protocol classes speaks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any


def _nothing() -> None:
    return None


class Inbox:
    """Never makes the connection's reader wait; ``size`` lets it hold back the peer instead.

    A disconnect is the last event and is received again and again. ``on_taken`` is called when body bytes were taken.
    """

    def __init__(self, scope_type: str) -> None:
        self._type = scope_type
        self._events: deque[Any] = deque()
        self._news: asyncio.Event | None = None
        self.size = 0
        self.owed = 0
        """Bytes of flow control the peer has not been given back yet."""
        self.on_taken: Callable[[], None] = _nothing

    async def put(self, event: Any) -> None:
        self.size += len(event.get("body") or b"")
        self._events.append(event)
        if self._news is not None:
            self._news.set()

    async def leave(self) -> None:
        """The client is gone, or the server wants it to be."""
        event: dict[str, Any] = {"type": f"{self._type}.disconnect"}
        if self._type == "websocket":
            event["code"] = 1001
        await self.put(event)

    async def get(self) -> Any:
        while not self._events:
            if self._news is None:
                self._news = asyncio.Event()
            self._news.clear()
            await self._news.wait()
        event = self._events[0]
        if event["type"].endswith(".disconnect"):
            return event
        self._events.popleft()
        if taken := len(event.get("body") or b""):
            self.size -= taken
            self.on_taken()
        return event
