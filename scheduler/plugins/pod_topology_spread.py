"""Spreads pods over nodes, zones and other domains, as far as their constraints demand or prefer.

Pods without constraints that belong to a Service or a controller are spread softly over nodes and zones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from apimachinery.objects import Object
from scheduler.events import Action, ClusterEvent, EventOfInterest, Resource
from scheduler.framework import MAX_SCORE, CycleState
from scheduler.handle import Handle
from scheduler.nodeinfo import HOSTNAME, NodeInfo
from scheduler.plugins.topology import (
    DO_NOT_SCHEDULE,
    SCHEDULE_ANYWAY,
    Constraint,
    Counted,
    constraints_of,
    has_all,
    system_defaults,
)
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import SKIP, Status, unresolvable, unschedulable

_MESSAGE = "node(s) didn't match pod topology spread constraints"
_TOO_SKEWED = unschedulable(_MESSAGE)
_NO_LABEL = unresolvable(f"{_MESSAGE} (missing required label)")
_UNLIMITED = 1 << 31
_IGNORED = -1


class Spread(NamedTuple):
    """Where a hard constraint stands."""

    constraint: Constraint
    domains: Mapping[str, int]
    """The pods that count, by domain."""
    own: int
    """1 if the pod itself counts."""
    least: int

    @classmethod
    def of(cls, constraint: Constraint, domains: Mapping[str, int], own: int) -> Spread:
        enough = len(domains) >= constraint.min_domains
        return cls(constraint, domains, own, min(domains.values(), default=_UNLIMITED) if enough else 0)

    def changed(self, domain: str, by: int) -> Spread:
        return self.of(self.constraint, {**self.domains, domain: self.domains.get(domain, 0) + by}, self.own)


class Soft(NamedTuple):
    """A soft constraint: the pods that count where a node is, and how much each weighs."""

    constraint: Constraint
    counts: Mapping[str, int]
    """By domain; by name for the hostname, since a node is a domain of its own."""
    weight: float


class PodTopologySpread:
    name = "PodTopologySpread"

    def __init__(self, handle: Handle) -> None:
        self._siblings = handle.siblings
        self._score_key = f"{self.name} scores"
        pods = Action.ADD | Action.DELETE | Action.POD_LABEL | Action.POD_OTHER
        nodes = Action.ADD | Action.DELETE | Action.NODE_LABEL | Action.NODE_TAINT
        self.events = (
            EventOfInterest(Resource.ASSIGNED_POD, pods, _counts),
            EventOfInterest(Resource.TARGET_POD, Action.POD_LABEL),
            EventOfInterest(Resource.NODE, nodes, _moves_domains),
        )

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Status | None:
        constraints = constraints_of(pod, DO_NOT_SCHEDULE)
        if not constraints:
            return SKIP
        nodes = [node for node in snapshot.nodes if has_all(node, constraints)]
        state.data[self.name] = tuple(_spread(constraint, pod, nodes, snapshot) for constraint in constraints)
        return None

    def add_pod(self, state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, added, node, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, removed, node, -1)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        spreads: Sequence[Spread] = state.data[self.name]
        for constraint, domains, own, least in spreads:
            domain = node.labels.get(constraint.key)
            if domain is None:
                return _NO_LABEL
            if domains.get(domain, 0) + own - least > constraint.max_skew:
                return _TOO_SKEWED
        return None

    def pre_score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot
    ) -> Status | None:
        explicit = bool(pod.spec.get("topologySpreadConstraints"))
        constraints = constraints_of(pod, SCHEDULE_ANYWAY) if explicit else self._defaults(pod)
        if not constraints:
            return SKIP
        scored = [node for node in nodes if has_all(node, constraints)] if explicit else nodes
        ignored = {node.name for node in nodes} - {node.name for node in scored} if explicit else set()
        counted = constraints if explicit else ()
        softs = [_soft(constraint, pod, scored, snapshot, counted) for constraint in constraints]
        state.data[self._score_key] = (softs, ignored)
        return None

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> list[int]:
        """The weighted number of pods that count; fewer are better."""
        softs, ignored = state.data[self._score_key]
        totals = [0.0] * len(nodes)
        for constraint, counts, weight in softs:
            key, tolerance = constraint.key, float(constraint.max_skew - 1)
            domains: Sequence[str | None] = [node.labels.get(key) for node in nodes]
            places = [node.name for node in nodes] if key == HOSTNAME else domains
            totals = [
                total if domain is None else total + counts.get(place, 0) * weight + tolerance
                for total, domain, place in zip(totals, domains, places, strict=True)
            ]
        scores = [math.floor(total + 0.5) for total in totals]
        if ignored:
            scores = [_IGNORED if node.name in ignored else score for node, score in zip(nodes, scores, strict=True)]
        return scores

    def normalize_scores(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], scores: list[int]
    ) -> list[int]:
        valid = [score for score in scores if score != _IGNORED]
        most, least = max(valid, default=0), min(valid, default=0)
        if most == 0:
            return [0 if score == _IGNORED else MAX_SCORE for score in scores]
        return [0 if score == _IGNORED else MAX_SCORE * (most + least - score) // most for score in scores]

    def _defaults(self, pod: PodInfo) -> tuple[Constraint, ...]:
        selector = self._siblings(pod)
        return () if selector.empty else system_defaults(selector)

    def _suppose(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, by: int) -> None:
        spreads: Sequence[Spread] | None = state.data.get(self.name)
        if not spreads or not has_all(node, [spread.constraint for spread in spreads]):
            return
        state.data[self.name] = tuple(
            spread.changed(node.labels[spread.constraint.key], by)
            if Counted(pod.namespace, spread.constraint.selector).matches(other)
            and spread.constraint.includes(pod, node)
            else spread
            for spread in spreads
        )


def _spread(constraint: Constraint, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> Spread:
    """``nodes``: those that are in a domain of every constraint."""
    counts = snapshot.count(Counted(pod.namespace, constraint.selector))
    domains: dict[str, int] = {}
    for node in nodes:
        if constraint.includes(pod, node):
            domain = node.labels[constraint.key]
            domains[domain] = domains.get(domain, 0) + counts.get(node.name, 0)
    return Spread.of(constraint, domains, int(constraint.selector.matches(pod.labels)))


def _soft(
    constraint: Constraint,
    pod: PodInfo,
    scored: Sequence[NodeInfo],
    snapshot: Snapshot,
    required: Sequence[Constraint],
) -> Soft:
    """``required``: constraints of whose domains a node must be part if its pods are to count."""
    counts = snapshot.count(Counted(pod.namespace, constraint.selector))
    if constraint.key == HOSTNAME:
        return Soft(constraint, counts, math.log(len(scored) + 2))
    domains = dict.fromkeys([node.labels.get(constraint.key, "") for node in scored], 0)
    for name, number in counts.items():
        node = snapshot.by_name[name]
        domain = node.labels.get(constraint.key, "")
        if domain in domains and has_all(node, required) and constraint.includes(pod, node):
            domains[domain] += number
    return Soft(constraint, domains, math.log(len(domains) + 2))


def _counts(pod: PodInfo, event: ClusterEvent) -> bool:
    """The event is about a pod that counts, or counted, for one of the constraints."""
    constraints = constraints_of(pod, DO_NOT_SCHEDULE)
    return any(
        other is not None and other.namespace == pod.namespace and constraint.selector.matches(other.labels)
        for other in (event.old, event.new)
        for constraint in constraints
    )


def _moves_domains(pod: PodInfo, event: ClusterEvent) -> bool:
    """A node came to, left, or changed its place among the domains, or has become one that counts."""
    constraints = constraints_of(pod, DO_NOT_SCHEDULE)
    before, after = _places(event.old, constraints), _places(event.new, constraints)
    if before != after:
        return True
    return after is not None and event.action == Action.NODE_TAINT and any(c.honor_taints for c in constraints)


def _places(node: Object | None, constraints: Sequence[Constraint]) -> tuple[str, ...] | None:
    """The node's domains; None unless it is in one of each constraint."""
    labels: Mapping[str, str] = (node["metadata"].get("labels") or {}) if node is not None else {}
    places = tuple(labels[constraint.key] for constraint in constraints if constraint.key in labels)
    return places if len(places) == len(constraints) else None
