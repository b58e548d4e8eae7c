"""How fast nodes may be declared lost: when many go at once, it is more likely us than them.

Source: k8s.io/kubernetes pkg/controller/nodelifecycle (ComputeZoneState, ReducedQPSFunc).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from apimachinery.objects import Object
from controllers.node_lifecycle.health import ready_condition

PER_SECOND = 0.1
REDUCED_PER_SECOND = 0.01
LARGE_ZONE = 50
UNHEALTHY_FRACTION = 0.55
_REGION = "topology.kubernetes.io/region"
_ZONE = "topology.kubernetes.io/zone"
_EXCLUDED = "node.kubernetes.io/exclude-disruption"


class Zone(NamedTuple):
    nodes: int
    lost: int


def zone_of(node: Object) -> str:
    labels = node["metadata"].get("labels") or {}
    return f"{labels.get(_REGION, '')}:{labels.get(_ZONE, '')}"


def zones(nodes: Iterable[Object]) -> dict[str, Zone]:
    """Every zone with its nodes that say of themselves, or of which is said, whether they are ready."""
    counts: dict[str, list[bool]] = {}
    for node in nodes:
        if _EXCLUDED not in (node["metadata"].get("labels") or {}):
            ready = ready_condition(node)
            counts.setdefault(zone_of(node), []).append(ready is not None and ready["status"] == "True")
    return {zone: Zone(len(states), states.count(False)) for zone, states in counts.items()}


def is_everything_lost(found: Mapping[str, Zone]) -> bool:
    """No node anywhere is ready: it is we who hear nothing, so nobody is evicted."""
    return bool(found) and all(zone.lost == zone.nodes for zone in found.values())


def evictions_per_second(zone: Zone) -> float:
    """A zone that is lost as a whole, or in small part, at the normal pace; one that is half lost slowly or not."""
    if zone.lost == zone.nodes or zone.lost <= 2 or zone.lost / zone.nodes < UNHEALTHY_FRACTION:
        return PER_SECOND
    return REDUCED_PER_SECOND if zone.nodes > LARGE_ZONE else 0.0


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
