"""From committed changes to caches, watches and answers: in revision order, a batch at a time, on the event loop."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Sequence

from apimachinery.clock import Clock
from storage.archive import Archive
from storage.backend import Batch, Outcome
from storage.cache import ResourceCache
from storage.errors import KeyExists, KeyMissing, OutcomeUnknown, RevisionMismatch, StorageError
from storage.loading import Loaded
from storage.progress import Progress
from storage.ring import RingLimits
from storage.sequencer import Arrival, Sequencer, from_write
from storage.types import Entry, Revision
from storage.writer import Done, Pending


class Publisher:
    def __init__(
        self,
        progress: Progress,
        archive: Archive,
        clock: Clock,
        limits: RingLimits,
        resubmit: Callable[[Pending], None],
    ) -> None:
        self._progress = progress
        self._archive = archive
        self._clock = clock
        self._limits = limits
        self._resubmit = resubmit
        self._caches: dict[str, ResourceCache] = {}
        self._sequencer = Sequencer()
        # Who waits for which revision to be applied.
        self._winners: dict[int, Pending] = {}
        # Writers that lost, with the revision at which they did: what they lost against must be in the caches.
        self._losers: list[tuple[int, Pending, Outcome]] = []
        # What a cache that does not exist yet would have: every event after this.
        self._floor = 0

    def cache(self, resource: str) -> ResourceCache:
        cache = self._caches.get(resource)
        if cache is None:
            cache = ResourceCache(resource, self._floor, self._progress, self._archive, self._limits)
            self._caches[resource] = cache
        return cache

    def fill(self, loaded: Loaded) -> None:
        """Start with this state, or jump to it: then watches that have not seen what is between end as slow ones."""
        if loaded.meta.revision < self._progress.revision:
            return
        self._floor = loaded.floor
        self.compacted(loaded.meta.compact_revision)
        for resource in {*self._caches, *loaded.entries, *loaded.events}:
            entries, events = loaded.entries.get(resource, ()), loaded.events.get(resource, ())
            self.cache(resource).fill(entries, events, loaded.floor)
        self._progress.advance(Revision(loaded.meta.revision))
        self._answer_jumped(loaded.meta.revision)
        self._apply(self._sequencer.skip(loaded.meta.revision))

    def compacted(self, revision: int) -> None:
        """The database has forgotten what was before ``revision``."""
        self._progress.compact_revision = Revision(max(revision, self._progress.compact_revision))

    def deliver(self, done: Done) -> None:
        """What became of a batch of the own writer."""
        batch = done.result
        if not isinstance(batch, Batch):
            for pending in done.pending:
                # A traceback belongs to one raiser; the error may be many writers'.
                error = copy.copy(batch) if isinstance(batch, StorageError) else batch
                _refuse(pending, error)
            return
        arrivals: list[Arrival] = []
        for pending, outcome in zip(done.pending, batch.outcomes, strict=True):
            if outcome.revision:
                arrivals.append(from_write(pending.write, outcome))
                self._winners[outcome.revision] = pending
            else:
                self._losers.append((batch.revision, pending, outcome))
        self.receive(arrivals)
        self._answer_jumped(self._progress.revision)
        self._answer_losers()

    def receive(self, arrivals: Sequence[Arrival]) -> None:
        """Committed changes, in any order, perhaps known already."""
        self._apply(self._sequencer.order(arrivals, self._progress.revision))

    def trim(self) -> None:
        """Drop what is no longer recent, of idle resources too."""
        now = self._clock.monotonic()
        for cache in self._caches.values():
            cache.trim(now)

    def stop(self) -> None:
        """Nothing more will come: every wait ends."""
        self._progress.stop()
        for cache in self._caches.values():
            cache.wake_all()
        for pending in (*self._winners.values(), *(pending for _, pending, _ in self._losers)):
            _refuse(pending, OutcomeUnknown("the store was stopped before it saw the write"))
        self._winners.clear()
        self._losers.clear()

    def _apply(self, ready: Sequence[Arrival]) -> None:
        if not ready:
            return
        seen = self._clock.monotonic()
        answers: list[tuple[Pending, Entry]] = []
        stirred: set[ResourceCache] = set()
        for arrival in ready:
            cache = self.cache(arrival.key.resource)
            stirred.add(cache)
            entry = cache.apply(arrival, seen)
            winner = self._winners.pop(arrival.revision, None)
            if winner is not None:
                answers.append((winner, entry))
        self._progress.advance(Revision(ready[-1].revision))
        for cache in stirred:
            cache.trim(seen)
            cache.wake()
        for winner, entry in answers:
            _grant(winner.answer, entry)
        if self._losers:
            self._answer_losers()

    def _answer_jumped(self, revision: int) -> None:
        """Answer the writers whose changes came in by another way: the log's tail, or a jump over them."""
        if not self._winners:
            return
        for at in sorted(at for at in self._winners if at <= revision):
            pending = self._winners.pop(at)
            entry = self.cache(pending.write.key.resource).version(pending.write.key, at)
            if entry is not None:
                _grant(pending.answer, entry)
            else:
                _refuse(pending, OutcomeUnknown("the write was made, and its result lost in the meantime"))

    def _answer_losers(self) -> None:
        waiting: list[tuple[int, Pending, Outcome]] = []
        for at, pending, outcome in self._losers:
            if at <= self._progress.revision:
                self._lost(pending, outcome)
            else:
                waiting.append((at, pending, outcome))
        self._losers = waiting

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
            try:
                self._resubmit(pending)
            except StorageError as error:
                _refuse(pending, error)


def _grant(answer: asyncio.Future[Entry], entry: Entry) -> None:
    if not answer.done():
        answer.set_result(entry)


def _refuse(pending: Pending, error: Exception) -> None:
    if not pending.answer.done():
        pending.answer.set_exception(error)
