"""When a failed key may be tried again: the limiters of client-go's work queues. Thread-safe."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol

from apimachinery.clock import REAL_CLOCK, Clock


class Limiter(Protocol):
    def when(self, key: str) -> float:
        """Seconds until the key may be tried again; counts as a failure of it."""

    def forget(self, key: str) -> None:
        """The key has succeeded."""

    def failures(self, key: str) -> int:
        """How often it has failed since."""


class ExponentialLimiter:
    """``base * 2**failures`` seconds for each key by itself, at most ``limit``."""

    def __init__(self, base: float = 0.005, limit: float = 1000.0) -> None:
        self._base = base
        self._limit = limit
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}

    def when(self, key: str) -> float:
        with self._lock:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
        return min(self._base * 2.0 ** min(failures, 64), self._limit)

    def forget(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def failures(self, key: str) -> int:
        return self._failures.get(key, 0)


class FixedLimiter:
    """The same ``seconds`` every time: for keys that are looked at in an even rhythm, whatever comes of it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def when(self, key: str) -> float:
        return self._seconds

    def forget(self, key: str) -> None:
        """Nothing is remembered."""

    def failures(self, key: str) -> int:
        return 1


class TokenBucket:
    """``rate`` tokens a second, at most ``burst`` saved up."""

    def __init__(self, rate: float, burst: int, clock: Clock = REAL_CLOCK) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._filled_at = clock.monotonic()

    def reserve(self) -> float:
        """Take a token, going into debt if need be; seconds until it is there."""
        with self._lock:
            self._fill()
            self._tokens -= 1
            return max(-self._tokens / self._rate, 0.0)

    def try_take(self) -> bool:
        """Take a token if there is one."""
        with self._lock:
            self._fill()
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self._tokens + (now - self._filled_at) * self._rate, float(self._burst))
        self._filled_at = now


class BucketLimiter:
    """One bucket for all keys together."""

    def __init__(self, rate: float = 10.0, burst: int = 100, clock: Clock = REAL_CLOCK) -> None:
        self._bucket = TokenBucket(rate, burst, clock)

    def when(self, key: str) -> float:
        return self._bucket.reserve()

    def forget(self, key: str) -> None:
        """A bucket knows no keys."""

    def failures(self, key: str) -> int:
        return 0


class SlowestOf:
    """The longest wait that any of the limiters asks for."""

    def __init__(self, limiters: Iterable[Limiter]) -> None:
        self._limiters = tuple(limiters)

    def when(self, key: str) -> float:
        return max(limiter.when(key) for limiter in self._limiters)

    def forget(self, key: str) -> None:
        for limiter in self._limiters:
            limiter.forget(key)

    def failures(self, key: str) -> int:
        return max(limiter.failures(key) for limiter in self._limiters)


def default_limiter(clock: Clock = REAL_CLOCK) -> Limiter:
    """client-go's default for controllers: 5 ms … 1000 s for each key, ten retries a second (burst 100) in all."""
    return SlowestOf((ExponentialLimiter(), BucketLimiter(clock=clock)))
