"""What the server looks after while it serves: its own endpoints, services' addresses and ports, a config map."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from storage.periodic import every


class Chore(NamedTuple):
    """``otherwise``: what is logged when it cannot be done. ``period`` in seconds."""

    look: Callable[[], Awaitable[object]]
    period: float
    otherwise: str


class Upkeep:
    """``leave``: what is to be done before the server ends."""

    def __init__(self, chores: Sequence[Chore], leave: Callable[[], Awaitable[object]] | None = None) -> None:
        self._chores = chores
        self._leave = leave
        self._started = False

    async def start(self) -> Sequence[asyncio.Task[None]]:
        """Look once, then now and then; whoever called cancels the tasks, then calls :meth:`leave`."""
        self._started = True
        for chore in self._chores:
            await chore.look()
        return [asyncio.create_task(every(chore.period, chore.look, chore.otherwise)) for chore in self._chores]

    async def leave(self) -> None:
        if self._started and self._leave is not None:
            await self._leave()
