"""Sends pods to nodes whose labels and names their nodeSelector and node affinity ask for."""

from __future__ import annotations

from collections.abc import Sequence

from apimachinery.objects import Object, name_of
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState, OnlyNodes, normalize
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status, unresolvable

_NO_MATCH = unresolvable("node(s) didn't match Pod's node affinity/selector")
_CONFLICT = unresolvable("pod affinity terms conflict")


class NodeAffinity:
    name = "NodeAffinity"

    def __init__(self, handle: Handle) -> None:
        self.events = (EventOfInterest(Resource.NODE, Action.ADD | Action.NODE_LABEL, _matches_now),)

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | OnlyNodes | None:
        if not pod.selection.restricts:
            return SKIP
        names = pod.selection.names()
        if names is None:
            return None
        return OnlyNodes(names) if names else _CONFLICT

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return None if pod.selection.matches(node.labels, node.name) else _NO_MATCH

    def pre_score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> Status | None:
        return None if pod.selection.preferred else SKIP

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        return [pod.selection.score(node.labels, node.name) for node in nodes]

    def normalize_scores(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], scores: list[int]
    ) -> list[int]:
        return normalize(scores)


def _matches_now(pod: PodInfo, event: ClusterEvent) -> bool:
    return _matches(pod, event.new) and (event.old is None or not _matches(pod, event.old))


def _matches(pod: PodInfo, node: Object) -> bool:
    return pod.selection.matches(node["metadata"].get("labels") or {}, name_of(node))
