"""How long to wait before trying again: exponential, jittered, forgetful after a quiet time (client-go reflector)."""

from __future__ import annotations

from random import Random

from apimachinery.clock import Clock


class Backoff:
    """``initial`` doubles up to ``limit`` seconds; each answer is jittered by up to ``jitter`` times itself."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        *,
        initial: float = 0.8,
        limit: float = 30.0,
        jitter: float = 1.0,
        reset_after: float = 120.0,
    ) -> None:
        self._clock = clock
        self._random = random
        self._initial = initial
        self._limit = limit
        self._jitter = jitter
        self._reset_after = reset_after
        self._next = initial
        self._asked_at = clock.monotonic()

    def next(self) -> float:
        """Seconds to wait now."""
        now = self._clock.monotonic()
        if now - self._asked_at > self._reset_after:
            self._next = self._initial
        self._asked_at = now
        delay = self._next
        self._next = min(delay * 2, self._limit)
        return min(delay * (1 + self._random.random() * self._jitter), self._limit)
