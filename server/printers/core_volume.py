"""Persistent volumes and their claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.printers.cells import UNSET
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name

_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_ACCESS_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _access_modes(modes: Iterable[str] | None) -> str:
    present = set(modes or ())
    return ",".join(short for mode, short in _ACCESS_MODES.items() if mode in present)


def _class(obj: Object) -> str:
    """The annotation, older than the field, wins."""
    annotations = obj["metadata"].get("annotations") or {}
    return annotations[_BETA_CLASS] if _BETA_CLASS in annotations else obj["spec"].get("storageClassName") or ""


def _phase(obj: Object, status: Mapping[str, Any]) -> str:
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else status.get("phase", "")


def _optional(spec: Mapping[str, Any], field: str) -> Any:
    value = spec.get(field)
    return UNSET if value is None else value


def _volume_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    claim = spec.get("claimRef")
    return Row(
        [
            name(obj),
            (spec.get("capacity") or {}).get("storage", "0"),
            _access_modes(spec.get("accessModes")),
            spec.get("persistentVolumeReclaimPolicy", ""),
            _phase(obj, status),
            f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim is not None else "",
            _class(obj),
            _optional(spec, "volumeAttributesClassName"),
            status.get("reason", ""),
            age(obj, now),
            _optional(spec, "volumeMode"),
        ]
    )


PERSISTENT_VOLUME = Printer(
    (
        NAME,
        column("Capacity", doc("core/v1.PersistentVolumeSpec.capacity")),
        column("Access Modes", doc("core/v1.PersistentVolumeSpec.accessModes")),
        column("Reclaim Policy", doc("core/v1.PersistentVolumeSpec.persistentVolumeReclaimPolicy")),
        column("Status", doc("core/v1.PersistentVolumeStatus.phase")),
        column("Claim", doc("core/v1.PersistentVolumeSpec.claimRef")),
        column("StorageClass", "StorageClass of the pv"),
        column("VolumeAttributesClass", "VolumeAttributesClass of the pv"),
        column("Reason", doc("core/v1.PersistentVolumeStatus.reason")),
        AGE,
        column("VolumeMode", doc("core/v1.PersistentVolumeSpec.volumeMode"), wide=True),
    ),
    _volume_row,
)


def _claim_row(obj: Object, now: datetime) -> Row:
    spec, status = obj["spec"], obj.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return Row(
        [
            name(obj),
            _phase(obj, status),
            spec.get("volumeName", ""),
            (status.get("capacity") or {}).get("storage", "0") if bound else "",
            _access_modes(status.get("accessModes")) if bound else "",
            _class(obj),
            _optional(spec, "volumeAttributesClassName"),
            age(obj, now),
            _optional(spec, "volumeMode"),
        ]
    )


PERSISTENT_VOLUME_CLAIM = Printer(
    (
        NAME,
        column("Status", doc("core/v1.PersistentVolumeClaimStatus.phase")),
        column("Volume", doc("core/v1.PersistentVolumeClaimSpec.volumeName")),
        column("Capacity", doc("core/v1.PersistentVolumeClaimStatus.capacity")),
        column("Access Modes", doc("core/v1.PersistentVolumeClaimStatus.accessModes")),
        column("StorageClass", "StorageClass of the pvc"),
        column("VolumeAttributesClass", "VolumeAttributesClass of the pvc"),
        AGE,
        column("VolumeMode", doc("core/v1.PersistentVolumeClaimSpec.volumeMode"), wide=True),
    ),
    _claim_row,
)
