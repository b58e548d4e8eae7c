"""The current state of one resource in memory, and the way into its recent history.

Everything here runs on the event loop. Entries and events are shared with every reader; nobody copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sortedcontainers import SortedList

from storage.archive import Archive
from storage.errors import Compacted
from storage.listing import Predicate, Span, State
from storage.progress import Progress
from storage.ring import Ring, RingLimits
from storage.sequencer import Arrival
from storage.types import Entry, Event, Index, Key, Page, Revision, path_of, splice, unsplice
from storage.watch import Audience, Topic, Watch

_NO_INDEX = Index({}, {})


class ResourceCache:
    """Made by the store alone: :meth:`Store.cache`."""

    def __init__(self, resource: str, floor: int, progress: Progress, archive: Archive, limits: RingLimits) -> None:
        self.resource = resource
        self._progress = progress
        self._archive = archive
        self._entries: dict[str, Entry] = {}
        self._order = SortedList()
        self._ring = Ring(floor, limits)
        self._audience = Audience()
        # What was applied since the last wake-up: namespaces, and the number of the first event.
        self._stirred: set[str] = set()
        self._stirred_from = 0

    # -- reading

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, namespace: str, name: str) -> Entry | None:
        return self._entries.get(path_of(namespace, name))

    @property
    def changes(self) -> int:
        """Grows with every change: what was derived from the entries is good while this stays the same."""
        return self._ring.end

    def changed(self, since: int) -> list[Event] | None:
        """What has happened since ``changes`` was ``since``, in order; None: some of it is no longer in memory."""
        ring = self._ring
        return ring.since(since, ring.end - since) if since >= ring.first else None

    def list(
        self, namespace: str | None = None, *, start: str = "", limit: int = 0, predicate: Predicate | None = None
    ) -> Page:
        """The state at the store's revision, in order of path (bytewise), after the path ``start``.

        ``limit`` 0 means all. ``namespace`` None or "" means all (cluster-scoped objects have none).
        """
        return State(self._entries, self._order).page(Span(namespace, start), limit, predicate)

    async def list_at(
        self,
        revision: int,
        namespace: str | None = None,
        *,
        start: str = "",
        limit: int = 0,
        predicate: Predicate | None = None,
    ) -> Page:
        """The same, exactly as it was at ``revision``, which must have been reached. Raises Compacted."""
        undone = await self._undo(revision, namespace)
        return State(self._entries, self._order, undone).page(Span(namespace, start), limit, predicate)

    async def stretch(self, revision: int, namespace: str | None, start: str, count: int) -> Sequence[Entry]:
        """The first ``count`` of that list, for whoever walks it in steps: the last if there are fewer."""
        undone = await self._undo(revision, namespace)
        return State(self._entries, self._order, undone).stretch(Span(namespace, start), count)

    async def wait_for(self, revision: int, timeout: float | None) -> bool:
        """Whether the cache reached ``revision`` within ``timeout`` seconds."""
        return await self._progress.wait_for(revision, timeout)

    def watch(self, after: Revision, *, namespace: str | None = None, topic: Topic | None = None) -> Watch:
        """Events after ``after``, which must have been reached. Raises Compacted.

        ``topic``: only events are of interest of objects that have, or had, this value in a field of the index; others
        may come, but wake nobody.
        """
        self._check_kept(after)
        ring, audience, archive = self._ring, self._audience, self._archive
        return Watch(self.resource, namespace or None, after, ring, audience, archive, self._progress, topic)

    def _check_kept(self, revision: int) -> None:
        if revision < self._ring.floor and revision < self._progress.compact_revision:
            raise Compacted(self._progress.compact_revision)

    async def _undo(self, revision: int, namespace: str | None) -> dict[str, Entry | None]:
        """What every key that has changed since ``revision`` was then."""
        undone: dict[str, Entry | None] = {}
        while revision < self._ring.floor:
            self._check_kept(revision)
            upto = self._progress.revision
            undone = await self._archive.undo(self.resource, namespace or None, revision, upto)
            if upto >= self._ring.floor:
                revision = upto
        for event in self._ring.after(revision):
            undone.setdefault(event.entry.key.path, event.previous)
        return undone

    # -- for the store

    def fill(self, entries: Iterable[Entry], events: Iterable[Event], floor: int) -> None:
        """Start, or go on, with this state and these recent events: all after ``floor``."""
        self._entries = {entry.key.path: entry for entry in entries}
        self._order = SortedList(self._entries)
        self._ring.restart(floor)
        # Those that wait have not seen what is between either: they must not go on as if they had.
        self._audience.wake_all(self._ring.first - 1)
        for event in events:
            self._ring.append(event)

    def apply(self, arrival: Arrival, seen: float) -> Entry:
        """The next change of this resource; the answer is the version it made (for a delete: the last one, carrying
        the deletion's revision)."""
        path = arrival.key.path
        previous = self._entries.get(path)
        revision = Revision(arrival.revision)
        if arrival.value is not None:
            value = splice(arrival.value, arrival.hole, revision)
            created = Revision(arrival.create_revision)
            entry = Entry(
                arrival.key, value, arrival.hole, revision, created, arrival.uid, arrival.indexed or _NO_INDEX
            )
            if previous is None:
                self._order.add(path)
            self._entries[path] = entry
            self._happened(Event(revision, entry, previous, False, seen))
            return entry
        assert previous is not None, "a delete of what is not there"
        del self._entries[path]
        self._order.remove(path)
        value, hole = splice(unsplice(previous), previous.hole, revision), previous.hole
        entry = Entry(arrival.key, value, hole, revision, previous.create_revision, previous.uid, previous.index)
        self._happened(Event(revision, entry, previous, True, seen))
        return entry

    def version(self, key: Key, revision: int) -> Entry | None:
        """The version of ``key`` made at ``revision``, if it is still in memory."""
        entry = self.get(key.namespace, key.name)
        if entry is not None and entry.revision == revision:
            return entry
        for event in self._ring.after(revision - 1)[:1]:
            if event.revision == revision and event.entry.key == key:
                return event.entry
        return None

    def _happened(self, event: Event) -> None:
        if not self._stirred:
            self._stirred_from = self._ring.end
        self._stirred.add(event.entry.key.namespace)
        self._ring.append(event)

    def wake(self) -> None:
        """After a batch, once the store's revision has advanced: let the watches concerned run."""
        self._audience.wake(self._stirred, self._stirred_from, self._ring)
        self._stirred = set()

    def wake_all(self) -> None:
        """Let every watch look around: nothing has happened to the resource, but perhaps to the store."""
        self._audience.wake_all(self._ring.end)

    def trim(self, now: float) -> None:
        self._ring.trim(now)
