"""Who is next of those that wait in the queues of all levels: the level that has had the least, by its shares, and in
it the queue that has. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from server.flowcontrol.controller import Flow
from server.flowcontrol.levels import Level, may_borrow
from server.flowcontrol.queues import SLICE, Waiting

_SPARE = 4
"""Of so many seats of a level, one is kept while requests wait, for whoever has hardly asked for anything."""
_MOST_SPARE = 2


class Next(NamedTuple):
    level: Level
    item: Waiting


class Order:
    """``levels`` gives the limited levels as they are now."""

    def __init__(self, levels: Callable[[], Iterable[Level]]) -> None:
        self._levels = levels
        self._virtual = 0.0
        self.waiting = 0
        """Requests."""

    def fits(self, level: Level, width: int) -> bool:
        """Whether there are so many seats, own or borrowed ones; a level that is empty takes a request of any width."""
        if level.executing + width <= level.nominal or not level.executing:
            return True
        return may_borrow(level, width, self._levels())

    def is_next(self, flow: Flow) -> bool:
        """Whether others wait, and a request of this flow would be served before them: then it has had its turn."""
        level = flow.level
        if not self.waiting:
            return False
        if any(other.queues.waiting and other.tag < level.tag for other in self._levels() if other is not level):
            return False
        if not level.queues.is_behind(flow.hand):
            return False
        _advance(level, flow.hand, 1)
        return True

    def put(self, level: Level, item: Waiting) -> bool:
        """False if its queue is full."""
        idle = not level.queues.waiting
        if not level.queues.put(item):
            return False
        if idle:
            tags = [other.tag for other in self._levels() if other.queues.waiting and other is not level]
            level.tag = max(level.tag, min(tags) if tags else self._virtual)
        self.waiting += 1
        return True

    def take(self) -> Next | None:
        """Whose turn it is; None if nobody can have one."""
        if not self.waiting:
            return None
        found: Next | None = None
        for level in self._levels():
            before = level.queues.waiting
            if not before or (found is not None and found.level.tag <= level.tag):
                continue
            item = level.queues.head()
            if item is not None and not item.begun and not self.fits(level, item.width + _spare(level)):
                item = level.queues.head(begun=True)
            self.waiting -= before - level.queues.waiting
            if item is not None:
                found = Next(level, item)
        if found is not None:
            level, item = found
            level.queues.take(item)
            self.waiting -= 1
            self._virtual = level.tag
            _advance(level, item.hand, item.width)
        return found

    def expired(self, now: float) -> Iterator[Waiting]:
        """Take out whoever has waited too long to be begun."""
        for level in self._levels():
            before = level.queues.waiting
            yield from level.queues.expired(now)
            self.waiting -= before - level.queues.waiting


def charge(flow: Flow, width: int, seconds: float) -> None:
    """What was taken for a SLICE has taken that long."""
    level, more = flow.level, (seconds - SLICE) * width
    level.queues.charge(flow.hand, more)
    level.tag += more / max(level.shares, 1)


def _advance(level: Level, hand: Sequence[int], width: int) -> None:
    level.queues.charge(hand, SLICE * width)
    level.tag += SLICE * width / max(level.shares, 1)


def _spare(level: Level) -> int:
    return min(level.nominal // _SPARE, _MOST_SPARE)
