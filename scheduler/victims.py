"""Which pods would have to go so that a pod fits a node, and which node costs least. Pure: only supposes.

Source: pkg/scheduler/framework/plugins/defaultpreemption, pkg/scheduler/framework/preemption.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from apimachinery.labels import Selector, SelectorError, from_label_selector
from apimachinery.objects import Object
from scheduler.framework import CycleState, Trials
from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo
from scheduler.status import Status, unresolvable

NO_VICTIMS = unresolvable("No preemption victims found for incoming pod")

_OFFSET = 1 << 31
"""Makes every priority positive, so that many pods never weigh less than few."""


class Candidate(NamedTuple):
    node: str
    victims: tuple[PodInfo, ...]
    """The most important first."""
    violations: int
    """How many of them a disruption budget protects."""


def select_victims(
    state: CycleState, pod: PodInfo, node: NodeInfo, budgets: Sequence[Budget], trials: Trials
) -> Candidate | Status:
    """The fewest and least important pods whose going would do; a status if none would. Changes nothing it is given."""
    weaker = sorted((other for other in node.pods.values() if other.priority < pod.priority), key=importance)
    if not weaker:
        return NO_VICTIMS
    state, node = state.copy(), node.copy()
    for other in weaker:
        trials.remove(state, other, node)
    status = trials.check(state, node)
    if status is not None:
        return status
    protected, others = protect(weaker, budgets)
    victims: list[PodInfo] = []
    violations = 0
    for group, is_protected in ((protected, True), (others, False)):
        for other in group:
            trials.add(state, other, node)
            if trials.check(state, node) is not None:
                trials.remove(state, other, node)
                victims.append(other)
                violations += is_protected
    victims.sort(key=importance)
    return Candidate(node.name, tuple(victims), violations)


def importance(pod: PodInfo) -> tuple[int, str]:
    """Sorts the most important first: by priority, then by how long it has been running."""
    return -pod.priority, started(pod)


def started(pod: PodInfo) -> str:
    """When it started, as text that sorts; a pod that has not is as if it started now."""
    return str((pod.pod.get("status") or {}).get("startTime") or "9999")


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """The one that hurts least; upstream's order of reasons."""
    return min(candidates, key=_cost)


def _cost(candidate: Candidate) -> tuple[int, int, int, int, str]:
    victims = candidate.victims
    highest = max((victim.priority for victim in victims), default=-_OFFSET)
    first = min((started(victim) for victim in victims if victim.priority == highest), default="9999")
    return (
        candidate.violations,
        highest,
        sum(victim.priority + _OFFSET for victim in victims),
        len(victims),
        _later_is_smaller(first),
    )


def _later_is_smaller(time: str) -> str:
    """Reverses the order of times written alike."""
    return time.translate(_REVERSED)


_REVERSED = str.maketrans("0123456789", "9876543210")


class Budget(NamedTuple):
    """A PodDisruptionBudget."""

    namespace: str
    selector: Selector
    allowed: int
    disrupted: frozenset[str]
    """Names of pods whose disruption it has counted already."""


def budgets_of(objects: Iterable[Object]) -> list[Budget]:
    """Those that protect any pod at all."""
    found = []
    for obj in objects:
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        selector = _selector(spec)
        if selector is not None and not selector.empty and not selector.matches_nothing:
            disrupted = frozenset(status.get("disruptedPods") or ())
            allowed = status.get("disruptionsAllowed") or 0
            found.append(Budget(obj["metadata"]["namespace"], selector, allowed, disrupted))
    return found


def _selector(spec: Mapping[str, Any]) -> Selector | None:
    try:
        return from_label_selector(spec.get("selector"))
    except SelectorError:
        return None


def protect(pods: Iterable[PodInfo], budgets: Sequence[Budget]) -> tuple[list[PodInfo], list[PodInfo]]:
    """(the pods whose going would break a budget, the others), each in the order given."""
    left = [budget.allowed for budget in budgets]
    protected: list[PodInfo] = []
    others: list[PodInfo] = []
    for pod in pods:
        breaks = False
        for index, budget in enumerate(budgets):
            if (
                pod.labels
                and budget.namespace == pod.namespace
                and pod.name not in budget.disrupted
                and budget.selector.matches(pod.labels)
            ):
                left[index] -= 1
                breaks = breaks or left[index] < 0
        (protected if breaks else others).append(pod)
    return protected, others
