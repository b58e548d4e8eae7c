"""Changes in the order of their revisions, wherever they come from: the own writer or the tail of the log.

With one writing process everything arrives in order and passes straight through. With several, a batch of one's own
may arrive before the others' that came before it: it is held until they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from storage.archive import Indexer
from storage.backend import Change, Outcome
from storage.tables import DELETE
from storage.types import Index, Key, Write


class Arrival(NamedTuple):
    """A committed change. ``value`` is as written, None for a delete (then ``indexed`` and ``hole`` do not matter)."""

    revision: int
    key: Key
    value: bytes | None
    hole: int
    uid: str
    create_revision: int
    indexed: Index | None


def from_write(write: Write, outcome: Outcome) -> Arrival:
    return Arrival(
        outcome.revision, write.key, write.value, write.hole, write.uid, outcome.create_revision, write.index
    )


def from_change(change: Change, indexer: Indexer) -> Arrival:
    key = Key(change.resource, change.namespace, change.name)
    deleted = change.op == DELETE or change.value is None
    index = None if deleted else indexer(change.resource, change.value or b"")
    value = None if deleted else change.value
    return Arrival(change.revision, key, value, change.hole, change.uid, change.create_revision, index)


class Sequencer:
    def __init__(self) -> None:
        self._held: dict[int, Arrival] = {}

    def order(self, arrivals: Sequence[Arrival], revision: int) -> Sequence[Arrival]:
        """What can be applied to a state at ``revision``: dense from there on. Repeated arrivals are dropped."""
        if not self._held and arrivals and arrivals[0].revision == revision + 1:
            # Batches and pages of the log are dense in themselves.
            return arrivals
        for arrival in arrivals:
            if arrival.revision > revision:
                self._held[arrival.revision] = arrival
        ready: list[Arrival] = []
        while (revision := revision + 1) in self._held:
            ready.append(self._held.pop(revision))
        return ready

    def skip(self, revision: int) -> Sequence[Arrival]:
        """The state has jumped to ``revision``: forget what it contains, and answer what can be applied now."""
        self._held = {at: arrival for at, arrival in self._held.items() if at > revision}
        return self.order((), revision)
