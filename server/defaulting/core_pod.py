"""Pods, pod templates and replication controllers."""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object
from apimachinery.pod_resources import is_pod_level_resource, pod_limits, pod_requests
from server.defaulting.fields import child, fill
from server.defaulting.pod_spec import pod_spec, template
from server.defaulting.resources import requirements, round_up

_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


def pod(obj: Object) -> None:
    spec = child(obj, "spec")
    for container in spec.get("containers") or ():
        _requests_from_limits(container)
    for container in spec.get("initContainers") or ():
        _requests_from_limits(container)
    if spec.get("resources"):
        _pod_level_resources(obj, spec["resources"])
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    if spec.get("hostNetwork"):
        _host_ports(spec.get("containers"))
        _host_ports(spec.get("initContainers"))
    pod_spec(spec)
    if obj.get("status"):
        _status(obj["status"])


def _requests_from_limits(container: Object) -> None:
    resources = container.get("resources")
    if resources and resources.get("limits"):
        resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}


def _pod_level_resources(obj: Object, resources: Object) -> None:
    """When the pod has limits of its own: huge pages its containers may use are added to them, and what it asks for
    is the sum of what they ask for, or the limit.

    Source: KEP-2837, defaultPodLimits and defaultPodRequests.
    """
    limits = resources.get("limits")
    if not limits:
        return
    for name, limit in pod_limits(obj, overhead=False).items():
        if name not in limits and _is_huge_page(name):
            limits[name] = str(limit)
    requests = resources.get("requests") or {}
    for name, request in pod_requests(obj, overhead=False).items():
        if name not in requests and is_pod_level_resource(name) and not _is_huge_page(name):
            requests[name] = str(request)
    for name, limit in limits.items():
        if name not in requests and is_pod_level_resource(name):
            requests[name] = limit
    if requests:
        resources["requests"] = requests


def _is_huge_page(name: str) -> bool:
    return name.startswith("hugepages-")


def _host_ports(containers: Any) -> None:
    for container in containers or ():
        for port in container.get("ports") or ():
            if not port.get("hostPort"):
                port["hostPort"] = port.get("containerPort") or 0


def _status(status: Object) -> None:
    """Round quantities; ``podIP`` and the first of ``podIPs`` are one field, as in upstream's conversion."""
    for statuses in _STATUSES:
        for entry in status.get(statuses) or ():
            round_up(entry.get("allocatedResources"))
            requirements(entry)
    round_up(status.get("allocatedResources"))
    requirements(status)
    address, addresses = status.get("podIP"), status.get("podIPs")
    if address and (not addresses or addresses[0].get("ip") != address):
        status["podIPs"] = [{"ip": address}]
    elif addresses:
        status["podIP"] = addresses[0].get("ip", "")


def pod_template(obj: Object) -> None:
    template(obj)


def replication_controller(obj: Object) -> None:
    spec = child(obj, "spec")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        metadata = child(obj, "metadata")
        if not metadata.get("labels"):
            metadata["labels"] = dict(labels)
    fill(spec, "replicas", 1)
    if spec.get("template") is not None:
        template(spec)
