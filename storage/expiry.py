"""Time to live: what has expired is deleted like anything else, by compare-and-swap, so that a late update wins and two
replicas make one event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from apimachinery.clock import Clock
from storage.archive import Archive
from storage.backend import Backend
from storage.errors import KeyMissing, RevisionMismatch
from storage.types import Entry, Index, Key, Revision, Write

PERIOD = 5.0
"""Seconds between two sweeps."""

_AT_ONCE = 500
_NO_INDEX = Index({}, {})


class Expiry:
    def __init__(
        self, backend: Backend, archive: Archive, clock: Clock, commit: Callable[[Write], Awaitable[Entry]]
    ) -> None:
        self._backend = backend
        self._archive = archive
        self._clock = clock
        self._commit = commit

    async def sweep(self) -> int:
        """Delete what has expired by now; how many."""
        deleted = 0
        while True:
            now = self._clock.now().timestamp()
            found = await self._archive.run(self._backend.reading.expired, now, _AT_ONCE)
            deleted += sum(await asyncio.gather(*(self._delete(key, revision) for key, revision in found)))
            if len(found) < _AT_ONCE:
                return deleted

    async def _delete(self, key: Key, revision: int) -> bool:
        try:
            await self._commit(Write(key, None, 0, Revision(revision), "", _NO_INDEX, actor="ttl"))
        except (KeyMissing, RevisionMismatch):
            return False
        return True
