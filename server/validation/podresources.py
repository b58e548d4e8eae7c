"""The resources of a pod as a whole, and how those of its containers fit in.

Source: k8s.io/kubernetes/pkg/apis/core/validation (validatePodResources).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid
from apimachinery.quantity import Quantity, parse_quantity
from server.validation.checks import Errors
from server.validation.containers import Surroundings
from server.validation.resources import check_pod_resource, check_requirements, is_huge_page

Source = Mapping[str, Any]


def check_pod_resources(errors: Errors, spec: Source, path: str, around: Surroundings) -> None:
    """Resources of the pod as a whole; ``path`` is that of the pod spec."""
    resources, here = spec["resources"], f"{path}.resources"
    if around.os == "windows":
        errors.append(forbidden(here, "may not be set for a windows pod"))
        return
    if resources.get("claims") is not None:
        errors.append(forbidden(f"{here}.claims", "claims may not be set for Resources at pod-level"))
    any_huge_pages = around.options.any_huge_pages
    check_requirements(
        errors, resources, here, around.claims, any_huge_pages=any_huge_pages, name_check=check_pod_resource
    )
    _check_pod_requests(errors, spec, here)
    _check_pod_limits(errors, spec, here)


def _check_pod_requests(errors: Errors, spec: Source, path: str) -> None:
    requests = spec["resources"].get("requests") or {}
    for name, total in _aggregate(spec, "requests").items():
        if name in requests and total > parse_quantity(requests[name]):
            problem = f"must be greater than or equal to aggregate container requests of {total}"
            errors.append(invalid(f"{path}.requests[{name}]", requests[name], problem))


def _check_pod_limits(errors: Errors, spec: Source, path: str) -> None:
    limits = spec["resources"].get("limits") or {}
    if not limits:
        return
    for name, total in _aggregate(spec, "limits").items():
        if is_huge_page(name) and name in limits and total > parse_quantity(limits[name]):
            problem = f"must be greater than or equal to aggregate container limits of {total}"
            errors.append(invalid(f"{path}.limits[{name}]", limits[name], problem))
    for index, container in enumerate(spec.get("containers") or ()):
        for name, limit in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and parse_quantity(limit) > parse_quantity(limits[name]):
                problem = f"must be less than or equal to pod limits of {limits[name]}"
                errors.append(invalid(f"{path}.containers[{index}][{name}].limits", limit, problem))


def _aggregate(spec: Source, field: str) -> dict[str, Quantity]:
    """What all containers together need at once: sidecars run beside the others, init containers one by one before."""
    total: dict[str, Quantity] = {}
    for container in spec.get("containers") or ():
        _add(total, container, field)
    sidecars: dict[str, Quantity] = {}
    peak: dict[str, Quantity] = {}
    for container in spec.get("initContainers") or ():
        if container.get("restartPolicy") == "Always":
            _add(total, container, field)
            _add(sidecars, container, field)
            stage = sidecars
        else:
            stage = dict(sidecars)
            _add(stage, container, field)
        for name, amount in stage.items():
            peak[name] = max(amount, peak.get(name, amount))
    for name, amount in peak.items():
        total[name] = max(amount, total.get(name, amount))
    return total


def _add(total: dict[str, Quantity], container: Source, field: str) -> None:
    for name, text in ((container.get("resources") or {}).get(field) or {}).items():
        amount = parse_quantity(text)
        total[name] = total[name] + amount if name in total else amount
