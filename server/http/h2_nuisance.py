"""Counts what an HTTP/2 client sends that costs us something and serves nobody. Pure.

Sources: CVE-2023-44487 (rapid reset), CVE-2019-9512 (pings), -9515 (settings), -9518 (empty frames); nghttp2 limits
resets the same way.
"""

from __future__ import annotations

from collections.abc import Iterable

from h2.events import (
    DataReceived,
    Event,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    StreamReset,
)

BURST = 1000.0
"""So much at once."""
EACH_SECOND = 50.0
"""And so much in each second afterwards."""

_COSTS: dict[type[Event], float] = {
    StreamReset: 1.0,
    PingReceived: 1.0,
    RemoteSettingsChanged: 1.0,
    PriorityUpdated: 0.2,
}
"""Window updates are none: a client that reads long answers sends one for every few frames of them."""


class Nuisance:
    def __init__(self, now: float) -> None:
        self._left = BURST
        self._at = now

    def too_much(self, events: Iterable[Event], now: float) -> bool:
        cost = sum(map(_cost, events))
        if not cost:
            return False
        self._left = min(BURST, self._left + (now - self._at) * EACH_SECOND) - cost
        self._at = now
        return self._left < 0


def _cost(event: Event) -> float:
    if isinstance(event, DataReceived):
        return 0.0 if event.data or event.stream_ended else 1.0
    return _COSTS.get(type(event), 0.0)
