"""The store: a revision log in a database, with everything current and recent in memory.

Reads come from memory. A write goes to the writer thread and is answered when it is durable and in the caches.
"""

from __future__ import annotations

import asyncio
import copy
import pkgutil
from collections.abc import Callable, Sequence

from apimachinery.clock import REAL_CLOCK, Clock
from storage.archive import Archive, Indexer
from storage.backend import Backend, Batch, Outcome
from storage.cache import ResourceCache
from storage.compaction import Compaction
from storage.errors import KeyExists, KeyMissing, RevisionMismatch, StorageError, StoreUnavailable
from storage.expiry import Expiry
from storage.loading import Loaded, load
from storage.progress import Progress
from storage.ring import RingLimits
from storage.types import Entry, Revision, Write, splice
from storage.writer import Done, Pending, Writer

_TRIM_PERIOD = 10.0
"""Seconds after which idle resources' rings are looked at too."""

# Back ends by the scheme of their URL; by name, as a driver costs memory and time that only its own users should pay.
_BACKENDS = {
    "sqlite": "storage.sqlite:SQLiteBackend.from_url",
}


def open_store(url: str, *, indexer: Indexer, history: float = 300.0, clock: Clock = REAL_CLOCK) -> Store:
    """The store at ``url``: ``sqlite:///relative``, ``sqlite:////absolute``. Nothing is opened before ``start()``.

    ``history``: seconds of the past that can be watched from and listed. Raises StorageError for a URL nobody knows.
    """
    scheme = url.partition(":")[0]
    if scheme not in _BACKENDS:
        raise StorageError(f"{scheme}: is no store I know; known are {', '.join(_BACKENDS)}")
    make: Callable[[str], Backend] = pkgutil.resolve_name(_BACKENDS[scheme])
    return Store(make(url), indexer=indexer, history=history, clock=clock)


