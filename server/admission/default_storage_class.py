"""DefaultStorageClass: a claim that names no storage class gets the default one, if there is one.

Source: k8s.io/kubernetes plugin/pkg/admission/storage/storageclass/setdefault.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from server.admission.cached import all_of
from server.admission.chain import Attributes
from server.admission.default_class import default_name
from storage.cache import ResourceCache

STORAGE_CLASSES = GroupResource("storage.k8s.io", "storageclasses")
_CLAIMS = GroupResource("", "persistentvolumeclaims")
_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_BETA_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


class DefaultStorageClass:
    name = "DefaultStorageClass"

    def __init__(self, classes: ResourceCache) -> None:
        self._classes = classes

    async def mutate(self, attributes: Attributes) -> None:
        """An empty class is one: it asks for a volume without."""
        claim = attributes.obj
        if attributes.group_resource != _CLAIMS or attributes.operation != "CREATE" or attributes.subresource:
            return
        if claim is None or claim["spec"].get("storageClassName") is not None:
            return
        if _BETA_CLASS in (claim["metadata"].get("annotations") or {}):
            return
        name = default_name(all_of(self._classes), _DEFAULT, _BETA_DEFAULT)
        if name is not None:
            claim["spec"]["storageClassName"] = name

    async def validate(self, attributes: Attributes) -> None:
        return None
