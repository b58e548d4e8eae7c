"""Which volume a claim gets: the one reserved for it, else of those with the fewest access modes the smallest."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from apimachinery.objects import Object
from apimachinery.quantity import Quantity
from apimachinery.volumes import (
    attributes_class_differs,
    best_match,
    capacity_of,
    class_of,
    mode_differs,
    offers_modes,
    request_of,
)


def find(claim: Object, volumes: Iterable[Object], *, only_reserved: bool) -> Object | None:
    """``only_reserved``: the scheduler chooses among the free ones, when it knows the node."""
    able = sorted((volume for volume in volumes if offers_modes(volume, claim)), key=_modes)
    for _, group in groupby(able, key=_modes):
        found = best_match(claim, group, only_reserved=only_reserved)
        if found is not None:
            return found
    return None


def _modes(volume: Object) -> tuple[int, list[str]]:
    modes = sorted(volume["spec"].get("accessModes") or ())
    return len(modes), modes


def mismatch(volume: Object, claim: Object) -> str:
    """Why a volume that the claim names cannot be bound to it, "" if it can."""
    if volume["metadata"].get("deletionTimestamp"):
        return f'the volume is marked for deletion "{volume["metadata"]["name"]}"'
    if _bytes(capacity_of(volume)) < _bytes(request_of(claim)):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    if attributes_class_differs(claim, volume):
        return "volumeAttributesClassName does not match"
    if mode_differs(claim, volume):
        return "incompatible volumeMode"
    return "" if offers_modes(volume, claim) else "incompatible accessMode"


def _bytes(size: Quantity) -> int:
    return size.value()
