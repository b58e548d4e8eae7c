"""ExtendedResourceToleration: who asks for a device may run where only those may who do.

Source: k8s.io/kubernetes plugin/pkg/admission/extendedresourcetoleration. Off unless asked for.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from apimachinery.names import is_qualified_name
from apimachinery.objects import Object
from server.admission.chain import Attributes

_PODS = GroupResource("", "pods")


class ExtendedResourceToleration:
    name = "ExtendedResourceToleration"

    async def mutate(self, attributes: Attributes) -> None:
        pod = attributes.obj
        if attributes.group_resource != _PODS or attributes.subresource or pod is None:
            return
        if attributes.operation in ("CREATE", "UPDATE"):
            for resource in sorted(_extended(pod["spec"])):
                _tolerate(pod["spec"], resource)

    async def validate(self, attributes: Attributes) -> None:
        return None


def _extended(spec: Object) -> set[str]:
    requested = {
        name
        for field in ("containers", "initContainers")
        for container in spec.get(field) or ()
        for name in (container.get("resources") or {}).get("requests") or ()
    }
    return {name for name in requested if _is_extended(name)}


def _is_extended(name: str) -> bool:
    """A resource of somebody else's domain that a quota could name."""
    native = "/" not in name or "kubernetes.io/" in name
    return not native and not name.startswith("requests.") and not is_qualified_name(f"requests.{name}")


def _tolerate(spec: Object, resource: str) -> None:
    wanted = {"key": resource, "operator": "Exists", "effect": "NoSchedule"}
    own = spec.get("tolerations") or []
    if any(_covers(toleration, wanted) for toleration in own):
        return
    spec["tolerations"] = [*own, wanted]


def _covers(toleration: Object, wanted: Object) -> bool:
    return {key: value for key, value in toleration.items() if value} == wanted
