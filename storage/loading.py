"""Filling the caches when the store starts: the live objects, and the tail of the log so that watches go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from storage.archive import Indexer, event_of, previous_of
from storage.backend import Meta, Reading, Stored
from storage.errors import Compacted
from storage.types import Entry, Event, Key, Revision, splice

_TAIL = 1000


class Loaded(NamedTuple):
    meta: Meta
    floor: int
    """Every event after this revision is in ``events``."""
    entries: Mapping[str, list[Entry]]
    """By resource, as are the events."""
    events: Mapping[str, list[Event]]


def load(reading: Reading, indexer: Indexer, now: float, monotonic: float) -> Loaded:
    """Read everything of a store, as of one revision. Blocks. ``now`` is in epoch seconds."""
    with reading.snapshot():
        meta = reading.meta()
        entries: dict[str, list[Entry]] = {}
        live: dict[int, Entry] = {}
        for stored in reading.load():
            entry = _entry(stored, indexer)
            entries.setdefault(stored.resource, []).append(entry)
            live[stored.revision] = entry
        floor = max(meta.compact_revision, meta.revision - _TAIL)
        try:
            changes = reading.changes(floor, meta.revision, _TAIL)
        except Compacted as error:
            # Not in this snapshot, but encrypted with a key that is gone: the rest of the tail can be read.
            floor = error.compact_revision
            changes = reading.changes(floor, meta.revision, _TAIL)
    events: dict[str, list[Event]] = {}
    for change in changes:
        previous = live.get(change.previous_revision) or previous_of(change, indexer)
        # A wall clock that was set back must not make an event younger than it can be.
        event = event_of(change, previous, indexer, monotonic - max(0.0, now - change.at))
        # One object for one version: the live one if it is that.
        event.entry = live.setdefault(event.revision, event.entry)
        events.setdefault(change.resource, []).append(event)
    return Loaded(meta, floor, entries, events)


def _entry(stored: Stored, indexer: Indexer) -> Entry:
    value = splice(stored.value, stored.hole, stored.revision)
    return Entry(
        Key(stored.resource, stored.namespace, stored.name),
        value,
        stored.hole,
        Revision(stored.revision),
        Revision(stored.create_revision),
        stored.uid,
        indexer(stored.resource, value),
    )
