"""Forgetting old history: in small steps between the writes, and only what is surely older than it must be kept.

Age is measured by the monotonic clock for what this process has seen being written. For what it found at its start the
log's wall-clock times are taken as of then, so that no later jump of the wall clock forgets anything early.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable

from apimachinery.clock import Clock
from storage.archive import Archive
from storage.backend import Backend
from storage.progress import Progress

STEP = 1000
"""Revisions forgotten in one transaction."""

PERIOD = 10.0
"""Seconds between two looks at what has become old."""

_PAUSE = 0.01

InWriter = Callable[[Callable[[], int]], Awaitable[int]]
"""Has the writer thread call a function between two batches."""


class Compaction:
    def __init__(
        self,
        backend: Backend,
        archive: Archive,
        in_writer: InWriter,
        compacted: Callable[[int], None],
        progress: Progress,
        clock: Clock,
        history: float,
    ) -> None:
        self._backend = backend
        self._archive = archive
        self._in_writer = in_writer
        self._compacted = compacted
        self._progress = progress
        self._clock = clock
        self._history = history
        # (monotonic time, revision): at that time the store was there. Both rise.
        self._seen: deque[tuple[float, int]] = deque()
        self._knows_log = False

    async def _remember_log(self) -> None:
        """Learn from the log how old the revisions before this process are."""
        now, monotonic = self._clock.now().timestamp(), self._clock.monotonic()
        boundaries = range(self._progress.compact_revision + STEP, self._progress.revision, STEP)
        youngest = 0.0
        for revision, at in reversed(await self._archive.run(self._backend.reading.times, boundaries)):
            # Ages rise towards older revisions, whatever the wall clock did between them.
            youngest = max(youngest, now - at)
            self._seen.appendleft((monotonic - youngest, revision))
        self._seen.append((monotonic, self._progress.revision))
        self._knows_log = True

    async def compact(self) -> None:
        """Forget everything that is older than the history to be kept."""
        if not self._knows_log:
            await self._remember_log()
        self._remember()
        oldest = self._clock.monotonic() - self._history
        while self._seen and self._seen[0][0] <= oldest:
            target = self._seen.popleft()[1]
            while self._progress.compact_revision < target:
                step = min(target, self._progress.compact_revision + STEP)
                reached = await self._in_writer(functools.partial(self._backend.compact, step))
                self._compacted(reached)
                if reached < step:
                    return  # another process is at it
                await asyncio.sleep(_PAUSE)

    def _remember(self) -> None:
        if not self._seen or self._seen[-1][1] < self._progress.revision:
            self._seen.append((self._clock.monotonic(), self._progress.revision))
