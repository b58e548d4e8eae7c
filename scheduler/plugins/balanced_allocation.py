"""Prefers nodes whose cpu and memory would be used to the same degree."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.framework import MAX_SCORE, CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status


class BalancedAllocation:
    name = "NodeResourcesBalancedAllocation"

    def __init__(self, handle: Handle) -> None:
        pass

    def pre_score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> Status | None:
        """A pod that asks for neither would go to the same node again and again."""
        asked = pod.requests.amounts
        return None if asked.cpu or asked.memory else SKIP

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        asked = pod.requests.amounts
        return [_balance(node, node.cpu + asked.cpu, node.memory + asked.memory) for node in nodes]


def _balance(node: NodeInfo, cpu: int, memory: int) -> int:
    """One minus the standard deviation of the two shares, which is half their difference."""
    cpus, memories = node.allocatable.cpu, node.allocatable.memory
    if not cpus or not memories:
        return MAX_SCORE
    difference = min(cpu / cpus, 1.0) - min(memory / memories, 1.0)
    return int((1 - abs(difference / 2)) * MAX_SCORE)
