"""Keeps pods off cordoned nodes, unless they tolerate the taint that stands for that."""

from __future__ import annotations

from apimachinery.pods import tolerates
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.status import Status, unresolvable

TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}

_CORDONED = unresolvable("node(s) were unschedulable")


class NodeUnschedulable:
    name = "NodeUnschedulable"

    def __init__(self, handle: Handle) -> None:
        self.events = (
            EventOfInterest(Resource.NODE, Action.ADD | Action.NODE_TAINT, _is_open),
            EventOfInterest(Resource.TARGET_POD, Action.POD_TOLERATION, _tolerates_now),
        )

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        if not node.unschedulable or tolerates(pod.tolerations, TAINT):
            return None
        return _CORDONED


def _is_open(pod: PodInfo, event: ClusterEvent) -> bool:
    if (event.new.get("spec") or {}).get("unschedulable"):
        return False
    return event.old is None or bool((event.old.get("spec") or {}).get("unschedulable"))


def _tolerates_now(pod: PodInfo, event: ClusterEvent) -> bool:
    return tolerates(pod.tolerations, TAINT)
