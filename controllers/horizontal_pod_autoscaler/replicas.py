"""How many replicas one metric asks for. Numbers in, numbers out; usage is in milli-units.

Rules of pkg/controller/podautoscaler/replica_calculator.go: within the tolerance nothing changes; pods that are not
ready, or of which no sample is known, make a change smaller but never turn it round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from apimachinery.objects import Object, find_condition, is_terminating, name_of
from apimachinery.pods import is_pod_ready, pod_phase
from apimachinery.timefmt import parse_time
from controllers.horizontal_pod_autoscaler.samples import Sample, Samples

MAX_INT32 = 2**31 - 1
MAX_INT64 = 2**63 - 1
CPU = "cpu"


class CannotTell(Exception):
    """The replicas that a metric asks for cannot be known; the message is upstream's."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far the ratio of usage to target may be off 1."""

    down: float = 0.1
    up: float = 0.1

    def covers(self, ratio: float) -> bool:
        return 1.0 - self.down <= ratio <= 1.0 + self.up


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: how long samples of a started pod's CPU are looked at with care, and how long after its start a pod
    that is not ready counts as one that never was."""

    cpu_initialization: float = 300.0
    initial_readiness: float = 30.0


class Proposal(NamedTuple):
    """``usage``: the average or the total that the status shows; ``utilization`` in percent of the requests."""

    replicas: int
    usage: int
    utilization: int | None = None


class Groups(NamedTuple):
    ready: int
    unready: set[str]
    missing: set[str]
    ignored: set[str]


class _Ratio(NamedTuple):
    ratio: float
    usage: int
    utilization: int | None = None


def group_pods(
    pods: Iterable[Object], samples: Mapping[str, Sample], resource: str, patience: Patience, now: datetime
) -> Groups:
    """``resource`` is "" for a custom metric. Only samples of CPU depend on readiness: starting costs much of it."""
    ready, unready, missing, ignored = 0, set(), set(), set()
    for pod in pods:
        name = name_of(pod)
        if is_terminating(pod) or pod_phase(pod) == "Failed":
            ignored.add(name)
        elif pod_phase(pod) == "Pending":
            unready.add(name)
        elif name not in samples:
            missing.add(name)
        elif resource == CPU and not _counts(pod, samples[name], patience, now):
            unready.add(name)
        else:
            ready += 1
    return Groups(ready, unready, missing, ignored)


def _counts(pod: Object, sample: Sample, patience: Patience, now: datetime) -> bool:
    condition = find_condition(pod, "Ready")
    started = (pod.get("status") or {}).get("startTime")
    if condition is None or not started:
        return False
    is_false = condition.get("status") == "False"
    since = parse_time(condition["lastTransitionTime"]) if condition.get("lastTransitionTime") else None
    start = parse_time(started)
    if start + timedelta(seconds=patience.cpu_initialization) > now:
        is_early = since is not None and (sample.at is None or sample.at < since + timedelta(seconds=sample.window))
        return not (is_false or is_early)
    never_ready = since is None or start + timedelta(seconds=patience.initial_readiness) > since
    return not (is_false and never_ready)


def for_utilization(
    current: int, target: int, samples: Samples, requests: Mapping[str, int], groups: Groups, tolerances: Tolerances
) -> Proposal:
    """``target`` in percent of the requests. Raises CannotTell."""
    assumed = max(100, target)

    def ratio(known: Samples) -> _Ratio:
        counted = known.keys() & requests.keys()
        used, asked = sum(known[name].value for name in counted), sum(requests[name] for name in counted)
        if asked == 0:
            raise CannotTell("no metrics returned matched known pods")
        utilization = used * 100 // asked
        return _Ratio(utilization / target, used // len(counted), utilization)

    return _propose(current, samples, groups, tolerances, ratio, lambda name: requests[name] * assumed // 100)


def for_average(current: int, target: int, samples: Samples, groups: Groups, tolerances: Tolerances) -> Proposal:
    """``target``: what each pod may use. Raises CannotTell."""

    def ratio(known: Samples) -> _Ratio:
        usage = sum(sample.value for sample in known.values()) // len(known)
        return _Ratio(usage / target, usage)

    return _propose(current, samples, groups, tolerances, ratio, lambda name: target)


def _propose(
    current: int,
    samples: Samples,
    groups: Groups,
    tolerances: Tolerances,
    ratio_of: Callable[[Samples], _Ratio],
    assumed: Callable[[str], int],
) -> Proposal:
    known = {name: sample for name, sample in samples.items() if name not in groups.ignored | groups.unready}
    if not known:
        raise CannotTell("did not receive metrics for targeted pods (pods might be unready)")
    ratio, usage, utilization = ratio_of(known)
    grows_with_unready = bool(groups.unready) and ratio > 1.0
    if not grows_with_unready and not groups.missing:
        same = tolerances.covers(ratio)
        return Proposal(current if same else math.ceil(ratio * groups.ready), usage, utilization)
    if ratio < 1.0:
        known |= {name: Sample(assumed(name)) for name in groups.missing}
    elif ratio > 1.0:
        known |= {name: Sample(0) for name in groups.missing}
    if grows_with_unready:
        known |= {name: Sample(0) for name in groups.unready}
    return Proposal(_careful(current, ratio, ratio_of(known).ratio, len(known), tolerances), usage, utilization)


def _careful(current: int, before: float, ratio: float, pods: int, tolerances: Tolerances) -> int:
    """The replicas for the ratio with assumptions; the current ones if these would turn the direction round."""
    if tolerances.covers(ratio) or (before < 1.0 < ratio) or (ratio < 1.0 < before):
        return current
    wanted = math.ceil(ratio * pods)
    turned = (ratio < 1.0 and wanted > current) or (ratio > 1.0 and wanted < current)
    return current if turned else wanted


def for_total(current: int, target: int, usage: int, pods: Iterable[Object], tolerances: Tolerances) -> Proposal:
    """A metric of something else than the pods, all of it. Without replicas neither pods nor tolerance count.

    Raises CannotTell.
    """
    ratio = usage / target
    if current == 0:
        return Proposal(math.ceil(ratio), usage)
    if tolerances.covers(ratio):
        return Proposal(current, usage)
    there = list(pods)
    if not there:
        raise CannotTell("unable to calculate ready pods: no pods returned by selector while calculating replica count")
    ready = sum(pod_phase(pod) == "Running" and is_pod_ready(pod) for pod in there)
    return Proposal(_int32(ratio * ready), usage)


def for_share(current: int, target: int, usage: int, tolerances: Tolerances) -> Proposal:
    """A metric of something else than the pods, divided among the ``current`` ones of the status."""
    ratio = usage / (target * current) if current else math.inf if usage else math.nan
    replicas = current if tolerances.covers(ratio) else _int32(usage / target)
    if usage >= MAX_INT64:
        return Proposal(replicas, MAX_INT64)
    return Proposal(replicas, math.ceil(usage / current) if current else usage)


def total(values: Sequence[int]) -> int:
    return min(sum(values), MAX_INT64)


def _int32(replicas: float) -> int:
    return MAX_INT32 if replicas > MAX_INT32 else math.ceil(replicas)
