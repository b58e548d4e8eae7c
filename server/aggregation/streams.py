"""Answers of aggregated servers that go on and on: known, so that they can be ended when this server stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from server.request import Answer, Stream


class Streams:
    """One event loop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def known(self, answer: Answer) -> Answer:
        """The same answer; a Stream ends, as if all had been said, with :meth:`end`."""
        if not isinstance(answer, Stream):
            return answer

        async def run(send: Callable[[bytes], Awaitable[None]]) -> None:
            task = asyncio.ensure_future(_awaited(answer.run(send)))
            self._running.add(task)
            try:
                await asyncio.wait((task,))
            finally:
                self._running.discard(task)
                if not task.done():
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
            if not task.cancelled():
                task.result()

        return replace(answer, run=run)

    def end(self) -> None:
        for task in self._running:
            task.cancel()


async def _awaited(running: Awaitable[None]) -> None:
    await running
