"""Finds the node for one pod: which nodes can take it, and which of those is best. Pure; changes nothing but its state.

Source: pkg/scheduler/schedule_one.go.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from scheduler.framework import CycleState, FilterPlugin, OnlyNodes
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.profile import Profile
from scheduler.snapshot import Snapshot
from scheduler.status import Code, Status, unresolvable

MIN_FEASIBLE = 100
_MIN_PERCENTAGE = 5


class PluginError(Exception):
    """A plugin answered with an error."""


class NoNodes(Exception):
    """There is no node at all."""

    def __init__(self) -> None:
        super().__init__("no nodes available to schedule pods")


@dataclass(slots=True)
class Diagnosis:
    """Why nodes were turned down."""

    statuses: dict[str, Status] = field(default_factory=dict)
    """By node."""
    absent: Status | None = None
    """Of the nodes that are not in ``statuses``."""
    pre_filter: str = ""
    """PreFilter's message, if the pod fits nowhere at all."""
    plugins: set[str] = field(default_factory=set)
    """Who has rejected the pod."""
    post_filter: str = ""


class Unfit(Exception):
    """No node can take the pod now. Its text is what users read."""

    def __init__(self, number: int, diagnosis: Diagnosis) -> None:
        self.number = number
        self.diagnosis = diagnosis

    def __str__(self) -> str:
        return unfit_message(self.number, self.diagnosis)


@dataclass(frozen=True, slots=True)
class Choice:
    node: str
    evaluated: int
    feasible: int


