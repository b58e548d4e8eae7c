"""How much is too much, as the server is started with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """``reads`` and ``writes`` may be under way at once; with ``fairness`` their sum is shared out to priority levels.

    ``wait_limit``: seconds a request may wait for its turn; a quarter of the time it may take, as upstream."""

    fairness: bool = True
    reads: int = 40
    writes: int = 20
    wait_limit: float = 15.0

    @property
    def seats(self) -> int:
        return max(self.reads + self.writes, 1)
