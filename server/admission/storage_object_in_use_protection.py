"""StorageObjectInUseProtection: what others may use gets a finalizer when it is made, so that a deletion waits.

The controllers of volume protection let go. Source: k8s.io/kubernetes
plugin/pkg/admission/storage/storageobjectinuseprotection.
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from server.admission.chain import Attributes

_FINALIZERS = {
    GroupResource("", "persistentvolumeclaims"): "kubernetes.io/pvc-protection",
    GroupResource("", "persistentvolumes"): "kubernetes.io/pv-protection",
    GroupResource("storage.k8s.io", "volumeattributesclasses"): "kubernetes.io/vac-protection",
}


class StorageObjectInUseProtection:
    name = "StorageObjectInUseProtection"

    async def mutate(self, attributes: Attributes) -> None:
        finalizer = _FINALIZERS.get(attributes.group_resource)
        if finalizer is None or attributes.operation != "CREATE" or attributes.subresource or attributes.obj is None:
            return
        metadata = attributes.obj["metadata"]
        held = metadata.get("finalizers") or []
        if finalizer not in held:
            metadata["finalizers"] = [*held, finalizer]

    async def validate(self, attributes: Attributes) -> None:
        return None
