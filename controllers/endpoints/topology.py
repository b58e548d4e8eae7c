"""Which zone's traffic goes to which endpoint, for services that ask for it (``topology-mode: Auto``). Pure functions.

Endpoints serve their own zone, except as many as zones with a larger share of the cluster's CPUs need. Where upstream
starts from the hints that there are, this starts anew each time, from the endpoints in order: the same endpoints always
get the same hints. Source: k8s.io/endpointslice/topologycache.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apimachinery.objects import Object, find_condition
from apimachinery.quantity import Quantity, parse_quantity
from controllers.shared.ownership import labels_of

ZONE = "topology.kubernetes.io/zone"
_MODE = "service.kubernetes.io/topology-mode"
_OLD_MODE = "service.kubernetes.io/topology-aware-hints"
_EXCLUDED = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_OVERLOAD = 0.2
"""How much more an endpoint may get than its share."""

NO_ZONE = "One or more endpoints do not have a zone specified"
ENABLED = "Topology Aware Hints has been enabled"
DISABLED = "Topology Aware Hints has been disabled"
_NO_NODES = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"
_TOO_FEW = "Insufficient number of endpoints"
_OVERLOADED = "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold"

Ratios = Mapping[str, float]
NO_RATIOS: Ratios = MappingProxyType({})


class Hints(NamedTuple):
    """``zones``: for each ready endpoint, in order; none if there is a problem."""

    zones: list[str]
    problem: str = ""


def wants_hints(service: Object) -> bool:
    annotations = service["metadata"].get("annotations") or {}
    return annotations.get(_OLD_MODE, annotations.get(_MODE)) in ("Auto", "auto")


def zone_ratios(nodes: Iterable[Object]) -> Ratios:
    """The share of each zone in the CPUs of all ready nodes; empty if that is not known, or if there is one zone."""
    by_zone: dict[str, Quantity] = {}
    for node in nodes:
        labels = labels_of(node)
        if any(label in labels for label in _EXCLUDED) or not _is_ready(node):
            continue
        cpu = parse_quantity(((node.get("status") or {}).get("allocatable") or {}).get("cpu") or "0")
        zone = labels.get(ZONE)
        if not zone or not cpu:
            return {}
        by_zone[zone] = by_zone[zone] + cpu if zone in by_zone else cpu
    total = sum(cpu.milli_value() for cpu in by_zone.values())
    if len(by_zone) < 2:
        return {}
    return {zone: cpu.milli_value() / total for zone, cpu in sorted(by_zone.items())}


def counts(node: Object) -> tuple[bool, object]:
    """What of a node matters to the shares, besides its zone."""
    return _is_ready(node), ((node.get("status") or {}).get("allocatable") or {}).get("cpu")


def _is_ready(node: Object) -> bool:
    condition = find_condition(node, "Ready")
    return condition is not None and condition.get("status") == "True"


def share_out(ratios: Ratios, zones: list[str]) -> Hints:
    """``zones``: of the ready endpoints; "" for one without."""
    count = len(zones)
    if not ratios:
        return Hints([], _NO_NODES)
    numbers = f" ({count} endpoints, {len(ratios)} zones)"
    if len(ratios) > count:
        return Hints([], _TOO_FEW + numbers)
    minimum = {zone: math.ceil(ratio * count / (1 + _OVERLOAD)) for zone, ratio in ratios.items()}
    if sum(minimum.values()) > count:
        return Hints([], _OVERLOADED + numbers)
    if not all(zones):
        return Hints([], NO_ZONE)
    desired = {zone: max(ratio * count, minimum[zone]) for zone, ratio in ratios.items()}
    giving, receiving = _balance(desired, zones)
    return Hints([_next(zone, giving, receiving) for zone in zones])


def _balance(desired: Mapping[str, float], zones: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """How many endpoints zones give away and receive."""
    surplus = {zone: zones.count(zone) - wanted for zone, wanted in desired.items()}
    giving: dict[str, int] = {}
    receiving: dict[str, int] = {}
    while True:
        giver, receiver = max(surplus, key=lambda z: surplus[z]), min(surplus, key=lambda z: surplus[z])
        give, receive = surplus[giver], -surplus[receiver]
        if (give < 1.0 and receive < 1.0) or give < 0.5 or receive < 0.5:
            return giving, receiving
        giving[giver] = giving.get(giver, 0) + 1
        receiving[receiver] = receiving.get(receiver, 0) + 1
        surplus[giver] -= 1
        surplus[receiver] += 1


def _next(zone: str, giving: dict[str, int], receiving: dict[str, int]) -> str:
    """The zone an endpoint serves; uses up what is given away."""
    if not giving.get(zone):
        return zone
    target = next((receiver for receiver in sorted(receiving) if receiving[receiver]), None)
    if target is None:
        return zone
    giving[zone] -= 1
    receiving[target] -= 1
    return target
