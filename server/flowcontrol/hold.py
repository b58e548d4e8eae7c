"""For how long a crowd is held back while others wait for a commit: beside it that would take several times as long.
Pure."""

from __future__ import annotations

LONGEST = 0.001
"""Seconds, for one commit: beside nobody it takes half as long."""
SHARE = 0.5
"""Of all time."""
_SAVED = 0.005
"""Seconds that may be had at once of time that has not been taken."""


class Hold:
    """Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._waiting = 0
        self._until = 0.0
        self.on = False
        """Until the next look."""
        self._looked = 0.0
        self._left = _SAVED

    def begin(self, now: float) -> None:
        """One more waits."""
        self._waiting += 1
        self._until = now + LONGEST

    def end(self) -> None:
        self._waiting -= 1

    def look(self, now: float, *, wanted: bool) -> bool:
        """Whether the crowd is held back until the next look; not if it is not ``wanted``."""
        passed = now - self._looked
        self._looked = now
        if self.on:
            self._left -= passed
        self._left = min(self._left + passed * SHARE, _SAVED)
        self.on = wanted and self._waiting > 0 and now < self._until and self._left > 0
        return self.on
