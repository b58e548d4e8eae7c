"""Which pods a job needs and which it has too many. Pure; source: manageJob in job_controller.go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apimachinery.objects import Object
from controllers.job.assessment import Assessment
from controllers.job.backoff import remaining_of_index
from controllers.job.indexes import first_pending, index_of, indexes_of, is_indexed
from controllers.job.policies import only_replaces_failed
from controllers.shared.pods import is_pod_terminating
from controllers.shared.ranking import plain_deletion_order

BURST = 500
"""Pods made or deleted at most in one go."""


@dataclass(frozen=True, slots=True)
class Pods:
    """Make or delete, never both. ``create``: completion indexes, or Nones; ``wait``: seconds to the next try."""

    create: Sequence[int | None] = ()
    delete: Sequence[Object] = ()
    wait: float = 0.0


def plan_pods(made: Assessment, now: datetime) -> Pods:
    """For a job that goes on."""
    if made.suspended:
        return Pods(delete=_to_remove(made, len(made.active)))
    wanted = _wanted_active(made)
    surplus = _to_remove(made, max(len(made.active) - wanted, 0))[:BURST]
    if surplus:
        return Pods(delete=surplus)
    waiting = made.terminating if only_replaces_failed(made.job) else 0
    missing = wanted - waiting - len(made.active)
    return _plan_creations(made, min(missing, BURST), now) if missing > 0 else Pods()


def _wanted_active(made: Assessment) -> int:
    spec = made.job["spec"]
    parallelism = 1 if spec.get("parallelism") is None else int(spec["parallelism"])
    completions = spec.get("completions")
    if completions is None:
        return len(made.active) if made.succeeded > 0 else parallelism
    return max(min(int(completions) - made.succeeded, parallelism), 0)


def _plan_creations(made: Assessment, count: int, now: datetime) -> Pods:
    job = made.job
    per_index = job["spec"].get("backoffLimitPerIndex") is not None
    wait = 0.0 if per_index else made.backoff.remaining(now)
    if wait > 0:
        return Pods(wait=wait)
    if not is_indexed(job):
        return Pods(create=[None] * count)
    taken = made.done | indexes_of(made.active) | (made.failed_indexes or set())
    if only_replaces_failed(job):
        taken |= indexes_of(filter(is_pod_terminating, made.pods))
    indexes = first_pending(int(job["spec"].get("completions") or 0), taken, count)
    if not per_index:
        return Pods(create=indexes)
    waits = {index: remaining_of_index(made.delayed.get(index), now) for index in indexes}
    due = [index for index in indexes if waits[index] <= 0]
    return Pods(create=due) if due else Pods(wait=min(waits.values(), default=0.0))


def _to_remove(made: Assessment, at_least: int) -> list[Object]:
    """At least so many active pods, and all that repeat an index or have none that counts."""
    surplus: list[Object] = []
    left = list(made.active)
    if is_indexed(made.job):
        surplus, left = _without_repeats(left, int(made.job["spec"].get("completions") or 0))
    if len(surplus) < at_least:
        surplus += plain_deletion_order(left)[: at_least - len(surplus)]
    return surplus


def _without_repeats(pods: Sequence[Object], completions: int) -> tuple[list[Object], list[Object]]:
    by_index: dict[int, list[Object]] = {}
    surplus, left = [], []
    for pod in pods:
        index = index_of(pod)
        if index is None or index >= completions:
            surplus.append(pod)
        else:
            by_index.setdefault(index, []).append(pod)
    for _, same in sorted(by_index.items()):
        ordered = plain_deletion_order(same) if len(same) > 1 else same
        surplus += ordered[:-1]
        left.append(ordered[-1])
    return surplus, left
