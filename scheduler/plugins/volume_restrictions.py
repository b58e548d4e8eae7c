"""Keeps pods apart that want the same claim for themselves alone (ReadWriteOncePod)."""

from __future__ import annotations

from apimachinery.volumes import claims_of_pod
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status, unschedulable

_IN_USE = unschedulable("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode")


class _State:
    """Immutable: ``users`` is how many pods have one of the ``claims``."""

    __slots__ = ("claims", "users")

    def __init__(self, claims: frozenset[str], users: int) -> None:
        self.claims = claims
        self.users = users


class VolumeRestrictions:
    name = "VolumeRestrictions"

    def __init__(self, handle: Handle) -> None:
        self._claims = handle.volumes.claims
        self.events = (
            EventOfInterest(Resource.ASSIGNED_POD, Action.DELETE, _shares_a_claim),
            EventOfInterest(Resource.CLAIM, Action.ADD | Action.UPDATE),
        )

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | None:
        if not pod.has_claims:
            return SKIP
        exclusive = frozenset(name for name in claims_of_pod(pod.pod) if self._is_exclusive(f"{pod.namespace}/{name}"))
        if not exclusive:
            return SKIP
        others = (other for node in snapshot.nodes for other in node.pods.values())
        users = sum(_uses(other, pod, exclusive) for other in others)
        state.data[self.name] = _State(exclusive, users)
        return None

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        mine: _State = state.data[self.name]
        return _IN_USE if mine.users else None

    def add_pod(self, state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo) -> None:
        self._count(state, pod, added, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo) -> None:
        self._count(state, pod, removed, -1)

    def _count(self, state: CycleState, pod: PodInfo, other: PodInfo, step: int) -> None:
        mine: _State | None = state.data.get(self.name)
        if mine is not None and _uses(other, pod, mine.claims):
            state.data[self.name] = _State(mine.claims, mine.users + step)

    def _is_exclusive(self, key: str) -> bool:
        claim = self._claims.get(key)
        return claim is not None and "ReadWriteOncePod" in (claim["spec"].get("accessModes") or ())


def _uses(other: PodInfo, pod: PodInfo, claims: frozenset[str]) -> bool:
    return other.has_claims and other.namespace == pod.namespace and not claims.isdisjoint(claims_of_pod(other.pod))


def _shares_a_claim(pod: PodInfo, event: ClusterEvent) -> bool:
    gone: PodInfo = event.old
    return gone.namespace == pod.namespace and not set(claims_of_pod(pod.pod)).isdisjoint(claims_of_pod(gone.pod))
