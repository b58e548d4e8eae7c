"""Makes room for a pod of higher priority by evicting pods of lower priority from one node (PostFilter)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from apimachinery.objects import Object, find_condition
from apimachinery.status import NotFound, StatusError
from apimachinery.timefmt import format_time
from client.api import STRATEGIC
from client.errors import TransportError
from client.recorder import NORMAL
from client.resources import PODS
from scheduler.diagnosis import Diagnosis, unfit_message
from scheduler.framework import CycleState, Nomination, Trials
from scheduler.handle import Handle
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.snapshot import Snapshot
from scheduler.status import Code, Status, unresolvable
from scheduler.victims import Candidate, budgets_of, choose, select_victims

log = logging.getLogger(__name__)

_HOPELESS = unresolvable("Preemption is not helpful for scheduling")
_REASON = "PreemptionByScheduler"
_LEAST_CANDIDATES = 100
_CANDIDATES_PERCENTAGE = 10
_PATIENCE = 30.0
"""Seconds in which evicted pods must be seen to go; after that others may be evicted for the same pod."""


class DefaultPreemption:
    name = "DefaultPreemption"

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._under_way: dict[str, tuple[float, Candidate]] = {}
        """By uid of the pod that needs room: until when, and what is being evicted for it."""

    def post_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, diagnosis: Diagnosis, trials: Trials
    ) -> tuple[Nomination | None, str]:
        nominated = self._handle.nominator.node_of(pod.uid)
        if refusal := self._refusal(pod, nominated, snapshot, diagnosis):
            return None, f"preemption: {refusal}"
        hopeful = [node for node in snapshot.nodes if _may_help(diagnosis.status_of(node.name))]
        candidates, failures = self._candidates(state, pod, hopeful, trials)
        if not candidates:
            verdict = Diagnosis(failures, absent=_HOPELESS)
            return Nomination(""), f"preemption: {unfit_message(len(snapshot.nodes), verdict)}"
        best = choose(candidates)
        self._evict(pod, best)
        return Nomination(best.node), ""

    def _refusal(self, pod: PodInfo, nominated: str, snapshot: Snapshot, diagnosis: Diagnosis) -> str:
        """Why the pod may not preempt now; "" if it may."""
        if pod.spec.get("preemptionPolicy") == "Never":
            return "not eligible due to preemptionPolicy=Never."
        if self._is_under_way(pod, snapshot):
            return "waiting for the preemption for this pod to be finished"
        node = snapshot.by_name.get(nominated)
        if node is None:
            return ""
        status = diagnosis.status_of(nominated)
        if status is not None and status.code is Code.UNSCHEDULABLE_AND_UNRESOLVABLE:
            return ""
        if any(other.priority < pod.priority and _is_being_evicted(other) for other in node.pods.values()):
            return "not eligible due to a terminating pod on the nominated node."
        return ""

    def _is_under_way(self, pod: PodInfo, snapshot: Snapshot) -> bool:
        """Whether pods evicted for it do not show it yet."""
        entry = self._under_way.get(pod.uid)
        if entry is None:
            return False
        until, candidate = entry
        node = snapshot.by_name.get(candidate.node)
        there = node.pods if node is not None else {}
        staying = (there.get(victim.uid) for victim in candidate.victims)
        if self._handle.clock.monotonic() < until and any(other and not other.terminating for other in staying):
            return True
        self._under_way.pop(pod.uid, None)
        return False

    def _candidates(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo], trials: Trials
    ) -> tuple[list[Candidate], dict[str, Status]]:
        """Nodes where evicting would help, and why it would not on the others; starts anywhere, ends with enough."""
        if not nodes:
            return [], {}
        budgets = budgets_of(self._handle.budgets())
        enough = max(len(nodes) * _CANDIDATES_PERCENTAGE // 100, _LEAST_CANDIDATES)
        offset = self._handle.random.randrange(len(nodes))
        candidates: list[Candidate] = []
        failures: dict[str, Status] = {}
        unharmed = False
        for node in (*nodes[offset:], *nodes[:offset]):
            found = select_victims(state, pod, node, budgets, trials)
            if isinstance(found, Status):
                failures[node.name] = found
                continue
            candidates.append(found)
            unharmed = unharmed or not found.violations
            if unharmed and len(candidates) >= enough:
                break
        return candidates, failures

    def _evict(self, pod: PodInfo, candidate: Candidate) -> None:
        """In the background. Weaker pods nominated for the node lose their claim and look for another."""
        now = self._handle.clock.monotonic()
        self._under_way = {uid: entry for uid, entry in self._under_way.items() if entry[0] > now}
        self._under_way[pod.uid] = (now + _PATIENCE, candidate)
        for weaker in self._handle.nominator.weaker(candidate.node, pod):
            self._handle.nominator.remove(weaker.uid)
        for victim in candidate.victims:
            self._handle.writes.submit(victim.uid, partial(self._evict_one, pod, victim, candidate))

    def _evict_one(self, pod: PodInfo, victim: PodInfo, candidate: Candidate) -> None:
        client = self._handle.client
        try:
            patch = self._disruption(pod, victim)
            client.patch(PODS, victim.namespace, victim.name, patch, kind=STRATEGIC, subresource="status")
            client.delete(PODS, victim.namespace, victim.name, uid=victim.uid)
        except NotFound:
            return
        except (StatusError, TransportError) as error:
            log.warning("cannot evict pod %s: %s", victim.key, error)
            self._under_way.pop(pod.uid, None)
            return
        self._handle.recorder.event(
            victim.pod, NORMAL, "Preempted", f"Preempted by pod {pod.uid} on node {candidate.node}"
        )

    def _disruption(self, pod: PodInfo, victim: PodInfo) -> Object:
        name = pod.spec.get("schedulerName") or ""
        condition: Object = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": _REASON,
            "message": f"{name}: preempting to accommodate a higher priority pod",
            "lastTransitionTime": format_time(self._handle.clock.now()),
        }
        generation = victim.pod["metadata"].get("generation")
        if generation:
            condition["observedGeneration"] = generation
        return {"metadata": {"uid": victim.uid}, "status": {"conditions": [condition]}}


def _may_help(status: Status | None) -> bool:
    """Only where something is in the way that can be evicted."""
    return status is not None and status.code is Code.UNSCHEDULABLE


def _is_being_evicted(pod: PodInfo) -> bool:
    condition = find_condition(pod.pod, "DisruptionTarget")
    return pod.terminating and condition is not None and condition.get("reason") == _REASON
