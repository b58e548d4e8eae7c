"""PodNodeSelector: the pods of a namespace go to the nodes that its annotation selects.

Source: k8s.io/kubernetes plugin/pkg/admission/podnodeselector. Off unless asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import Forbidden, InternalError, NotFound
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.namespace_lifecycle import NAMESPACES
from storage.cache import ResourceCache

_PODS = GroupResource("", "pods")
_ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector"
DEFAULT = "clusterDefaultNodeSelector"


class PodNodeSelector:
    """``selectors``: for the namespaces without an annotation under ``clusterDefaultNodeSelector``; under the name of
    a namespace, the only labels its pods may select by."""

    name = "PodNodeSelector"

    def __init__(self, namespaces: ResourceCache, selectors: Mapping[str, str]) -> None:
        self._namespaces = namespaces
        self._selectors = selectors

    async def mutate(self, attributes: Attributes) -> None:
        pod = attributes.obj
        if pod is None or not _concerned(attributes):
            return
        wanted = self._of_namespace(attributes.namespace)
        own = pod["spec"].get("nodeSelector") or {}
        _check_conflict(wanted, own, pod)
        if merged := {**wanted, **own}:
            pod["spec"]["nodeSelector"] = merged
        self._check_allowed(attributes.namespace, merged, pod)

    async def validate(self, attributes: Attributes) -> None:
        pod = attributes.obj
        if pod is None or not _concerned(attributes):
            return
        own = pod["spec"].get("nodeSelector") or {}
        _check_conflict(self._of_namespace(attributes.namespace), own, pod)
        self._check_allowed(attributes.namespace, own, pod)

    def _of_namespace(self, name: str) -> Mapping[str, str]:
        namespace = found(self._namespaces, "", name)
        if namespace is None:
            raise NotFound.of(NAMESPACES, name)
        annotations = namespace["metadata"].get("annotations") or {}
        return _labels(annotations.get(_ANNOTATION, self._selectors.get(DEFAULT, "")))

    def _check_allowed(self, namespace: str, own: Mapping[str, str], pod: Object) -> None:
        allowed = _labels(self._selectors.get(namespace, ""))
        if allowed and not own.items() <= allowed.items():
            raise _refusal(pod, "pod node label selector labels conflict with its namespace whitelist")


def _concerned(attributes: Attributes) -> bool:
    return attributes.group_resource == _PODS and not attributes.subresource and attributes.operation == "CREATE"


def _check_conflict(wanted: Mapping[str, str], own: Mapping[str, str], pod: Object) -> None:
    if any(own.get(key, value) != value for key, value in wanted.items()):
        raise _refusal(pod, "pod node label selector conflicts with its namespace node label selector")


def _refusal(pod: Object, why: str) -> Forbidden:
    return Forbidden.of(_PODS, pod["metadata"].get("name", ""), why)


def _labels(text: str) -> dict[str, str]:
    """Of ``a=b,c=d``, as upstream's ConvertSelectorToLabelsMap reads it."""
    labels = {}
    for part in text.split(",") if text else ():
        key, equals, value = part.partition("=")
        if not equals or "=" in value:
            raise InternalError.of(f"invalid selector: [{part}]")
        labels[key.strip()] = value.strip()
    return labels
