"""Storage classes, CSI drivers and volume attachments."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill, fill_empty
from server.defaulting.volume import persistent_volume_source


def storage_class(obj: Object) -> None:
    fill(obj, "reclaimPolicy", "Delete")
    fill(obj, "volumeBindingMode", "Immediate")


def csi_driver(obj: Object) -> None:
    spec = child(obj, "spec")
    fill(spec, "attachRequired", True)
    fill(spec, "podInfoOnMount", False)
    fill(spec, "storageCapacity", False)
    fill(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType")
    fill_empty(spec, "volumeLifecycleModes", ["Persistent"])
    fill(spec, "requiresRepublish", False)
    fill(spec, "seLinuxMount", False)


def volume_attachment(obj: Object) -> None:
    inline = ((obj.get("spec") or {}).get("source") or {}).get("inlineVolumeSpec")
    if inline is not None:
        persistent_volume_source(inline)
