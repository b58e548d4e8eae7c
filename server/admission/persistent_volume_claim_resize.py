"""PersistentVolumeClaimResize: a bound claim may grow, if its storage class lets volumes expand.

Source: k8s.io/kubernetes plugin/pkg/admission/storage/persistentvolume/resize.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.quantity import Quantity, parse_quantity
from server.admission.cached import found
from server.admission.chain import Attributes
from server.admission.refusal import forbidden
from storage.cache import ResourceCache

_CLAIMS = GroupResource("", "persistentvolumeclaims")
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_NOT_EXPANDABLE = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
)


class PersistentVolumeClaimResize:
    name = "PersistentVolumeClaimResize"

    def __init__(self, classes: ResourceCache) -> None:
        self._classes = classes

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        if attributes.group_resource != _CLAIMS or attributes.operation != "UPDATE" or attributes.subresource:
            return
        new, old = attributes.obj, attributes.old
        if new is None or old is None or _size(new) <= _size(old):
            return
        if (old.get("status") or {}).get("phase") != "Bound":
            raise forbidden(attributes, "Only bound persistent volume claims can be expanded")
        if not self._may_expand(new, old):
            raise forbidden(attributes, _NOT_EXPANDABLE)

    def _may_expand(self, new: Object, old: Object) -> bool:
        name = _class_of(new)
        storage_class = found(self._classes, "", name) if name and name == _class_of(old) else None
        return storage_class is not None and bool(storage_class.get("allowVolumeExpansion"))


def _size(claim: Object) -> Quantity:
    requests = (claim["spec"].get("resources") or {}).get("requests") or {}
    return parse_quantity(requests.get("storage", "0"))


def _class_of(claim: Object) -> str:
    legacy = (claim["metadata"].get("annotations") or {}).get(_BETA_CLASS)
    return str(legacy if legacy is not None else claim["spec"].get("storageClassName") or "")
