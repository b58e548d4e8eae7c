"""Keeps pods near to, or away from, other pods. Costs nothing while nobody uses it.

Source: pkg/scheduler/framework/plugins/interpodaffinity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from apimachinery.labels import NOTHING, Selector
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import MAX_SCORE, CycleState
from scheduler.handle import Handle
from scheduler.namespaces import Namespaces
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status, unresolvable, unschedulable
from scheduler.terms import NO_AFFINITY, AffinityTerm

_REQUIRED = unresolvable("node(s) didn't match pod affinity rules")
_FORBIDDEN = unschedulable("node(s) didn't match pod anti-affinity rules")
_UNWELCOME = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")

_HARD_WEIGHT = 1
"""Of another pod's required affinity to this one, among its preferences."""

Domain = tuple[str, str]
"""(topology key, value)"""


class Wanted(NamedTuple):
    """A term of the pod with its namespaces found out: equal terms share what was counted for them."""

    selector: Selector
    topology_key: str
    namespaces: frozenset[str] | None
    """None: every namespace."""

    def matches(self, pod: PodInfo) -> bool:
        if self.namespaces is not None and pod.namespace not in self.namespaces:
            return False
        return self.selector.matches(pod.labels)


class AllOf(NamedTuple):
    """Matches the pods that match every term."""

    terms: tuple[Wanted, ...]

    def matches(self, pod: PodInfo) -> bool:
        return all(term.matches(pod) for term in self.terms)


class Matches(NamedTuple):
    """How many pods matter to this one, by domain."""

    required: tuple[Wanted, ...]
    forbidden: tuple[Wanted, ...]
    near: Mapping[Domain, int]
    """Pods that match all required terms."""
    far: Mapping[Domain, int]
    """Pods that match a forbidden term."""
    unwelcome: Mapping[Domain, int]
    """Pods whose own anti-affinity is to this pod."""


class InterPodAffinity:
    name = "InterPodAffinity"

    def __init__(self, handle: Handle) -> None:
        self._namespaces = handle.namespaces
        self._score_key = f"{self.name} scores"
        pods = Action.ADD | Action.DELETE | Action.POD_LABEL | Action.POD_OTHER
        self.events = (
            EventOfInterest(Resource.ASSIGNED_POD, pods, self._matters),
            EventOfInterest(Resource.TARGET_POD, Action.POD_LABEL),
            EventOfInterest(Resource.NODE, Action.ADD | Action.NODE_LABEL, _moves_domains),
        )

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | None:
        affinity = pod.affinity
        unwelcome = self._unwelcome(pod, snapshot) if snapshot.with_anti_affinity else {}
        if not unwelcome and not affinity.required and not affinity.forbidden:
            return SKIP
        required = tuple(resolve(term, self._namespaces) for term in affinity.required)
        forbidden = tuple(resolve(term, self._namespaces) for term in affinity.forbidden)
        near: dict[Domain, int] = {}
        if required:
            together = snapshot.count(AllOf(required))
            for term in required:
                _sum_up(near, term.topology_key, together, snapshot)
        far: dict[Domain, int] = {}
        for term in forbidden:
            _sum_up(far, term.topology_key, snapshot.count(term), snapshot)
        state.data[self.name] = Matches(required, forbidden, near, far, unwelcome)
        return None

    def add_pod(self, state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, added, node, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, removed, node, -1)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        matches: Matches = state.data[self.name]
        if matches.required and not _is_near(matches, pod, node):
            return _REQUIRED
        for term in matches.forbidden:
            value = node.labels.get(term.topology_key)
            if value is not None and matches.far.get((term.topology_key, value), 0) > 0:
                return _FORBIDDEN
        if matches.unwelcome and any(matches.unwelcome.get(label, 0) > 0 for label in node.labels.items()):
            return _UNWELCOME
        return None

    def pre_score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> Status | None:
        affinity = pod.affinity
        if not snapshot.with_affinity and not affinity.preferred and not affinity.avoided:
            return SKIP
        weights: dict[Domain, int] = {}
        for sign, terms in ((1, affinity.preferred), (-1, affinity.avoided)):
            for weight, term in terms:
                counts = snapshot.count(resolve(term, self._namespaces))
                _sum_up(weights, term.topology_key, counts, snapshot, sign * weight)
        for node in snapshot.with_affinity.values():
            for other in node.affinity_pods.values():
                self._add_wishes(weights, other, pod, node)
        if not weights:
            return SKIP
        state.data[self._score_key] = weights
        return None

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        weights: Mapping[Domain, int] = state.data[self._score_key]
        keys = {key for key, _ in weights}
        return [sum(weights.get((key, node.labels.get(key, "")), 0) for key in keys) for node in nodes]

    def normalize_scores(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], scores: list[int]
    ) -> list[int]:
        least, most = min(scores), max(scores)
        if least == most:
            return [0] * len(scores)
        return [int(MAX_SCORE * ((score - least) / (most - least))) for score in scores]

    def _add_wishes(self, weights: dict[Domain, int], other: PodInfo, pod: PodInfo, node: NodeInfo) -> None:
        """What a pod that is there would like of the pod that is coming."""
        wishes = [(_HARD_WEIGHT, term) for term in other.affinity.required]
        wishes += other.affinity.preferred
        wishes += [(-weight, term) for weight, term in other.affinity.avoided]
        for weight, term in wishes:
            value = node.labels.get(term.topology_key)
            if value is not None and self._is_about(term, pod):
                domain = (term.topology_key, value)
                weights[domain] = weights.get(domain, 0) + weight

    def _unwelcome(self, pod: PodInfo, snapshot: Snapshot) -> dict[Domain, int]:
        found: dict[Domain, int] = {}
        for node in snapshot.with_anti_affinity.values():
            for other in node.anti_affinity_pods.values():
                self._count_unwelcome(found, other, pod, node, 1)
        return found

    def _count_unwelcome(self, found: dict[Domain, int], other: PodInfo, pod: PodInfo, node: NodeInfo, by: int) -> None:
        for term in other.affinity.forbidden:
            value = node.labels.get(term.topology_key)
            if value is not None and self._is_about(term, pod):
                domain = (term.topology_key, value)
                found[domain] = found.get(domain, 0) + by

    def _is_about(self, term: AffinityTerm, pod: PodInfo) -> bool:
        return term.matches(pod.namespace, pod.labels, self._namespaces.labels)

    def _suppose(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, by: int) -> None:
        matches: Matches | None = state.data.get(self.name)
        if matches is None:
            return
        near, far, unwelcome = dict(matches.near), dict(matches.far), dict(matches.unwelcome)
        if matches.required and AllOf(matches.required).matches(other):
            _change(near, matches.required, node, by)
        _change(far, [term for term in matches.forbidden if term.matches(other)], node, by)
        self._count_unwelcome(unwelcome, other, pod, node, by)
        state.data[self.name] = matches._replace(near=near, far=far, unwelcome=unwelcome)

    def _matters(self, pod: PodInfo, event: ClusterEvent) -> bool:
        """A pod that this one wants to be near has come, or one that was in its way has gone or changed."""
        old, new = event.old, event.new
        affinity = pod.affinity
        if new is not None and affinity.required and all(self._is_about(term, new) for term in affinity.required):
            return True
        if old is None:
            return False
        in_the_way = any(self._is_about(term, old) for term in affinity.forbidden)
        return in_the_way or any(self._is_about(term, pod) for term in old.affinity.forbidden)


