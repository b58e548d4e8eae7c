"""Storage classes, attachments and CSI bookkeeping."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.cells import NONE, UNSET
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name

_DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def _storage_class_row(obj: Object, now: datetime) -> Row:
    annotations = obj["metadata"].get("annotations") or {}
    is_default = any(annotations.get(key) == "true" for key in _DEFAULT_CLASS)
    return Row(
        [
            f"{name(obj)} (default)" if is_default else name(obj),
            obj.get("provisioner", ""),
            obj.get("reclaimPolicy") or "Delete",
            obj.get("volumeBindingMode") or "Immediate",
            bool(obj.get("allowVolumeExpansion")),
            age(obj, now),
        ]
    )


STORAGE_CLASS = Printer(
    (
        NAME,
        column("Provisioner", doc("storage/v1.StorageClass.provisioner")),
        column("ReclaimPolicy", doc("storage/v1.StorageClass.reclaimPolicy")),
        column("VolumeBindingMode", doc("storage/v1.StorageClass.volumeBindingMode")),
        column("AllowVolumeExpansion", doc("storage/v1.StorageClass.allowVolumeExpansion")),
        AGE,
    ),
    _storage_class_row,
)


def _volume_attributes_class_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), obj.get("driverName", ""), age(obj, now)])


VOLUME_ATTRIBUTES_CLASS = Printer(
    (NAME, column("DriverName", doc("storage/v1.VolumeAttributesClass.driverName")), AGE),
    _volume_attributes_class_row,
)


def _volume_attachment_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    return Row(
        [
            name(obj),
            spec.get("attacher", ""),
            (spec.get("source") or {}).get("persistentVolumeName") or "",
            spec.get("nodeName", ""),
            bool((obj.get("status") or {}).get("attached")),
            age(obj, now),
        ]
    )


VOLUME_ATTACHMENT = Printer(
    (
        NAME,
        column("Attacher", doc("storage/v1.VolumeAttachmentSpec.attacher"), format="name"),
        column("PV", doc("storage/v1.VolumeAttachmentSource.persistentVolumeName")),
        column("Node", doc("storage/v1.VolumeAttachmentSpec.nodeName")),
        column("Attached", doc("storage/v1.VolumeAttachmentStatus.attached"), type="boolean"),
        AGE,
    ),
    _volume_attachment_row,
)


def _csi_node_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), len((obj.get("spec") or {}).get("drivers") or ()), age(obj, now)])


CSI_NODE = Printer(
    (
        NAME,
        column("Drivers", "Drivers indicates the number of CSI drivers registered on the node", type="integer"),
        AGE,
    ),
    _csi_node_row,
)


def _csi_driver_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    requests = spec.get("tokenRequests")
    return Row(
        [
            name(obj),
            spec.get("attachRequired") is not False,
            bool(spec.get("podInfoOnMount")),
            bool(spec.get("storageCapacity")),
            UNSET if requests is None else ",".join(r.get("audience", "") for r in requests),
            bool(spec.get("requiresRepublish")),
            ",".join(spec.get("volumeLifecycleModes") or ()) or NONE,
            age(obj, now),
        ]
    )


CSI_DRIVER = Printer(
    (
        NAME,
        column("AttachRequired", doc("storage/v1.CSIDriverSpec.attachRequired"), type="boolean"),
        column("PodInfoOnMount", doc("storage/v1.CSIDriverSpec.podInfoOnMount"), type="boolean"),
        column("StorageCapacity", doc("storage/v1.CSIDriverSpec.storageCapacity"), type="boolean"),
        column("TokenRequests", doc("storage/v1.CSIDriverSpec.tokenRequests")),
        column("RequiresRepublish", doc("storage/v1.CSIDriverSpec.requiresRepublish"), type="boolean"),
        column("Modes", doc("storage/v1.CSIDriverSpec.volumeLifecycleModes")),
        AGE,
    ),
    _csi_driver_row,
)


def _csi_storage_capacity_row(obj: Object, now: datetime) -> Row:
    capacity = obj.get("capacity")
    return Row([name(obj), obj.get("storageClassName", ""), UNSET if capacity is None else capacity])


CSI_STORAGE_CAPACITY = Printer(
    (
        NAME,
        column("StorageClassName", doc("storage/v1.CSIStorageCapacity.storageClassName")),
        column("Capacity", doc("storage/v1.CSIStorageCapacity.capacity")),
    ),
    _csi_storage_capacity_row,
)
