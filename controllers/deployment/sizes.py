"""How large the ReplicaSets should be: one step of an update, and scaling in the middle of one.

Pure functions; a plan is a list of (set, size), in the order in which the sets are to be written.
"""

from __future__ import annotations

import math

from apimachinery.objects import Object
from controllers.deployment.revisions import desired_before, max_before
from controllers.deployment.sets import (
    Sets,
    active,
    by_age,
    by_size,
    is_rolling,
    max_surge,
    max_unavailable,
    replicas_of,
    total,
    total_replicas,
)

Plan = list[tuple[Object, int]]


def size_of_new(deployment: Object, sets: Sets) -> int:
    """One step up of the new set, which may not exist yet: as far as the surge allows; down at once."""
    wanted, current = replicas_of(deployment), replicas_of(sets.new) if sets.new is not None else 0
    if not is_rolling(deployment) or current >= wanted:
        return wanted
    room = wanted + max_surge(deployment) - total_replicas(sets.all)
    return current + min(room, wanted - current) if room > 0 else current


def shrink_old(deployment: Object, sets: Sets) -> Plan:
    """One step down of the old sets: pods that are not available first, then as many as availability allows."""
    old = active(sets.old)
    if not old or sets.new is None:
        return []
    min_available = replicas_of(deployment) - max_unavailable(deployment)
    not_yet = replicas_of(sets.new) - total([sets.new], "availableReplicas")
    removable = total_replicas(sets.all) - min_available - not_yet
    if removable <= 0:
        return []
    sizes = _without_unhealthy(old, removable)
    removed = total_replicas(old) - sum(sizes.values())
    # A set's status may still count pods that its new size has cost; upstream then takes too many.
    spare = min(total([*old, sets.new], "availableReplicas") - min_available, removable - removed)
    for rs in by_age(old):
        uid = rs["metadata"]["uid"]
        less = min(sizes[uid], max(spare, 0))
        sizes[uid] -= less
        spare -= less
    return [(rs, sizes[rs["metadata"]["uid"]]) for rs in by_age(old) if sizes[rs["metadata"]["uid"]] != replicas_of(rs)]


def _without_unhealthy(old: list[Object], removable: int) -> dict[str, int]:
    """Sizes, by uid, after pods that serve nobody have been taken off, oldest set first."""
    sizes = {}
    for rs in by_age(old):
        size = replicas_of(rs)
        less = min(max(size - total([rs], "availableReplicas"), 0), removable)
        removable -= less
        sizes[rs["metadata"]["uid"]] = size - less
    return sizes


def empty_old(sets: Sets) -> Plan:
    """Recreate: the old pods go before the first new one comes."""
    return [(rs, 0) for rs in active(sets.old)]


def is_scaling(deployment: Object, sets: Sets) -> bool:
    """A set was sized for another number of replicas than the deployment asks for now."""
    wanted = replicas_of(deployment)
    return any(desired_before(rs) not in (None, wanted) for rs in active(sets.all))


def scale(deployment: Object, sets: Sets) -> Plan:
    """A change of the number of replicas (or a pause): spread over the sets in proportion to their sizes."""
    wanted = replicas_of(deployment)
    single = _active_or_latest(sets)
    if single is not None:
        return [(single, wanted)] if replicas_of(single) != wanted else []
    if sets.new is not None and _is_saturated(deployment, sets.new):
        return empty_old(sets)
    return _in_proportion(deployment, active(sets.all)) if is_rolling(deployment) else []


def _active_or_latest(sets: Sets) -> Object | None:
    """The only set with pods, or the newest if none has any; None when there are several, or no set at all."""
    running = active(sets.all)
    if running:
        return running[0] if len(running) == 1 else None
    return sets.new or (by_age(sets.old)[-1] if sets.old else None)


def _is_saturated(deployment: Object, rs: Object) -> bool:
    wanted = replicas_of(deployment)
    return replicas_of(rs) == desired_before(rs) == total([rs], "availableReplicas") == wanted


def _in_proportion(deployment: Object, running: list[Object]) -> Plan:
    """Every set keeps its share; what rounding leaves over goes to the largest."""
    wanted = replicas_of(deployment)
    missing = (wanted + max_surge(deployment) if wanted else 0) - total_replicas(running)
    ordered = by_size(running, newer_first=missing > 0) if missing else running
    sizes, given = [], 0
    for rs in ordered:
        share = _share(deployment, rs, missing, given)
        given += share
        sizes.append(replicas_of(rs) + share)
    if sizes and missing:
        sizes[0] = max(sizes[0] + missing - given, 0)
    return list(zip(ordered, sizes, strict=True))


def _share(deployment: Object, rs: Object, missing: int, given: int) -> int:
    if not missing or missing == given:
        return 0
    left, fraction = missing - given, _fraction(deployment, rs)
    return min(fraction, left) if missing > 0 else max(fraction, left)


def _fraction(deployment: Object, rs: Object) -> int:
    """By how much a set would change if it kept its part of the whole exactly, rounded half away from zero."""
    wanted, size = replicas_of(deployment), replicas_of(rs)
    if not wanted:
        return -size
    before = max_before(rs) or (deployment.get("status") or {}).get("replicas") or 0
    if not before:
        return 0
    return math.floor(size * (wanted + max_surge(deployment)) / before + 0.5) - size
