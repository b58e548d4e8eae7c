"""RuntimeClass: a pod gets the overhead of its runtime class, and goes where its class can run.

Source: k8s.io/kubernetes plugin/pkg/admission/runtimeclass, pkg/util/tolerations.
"""

from __future__ import annotations

from collections.abc import Sequence

from apimachinery.fielderrors import quote
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.pod_resources import parse_resources
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.refusal import forbidden
from storage.cache import ResourceCache

RUNTIME_CLASSES = GroupResource("node.k8s.io", "runtimeclasses")
_PODS = GroupResource("", "pods")
_DIFFERENT = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
_UNFOUNDED = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


class RuntimeClass:
    name = "RuntimeClass"

    def __init__(self, classes: ResourceCache) -> None:
        self._classes = classes

    async def mutate(self, attributes: Attributes) -> None:
        pod = _new_pod(attributes)
        runtime_class = self._class_of(attributes, pod)
        if pod is None or runtime_class is None:
            return
        spec = pod["spec"]
        overhead = _overhead(runtime_class)
        if overhead is not None:
            if spec.get("overhead") and not _is_same(spec["overhead"], overhead):
                raise forbidden(attributes, _DIFFERENT)
            spec["overhead"] = dict(overhead)
        scheduling = runtime_class.get("scheduling")
        if scheduling is not None:
            _schedule(attributes, spec, scheduling)

    async def validate(self, attributes: Attributes) -> None:
        pod = _new_pod(attributes)
        if pod is None:
            return
        runtime_class = self._class_of(attributes, pod)
        overhead = _overhead(runtime_class) if runtime_class else None
        own = pod["spec"].get("overhead")
        if overhead is None and own is not None:
            raise forbidden(attributes, _UNFOUNDED)
        if overhead is not None and not _is_same(own, overhead):
            raise forbidden(attributes, _DIFFERENT)

    def _class_of(self, attributes: Attributes, pod: Object | None) -> Object | None:
        name = None if pod is None else pod["spec"].get("runtimeClassName")
        if name is None:
            return None
        runtime_class = found(self._classes, "", name)
        if runtime_class is None:
            raise forbidden(attributes, f"pod rejected: RuntimeClass {quote(name)} not found")
        return runtime_class


def _new_pod(attributes: Attributes) -> Object | None:
    is_one = attributes.group_resource == _PODS and attributes.operation == "CREATE" and not attributes.subresource
    return attributes.obj if is_one else None


def _overhead(runtime_class: Object) -> Object | None:
    """What the class costs; None: it says nothing about that."""
    overhead = runtime_class.get("overhead")
    return None if overhead is None else overhead.get("podFixed") or {}


def _is_same(one: Object | None, other: Object | None) -> bool:
    return parse_resources(one) == parse_resources(other)


def _schedule(attributes: Attributes, spec: Object, scheduling: Object) -> None:
    selector = dict(spec.get("nodeSelector") or {})
    for key, value in (scheduling.get("nodeSelector") or {}).items():
        if selector.setdefault(key, value) != value:
            why = f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
            raise forbidden(attributes, f"{why}pod.spec.nodeSelector[{key}] = {selector[key]}")
    if selector:
        spec["nodeSelector"] = selector
    tolerations = merge_tolerations(spec.get("tolerations") or (), scheduling.get("tolerations") or ())
    if tolerations:
        spec["tolerations"] = tolerations


def merge_tolerations(first: Sequence[Object], second: Sequence[Object]) -> list[Object]:
    """Both, without those that another one covers; of equal ones the first."""
    every = [*first, *second]
    merged: list[Object] = []
    for position, toleration in enumerate(every):
        later = (other for other in every[position + 1 :] if other != toleration)
        if not any(_covers(other, toleration) for other in (*merged, *later)):
            merged.append(dict(toleration))
    return merged


def _covers(wide: Object, narrow: Object) -> bool:
    if wide == narrow:
        return True
    exists = wide.get("operator") == "Exists"
    if narrow.get("key") != wide.get("key") and (wide.get("key") or not exists):
        return False
    if wide.get("effect") and narrow.get("effect") != wide["effect"]:
        return False
    seconds = wide.get("tolerationSeconds")
    if wide.get("effect") == "NoExecute" and seconds is not None:
        own = narrow.get("tolerationSeconds")
        if own is None or own > seconds:
            return False
    same = narrow.get("operator") == "Equal" and (narrow.get("value") or "") == (wide.get("value") or "")
    return exists or (wide.get("operator") in (None, "", "Equal") and same)
