"""Answers of others, remembered for a while, and asked for once when several want the same at the same time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from apimachinery.clock import Clock

Answer = TypeVar("Answer")


class Lookups(Generic[Answer]):
    """At most ``size`` answers; the one used longest ago goes first. All calls from one event loop."""

    def __init__(self, clock: Clock, size: int = 8192) -> None:
        self._clock = clock
        self._size = size
        self._known: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._asked: dict[Hashable, asyncio.Task[Answer]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Answer]], keep: Callable[[Answer], float]) -> Answer:
        """``keep``: for how many seconds an answer is good; 0 forgets it. What ``ask`` raises is not remembered.

        Whoever waits may be cancelled: the question goes on for the others.
        """
        known = self._known.get(key)
        if known is not None and known[0] > self._clock.monotonic():
            self._known.move_to_end(key)
            return known[1]
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.ensure_future(self._fetch(key, ask, keep))
            task.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(task)

    async def _fetch(
        self, key: Hashable, ask: Callable[[], Awaitable[Answer]], keep: Callable[[Answer], float]
    ) -> Answer:
        answer = await ask()
        seconds = keep(answer)
        if seconds > 0:
            self._known[key] = (self._clock.monotonic() + seconds, answer)
            self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return answer

    def _done(self, key: Hashable, task: asyncio.Task[Answer]) -> None:
        del self._asked[key]
        if not task.cancelled():
            task.exception()  # somebody looks, even when all who waited have gone
