"""Keeps pods off nodes with taints they do not tolerate, and prefers nodes with few PreferNoSchedule taints."""

from __future__ import annotations

from collections.abc import Sequence

from apimachinery.objects import Object
from apimachinery.pods import tolerates, untolerated_taint
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState, normalize
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status, unresolvable

_EFFECTS = ("NoSchedule", "NoExecute")
_UNTOLERATED = unresolvable("node(s) had untolerated taint(s)")


class TaintToleration:
    name = "TaintToleration"

    def __init__(self, handle: Handle) -> None:
        self.events = (
            EventOfInterest(Resource.NODE, Action.ADD | Action.NODE_TAINT, _tolerates_now),
            EventOfInterest(Resource.TARGET_POD, Action.POD_TOLERATION),
        )

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        for taint in node.hard_taints:
            if not tolerates(pod.tolerations, taint):
                return _UNTOLERATED
        return None

    def pre_score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> Status | None:
        if not snapshot.soft_tainted:
            return SKIP
        soft = [
            toleration for toleration in pod.tolerations if toleration.get("effect") in (None, "", "PreferNoSchedule")
        ]
        state.data[self.name] = soft
        return None

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        """The number of PreferNoSchedule taints it does not tolerate."""
        soft = state.data[self.name]
        return [sum(not tolerates(soft, taint) for taint in node.soft_taints) for node in nodes]

    def normalize_scores(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], scores: list[int]
    ) -> list[int]:
        return normalize(scores, reverse=True)


def _tolerates_now(pod: PodInfo, event: ClusterEvent) -> bool:
    return not _repels(event.new, pod) and (event.old is None or _repels(event.old, pod))


def _repels(node: Object, pod: PodInfo) -> bool:
    taints = (node.get("spec") or {}).get("taints") or ()
    return untolerated_taint(taints, pod.tolerations, _EFFECTS) is not None
