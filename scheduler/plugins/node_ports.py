"""Keeps pods that claim a port of the node off nodes where it is taken."""

from __future__ import annotations

from collections.abc import Iterable

from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import HostPort, PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status, unschedulable

_TAKEN = unschedulable("node(s) didn't have free ports for the requested pod ports")
_EVERY_ADDRESS = "0.0.0.0"


class NodePorts:
    name = "NodePorts"

    def __init__(self, handle: Handle) -> None:
        self.events = (
            EventOfInterest(Resource.ASSIGNED_POD, Action.DELETE, _frees_a_port),
            EventOfInterest(Resource.NODE, Action.ADD),
        )

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | None:
        return None if pod.ports else SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return _TAKEN if node.ports and conflict(pod.ports, node.ports) else None


def conflict(wanted: Iterable[HostPort], taken: Iterable[HostPort]) -> bool:
    """Whether one of the ports is taken; a claim on every address meets a claim on any."""
    return any(
        one.port == other.port and one.protocol == other.protocol and _meet(one.ip, other.ip)
        for one in wanted
        for other in taken
    )


def _meet(one: str, other: str) -> bool:
    return one == other or _EVERY_ADDRESS in (one, other)


def _frees_a_port(pod: PodInfo, event: ClusterEvent) -> bool:
    return conflict(pod.ports, event.old.ports)
