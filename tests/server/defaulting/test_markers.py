"""The defaults upstream declares on fields, rather than in code, are all known here.

A field that gets a default in a later version of the API appears in the type data and fails this test: fill it in in
the function of its kind, then write it down here.
"""

from __future__ import annotations

from typing import Any

from openapi.resources import RESOURCES
from openapi.schema import Form, Type, type_of

FILLED_IN = {
    ("v1.AzureDiskVolumeSource", "cachingMode"): "ReadWrite",
    ("v1.AzureDiskVolumeSource", "fsType"): "ext4",
    ("v1.AzureDiskVolumeSource", "kind"): "Shared",
    ("v1.AzureDiskVolumeSource", "readOnly"): False,
    ("v1.ContainerPort", "protocol"): "TCP",
    ("v1.DeviceToleration", "operator"): "Equal",
    ("v1.FileKeySelector", "optional"): False,
    ("v1.GRPCAction", "service"): "",
    ("v1.ISCSIPersistentVolumeSource", "iscsiInterface"): "default",
    ("v1.ISCSIVolumeSource", "iscsiInterface"): "default",
    ("v1.PodCertificateRequestSpec", "maxExpirationSeconds"): 86400,
    ("v1.RBDPersistentVolumeSource", "keyring"): "/etc/ceph/keyring",
    ("v1.RBDPersistentVolumeSource", "pool"): "rbd",
    ("v1.RBDPersistentVolumeSource", "user"): "admin",
    ("v1.RBDVolumeSource", "keyring"): "/etc/ceph/keyring",
    ("v1.RBDVolumeSource", "pool"): "rbd",
    ("v1.RBDVolumeSource", "user"): "admin",
    ("v1.ReplicationControllerSpec", "replicas"): 1,
    ("v1.ScaleIOPersistentVolumeSource", "fsType"): "xfs",
    ("v1.ScaleIOPersistentVolumeSource", "storageMode"): "ThinProvisioned",
    ("v1.ScaleIOVolumeSource", "fsType"): "xfs",
    ("v1.ScaleIOVolumeSource", "storageMode"): "ThinProvisioned",
    ("v1.ServicePort", "protocol"): "TCP",
}


def collect(type: Type, seen: set[Type], found: dict[tuple[str, str], Any]) -> None:
    if type in seen:
        return
    seen.add(type)
    if type.form in (Form.LIST, Form.MAP):
        collect(type.element, seen, found)
    elif type.form is Form.STRUCT:
        for field in type.fields.values():
            is_zero = not field.default and not field.pointer  # not printed, or printed anyway
            if field.default is not None and not is_zero:
                found[type.name, field.name] = field.default
            collect(field.type, seen, found)


def test_every_declared_default_is_filled_in() -> None:
    found: dict[tuple[str, str], Any] = {}
    seen: set[Type] = set()
    for resource in RESOURCES:
        collect(type_of(resource.gvk), seen, found)
    assert found == FILLED_IN
