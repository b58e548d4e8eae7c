"""A queue of keys to reconcile (client-go util/workqueue).

A key that is waiting is not queued twice; a key that is being worked on is never handed to a second worker, but queued
again when the first is done. Thread-safe.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque

from apimachinery.clock import REAL_CLOCK, Clock
from client.ratelimit import Limiter, default_limiter


class WorkQueue:
    def __init__(self, clock: Clock = REAL_CLOCK, limiter: Limiter | None = None) -> None:
        self._clock = clock
        self._limiter = limiter or default_limiter(clock)
        self._condition = threading.Condition()
        self._ready: deque[str] = deque()
        self._dirty: set[str] = set()  # to be worked on: waiting, or changed while being worked on
        self._processing: set[str] = set()
        self._later: list[tuple[float, str]] = []  # a heap
        self._later_at: dict[str, float] = {}  # the entry of the heap that counts
        self._shut_down = False

    def add(self, key: str) -> None:
        with self._condition:
            if self._add(key):
                self._condition.notify()

    def add_after(self, key: str, seconds: float) -> None:
        """Add it when so much time has passed; of several such times the earliest counts."""
        if seconds <= 0:
            self.add(key)
            return
        with self._condition:
            due = self._clock.monotonic() + seconds
            if self._shut_down or self._later_at.get(key, due + 1) <= due:
                return
            self._later_at[key] = due
            heapq.heappush(self._later, (due, key))
            if self._later[0] == (due, key):
                self._condition.notify()  # someone must wait less long than before

    def add_rate_limited(self, key: str) -> None:
        """Add it when its limiter allows: after a failure."""
        self.add_after(key, self._limiter.when(key))

    def forget(self, key: str) -> None:
        """The key has succeeded: its next failure is its first. Does not take it out of the queue."""
        self._limiter.forget(key)

    def failures(self, key: str) -> int:
        return self._limiter.failures(key)

    def get(self, timeout: float | None = None) -> str | None:
        """The next key, which must be given back with :meth:`done`.

        None after :meth:`shut_down`, or when none has come in ``timeout`` seconds.
        """
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        with self._condition:
            while not self._shut_down:
                now = self._clock.monotonic()
                self._promote(now)
                if self._ready:
                    key = self._ready.popleft()
                    self._processing.add(key)
                    self._dirty.discard(key)
                    if self._ready:
                        self._condition.notify()
                    return key
                if deadline is not None and now >= deadline:
                    return None
                self._condition.wait(self._nap(now, deadline))
        return None

    def done(self, key: str) -> None:
        with self._condition:
            self._processing.discard(key)
            if key in self._dirty and not self._shut_down:
                self._ready.append(key)
                self._condition.notify()

    def shut_down(self) -> None:
        """Every get returns None from now on, what is queued is dropped, nothing can be added. May be called twice."""
        with self._condition:
            self._shut_down = True
            self._condition.notify_all()

    @property
    def shutting_down(self) -> bool:
        return self._shut_down

    def __len__(self) -> int:
        """Keys that could be worked on now."""
        with self._condition:
            self._promote(self._clock.monotonic())
            return len(self._ready)

    def _add(self, key: str) -> bool:
        """Whether it now waits (it may wait already, or be in work)."""
        if self._shut_down or key in self._dirty:
            return False
        self._dirty.add(key)
        if key in self._processing:
            return False
        self._ready.append(key)
        return True

    def _promote(self, now: float) -> None:
        """Move what is due from the heap to the queue."""
        while self._later and self._later[0][0] <= now:
            due, key = heapq.heappop(self._later)
            if self._later_at.get(key) == due:
                del self._later_at[key]
                self._add(key)

    def _nap(self, now: float, deadline: float | None) -> float | None:
        """Seconds until something may have become due."""
        times = [self._later[0][0]] if self._later else []
        if deadline is not None:
            times.append(deadline)
        return min(times) - now if times else None