class Algorithm:
    """Used by one thread. Remembers where in the list of nodes the last search ended."""

    def __init__(self, profile: Profile, random: Random, percentage: int = 0) -> None:
        """``percentage`` of nodes after which a search for fitting ones may end; 0: by the size of the cluster."""
        self._profile = profile
        self._random = random
        self._percentage = percentage
        self._start = 0

    def schedule(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Choice:
        """Raises NoNodes, Unfit or PluginError."""
        if not snapshot.nodes:
            raise NoNodes
        feasible, diagnosis = self._find(state, pod, snapshot)
        if not feasible:
            raise Unfit(len(snapshot.nodes), diagnosis)
        evaluated = len(feasible) + len(diagnosis.statuses)
        if len(feasible) == 1:
            return Choice(feasible[0].name, evaluated, 1)
        totals = self._prioritize(state, pod, feasible, snapshot)
        best = max(totals)
        candidates = [index for index, total in enumerate(totals) if total == best]
        index = candidates[0] if len(candidates) == 1 else self._random.choice(candidates)
        return Choice(feasible[index].name, evaluated, len(feasible))

    def _find(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> tuple[list[NodeInfo], Diagnosis]:
        diagnosis = Diagnosis()
        answer = pre_filter(self._profile, state, pod, snapshot)
        if answer.status is not None:
            diagnosis.absent = answer.status
            diagnosis.pre_filter = answer.status.message
            diagnosis.plugins.add(answer.status.plugin)
            return [], diagnosis
        nodes: Sequence[NodeInfo] = snapshot.nodes
        if answer.nodes is not None:
            nodes = [snapshot.by_name[name] for name in sorted(answer.nodes) if name in snapshot.by_name]
            diagnosis.plugins |= answer.restricting
            restricting = " ".join(sorted(answer.restricting))
            diagnosis.absent = unresolvable(f"node(s) didn't satisfy plugin(s) [{restricting}]")
        feasible = self._filter(state, pod, nodes, answer.filters, diagnosis)
        self._start = (self._start + len(feasible) + len(diagnosis.statuses)) % len(snapshot.nodes)
        return feasible, diagnosis

    def _filter(
        self,
        state: CycleState,
        pod: PodInfo,
        nodes: Sequence[NodeInfo],
        filters: Sequence[FilterPlugin],
        diagnosis: Diagnosis,
    ) -> list[NodeInfo]:
        """The nodes that every filter lets through, at most as many as are wanted."""
        if not nodes:
            return []
        wanted = feasible_wanted(len(nodes), self._percentage)
        start = self._start % len(nodes)
        calls = [plugin.filter for plugin in filters]
        feasible: list[NodeInfo] = []
        for node in itertools.chain(itertools.islice(nodes, start, None), itertools.islice(nodes, start)):
            for call, plugin in zip(calls, filters, strict=True):
                status = call(state, pod, node)
                if status is not None:
                    _turn_down(diagnosis, node.name, plugin.name, status)
                    break
            else:
                feasible.append(node)
                if len(feasible) >= wanted:
                    break
        return feasible

    def _prioritize(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> list[int]:
        """The sum of the weighted scores of each node."""
        profile = self._profile
        skipped = set()
        for plugin in profile.pre_score:
            status = plugin.pre_score(state, pod, nodes, snapshot)
            if status is not None:
                if status.code is not Code.SKIP:
                    raise PluginError(f'running PreScore plugin "{plugin.name}": {status.message}')
                skipped.add(plugin.name)
        totals = [0] * len(nodes)
        for scorer in profile.score:
            name = scorer.name
            if name in skipped:
                continue
            scores = scorer.score(state, pod, nodes)
            normalizer = profile.normalize.get(name)
            if normalizer is not None:
                scores = normalizer.normalize_scores(state, pod, nodes, scores)
            weight = profile.weights[name]
            totals = [total + weight * score for total, score in zip(totals, scores, strict=True)]
        return totals


@dataclass(slots=True)
class PreFiltered:
    status: Status | None = None
    """The pod fits nowhere."""
    nodes: frozenset[str] | None = None
    """The only nodes that can fit; None: any."""
    restricting: set[str] = field(default_factory=set)
    """The plugins that named those."""
    filters: list[FilterPlugin] = field(default_factory=list)
    """The ones that have something to say."""


def pre_filter(profile: Profile, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> PreFiltered:
    """Raises PluginError."""
    result = PreFiltered()
    skipped = set()
    for plugin in profile.pre_filter:
        answer = plugin.pre_filter(state, pod, snapshot)
        if answer is None:
            continue
        if isinstance(answer, OnlyNodes):
            result.nodes = answer.names if result.nodes is None else result.nodes & answer.names
            result.restricting.add(plugin.name)
            if not result.nodes:
                names = " ".join(sorted(result.restricting))
                message = f"node(s) didn't satisfy plugin(s) [{names}] simultaneously"
                if len(result.restricting) == 1:
                    message = f"node(s) didn't satisfy plugin {plugin.name}"
                result.status = unresolvable(message, plugin=plugin.name)
                return result
        elif answer.code is Code.SKIP:
            skipped.add(plugin.name)
        elif answer.rejected:
            result.status = Status(answer.code, answer.reasons, plugin.name)
            return result
        else:
            raise PluginError(f'running PreFilter plugin "{plugin.name}": {answer.message}')
    result.filters = [plugin for plugin in profile.filter if plugin.name not in skipped]
    return result


def feasible_wanted(number: int, percentage: int) -> int:
    """After how many fitting nodes, of so many, the search ends: fewer per cent the larger the cluster is."""
    if number < MIN_FEASIBLE:
        return number
    if not percentage:
        percentage = max(50 - number // 125, _MIN_PERCENTAGE)
    return max(number * percentage // 100, MIN_FEASIBLE)


def unfit_message(number: int, diagnosis: Diagnosis) -> str:
    """``0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. <PostFilter's message>``."""
    parts = [f"0/{number} nodes are available:"]
    if diagnosis.pre_filter:
        parts.append(f"{diagnosis.pre_filter}.")
    else:
        reasons: dict[str, int] = {}
        for status in diagnosis.statuses.values():
            for reason in status.reasons:
                reasons[reason] = reasons.get(reason, 0) + 1
        absent = number - len(diagnosis.statuses)
        if absent > 0 and diagnosis.absent is not None:
            for reason in diagnosis.absent.reasons:
                reasons[reason] = reasons.get(reason, 0) + absent
        if reasons:
            parts.append(", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items())) + ".")
    if diagnosis.post_filter:
        parts.append(diagnosis.post_filter)
    return " ".join(parts)


def _turn_down(diagnosis: Diagnosis, node: str, plugin: str, status: Status) -> None:
    if not status.rejected:
        raise PluginError(f'running "{plugin}" filter plugin: {status.message}')
    diagnosis.statuses[node] = status
    diagnosis.plugins.add(plugin)


FilterCall = Callable[[CycleState, PodInfo, NodeInfo], Status | None]
