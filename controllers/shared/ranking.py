"""Which pods to delete first when there are too many.

Order of ActivePodsWithRanks and ActivePods in pkg/controller/controller_utils.go. Times are compared on a logarithmic
scale, so that pods of about the same age are chosen from by their random uids.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cmp_to_key
from typing import Any, NamedTuple

from apimachinery.objects import Object
from apimachinery.pods import is_pod_ready, is_sidecar, pod_phase
from apimachinery.timefmt import parse_time
from controllers.shared.pods import ready_since

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"

_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}
_INTEGER = re.compile(r"-[0-9]+|0|[1-9][0-9]*")
_INT32 = 2**31


class _Facts(NamedTuple):
    """``urgency``: the rules that are plain comparisons, smallest first to go."""

    urgency: tuple[int, ...]
    ready: bool
    ready_since: datetime | None
    restarts: tuple[int, int]
    created: datetime | None
    uid: str


def rank_by_company(pods: Iterable[Object], related: Iterable[Object]) -> list[int]:
    """For each pod how many of the related, active ones share its node."""
    company: dict[str, int] = {}
    for pod in related:
        node = pod["spec"].get("nodeName") or ""
        company[node] = company.get(node, 0) + 1
    return [company.get(pod["spec"].get("nodeName") or "", 0) for pod in pods]


def deletion_order(pods: Sequence[Object], ranks: Sequence[int], now: datetime) -> list[Object]:
    """The pods, those to delete first in front; a higher rank goes earlier."""
    facts = [_facts(pod, rank, costs=True) for pod, rank in zip(pods, ranks, strict=True)]
    return _sorted(pods, facts, now)


def plain_deletion_order(pods: Sequence[Object]) -> list[Object]:
    """The same without ranks, deletion costs and rounding of times."""
    return _sorted(pods, [_facts(pod, 0, costs=False) for pod in pods], None)


def deletion_cost(pod: Mapping[str, Any]) -> int:
    """The annotation's value, 0 when it is absent or no 32-bit integer in plain decimal."""
    text = (pod["metadata"].get("annotations") or {}).get(DELETION_COST) or ""
    cost = int(text) if _INTEGER.fullmatch(text) else 0
    return cost if -_INT32 <= cost < _INT32 else 0


def _sorted(pods: Sequence[Object], facts: Sequence[_Facts], now: datetime | None) -> list[Object]:
    def compare(left: int, right: int) -> int:
        return _compare(facts[left], facts[right], now)

    return [pods[index] for index in sorted(range(len(pods)), key=cmp_to_key(compare))]


def _facts(pod: Object, rank: int, *, costs: bool) -> _Facts:
    ready = is_pod_ready(pod)
    urgency = (
        int(bool(pod["spec"].get("nodeName"))),
        _PHASES.get(pod_phase(pod), 0),
        int(ready),
        deletion_cost(pod) if costs else 0,
        -rank,
    )
    metadata = pod["metadata"]
    created = metadata.get("creationTimestamp")
    return _Facts(
        urgency,
        ready,
        ready_since(pod),
        _restarts(pod),
        parse_time(created) if created else None,
        metadata.get("uid") or "",
    )


def _restarts(pod: Object) -> tuple[int, int]:
    """The most restarts of a container, and of a sidecar."""
    status = pod.get("status") or {}
    sidecars = {c["name"] for c in pod["spec"].get("initContainers") or () if is_sidecar(c)}
    regular = [c.get("restartCount") or 0 for c in status.get("containerStatuses") or ()]
    beside = [c.get("restartCount") or 0 for c in status.get("initContainerStatuses") or () if c["name"] in sidecars]
    return max(regular, default=0), max(beside, default=0)


def _compare(left: _Facts, right: _Facts, now: datetime | None) -> int:
    if left.urgency != right.urgency:
        return -1 if left.urgency < right.urgency else 1
    if left.ready and left.ready_since != right.ready_since:
        return _compare_times(left, right, left.ready_since, right.ready_since, now)
    if left.restarts != right.restarts:
        return -1 if left.restarts > right.restarts else 1
    if left.created != right.created:
        return _compare_times(left, right, left.created, right.created, now)
    return 0


def _compare_times(
    left: _Facts, right: _Facts, first: datetime | None, second: datetime | None, now: datetime | None
) -> int:
    """The later time, or none at all, goes first; ``now``: of about the same age, the smaller uid."""
    if first is None or second is None:
        return -1 if first is None else 1
    if now is None:
        return -1 if first > second else 1
    difference = _magnitude(first, now) - _magnitude(second, now)
    if difference:
        return difference
    return -1 if left.uid < right.uid else 1


def _magnitude(moment: datetime, now: datetime) -> int:
    """The binary logarithm of its age in nanoseconds, as a whole number; -1 for what lies ahead."""
    age = (now - moment).total_seconds()
    return int(math.log2(age * 1e9)) if age > 0 else -1
