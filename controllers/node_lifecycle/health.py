"""When a node counts as lost, and what its conditions say then. Pure: probes are remembered by the caller.

A node is heard from when its Lease is renewed or its status is reported. What counts is when *we* saw that change, not
the times written in it: clocks of nodes are not to be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apimachinery.objects import Object
from apimachinery.timefmt import format_time

GRACE = 50.0
"""Seconds without a sign of life after which a node's state is unknown."""
STARTUP_GRACE = 60.0
"""The same for a node that has never reported."""
NEVER = "NodeStatusNeverUpdated"
UNKNOWN = "NodeStatusUnknown"
_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_NEVER_MESSAGE = "Kubelet never posted node status."
_UNKNOWN_MESSAGE = "Kubelet stopped posting node status."


@dataclass(frozen=True, slots=True)
class Heard:
    """What was last seen of a node: its Lease's renewal, its Ready condition's heartbeat, and when (monotonic)."""

    renewed: str
    reported: str
    at: float


def ready_condition(node: Object) -> Object | None:
    return next((c for c in (node.get("status") or {}).get("conditions") or () if c["type"] == "Ready"), None)


def listen(before: Heard | None, node: Object, lease: Object | None, now: float) -> Heard:
    """Note a sign of life, if there is a new one."""
    renewed = str(((lease or {}).get("spec") or {}).get("renewTime") or "")
    reported = str((ready_condition(node) or {}).get("lastHeartbeatTime") or "")
    if before is not None and (before.renewed, before.reported) == (renewed, reported):
        return before
    return Heard(renewed, reported, now)


def is_lost(node: Object, heard: Heard, now: float) -> bool:
    grace = GRACE if ready_condition(node) is not None else STARTUP_GRACE
    return now - heard.at > grace


def lost_conditions(node: Object, now: datetime) -> list[Object]:
    """The node's conditions with all that the kubelet maintains turned to Unknown; equal to them when they are."""
    conditions = [dict(c) for c in (node.get("status") or {}).get("conditions") or ()]
    by_type = {c["type"]: c for c in conditions}
    for kind in _CONDITIONS:
        condition = by_type.get(kind)
        if condition is None:
            created = node["metadata"].get("creationTimestamp")
            conditions.append(
                {
                    "type": kind,
                    "status": "Unknown",
                    "reason": NEVER,
                    "message": _NEVER_MESSAGE,
                    "lastHeartbeatTime": created,
                    "lastTransitionTime": format_time(now),
                }
            )
        elif condition["status"] != "Unknown":
            condition["status"] = "Unknown"
            condition["reason"] = UNKNOWN
            condition["message"] = _UNKNOWN_MESSAGE
            condition["lastTransitionTime"] = format_time(now)
    return conditions
