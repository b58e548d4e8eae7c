"""The store: a revision log in a database, with everything current and recent in memory.

Reads come from memory. A write goes to the writer thread and is answered when it is durable and in the caches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from apimachinery.clock import REAL_CLOCK, Clock
from storage import compaction, expiry
from storage.archive import Archive, Indexer
from storage.backend import Backend
from storage.backends import backend_for
from storage.cache import ResourceCache
from storage.compaction import Compaction
from storage.consistency import Consistency
from storage.errors import StoreUnavailable
from storage.expiry import Expiry
from storage.follower import Follower
from storage.loading import Loaded, load
from storage.pace import Pace
from storage.periodic import every
from storage.progress import Progress
from storage.publisher import Publisher
from storage.ring import RingLimits
from storage.sealing import NoSealer, SealedBackend, Sealer
from storage.types import Entry, Revision, Write
from storage.writer import Pending, Writer

T = TypeVar("T")

_TRIM_PERIOD = 10.0
"""Seconds after which idle resources' rings are looked at too."""


def open_store(
    url: str, *, indexer: Indexer, history: float = 300.0, clock: Clock = REAL_CLOCK, sealer: Sealer | None = None
) -> Store:
    """The store at ``url``; nothing is opened before ``start()``. Raises StorageError for a URL nobody knows.

    ``sqlite:///relative/path``, ``sqlite:////absolute/path``: a file, of one process at a time.
    ``postgresql://user@host/database``: for several processes at once.
    ``portable+postgresql://…``: the same for engines that speak PostgreSQL but know neither LISTEN nor PL/pgSQL.

    ``indexer(resource, value)`` tells what selectors look at; it is called on other threads too, and the value's
    resourceVersion may still be empty. ``history``: seconds of the past that can be watched from and listed.
    ``sealer`` encrypts what is stored; without one everything is stored as it is.
    """
    return Store(backend_for(url), indexer=indexer, history=history, clock=clock, sealer=sealer)


class Store:
    """Belongs to one event loop; every method is called on it."""

    def __init__(
        self,
        backend: Backend,
        *,
        indexer: Indexer,
        history: float = 300.0,
        clock: Clock = REAL_CLOCK,
        sealer: Sealer | None = None,
    ) -> None:
        self._backend = backend
        self._sealed = SealedBackend(backend, sealer or NoSealer())
        self._indexer = indexer
        self._clock = clock
        self._progress = Progress()
        self._archive = Archive(self._sealed, indexer)
        self._publisher = Publisher(self._progress, self._archive, clock, RingLimits(history=history), self._submit)
        self._consistency = Consistency(self._archive, backend, self._progress)
        self.pace = Pace()
        """For a busy event loop: when it is to stand back for commits."""
        self._writer: Writer | None = None
        self._follower: Follower | None = None
        self._background: list[asyncio.Task[None]] = []
        self.expiry = Expiry(backend, self._archive, clock, self.commit)
        self.compaction = Compaction(
            backend, self._archive, self._run_in_writer, self._publisher.compacted, self._progress, clock, history
        )

    # -- life

    async def start(self) -> None:
        """Open the database and load everything. Raises StoreLocked, SchemaTooNew, StoreDamaged, StoreUnavailable."""
        try:
            self._publisher.fill(await self._archive.run(self._open))
        except BaseException:
            await self._close()
            raise
        self._writer = Writer(self._sealed, self._clock, self._publisher.deliver, self.pace)
        if self._sealed.following is not None:
            self._follower = Follower(
                self._sealed.following, self._indexer, self._clock, self._progress, self._publisher
            )
        self._background = [
            asyncio.create_task(every(expiry.PERIOD, self.expiry.sweep, "expired objects stay for now")),
            asyncio.create_task(every(compaction.PERIOD, self.compaction.compact, "old history stays for now")),
            asyncio.create_task(every(_TRIM_PERIOD, self._trim, "old events stay in memory for now")),
        ]

    def _open(self) -> Loaded:
        self._backend.open()
        now, monotonic = self._clock.now().timestamp(), self._clock.monotonic()
        return load(self._sealed.reading, self._indexer, now, monotonic)

    async def stop(self) -> None:
        """Commit what is pending, end every watch with StoreStopped, and release the database. May be called twice."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._background = []
        if self._writer is not None:
            await self._writer.stop()
        if self._follower is not None:
            await self._follower.stop()
            self._follower = None
        self._publisher.stop()
        await self._close()

    async def _close(self) -> None:
        await asyncio.to_thread(self._archive.close)
        await asyncio.to_thread(self._backend.close)

    # -- use

    @property
    def revision(self) -> Revision:
        """Everything up to here is in the caches."""
        return self._progress.revision

    @property
    def compact_revision(self) -> Revision:
        """The oldest revision that can still be listed and watched from."""
        return self._progress.compact_revision

    def cache(self, resource: str) -> ResourceCache:
        """The cache of a resource; the same object every time."""
        return self._publisher.cache(resource)

    async def consistent(self) -> None:
        """Return when the caches have everything committed before this call, by anyone.

        Raises StoreUnavailable when the database does not answer, or the caches do not get there in time."""
        if self._backend.following is not None:
            await self._consistency.reach()

    async def commit(self, write: Write) -> Entry:
        """Compare and write; the answer is durable and in the caches. For a delete: the last version, carrying the
        deletion's revision.

        Raises KeyExists, KeyMissing, RevisionMismatch, StoreUnavailable (nothing was written), OutcomeUnknown,
        StoreStopped. Cancelling the call does not take the write back.
        """
        _check(write)
        answer: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._submit(Pending(write, answer))
        return await answer

    def stale(self, entry: Entry) -> bool:
        """Whether a live object, if it were written again as it is, would be stored otherwise: encrypted with another
        key, or not at all."""
        return self._sealed.stale(entry.key.resource, entry.revision)

    def _submit(self, pending: Pending) -> None:
        self._running_writer().submit(pending)

    def _running_writer(self) -> Writer:
        if self._writer is None:
            raise StoreUnavailable("the store has not been started")
        return self._writer

    async def _run_in_writer(self, function: Callable[[], T]) -> T:
        return await self._running_writer().run(function)

    async def _trim(self) -> None:
        self._publisher.trim()


def _check(write: Write) -> None:
    if write.value is None:
        if not write.expected:
            raise ValueError("a delete must say which revision it deletes")
    elif write.value[write.hole - 1 : write.hole + 1] != b'""':
        raise ValueError("the hole is not between two quotes")
