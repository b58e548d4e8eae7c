"""DefaultIngressClass: an ingress that names no class gets the default one, if there is one.

Source: k8s.io/kubernetes plugin/pkg/admission/network/defaultingressclass.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from server.admission.cached import all_of
from server.admission.chain import Attributes
from server.admission.default_class import default_name
from storage.cache import ResourceCache

INGRESS_CLASSES = GroupResource("networking.k8s.io", "ingressclasses")
_INGRESSES = GroupResource("networking.k8s.io", "ingresses")
_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_OLD_CLASS = "kubernetes.io/ingress.class"


class DefaultIngressClass:
    name = "DefaultIngressClass"

    def __init__(self, classes: ResourceCache) -> None:
        self._classes = classes

    async def mutate(self, attributes: Attributes) -> None:
        ingress = attributes.obj
        if attributes.group_resource != _INGRESSES or attributes.operation != "CREATE" or attributes.subresource:
            return
        if ingress is None or (ingress.get("spec") or {}).get("ingressClassName") is not None:
            return
        if _OLD_CLASS in (ingress["metadata"].get("annotations") or {}):
            return
        name = default_name(all_of(self._classes), _DEFAULT)
        if name is not None:
            ingress.setdefault("spec", {})["ingressClassName"] = name

    async def validate(self, attributes: Attributes) -> None:
        return None
