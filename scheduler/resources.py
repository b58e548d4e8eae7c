"""Amounts of resources as plain integers, which is what filters and scores compute with.

Units: cpu in thousandths, everything else in whole units (bytes, devices), rounded up as upstream does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from apimachinery.pods import pod_requests
from apimachinery.quantity import Quantity, parse_quantity

CPU = "cpu"
MEMORY = "memory"
STORAGE = "ephemeral-storage"
PODS = "pods"
NAMED = (CPU, MEMORY, STORAGE, PODS)

NO_SCALARS: Mapping[str, int] = MappingProxyType({})

_ASSUMED = {CPU: parse_quantity("100m"), MEMORY: parse_quantity(str(200 * 1024 * 1024))}
"""What a container that asks for nothing is taken to use when nodes are scored.

Source: pkg/scheduler/util/pod_resources.go.
"""


class Amounts(NamedTuple):
    cpu: int
    memory: int
    storage: int
    pods: int
    scalars: Mapping[str, int]
    """Huge pages and extended resources, by name."""


def amounts(resources: Mapping[str, Quantity]) -> Amounts:
    scalars = {name: quantity.value() for name, quantity in resources.items() if name not in NAMED}
    cpu = resources.get(CPU)
    memory, storage, pods = (resources.get(name) for name in (MEMORY, STORAGE, PODS))
    return Amounts(
        cpu.milli_value() if cpu is not None else 0,
        memory.value() if memory is not None else 0,
        storage.value() if storage is not None else 0,
        pods.value() if pods is not None else 0,
        scalars or NO_SCALARS,
    )


def parse_amounts(resources: Mapping[str, Any] | None) -> Amounts:
    """Of a wire object's resource list, such as a node's allocatable."""
    return amounts({name: parse_quantity(value) for name, value in (resources or {}).items()})


class Requests(NamedTuple):
    amounts: Amounts
    scored_cpu: int
    scored_memory: int
    """What containers without a request are taken to use included."""


def requests_of(pod: Mapping[str, Any]) -> Requests:
    """What a pod asks for; of a pod with a node, a resize under way counts with the larger value."""
    bound = bool((pod.get("spec") or {}).get("nodeName"))
    asked = amounts(pod_requests(pod, use_status=bound))
    scored = amounts(pod_requests(pod, use_status=bound, missing=_ASSUMED))
    return Requests(asked, scored.cpu, scored.memory)
