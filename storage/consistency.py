"""A consistent read: what the caches must have reached so that it sees everything committed before it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from storage.archive import Archive
from storage.backend import Backend
from storage.errors import StoreUnavailable
from storage.progress import Progress
from storage.seen import lost_data

TIMEOUT = 3.0
"""Seconds for the database to say where it is, and for the caches to get there. As long as upstream waits for a
revision."""


class Consistency:
    """Asks the database for its revision; once for all who asked while the question before was under way."""

    def __init__(self, archive: Archive, backend: Backend, progress: Progress) -> None:
        self._archive = archive
        self._backend = backend
        self._progress = progress
        self._asking: asyncio.Task[int] | None = None
        self._next: asyncio.Task[int] | None = None

    async def reach(self) -> None:
        """Raises StoreUnavailable when the database does not answer or the caches do not follow."""
        before = self._progress.revision
        try:
            async with asyncio.timeout(TIMEOUT):
                revision = await self._revision()
        except TimeoutError as error:
            raise StoreUnavailable(f"the database has not answered for {TIMEOUT:g} s") from error
        if revision < before:
            raise StoreUnavailable(lost_data(revision, before))
        if not await self._progress.wait_for(revision, TIMEOUT):
            raise StoreUnavailable(f"the cache is at revision {self._progress.revision}, the database at {revision}")

    async def _revision(self) -> int:
        """A revision no older than the database's at the time of the call."""
        if self._asking is None:
            self._asking = _question(self._ask())
            return await asyncio.shield(self._asking)
        # The question under way was put before this call, so its answer may be too old.
        if self._next is None:
            self._next = _question(self._ask_after(self._asking))
        return await asyncio.shield(self._next)

    async def _ask(self) -> int:
        try:
            return (await self._archive.run(self._backend.reading.meta)).revision
        finally:
            self._asking, self._next = self._next, None

    async def _ask_after(self, before: asyncio.Task[int]) -> int:
        await asyncio.wait((before,))
        return await self._ask()


def _question(ask: Coroutine[None, None, int]) -> asyncio.Task[int]:
    task = asyncio.create_task(ask)
    # Those who asked may have given up before it fails.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task
