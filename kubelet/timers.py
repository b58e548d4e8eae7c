"""Who is to be woken when: a heap with at most one deadline per key."""

from __future__ import annotations

import heapq
import math

_SLACK = 64
"""Replaced entries that may stay in the heap before it is made anew."""


class Timers:
    """Not thread-safe. Moments are any float that only grows, such as monotonic seconds."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._at: dict[str, float] = {}

    def set(self, key: str, at: float) -> None:
        """Wake ``key`` at that moment instead of any earlier wish; inf takes the wish back."""
        if self._at.get(key) == at:
            return
        if math.isinf(at):
            self._at.pop(key, None)
            return
        self._at[key] = at
        heapq.heappush(self._heap, (at, key))
        if len(self._heap) > 2 * len(self._at) + _SLACK:
            self._heap = [(at, key) for key, at in self._at.items()]
            heapq.heapify(self._heap)

    def cancel(self, key: str) -> None:
        self._at.pop(key, None)

    def pop_due(self, now: float) -> str | None:
        """The key whose moment came first, or None; it is no longer scheduled."""
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                return key
        return None

    def due(self, now: float) -> list[str]:
        """All keys whose moment has come, earliest first; they are no longer scheduled."""
        found = []
        while (key := self.pop_due(now)) is not None:
            found.append(key)
        return found

    def next_at(self) -> float:
        """The earliest moment, inf when there is none."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else math.inf

    def __len__(self) -> int:
        return len(self._at)
