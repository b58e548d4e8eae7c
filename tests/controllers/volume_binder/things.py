"""Claims, volumes and classes, short to write."""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object


def claim(name: str = "data", *, size: str = "1Gi", phase: str = "Pending", **given: Any) -> Object:
    """``annotations``, ``uid`` and ``labels`` go into the metadata, what else is given into the spec."""
    metadata: Object = {"name": name, "namespace": "default", "uid": given.pop("uid", f"uid-{name}")}
    metadata.update({field: given.pop(field) for field in ("annotations", "labels") if field in given})
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **given}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": spec,
        "status": {"phase": phase},
    }


def volume(name: str = "v1", *, size: str = "1Gi", phase: str = "Available", **given: Any) -> Object:
    metadata: Object = {"name": name, "uid": given.pop("uid", f"uid-{name}")}
    fields = ("annotations", "labels", "finalizers", "deletionTimestamp")
    metadata.update({field: given.pop(field) for field in fields if field in given})
    spec = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "hostPath": {"path": "/srv/data"},
        **given,
    }
    status = {"phase": phase} if phase else {}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec, "status": status}


def reference(name: str = "data", *, uid: bool = True) -> Object:
    found = {"kind": "PersistentVolumeClaim", "namespace": "default", "name": name}
    return {**found, "uid": f"uid-{name}"} if uid else found


def storage_class(
    name: str = "fast", *, mode: str = "Immediate", provisioner: str = "csi.example.com", **given: Any
) -> Object:
    metadata: Object = {"name": name}
    if given.pop("default", False):
        metadata["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": metadata,
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": mode,
        **given,
    }
