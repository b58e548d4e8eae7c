"""What a pod asks for and may use in total: init containers, sidecars, overhead, pod-level resources, resize.

Source: k8s.io/component-helpers/resource/helpers.go (KEP-753 for sidecars, KEP-2837 for pod-level resources).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apimachinery.objects import find_condition
from apimachinery.quantity import Quantity, parse_quantity

Resources = dict[str, Quantity]
Container = Mapping[str, Any]
_Pick = Callable[[Container, Mapping[str, Any] | None, bool], Mapping[str, Any]]


def pod_requests(
    pod: Mapping[str, Any],
    *,
    use_status: bool = False,
    overhead: bool = True,
    missing: Mapping[str, Quantity] | None = None,
) -> Resources:
    """The requests that count for scheduling and quota.

    ``use_status`` also looks at what the kubelet has allocated and actuated (a resize in flight counts with the
    larger value); ``missing`` stands in for requests a container does not make.
    """
    if use_status:
        allocated = _aggregate(pod, _allocated_requests, missing, use_status=True)
        total = _aggregate(pod, _actuated_requests, missing, use_status=True)
        _raise_to(total, allocated)
        if not is_resize_infeasible(pod):
            _raise_to(total, _aggregate(pod, _requests, missing))
    else:
        total = _aggregate(pod, _requests, missing)
    spec = pod.get("spec") or {}
    total |= _pod_level(spec, "requests")
    if overhead:
        add_resources(total, parse_resources(spec.get("overhead")))
    return total


def pod_limits(pod: Mapping[str, Any], *, overhead: bool = True) -> Resources:
    """The sum of the limits that are set."""
    total = _aggregate(pod, _limits, None)
    spec = pod.get("spec") or {}
    total |= _pod_level(spec, "limits")
    if overhead:
        extra = parse_resources(spec.get("overhead"))
        add_resources(total, {name: value for name, value in extra.items() if total.get(name)})
    return total


def is_resize_infeasible(pod: Mapping[str, Any]) -> bool:
    condition = find_condition(pod, "PodResizePending")
    return condition is not None and condition.get("reason") == "Infeasible"


def is_sidecar(container: Container) -> bool:
    """An init container that keeps running beside the others."""
    return container.get("restartPolicy") == "Always"


def is_pod_level_resource(name: str) -> bool:
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def parse_resources(resources: Mapping[str, Any] | None) -> Resources:
    return {name: parse_quantity(value) for name, value in (resources or {}).items()}


def add_resources(total: Resources, more: Mapping[str, Quantity]) -> None:
    """Add in place."""
    for name, value in more.items():
        total[name] = total[name] + value if name in total else value


def _raise_to(total: Resources, other: Mapping[str, Quantity]) -> None:
    """Make each value of ``total`` at least that of ``other``, in place."""
    for name, value in other.items():
        if name not in total or value > total[name]:
            total[name] = value


def _pod_level(spec: Mapping[str, Any], what: str) -> Resources:
    resources = parse_resources((spec.get("resources") or {}).get(what))
    return {name: value for name, value in resources.items() if is_pod_level_resource(name)}


def _aggregate(
    pod: Mapping[str, Any], pick: _Pick, missing: Mapping[str, Quantity] | None, *, use_status: bool = False
) -> Resources:
    """The larger of what runs together at last and what any init container needs while it runs."""
    spec = pod.get("spec") or {}
    statuses = _statuses(pod) if use_status else {}
    infeasible = use_status and is_resize_infeasible(pod)

    def resources_of(container: Container) -> Resources:
        picked = parse_resources(pick(container, statuses.get(container.get("name", "")), infeasible))
        return {**missing, **picked} if missing else picked

    total: Resources = {}
    for container in spec.get("containers") or ():
        add_resources(total, resources_of(container))
    sidecars: Resources = {}
    peak: Resources = {}
    for container in spec.get("initContainers") or ():
        own = resources_of(container)
        if is_sidecar(container):
            add_resources(total, own)
            add_resources(sidecars, own)
            _raise_to(peak, sidecars)
        else:
            add_resources(own, sidecars)
            _raise_to(peak, own)
    _raise_to(total, peak)
    return total


def _statuses(pod: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    status = pod.get("status") or {}
    entries = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    return {entry["name"]: entry for entry in entries}


def _requests(container: Container, status: Mapping[str, Any] | None, infeasible: bool) -> Mapping[str, Any]:
    return (container.get("resources") or {}).get("requests") or {}


def _limits(container: Container, status: Mapping[str, Any] | None, infeasible: bool) -> Mapping[str, Any]:
    return (container.get("resources") or {}).get("limits") or {}


def _allocated_requests(container: Container, status: Mapping[str, Any] | None, infeasible: bool) -> Mapping[str, Any]:
    if status is not None and status.get("allocatedResources") is not None:
        return dict(status["allocatedResources"])
    return {} if infeasible else _requests(container, status, infeasible)


def _actuated_requests(container: Container, status: Mapping[str, Any] | None, infeasible: bool) -> Mapping[str, Any]:
    actuated = ((status or {}).get("resources") or {}).get("requests")
    return dict(actuated) if actuated is not None else _allocated_requests(container, status, infeasible)
