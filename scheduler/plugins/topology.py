"""Spread constraints, compiled, and what counts towards them (pkg/scheduler/framework/plugins/podtopologyspread)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from apimachinery.labels import NOTHING, Operator, Requirement, Selector, SelectorError, from_label_selector
from apimachinery.pods import tolerates
from scheduler.nodeinfo import HOSTNAME, ZONE, NodeInfo
from scheduler.podinfo import PodInfo

DO_NOT_SCHEDULE = "DoNotSchedule"
SCHEDULE_ANYWAY = "ScheduleAnyway"

_HONOR = "Honor"
_IGNORE = "Ignore"


class Constraint(NamedTuple):
    max_skew: int
    key: str
    selector: Selector
    min_domains: int = 1
    honor_affinity: bool = True
    honor_taints: bool = False

    def includes(self, pod: PodInfo, node: NodeInfo) -> bool:
        """Whether pods on that node count."""
        if self.honor_affinity and pod.selection.restricts and not pod.selection.matches(node.labels, node.name):
            return False
        return not (
            self.honor_taints
            and node.hard_taints
            and any(not tolerates(pod.tolerations, taint) for taint in node.hard_taints)
        )


class Counted(NamedTuple):
    """Matches the pods that count: in the namespace, selected, and not on their way out."""

    namespace: str
    selector: Selector

    def matches(self, pod: PodInfo) -> bool:
        return not pod.terminating and pod.namespace == self.namespace and self.selector.matches(pod.labels)


def constraints_of(pod: PodInfo, action: str) -> tuple[Constraint, ...]:
    """Those of the pod with that ``whenUnsatisfiable``."""
    wanted: Sequence[Mapping[str, Any]] = pod.spec.get("topologySpreadConstraints") or ()
    return tuple(_compile(entry, pod) for entry in wanted if entry.get("whenUnsatisfiable") == action)


def system_defaults(selector: Selector) -> tuple[Constraint, ...]:
    """Upstream's for pods without constraints: a soft spread over nodes, and a softer one over zones."""
    return (Constraint(3, HOSTNAME, selector), Constraint(5, ZONE, selector))


def has_all(node: NodeInfo, constraints: Iterable[Constraint]) -> bool:
    """Whether it is in a domain of each constraint."""
    return all(constraint.key in node.labels for constraint in constraints)


def _compile(entry: Mapping[str, Any], pod: PodInfo) -> Constraint:
    return Constraint(
        entry.get("maxSkew") or 1,
        entry["topologyKey"],
        _selector(entry, pod),
        entry.get("minDomains") or 1,
        (entry.get("nodeAffinityPolicy") or _HONOR) == _HONOR,
        (entry.get("nodeTaintsPolicy") or _IGNORE) == _HONOR,
    )


def _selector(entry: Mapping[str, Any], pod: PodInfo) -> Selector:
    try:
        selector = from_label_selector(entry.get("labelSelector"))
    except SelectorError:
        return NOTHING
    keys: Sequence[str] = entry.get("matchLabelKeys") or ()
    own = [Requirement(key, Operator.EQUALS, (pod.labels[key],)) for key in keys if key in pod.labels]
    if not own or selector.matches_nothing:
        return selector
    return Selector([*own, *selector.requirements])
