"""Keeps pods with scheduling gates out of the queue (KEP-3521)."""

from __future__ import annotations

from scheduler.handle import Handle
from scheduler.podinfo import PodInfo
from scheduler.status import Status, unresolvable


class SchedulingGates:
    name = "SchedulingGates"

    def __init__(self, handle: Handle) -> None:
        pass

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        gates = [str(gate["name"]) for gate in pod.spec.get("schedulingGates") or ()]
        return unresolvable(f"waiting for scheduling gates: [{' '.join(gates)}]") if gates else None