def resolve(term: AffinityTerm, namespaces: Namespaces) -> Wanted:
    selector = term.namespace_selector
    if selector is NOTHING:
        return Wanted(term.selector, term.topology_key, term.namespaces)
    if selector.empty:
        return Wanted(term.selector, term.topology_key, None)
    return Wanted(term.selector, term.topology_key, term.namespaces | namespaces.matching(selector))


def _is_near(matches: Matches, pod: PodInfo, node: NodeInfo) -> bool:
    """In a domain of each term with a pod that matches; the first of its kind may go where there is any domain."""
    found = True
    for term in matches.required:
        value = node.labels.get(term.topology_key)
        if value is None:
            return False
        found = found and matches.near.get((term.topology_key, value), 0) > 0
    return found or (not any(matches.near.values()) and all(term.matches(pod) for term in matches.required))


def _sum_up(
    totals: dict[Domain, int], key: str, counts: Mapping[str, int], snapshot: Snapshot, weight: int = 1
) -> None:
    """Add the counts of nodes to their domains."""
    for name, number in counts.items():
        value = snapshot.by_name[name].labels.get(key)
        if value is not None:
            totals[key, value] = totals.get((key, value), 0) + weight * number


def _change(totals: dict[Domain, int], terms: Iterable[Wanted], node: NodeInfo, by: int) -> None:
    for term in terms:
        value = node.labels.get(term.topology_key)
        if value is not None:
            domain = (term.topology_key, value)
            totals[domain] = totals.get(domain, 0) + by


def _moves_domains(pod: PodInfo, event: ClusterEvent) -> bool:
    """A node came to, or changed its place among, the domains of the pod's terms, or may be free of unwelcome ones."""
    if pod.affinity is NO_AFFINITY:
        return True
    before: Mapping[str, str] = (event.old["metadata"].get("labels") or {}) if event.old is not None else {}
    after: Mapping[str, str] = event.new["metadata"].get("labels") or {}
    if event.old is None and pod.affinity.forbidden:
        return True
    keys = [term.topology_key for term in (*pod.affinity.required, *pod.affinity.forbidden)]
    return not keys or any(before.get(key) != after.get(key) for key in keys)
