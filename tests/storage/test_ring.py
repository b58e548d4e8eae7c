"""What the ring keeps and what it lets go."""

from __future__ import annotations

from storage.ring import Ring, RingLimits
from storage.types import Entry, Event, Index, Revision
from tests.storage.objects import key

LIMITS = RingLimits(history=300, fresh=75, least=10, events=50, bytes=10_000)


def filled(count: int, *, size: int = 10, seen: float = 0.0, limits: RingLimits = LIMITS) -> Ring:
    ring = Ring(100, limits)
    for number in range(count):
        revision = Revision(101 + 2 * number)
        entry = Entry(key("a"), b"x" * size, 0, revision, revision, "", Index({}, {}))
        ring.append(Event(revision, entry, None, False, seen))
    return ring


def test_positions_are_found_by_revision() -> None:
    ring = filled(5)
    assert [ring.number_after(revision) for revision in (100, 101, 102, 103, 109)] == [0, 1, 1, 2, 5]
    assert [event.revision for event in ring.after(104)] == [105, 107, 109]
    assert [event.revision for event in ring.since(1, 2)] == [103, 105]


def test_fresh_events_stay() -> None:
    ring = filled(40)
    ring.trim(74)
    assert (ring.first, ring.floor, ring.end) == (0, 100, 40)


def test_stale_events_go_but_for_the_newest() -> None:
    ring = filled(40)
    ring.trim(76)
    assert (ring.first, ring.floor, ring.end) == (30, 101 + 2 * 29, 40)
    assert ring.number_after(ring.floor) == 30


def test_nothing_outlives_the_history() -> None:
    ring = filled(5)
    ring.trim(301)
    assert (ring.events, ring.first, ring.floor) == ([], 5, 109)


def test_memory_has_the_last_word() -> None:
    ring = filled(60)
    ring.trim(0)
    assert len(ring.events) == 50
    ring = filled(20, size=1000)
    ring.trim(0)
    assert len(ring.events) == 10


def test_numbers_go_on_after_trimming() -> None:
    ring = filled(60)
    ring.trim(0)
    assert ring.since(ring.first, 1)[0].revision == 101 + 2 * 10
    assert ring.end == 60
