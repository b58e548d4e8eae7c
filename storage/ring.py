"""The recent events of one resource, shared by all its watches: a watch is a number counting into it.

Numbers are given out from 0 and never reused, so a reader whose number has fallen out knows it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter

from storage.types import Event

_revision = attrgetter("revision")


@dataclass(frozen=True, slots=True)
class RingLimits:
    """What is kept: everything younger than ``fresh`` seconds and the newest ``least`` events, unless that would be
    more than ``events`` or ``bytes``; nothing older than ``history`` seconds (nor does the log keep it)."""

    history: float = 300.0
    fresh: float = 75.0
    least: int = 1000
    events: int = 100_000
    bytes: int = 64 << 20


class Ring:
    __slots__ = ("_bytes", "_limits", "events", "first", "floor")

    def __init__(self, floor: int, limits: RingLimits) -> None:
        self.events: list[Event] = []
        self.first = 0
        """The number of ``events[0]``."""
        self.floor = floor
        """Every event of the resource after this revision is here."""
        self._limits = limits
        self._bytes = 0

    @property
    def end(self) -> int:
        """The number the next event will get."""
        return self.first + len(self.events)

    def restart(self, floor: int) -> None:
        """Empty, and with a gap in the numbers: whoever has not seen everything before has fallen out."""
        self.first = self.end + 1
        self.events = []
        self.floor = floor
        self._bytes = 0

    def append(self, event: Event) -> None:
        self.events.append(event)
        self._bytes += len(event.entry.value)

    def number_after(self, revision: int) -> int:
        """The number of the first event after ``revision``, which must not be below ``floor``."""
        return self.first + bisect_right(self.events, revision, key=_revision)

    def since(self, number: int, limit: int) -> list[Event]:
        """Up to ``limit`` events from ``number`` on, which must not be below ``first``."""
        start = number - self.first
        return self.events[start : start + limit]

    def after(self, revision: int) -> list[Event]:
        """All events after ``revision``, which must not be below ``floor``."""
        return self.events[bisect_right(self.events, revision, key=_revision) :]

    def trim(self, now: float) -> None:
        """Drop what the limits do not keep. ``now`` is monotonic, like ``Event.seen``."""
        limits, events = self._limits, self.events
        oldest = now - max(limits.history, limits.fresh)
        stale = now - limits.fresh
        count, size, drop = len(events), self._bytes, 0
        while drop < count:
            left, event = count - drop, events[drop]
            excess = left > limits.events or size > limits.bytes
            if not (excess or event.seen < oldest or (event.seen < stale and left > limits.least)):
                break
            size -= len(event.entry.value)
            drop += 1
        if drop:
            self.floor = events[drop - 1].revision
            self._bytes = size
            self.first += drop
            del events[:drop]
