"""Finds the node for one pod: which nodes can take it, and which of those is best. Decides, and changes nothing.

Source: pkg/scheduler/schedule_one.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from scheduler.diagnosis import Diagnosis, NoNodes, PluginError, Unfit
from scheduler.filtering import Filtering
from scheduler.framework import CycleState
from scheduler.nodeinfo import NodeInfo
from scheduler.nominator import Nominator
from scheduler.podinfo import PodInfo
from scheduler.profile import Profile
from scheduler.snapshot import Snapshot
from scheduler.status import Code

MIN_FEASIBLE = 100
_MIN_PERCENTAGE = 5


@dataclass(frozen=True, slots=True)
class Choice:
    node: str
    evaluated: int
    feasible: int


class Algorithm:
    """Used by one thread. Remembers where in the list of nodes the last search ended."""

    def __init__(self, profile: Profile, nominator: Nominator, random: Random, percentage: int = 0) -> None:
        """``percentage`` of nodes after which a search for fitting ones may end; 0: by the size of the cluster."""
        self._profile = profile
        self._nominator = nominator
        self._random = random
        self._percentage = percentage
        self._start = 0

    def schedule(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Choice:
        """Raises NoNodes, Unfit or PluginError. When no node fits, PostFilter has its turn before Unfit."""
        if not snapshot.nodes:
            raise NoNodes
        diagnosis = Diagnosis()
        filtering = Filtering(self._profile, self._nominator, state, pod)
        feasible = self._find(filtering, pod, snapshot, diagnosis)
        if not feasible:
            unfit = Unfit(len(snapshot.nodes), diagnosis)
            self._post_filter(state, pod, snapshot, filtering, unfit)
            raise unfit
        evaluated = len(feasible) + len(diagnosis.statuses)
        if len(feasible) == 1:
            return Choice(feasible[0].name, evaluated, 1)
        totals = self._prioritize(state, pod, feasible, snapshot)
        best = max(totals)
        candidates = [index for index, total in enumerate(totals) if total == best]
        index = candidates[0] if len(candidates) == 1 else self._random.choice(candidates)
        return Choice(feasible[index].name, evaluated, len(feasible))

    def _find(self, filtering: Filtering, pod: PodInfo, snapshot: Snapshot, diagnosis: Diagnosis) -> Sequence[NodeInfo]:
        """The nodes that can take the pod: the one where room was made for it, else as many as are wanted."""
        nodes = filtering.prepare(snapshot, diagnosis)
        if not nodes:
            return ()
        nominated = snapshot.by_name.get(self._nominator.node_of(pod.uid))
        if nominated is not None and (found := filtering.feasible([nominated], 0, 1, diagnosis)):
            return found
        wanted = feasible_wanted(len(nodes), self._percentage)
        feasible = filtering.feasible(nodes, self._start % len(nodes), wanted, diagnosis)
        self._start = (self._start + len(feasible) + len(diagnosis.statuses)) % len(snapshot.nodes)
        return feasible

    def _post_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, filtering: Filtering, unfit: Unfit
    ) -> None:
        messages = []
        for plugin in self._profile.post_filter:
            nomination, message = plugin.post_filter(state, pod, snapshot, unfit.diagnosis, filtering)
            if message:
                messages.append(message)
            if nomination is not None:
                unfit.nomination = nomination.node_name
                if nomination.node_name:
                    break
        unfit.diagnosis.post_filter = ", ".join(messages)

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


def feasible_wanted(number: int, percentage: int) -> int:
    """After how many fitting nodes, of so many, the search ends: fewer per cent the larger the cluster is."""
    if number < MIN_FEASIBLE:
        return number
    if not percentage:
        percentage = max(50 - number // 125, _MIN_PERCENTAGE)
    return max(number * percentage // 100, MIN_FEASIBLE)
