"""Prefers nodes where the pod brings the use of cpu and that of memory closer to each other."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.framework import MAX_SCORE, CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status

_HALF = MAX_SCORE // 2


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
        """From 50 to 100: what the pod does to the balance of the node, so that mending beats leaving well alone."""
        asked = pod.requests.amounts
        return [_HALF + (_HALF + _gain(node, asked.cpu, asked.memory)) // 2 for node in nodes]


def _gain(node: NodeInfo, cpu: int, memory: int) -> int:
    return _balance(node, node.cpu + cpu, node.memory + memory) - _balance(node, node.cpu, node.memory)


def _balance(node: NodeInfo, cpu: int, memory: int) -> int:
    """One minus the standard deviation of the two shares, which is half their difference."""
    cpus, memories = node.allocatable.cpu, node.allocatable.memory
    if not cpus or not memories:
        return MAX_SCORE
    difference = min(cpu / cpus, 1.0) - min(memory / memories, 1.0)
    return int((1 - abs(difference / 2)) * MAX_SCORE)
