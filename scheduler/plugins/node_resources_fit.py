"""Keeps pods off nodes that have not enough left of what they ask for, and prefers nodes with much left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apimachinery.objects import Object
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import MAX_SCORE, CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.resources import Amounts, parse_amounts
from scheduler.status import Status, unresolvable, unschedulable

_TOO_MANY = "Too many pods"


class NodeResourcesFit:
    name = "NodeResourcesFit"

    def __init__(self, handle: Handle) -> None:
        self.events = (
            EventOfInterest(Resource.ASSIGNED_POD, Action.DELETE),
            EventOfInterest(Resource.ASSIGNED_POD, Action.POD_SCALE_DOWN, _frees_what_it_needs),
            EventOfInterest(Resource.TARGET_POD, Action.POD_SCALE_DOWN),
            EventOfInterest(Resource.NODE, Action.ADD | Action.NODE_ALLOCATABLE, _has_more),
        )

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        asked, has = pod.requests.amounts, node.allocatable
        if (
            len(node.pods) < has.pods
            and asked.cpu <= has.cpu - node.cpu
            and asked.memory <= has.memory - node.memory
            and asked.storage <= has.storage - node.storage
            and not asked.scalars
        ):
            return None
        return _shortage(asked, node)

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        """LeastAllocated: the share of cpu and memory, with equal weight, that would be left."""
        _, cpu, memory = pod.requests
        return [
            _least_allocated(
                node.scored_cpu + cpu, node.allocatable.cpu, node.scored_memory + memory, node.allocatable.memory
            )
            for node in nodes
        ]


def _least_allocated(cpu: int, cpus: int, memory: int, memories: int) -> int:
    if not cpus or not memories:
        return _left(cpu, cpus) if cpus else _left(memory, memories) if memories else 0
    return (_left(cpu, cpus) + _left(memory, memories)) // 2


def _left(used: int, capacity: int) -> int:
    return (capacity - used) * MAX_SCORE // capacity if used < capacity else 0


def _shortage(asked: Amounts, node: NodeInfo) -> Status | None:
    """What is lacking; unresolvable if it would lack on the empty node too."""
    has = node.allocatable
    lacking = _lacking(asked, has, (node.cpu, node.memory, node.storage), node.scalars)
    reasons = [f"Insufficient {name}" for name, _ in lacking]
    if len(node.pods) >= has.pods:
        reasons.insert(0, _TOO_MANY)
    if not reasons:
        return None
    return unresolvable(*reasons) if any(never for _, never in lacking) else unschedulable(*reasons)


def _lacking(
    asked: Amounts, has: Amounts, used: tuple[int, int, int], taken: Mapping[str, int]
) -> list[tuple[str, bool]]:
    """(resource, whether the node has less than that altogether). What is not asked for is not lacking."""
    named = (("cpu", asked.cpu, has.cpu, used[0]), ("memory", asked.memory, has.memory, used[1]))
    rows = [*named, ("ephemeral-storage", asked.storage, has.storage, used[2])]
    rows += [(name, amount, has.scalars.get(name, 0), taken.get(name, 0)) for name, amount in asked.scalars.items()]
    return [(name, amount > total) for name, amount, total, gone in rows if amount > 0 and amount > total - gone]


def _frees_what_it_needs(pod: PodInfo, event: ClusterEvent) -> bool:
    return _is_more(pod.requests.amounts, event.new.requests.amounts, event.old.requests.amounts)


def _is_more(asked: Amounts, less: Amounts, more: Amounts) -> bool:
    """Whether there is more of something that is asked for."""
    if (asked.cpu and more.cpu > less.cpu) or (asked.memory and more.memory > less.memory):
        return True
    if asked.storage and more.storage > less.storage:
        return True
    return any(
        amount and more.scalars.get(name, 0) > less.scalars.get(name, 0) for name, amount in asked.scalars.items()
    )


def _has_more(pod: PodInfo, event: ClusterEvent) -> bool:
    """The node could take the pod if it were empty, and has more than before of something the pod needs."""
    asked, has = pod.requests.amounts, _allocatable(event.new)
    if has.pods < 1 or _lacking(asked, has, (0, 0, 0), {}):
        return False
    if event.old is None:
        return True
    had = _allocatable(event.old)
    return has.pods > had.pods or _is_more(asked, had, has)


def _allocatable(node: Object) -> Amounts:
    return parse_amounts((node.get("status") or {}).get("allocatable"))
