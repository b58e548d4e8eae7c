"""What a controller has done but not yet seen: it must not act on a cache that lacks its own writes.

Semantics of k8s.io/kubernetes/pkg/controller/controller_utils.go (UIDTrackingControllerExpectations). Thread-safe.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from apimachinery.clock import REAL_CLOCK, Clock

TTL = 300.0
"""Seconds after which an expectation no longer holds its controller up: an event may have been missed for good."""


class _Expectation:
    __slots__ = ("adds", "deletes", "since")

    def __init__(self, adds: int, deletes: set[str], since: float) -> None:
        self.adds = adds
        self.deletes = deletes
        self.since = since


class Expectations:
    """One expectation per controller key; deletions are counted by the key of the object that is to vanish."""

    def __init__(self, clock: Clock = REAL_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._expected: dict[str, _Expectation] = {}

    def expect(self, key: str, adds: int = 0, deletes: Iterable[str] = ()) -> None:
        """Before writing: so many creations and these deletions will be seen. Replaces what was expected."""
        with self._lock:
            self._expected[key] = _Expectation(adds, set(deletes), self._clock.monotonic())

    def raise_by(self, key: str, adds: int = 0, deletes: Iterable[str] = ()) -> None:
        """Expect more than before; nothing happens when nothing was expected."""
        with self._lock:
            expectation = self._expected.get(key)
            if expectation is not None:
                expectation.adds += adds
                expectation.deletes |= set(deletes)

    def creation_observed(self, key: str) -> None:
        """A creation was seen, or has failed and will not be."""
        with self._lock:
            expectation = self._expected.get(key)
            if expectation is not None:
                expectation.adds -= 1

    def deletion_observed(self, key: str, object_key: str) -> None:
        """The object's deletion was seen (or has failed); one that was not expected does not count."""
        with self._lock:
            expectation = self._expected.get(key)
            if expectation is not None:
                expectation.deletes.discard(object_key)

    def satisfied(self, key: str) -> bool:
        """Whether the controller may act: everything was seen, nothing expected, or it took too long."""
        with self._lock:
            expectation = self._expected.get(key)
            if expectation is None or (expectation.adds <= 0 and not expectation.deletes):
                return True
            return self._clock.monotonic() - expectation.since > TTL

    def forget(self, key: str) -> None:
        """The controller object is gone."""
        with self._lock:
            self._expected.pop(key, None)