class Store:
    """Belongs to one event loop; every method is called on it."""

    def __init__(
        self, backend: Backend, *, indexer: Indexer, history: float = 300.0, clock: Clock = REAL_CLOCK
    ) -> None:
        self._backend = backend
        self._indexer = indexer
        self._clock = clock
        self._history = history
        self._limits = RingLimits(history=history)
        self._progress = Progress()
        self._archive = Archive(backend, indexer)
        self._caches: dict[str, ResourceCache] = {}
        self._floor = 0
        self._writer: Writer | None = None
        self._background: list[asyncio.Task[None]] = []
        self.expiry = Expiry(backend, self._archive, clock, self.commit)
        self.compaction = Compaction(backend, self._archive, self._run_in_writer, self._progress, clock, history)

    # -- life

    async def start(self) -> None:
        """Open the database and load everything. Raises StoreLocked, SchemaTooNew, StoreDamaged, StoreUnavailable."""
        try:
            self._take(await self._archive.run(self._open))
        except BaseException:
            await self._close()
            raise
        self._writer = Writer(self._backend, self._clock, self._deliver)
        self._background = [
            asyncio.create_task(self.expiry.run(), name="store-expiry"),
            asyncio.create_task(self.compaction.run(), name="store-compaction"),
            asyncio.create_task(self._trim_rings(), name="store-rings"),
        ]

    def _open(self) -> Loaded:
        meta = self._backend.open()
        return load(self._backend, meta, self._indexer, self._clock.now().timestamp(), self._clock.monotonic())

    def _take(self, loaded: Loaded) -> None:
        self._floor = loaded.floor
        self._progress.compact_revision = Revision(loaded.meta.compact_revision)
        for resource in {*loaded.entries, *loaded.events}:
            self.cache(resource).fill(loaded.entries.get(resource, ()), loaded.events.get(resource, ()))
        self._progress.advance(Revision(loaded.meta.revision))

    async def stop(self) -> None:
        """Commit what is pending, end every watch with StoreStopped, and release the database. May be called twice."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._background = []
        if self._writer is not None:
            await self._writer.stop()
        self._progress.stop()
        for cache in self._caches.values():
            cache.wake_all()
        await self._close()

    async def _close(self) -> None:
        await asyncio.to_thread(self._backend.close)
        self._archive.close()

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
        cache = self._caches.get(resource)
        if cache is None:
            cache = ResourceCache(resource, self._floor, self._progress, self._archive, self._limits)
            self._caches[resource] = cache
        return cache

    async def consistent(self) -> None:
        """Return when the caches have everything committed before this call, by anyone. Raises StoreUnavailable."""

    async def commit(self, write: Write) -> Entry:
        """Compare and write; the answer is durable and in the caches. For a delete: the last version, carrying the
        deletion's revision.

        Raises KeyExists, KeyMissing, RevisionMismatch, StoreUnavailable (nothing was written), OutcomeUnknown,
        StoreStopped. Cancelling the call does not take the write back.
        """
        _check(write)
        answer: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._running_writer().submit(Pending(write, answer))
        return await answer

    def _running_writer(self) -> Writer:
        if self._writer is None:
            raise StoreUnavailable("the store has not been started")
        return self._writer

    async def _run_in_writer(self, function: Callable[[], None]) -> None:
        await self._running_writer().run(function)

    # -- what the writer delivers

    def _deliver(self, done: Done) -> None:
        if isinstance(done.result, Batch):
            self._apply(done.pending, done.result)
        else:
            for pending in done.pending:
                # A traceback belongs to one raiser; the error may be many writers'.
                error = copy.copy(done.result)
                error.__cause__ = done.result
                _refuse(pending, error)

    def _apply(self, pending: Sequence[Pending], batch: Batch) -> None:
        seen = self._clock.monotonic()
        answers: list[tuple[asyncio.Future[Entry], Entry]] = []
        stirred: set[ResourceCache] = set()
        for (write, answer), outcome in zip(pending, batch.outcomes, strict=True):
            if not outcome.revision:
                continue
            cache = self.cache(write.key.resource)
            stirred.add(cache)
            answers.append((answer, _change(cache, write, outcome, seen)))
        self._progress.advance(Revision(batch.revision))
        for cache in stirred:
            cache.trim(seen)
            cache.wake()
        for answer, entry in answers:
            if not answer.done():
                answer.set_result(entry)
        for waiting, outcome in zip(pending, batch.outcomes, strict=True):
            if not outcome.revision:
                self._lost(waiting, outcome)

    def _lost(self, pending: Pending, outcome: Outcome) -> None:
        """Tell a writer what it lost its compare against."""
        key = pending.write.key
        entry = self.cache(key.resource).get(key.namespace, key.name)
        if pending.write.expected and not outcome.current:
            _refuse(pending, KeyMissing(f"{key.resource} {key.path} does not exist"))
        elif pending.write.expected:
            _refuse(pending, RevisionMismatch(entry))
        elif entry is not None:
            _refuse(pending, KeyExists(entry))
        else:
            # It has been deleted since: then the name is free after all.
            self._running_writer().submit(pending)

    async def _trim_rings(self) -> None:
        while True:
            await asyncio.sleep(_TRIM_PERIOD)
            now = self._clock.monotonic()
            for cache in self._caches.values():
                cache.trim(now)


def _change(cache: ResourceCache, write: Write, outcome: Outcome, seen: float) -> Entry:
    revision = Revision(outcome.revision)
    if write.value is None:
        return cache.delete(write.key, revision, seen)
    value = splice(write.value, write.hole, revision)
    created = Revision(outcome.create_revision)
    entry = Entry(write.key, value, write.hole, revision, created, write.uid, write.index)
    cache.put(entry, seen)
    return entry


def _refuse(pending: Pending, error: Exception) -> None:
    if not pending.answer.done():
        pending.answer.set_exception(error)


def _check(write: Write) -> None:
    if write.value is None:
        if not write.expected:
            raise ValueError("a delete must say which revision it deletes")
    elif write.value[write.hole - 1 : write.hole + 1] != b'""':
        raise ValueError("the hole is not between two quotes")
