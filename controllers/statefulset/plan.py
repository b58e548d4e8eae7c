"""What a set needs next. Pure; source: updateStatefulSet in stateful_set_control.go.

An ordered set does one thing at a time and waits for each pod to be available; a parallel one does all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from apimachinery.objects import Object, is_terminating
from apimachinery.pods import is_pod_available, is_pod_ready, pod_phase
from controllers.shared.intorpercent import scaled
from controllers.statefulset.identity import (
    has_identity,
    is_in_range,
    ordinal_of,
    replicas_of,
    revision_of,
    start_of,
)


class Revisions(NamedTuple):
    """Names: the revision the set comes from, and the one it goes to. Equal: there is nothing to update."""

    current: str
    update: str


@dataclass(slots=True)
class Steps:
    """``create``: ordinals with the revision; ``adjust``: pods that lack their identity; ``need_claims``: ordinals of
    pending pods; ``existing``: all ordinals with a pod, whose claims' owners may have to change; ``condemned``: pods
    beyond the replicas, highest first. ``updated_down``: of ``delete``, those that go for an update.
    """

    create: list[tuple[int, str]] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)
    adjust: list[tuple[Object, int]] = field(default_factory=list)
    need_claims: list[int] = field(default_factory=list)
    existing: list[int] = field(default_factory=list)
    condemned: list[tuple[Object, int]] = field(default_factory=list)
    updated_down: int = 0


def plan(
    statefulset: Object,
    pods: Iterable[Object],
    revisions: Revisions,
    now: datetime,
    claims_ready: Callable[[int], bool] = lambda ordinal: True,
) -> Steps:
    """``pods``: those the set controls; ``claims_ready(ordinal)``: no claim of that pod is about to vanish."""
    steps = Steps()
    if is_terminating(statefulset):
        return steps
    ours = {n: pod for pod in pods if (n := ordinal_of(statefulset, pod)) is not None}
    start = start_of(statefulset)
    wanted = range(start, start + replicas_of(statefulset))
    beyond = sorted((n for n in ours if not is_in_range(statefulset, n)), reverse=True)
    steps.existing, steps.condemned = sorted(ours), [(ours[n], n) for n in beyond]
    ordered = statefulset["spec"].get("podManagementPolicy") != "Parallel"
    if _keep(steps, statefulset, ours, wanted, revisions, now, ordered, claims_ready):
        return steps
    if _condemn(steps, statefulset, ours, wanted, now, ordered):
        return steps
    if (statefulset["spec"].get("updateStrategy") or {}).get("type") != "OnDelete":
        _update(steps, statefulset, ours, wanted, revisions, now)
    return steps


def _keep(
    steps: Steps,
    statefulset: Object,
    ours: Mapping[int, Object],
    wanted: Sequence[int],
    revisions: Revisions,
    now: datetime,
    ordered: bool,
    claims_ready: Callable[[int], bool],
) -> bool:
    """Make and replace pods; whether the set, being ordered, must wait before anything else."""
    for ordinal in wanted:
        pod = ours.get(ordinal)
        if pod is None:
            stop = _make(steps, statefulset, ordinal, revisions, claims_ready) or ordered
        else:
            stop = _look_at(steps, statefulset, pod, ordinal, now, ordered)
        if stop and ordered:
            return True
    return False


def _make(
    steps: Steps, statefulset: Object, ordinal: int, revisions: Revisions, claims_ready: Callable[[int], bool]
) -> bool:
    if not claims_ready(ordinal):
        return True
    steps.create.append((ordinal, _revision_for(statefulset, ordinal, revisions)))
    return False


def _look_at(steps: Steps, statefulset: Object, pod: Object, ordinal: int, now: datetime, ordered: bool) -> bool:
    if pod_phase(pod) in ("Failed", "Succeeded"):
        if not is_terminating(pod):
            steps.delete.append(pod)
        return True
    if pod_phase(pod) == "Pending":
        steps.need_claims.append(ordinal)
    if ordered and (is_terminating(pod) or not is_available(statefulset, pod, now)):
        return True
    if not is_terminating(pod) and not has_identity(statefulset, pod, ordinal):
        steps.adjust.append((pod, ordinal))
    return False


def _revision_for(statefulset: Object, ordinal: int, revisions: Revisions) -> str:
    strategy = statefulset["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return revisions.update
    start, rolling = start_of(statefulset), strategy.get("rollingUpdate")
    if rolling is None:
        kept = (statefulset.get("status") or {}).get("currentReplicas") or 0
    else:
        kept = rolling.get("partition") or 0
    return revisions.current if ordinal < start + kept else revisions.update


def _condemn(
    steps: Steps,
    statefulset: Object,
    ours: Mapping[int, Object],
    wanted: Sequence[int],
    now: datetime,
    ordered: bool,
) -> bool:
    """Delete pods beyond the replicas, from the highest down; whether the set, being ordered, must wait."""
    everyone = [*wanted, *(n for _, n in reversed(steps.condemned))]
    first_down = next((n for n in everyone if n in ours and _is_down(statefulset, ours[n], now)), None)
    for pod, ordinal in steps.condemned:
        if is_terminating(pod):
            if ordered:
                return True
            continue
        if ordered and ordinal != first_down and not is_available(statefulset, pod, now):
            return True
        steps.delete.append(pod)
        if ordered:
            return True
    return False


def _update(
    steps: Steps,
    statefulset: Object,
    ours: Mapping[int, Object],
    wanted: Sequence[int],
    revisions: Revisions,
    now: datetime,
) -> None:
    """Delete pods of another revision from the highest ordinal down to the partition."""
    rolling = (statefulset["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    targets = [ours.get(n) for n in wanted[rolling.get("partition") or 0 :]]
    limit = _max_unavailable(rolling, len(wanted))
    if limit > 1:
        down = sum(1 for n in wanted if n not in ours or _is_down(statefulset, ours[n], now))
        stale = [p for p in reversed(targets) if p is not None and _is_stale(p, revisions)]
        chosen = stale[: max(limit - down, 0)]
    else:
        chosen = _next_one(statefulset, targets, revisions, now)
    steps.delete += [pod for pod in chosen if not any(pod is other for other in steps.delete)]
    steps.updated_down = len(chosen)


def _next_one(
    statefulset: Object, targets: Sequence[Object | None], revisions: Revisions, now: datetime
) -> list[Object]:
    """None among the targets: a pod that has yet to be made, or seen."""
    for pod in reversed(targets):
        if pod is not None and _is_stale(pod, revisions):
            return [pod]
        if pod is None or _is_down(statefulset, pod, now):
            return []
    return []


def _is_stale(pod: Object, revisions: Revisions) -> bool:
    return revision_of(pod) != revisions.update and not is_terminating(pod)


def _max_unavailable(rolling: Mapping[str, Any], replicas: int) -> int:
    value = rolling.get("maxUnavailable")
    return 1 if value is None else max(scaled(value, replicas, round_up=False), 1)


def is_running_and_ready(pod: Mapping[str, Any]) -> bool:
    return pod_phase(pod) == "Running" and is_pod_ready(pod)


def is_available(statefulset: Mapping[str, Any], pod: Mapping[str, Any], now: datetime) -> bool:
    """Running, and ready for so long."""
    return pod_phase(pod) == "Running" and is_pod_available(pod, statefulset["spec"].get("minReadySeconds") or 0, now)


def _is_down(statefulset: Object, pod: Object, now: datetime) -> bool:
    return is_terminating(pod) or not is_available(statefulset, pod, now)
