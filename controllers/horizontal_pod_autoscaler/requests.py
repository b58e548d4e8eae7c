"""How much of a resource pods ask for, in milli-units, by name: what utilization is a share of."""

from __future__ import annotations

from collections.abc import Iterable

from apimachinery.objects import Object, name_of
from apimachinery.pod_resources import is_pod_level_resource, is_sidecar, parse_resources, pod_requests
from apimachinery.quantity import parse_quantity


class NoRequest(Exception):
    """A pod does not say how much it asks for; utilization cannot be known."""


def requests_of(pods: Iterable[Object], resource: str, container: str = "") -> dict[str, int]:
    """Of the container if one is named, else of the pod as a whole. Raises NoRequest."""
    return {name_of(pod): _request(pod, resource, container) for pod in pods}


def _request(pod: Object, resource: str, container: str) -> int:
    if not container and _has_pod_level_requests(pod):
        whole = pod_requests(pod).get(resource)
        if whole is None:
            raise NoRequest(f"missing pod-level request for {resource} in Pod {name_of(pod)}")
        return whole.milli_value()
    spec = pod["spec"]
    total = 0
    for each in [*spec["containers"], *filter(is_sidecar, spec.get("initContainers") or ())]:
        if container and each["name"] != container:
            continue
        request = ((each.get("resources") or {}).get("requests") or {}).get(resource)
        if request is None:
            raise NoRequest(f"missing request for {resource} in container {each['name']} of Pod {name_of(pod)}")
        total += parse_quantity(request).milli_value()
        if container:
            return total
    if container:
        raise NoRequest(f"container {container} not found in Pod {name_of(pod)}")
    return total


def _has_pod_level_requests(pod: Object) -> bool:
    requests = (pod["spec"].get("resources") or {}).get("requests")
    return any(map(is_pod_level_resource, parse_resources(requests)))
