"""Whether one write fits into quotas, and what they count afterwards. Pure.

Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go (CheckRequest).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apimachinery.objects import Object
from apimachinery.pod_resources import Resources, add_resources, parse_resources
from apimachinery.quantity import Quantity
from apimachinery.quota import Evaluator, Scope, scopes_of
from storage.types import Revision

_ZERO = Quantity()


class Refused(Exception):
    """The write does not fit; the text is upstream's."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What a quota's status allows and counts, at a revision."""

    name: str
    revision: Revision
    scopes: Sequence[Scope]
    hard: Resources
    used: Resources


@dataclass(frozen=True, slots=True)
class Demand:
    """One write. ``old`` None: something new. ``only_counts``: more is counted, but not refused."""

    evaluator: Evaluator
    new: Object
    old: Object | None
    now: datetime
    only_counts: bool = False


def quota_of(obj: Object, revision: Revision) -> Quota:
    status = obj.get("status") or {}
    scopes = scopes_of(obj.get("spec") or {})
    hard, used = parse_resources(status.get("hard")), parse_resources(status.get("used"))
    return Quota(obj["metadata"]["name"], revision, scopes, hard, used)


def charge(quotas: Iterable[Quota], demand: Demand) -> list[Quota]:
    """The quotas that count more after the write, as they are then. Raises Refused."""
    evaluator = demand.evaluator
    concerned = [quota for quota in quotas if evaluator.matches(quota.hard, quota.scopes, demand.new)]
    for quota in concerned:
        _check_said(quota, demand)
    if not concerned:
        return []
    usage = evaluator.usage(demand.new, demand.now)
    negative = sorted(name for name, value in usage.items() if value < _ZERO)
    if negative:
        raise Refused(f"quota usage is negative for resource(s): {','.join(negative)}")
    charged = (_charged(quota, _increase(quota, demand, usage), demand) for quota in concerned)
    return [quota for quota in charged if quota is not None]


def _check_said(quota: Quota, demand: Demand) -> None:
    """What the quota counts must be said by the object, and known of what is already there."""
    counted = sorted(filter(demand.evaluator.counts, quota.hard))
    lacking = demand.evaluator.lacking(counted, demand.new)
    if lacking:
        raise Refused(f"failed quota: {quota.name}: {lacking}")
    if not quota.used.keys() >= set(counted):
        raise Refused(f"status unknown for quota: {quota.name}, resources: {','.join(counted)}")


def _increase(quota: Quota, demand: Demand, usage: Resources) -> Resources:
    """What of the usage is new to the quota."""
    old, evaluator = demand.old, demand.evaluator
    if old is None or not evaluator.matches(quota.hard, quota.scopes, old):
        return usage
    before = evaluator.usage(old, demand.now)
    return {name: value - before.get(name, _ZERO) for name, value in usage.items()}


def _charged(quota: Quota, increase: Resources, demand: Demand) -> Quota | None:
    asked = {name: value for name, value in increase.items() if value > _ZERO and name in quota.hard}
    if not asked:
        return None
    used = dict(quota.used)
    add_resources(used, asked)
    exceeded = sorted(name for name in asked if used[name] > quota.hard[name])
    if exceeded and not demand.only_counts:
        sums = (f"{what}: {_text(values, exceeded)}" for what, values in _sides(quota, asked))
        raise Refused(f"exceeded quota: {quota.name}, {', '.join(sums)}")
    return replace(quota, used=used)


def _sides(quota: Quota, asked: Resources) -> Iterable[tuple[str, Resources]]:
    return ("requested", asked), ("used", quota.used), ("limited", quota.hard)


def _text(values: Mapping[str, Quantity], names: Iterable[str]) -> str:
    return ",".join(f"{name}={values[name]}" for name in names if name in values)
