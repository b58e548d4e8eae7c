"""How far the caches are: one revision for all resources, and who waits for it. Lives on the event loop."""

from __future__ import annotations

import asyncio
import heapq
import itertools

from storage.types import Revision


class Progress:
    __slots__ = ("_tickets", "_waiting", "compact_revision", "revision", "stopped")

    def __init__(self) -> None:
        self.revision = Revision(0)
        """Every change up to here is in the caches."""
        self.compact_revision = Revision(0)
        """The oldest revision that can still be listed, as far as this process knows."""
        self.stopped = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._tickets = itertools.count()

    def advance(self, revision: Revision) -> None:
        """Called once per applied batch, after the caches have it."""
        self.revision = revision
        while self._waiting and self._waiting[0][0] <= revision:
            waiter = heapq.heappop(self._waiting)[2]
            if not waiter.done():
                waiter.set_result(None)

    async def wait_for(self, revision: int, timeout: float | None) -> bool:
        """Whether ``revision`` was reached within ``timeout`` seconds (None: however long it takes)."""
        if self.revision >= revision:
            return True
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (revision, next(self._tickets), waiter))
        done, _ = await asyncio.wait((waiter,), timeout=timeout)
        waiter.cancel()
        return bool(done) and not self.stopped

    def stop(self) -> None:
        """Nothing more will come: everyone still waiting is told no."""
        self.stopped = True
        for _, _, waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()
