"""How fast nodes may be declared lost: when many go at once, it is more likely us than them.

Source: k8s.io/kubernetes pkg/controller/nodelifecycle (ComputeZoneState, ReducedQPSFunc).
"""

from __future__ import annotations

from dataclasses import dataclass

from apimachinery.objects import Object

PER_SECOND = 0.1
REDUCED_PER_SECOND = 0.01
LARGE_ZONE = 50
UNHEALTHY_FRACTION = 0.55
_REGION = "topology.kubernetes.io/region"
_ZONE = "topology.kubernetes.io/zone"


def zone_of(node: Object) -> str:
    labels = node["metadata"].get("labels") or {}
    return f"{labels.get(_REGION, '')}:{labels.get(_ZONE, '')}"


def evictions_per_second(total: int, lost: int, *, all_zones_lost: bool) -> float:
    """Of a zone of ``total`` nodes with ``lost`` not ready. When every zone is gone nothing is evicted: 0."""
    if all_zones_lost:
        return 0.0
    if lost == total or lost <= 2 or lost / total < UNHEALTHY_FRACTION:
        return PER_SECOND
    return REDUCED_PER_SECOND if total > LARGE_ZONE else 0.0


@dataclass(slots=True)
class Bucket:
    """Lets one through at once and then so many a second."""

    tokens: float = 1.0
    at: float = 0.0

    def take(self, rate: float, now: float) -> bool:
        """``now``: monotonic seconds."""
        self.tokens = min(1.0, self.tokens + (now - self.at) * rate)
        self.at = now
        if self.tokens < 1.0 or rate <= 0:
            return False
        self.tokens -= 1.0
        return True
