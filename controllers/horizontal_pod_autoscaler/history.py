"""What has been recommended for one autoscaler and how it has been scaled, as far back as anybody asks.

Kept in memory only, as upstream does: after a restart an autoscaler is stabilised around the replicas it finds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Recommendation:
    replicas: int
    at: float


@dataclass(frozen=True, slots=True)
class Change:
    """``replicas``: how many were added, or were taken away."""

    replicas: int
    at: float


@dataclass(slots=True)
class History:
    """Times are of a monotonic clock, in seconds."""

    recommendations: list[Recommendation] = field(default_factory=list)
    added: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)

    def recommend(self, replicas: int, now: float, keep: float) -> None:
        """Note a recommendation, and forget those older than ``keep`` seconds."""
        self.recommendations = [one for one in self.recommendations if one.at >= now - keep]
        self.recommendations.append(Recommendation(replicas, now))

    def scaled(self, before: int, after: int, now: float, keep_added: float, keep_removed: float) -> None:
        if after > before:
            self.added = [*_since(self.added, now - keep_added), Change(after - before, now)]
        else:
            self.removed = [*_since(self.removed, now - keep_removed), Change(before - after, now)]

    def net_change(self, period: float, now: float) -> int:
        """How many replicas have come to be in the last ``period`` seconds; negative when more have gone."""
        return sum(one.replicas for one in self.added if one.at > now - period) - sum(
            one.replicas for one in self.removed if one.at > now - period
        )


def _since(changes: Iterable[Change], cutoff: float) -> list[Change]:
    return [one for one in changes if one.at >= cutoff]
