"""Which container of a pod a log, an exec or an attach is about.

Source: k8s.io/kubernetes pkg/registry/core/pod/strategy.go (LogLocation, streamLocation).
"""

from __future__ import annotations

from apimachinery.objects import Object
from apimachinery.status import BadRequest

_DEFAULT = "kubectl.kubernetes.io/default-container"
_LISTS = ("containers", "initContainers", "ephemeralContainers")


def _names(pod: Object, field: str) -> list[str]:
    return [container["name"] for container in pod["spec"].get(field) or ()]


def container_of(pod: Object, wanted: str) -> str:
    """The container's name; raises BadRequest when there is none of that name, or several and none was named."""
    name = pod["metadata"]["name"]
    if wanted:
        if all(wanted not in _names(pod, field) for field in _LISTS):
            raise BadRequest(f"container {wanted} is not valid for pod {name}")
        return wanted
    containers = _names(pod, "containers")
    if len(containers) == 1:
        return containers[0]
    annotated = (pod["metadata"].get("annotations") or {}).get(_DEFAULT, "")
    if annotated in containers:
        return str(annotated)
    message = f"a container name must be specified for pod {name}"
    if containers:
        message += f", choose one of: [{' '.join(containers)}]"
    if init := _names(pod, "initContainers"):
        message += f" or one of the init containers: [{' '.join(init)}]"
    raise BadRequest(message)
