"""How long to wait before starting again what has ended."""

from __future__ import annotations

from dataclasses import dataclass

FIRST = 1.0
LONGEST = 30.0
STEADY = 60.0


@dataclass(slots=True)
class Backoff:
    """Doubles from FIRST to LONGEST seconds; starts over once something has lived for STEADY seconds."""

    _next: float = FIRST

    def after(self, lived: float) -> float:
        """The pause after something that lived for so many seconds."""
        if lived >= STEADY:
            self._next = FIRST
        pause = self._next
        self._next = min(LONGEST, pause * 2)
        return pause
