"""What happened in the cluster while a pod was being scheduled, so that no change is missed between two queues."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence

from scheduler.events import ClusterEvent


class InFlight:
    """The pods being tried and the events since the first of them was taken. Guarded by the queue's lock."""

    def __init__(self) -> None:
        self._events: deque[ClusterEvent] = deque()
        self._first = 0
        """The position of the oldest event kept."""
        self._starts: dict[str, int] = {}
        """At which position each pod was taken, in order."""

    def begin(self, uid: str) -> None:
        self._starts[uid] = self._first + len(self._events)

    def note(self, event: ClusterEvent) -> None:
        if self._starts:
            self._events.append(event)

    def end(self, uid: str) -> Sequence[ClusterEvent]:
        """What happened since ``begin``."""
        start = self._starts.get(uid)
        if start is None:
            return ()
        missed = tuple(itertools.islice(self._events, start - self._first, None))
        self.drop(uid)
        return missed

    def drop(self, uid: str) -> None:
        """Nobody will ask for this pod; events nobody needs any more are forgotten."""
        if self._starts.pop(uid, None) is None:
            return
        oldest = next(iter(self._starts.values()), self._first + len(self._events))
        while self._first < oldest:
            self._events.popleft()
            self._first += 1
