"""The growing pause between attempts that fail: 10 s, doubling to 5 min, forgotten after 10 min without trouble.

Source: k8s.io/client-go/util/flowcontrol/backoff.go as the kubelet uses it for restarts and image pulls.
"""

from __future__ import annotations

from dataclasses import dataclass

BASE = 10.0
LIMIT = 300.0


@dataclass(slots=True)
class Backoff:
    """One key's back-off. All times are epoch seconds; ``delay`` is 0 before the first failure."""

    base: float = BASE
    limit: float = LIMIT
    delay: float = 0.0
    updated: float = 0.0

    def remaining(self, failed_at: float, now: float) -> float:
        """Seconds still to wait after a failure at ``failed_at``; 0 for the first one, which is retried at once."""
        if not self.delay or failed_at - self.updated > 2 * self.limit:
            return 0.0
        return max(0.0, failed_at + self.delay - now)

    def advance(self, failed_at: float, now: float) -> None:
        """Note that another attempt is made."""
        if not self.delay or failed_at - self.updated > 2 * self.limit:
            self.delay = min(self.base, self.limit)
        else:
            self.delay = min(self.delay * 2, self.limit)
        self.updated = now


def go_duration(seconds: float) -> str:
    """How Go prints a duration: ``10s``, ``1m20s``, ``2h0m0s``, ``1.5s``, ``250ms``, ``0s``."""
    if seconds < 1:
        millis = round(seconds * 1000)
        return f"{millis}ms" if millis else "0s"
    whole, millis = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{millis:03d}".rstrip("0") if millis else ""
    text = f"{rest}{fraction}s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
