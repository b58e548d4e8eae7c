"""How much is too much, as the server is started with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """``reads`` and ``writes`` may be under way at once; with ``fairness`` their sum is shared out to priority levels.

    ``request_timeout``: seconds a request may take; a quarter of them it may wait for its turn, as upstream."""

    fairness: bool = True
    reads: int = 40
    writes: int = 20
    request_timeout: float = 60.0

    @property
    def wait_limit(self) -> float:
        return self.request_timeout / 4 or 15.0

    @property
    def seats(self) -> int:
        return max(self.reads + self.writes, 1)
