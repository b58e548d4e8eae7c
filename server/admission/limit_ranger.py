"""LimitRanger: a namespace's LimitRanges give containers their default resources and bound what pods and claims ask.

Source: k8s.io/kubernetes plugin/pkg/admission/limitranger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.pod_resources import parse_resources, pod_limits, pod_requests
from server.admission.cached import all_of
from server.admission.chain import Attributes
from server.admission.limits import Usage, violations
from server.admission.refusal import forbidden, joined
from storage.cache import ResourceCache

LIMIT_RANGES = GroupResource("", "limitranges")
_PODS = GroupResource("", "pods")
_CLAIMS = GroupResource("", "persistentvolumeclaims")
_ANNOTATION = "kubernetes.io/limit-ranger"


class LimitRanger:
    name = "LimitRanger"

    def __init__(self, limit_ranges: ResourceCache) -> None:
        self._limit_ranges = limit_ranges

    async def mutate(self, attributes: Attributes) -> None:
        if attributes.group_resource == _PODS and attributes.obj is not None and _applies(attributes):
            for limit_range in all_of(self._limit_ranges, attributes.namespace):
                fill_defaults(attributes.obj, limit_range)

    async def validate(self, attributes: Attributes) -> None:
        """Refuses at the first range that is broken, with all that breaks it."""
        if attributes.group_resource not in (_PODS, _CLAIMS) or attributes.obj is None or not _applies(attributes):
            return
        judge = pod_violations if attributes.group_resource == _PODS else claim_violations
        for limit_range in all_of(self._limit_ranges, attributes.namespace):
            problems = list(judge(attributes.obj, limit_range))
            if problems:
                raise forbidden(attributes, joined(problems))


def _applies(attributes: Attributes) -> bool:
    """Pods when they are made or resized, claims at every write; what is going away is left alone."""
    if attributes.operation not in ("CREATE", "UPDATE"):
        return False
    if attributes.old is not None and "deletionTimestamp" in attributes.old["metadata"]:
        return False
    if attributes.group_resource == _PODS and attributes.operation == "UPDATE":
        return attributes.subresource == "resize"
    return not attributes.subresource


def fill_defaults(pod: Object, limit_range: Object) -> None:
    """Give every container what it does not say of itself, and note that in an annotation."""
    requests: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for limit in _limits(limit_range, "Container"):
        requests |= limit.get("defaultRequest") or {}
        limits |= limit.get("default") or {}
    notes: list[str] = []
    for field, what in (("containers", "container"), ("initContainers", "init container")):
        for container in pod["spec"].get(field) or ():
            notes += _fill(container, "requests", requests, f" request for {what} {container.get('name', '')}")
            notes += _fill(container, "limits", limits, f" limit for {what} {container.get('name', '')}")
    if notes:
        annotations = pod["metadata"].get("annotations") or {}
        note = "LimitRanger plugin set: " + "; ".join(notes)
        pod["metadata"]["annotations"] = {**annotations, _ANNOTATION: note}


def _fill(container: Object, field: str, defaults: Mapping[str, Any], note: str) -> list[str]:
    resources = container.get("resources") or {}
    own = resources.get(field) or {}
    missing = {name: value for name, value in defaults.items() if name not in own}
    if not missing:
        return []
    container["resources"] = {**resources, field: {**own, **missing}}
    return [", ".join(sorted(missing)) + note]


def pod_violations(pod: Object, limit_range: Object) -> Iterator[str]:
    """What of the range the pod breaks: by its containers each, and as a whole."""
    for limit in _limits(limit_range, "Container"):
        for field in ("containers", "initContainers"):
            for container in pod["spec"].get(field) or ():
                resources = container.get("resources") or {}
                requests, limits = parse_resources(resources.get("requests")), parse_resources(resources.get("limits"))
                yield from violations(limit, Usage(requests, limits))
    for limit in _limits(limit_range, "Pod"):
        yield from violations(limit, Usage(pod_requests(pod, overhead=False), pod_limits(pod, overhead=False)))


def claim_violations(claim: Object, limit_range: Object) -> Iterator[str]:
    """Only what the claim requests counts."""
    resources = claim["spec"].get("resources") or {}
    for limit in _limits(limit_range, "PersistentVolumeClaim"):
        yield from violations(limit, Usage(parse_resources(resources.get("requests")), None))


def _limits(limit_range: Object, type: str) -> Iterator[Object]:
    return (limit for limit in (limit_range.get("spec") or {}).get("limits") or () if limit.get("type") == type)
