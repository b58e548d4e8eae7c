"""Lets a pod that names its node go there only; the API server gives such a pod to no scheduler, but one may ask."""

from __future__ import annotations

from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status, unresolvable

_OTHER = unresolvable("node(s) didn't match the requested node name")


class NodeName:
    name = "NodeName"

    def __init__(self, handle: Handle) -> None:
        self.events = (EventOfInterest(Resource.NODE, Action.ADD, _is_named),)

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | None:
        return None if pod.node_name else SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return None if pod.node_name in ("", node.name) else _OTHER


def _is_named(pod: PodInfo, event: ClusterEvent) -> bool:
    return bool(event.new["metadata"]["name"] == pod.node_name)
