"""Keeps pods to nodes from which their volumes can be reached, and has the volumes bound that wait for a node."""

from __future__ import annotations

from collections.abc import Callable

from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.status import StatusError
from apimachinery.volumes import SELECTED_NODE, annotations_of, bound_volume, claims_of_pod
from client.errors import TransportError
from client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.podvolumes import Binding, Labels, Plan, PodClaims, claims_of, plan_for
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, WAIT, Status, error
from scheduler.volumewaits import VolumeWaits

_CHANGE = Action.ADD | Action.UPDATE


class _State:
    __slots__ = ("assumed", "claims", "labels", "plans")

    def __init__(self, claims: PodClaims) -> None:
        self.claims = claims
        self.plans: dict[str, Plan] = {}
        """By node."""
        self.labels: dict[str, Labels] = {}
        self.assumed: Plan | None = None
        """What is taken for the pod, as it will be written."""


class VolumeBinding:
    name = "VolumeBinding"

    def __init__(self, handle: Handle) -> None:
        self._client = handle.client
        self._volumes = handle.volumes
        self._waits = VolumeWaits(handle.volumes, handle.clock)
        self.events = (
            EventOfInterest(Resource.STORAGE_CLASS, _CHANGE, _class_helps),
            EventOfInterest(Resource.CLAIM, _CHANGE, _is_its_claim),
            EventOfInterest(Resource.VOLUME, _CHANGE),
            EventOfInterest(Resource.NODE, Action.ADD | Action.NODE_LABEL),
            EventOfInterest(Resource.CSI_DRIVER, Action.UPDATE),
            EventOfInterest(Resource.CSI_CAPACITY, _CHANGE),
        )

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | None:
        if not pod.has_claims:
            return SKIP
        claims = claims_of(pod, self._volumes)
        if isinstance(claims, Status):
            return claims
        state.data[self.name] = _State(claims)
        return None

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        mine: _State = state.data[self.name]
        plan = plan_for(mine.claims, node, self._volumes)
        if isinstance(plan, Status):
            return plan
        mine.plans[node.name], mine.labels[node.name] = plan, node.labels
        return None

    def reserve(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        mine: _State | None = state.data.get(self.name)
        plan = mine.plans.get(node_name) if mine is not None else None
        if mine is None or plan is None or (not plan.bindings and not plan.provisions):
            return None
        mine.assumed = Plan(
            tuple(Binding(bound_volume(b.volume, b.claim) or b.volume, b.claim) for b in plan.bindings),
            tuple(_selecting(claim, node_name) for claim in plan.provisions),
        )
        for binding in mine.assumed.bindings:
            self._volumes.volumes.assume(binding.volume)
        for claim in mine.assumed.provisions:
            self._volumes.claims.assume(claim)
        return None

    def unreserve(self, state: CycleState, pod: PodInfo, node_name: str) -> None:
        mine: _State | None = state.data.get(self.name)
        self._waits.drop(pod.uid)
        if mine is None or mine.assumed is None:
            return
        for binding in mine.assumed.bindings:
            self._volumes.volumes.restore(binding.volume)
        for claim in mine.assumed.provisions:
            self._volumes.claims.restore(claim)

    def pre_bind(
        self, state: CycleState, pod: PodInfo, node_name: str, done: Callable[[Status | None], None]
    ) -> Status | None:
        mine: _State | None = state.data.get(self.name)
        if mine is None or mine.assumed is None:
            return None
        try:
            bindings = tuple(self._bind(binding) for binding in mine.assumed.bindings)
            provisions = tuple(self._select(claim) for claim in mine.assumed.provisions)
        except (StatusError, TransportError) as failure:
            return error(str(failure))
        self._waits.add(pod.uid, node_name, mine.labels[node_name], bindings, provisions, done)
        return WAIT

    def keep_house(self) -> None:
        self._waits.expire()

    def _bind(self, binding: Binding) -> Binding:
        """The volume says for whom it is; the binder does the rest."""
        seen = self._volumes.volumes.seen(name_of(binding.volume))
        if seen is not None and seen["spec"].get("claimRef") == binding.volume["spec"].get("claimRef"):
            return binding
        answer = self._client.update(PERSISTENTVOLUMES, "", name_of(binding.volume), binding.volume)
        return Binding(answer, binding.claim)

    def _select(self, claim: Object) -> Object:
        """The annotation starts the provisioner; it is taken away again if that fails."""
        seen = self._volumes.claims.seen(f"{namespace_of(claim)}/{name_of(claim)}")
        if seen is not None and annotations_of(seen) == annotations_of(claim):
            return seen
        return self._client.update(PERSISTENTVOLUMECLAIMS, namespace_of(claim), name_of(claim), claim)


def _selecting(claim: Object, node_name: str) -> Object:
    annotations = {**annotations_of(claim), SELECTED_NODE: node_name}
    return {**claim, "metadata": {**claim["metadata"], "annotations": annotations}}


def _is_its_claim(pod: PodInfo, event: ClusterEvent) -> bool:
    claim: Object = event.new
    return namespace_of(claim) == pod.namespace and name_of(claim) in claims_of_pod(pod.pod)


def _class_helps(pod: PodInfo, event: ClusterEvent) -> bool:
    if event.old is None:
        return True
    return bool(event.old.get("allowedTopologies") != event.new.get("allowedTopologies"))
