"""History that is no longer in memory, read from the log by a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from storage.backend import Backend, Change
from storage.errors import StoreStopped
from storage.tables import DELETE
from storage.types import Entry, Event, Index, Key, Revision, splice

Indexer = Callable[[str, bytes], Index]
"""(resource, complete JSON) → what selectors look at. Called from the reader thread too."""

P = ParamSpec("P")
T = TypeVar("T")


def previous_of(change: Change, indexer: Indexer) -> Entry | None:
    """The version a change replaced."""
    if change.previous_value is None:
        return None
    value = splice(change.previous_value, change.previous_hole, change.previous_revision)
    return _entry(change, value, change.previous_hole, change.previous_revision, indexer)


def event_of(change: Change, previous: Entry | None, indexer: Indexer, seen: float = 0.0) -> Event:
    """A row of the log as the event it was; a tombstone's entry is the previous version with its own revision."""
    deleted = change.op == DELETE
    hole = change.previous_hole if deleted else change.hole
    stored = change.previous_value if deleted else change.value
    value = splice(stored or b"", hole, change.revision)
    if deleted and previous is not None:
        entry = Entry(
            previous.key, value, hole, Revision(change.revision), previous.create_revision, previous.uid, previous.index
        )
    else:
        entry = _entry(change, value, hole, change.revision, indexer)
    return Event(entry.revision, entry, previous, deleted, seen)


def _entry(change: Change, value: bytes, hole: int, revision: int, indexer: Indexer) -> Entry:
    key = Key(change.resource, change.namespace, change.name)
    index = indexer(change.resource, value)
    return Entry(key, value, hole, Revision(revision), Revision(change.create_revision), change.uid, index)


class Archive:
    def __init__(self, backend: Backend, indexer: Indexer) -> None:
        self._backend = backend
        self._indexer = indexer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._closed = False

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking function of the back end's reader group."""
        if self._closed:
            raise StoreStopped("the store has been stopped")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))

    async def events(self, resource: str, namespace: str | None, after: int, upto: int, limit: int) -> list[Event]:
        """The first ``limit`` events in (after, upto]. Raises Compacted."""
        return await self.run(self._events, resource, namespace, after, upto, limit)

    def _events(self, resource: str, namespace: str | None, after: int, upto: int, limit: int) -> list[Event]:
        changes = self._backend.reading.changes(after, upto, limit, resource, namespace)
        return [event_of(change, previous_of(change, self._indexer), self._indexer) for change in changes]

    async def undo(self, resource: str, namespace: str | None, after: int, upto: int) -> dict[str, Entry | None]:
        """What every key touched in (after, upto] was at ``after``, by path. Raises Compacted."""
        return await self.run(self._undo, resource, namespace, after, upto)

    def _undo(self, resource: str, namespace: str | None, after: int, upto: int) -> dict[str, Entry | None]:
        changes = self._backend.reading.undo(after, upto, resource, namespace)
        return {Key(*change[2:5]).path: previous_of(change, self._indexer) for change in changes}

    def close(self) -> None:
        self._closed = True
        self._thread.shutdown()
