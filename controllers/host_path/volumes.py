"""Which claims get a folder, what their volumes look like, and when a volume's folder goes. Pure."""

from __future__ import annotations

from pathlib import Path

from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from apimachinery.volumes import (
    HOST_PATH_PROVISIONER,
    PROVISIONED_BY,
    SELECTED_NODE,
    STORAGE_PROVISIONER,
    annotations_of,
    class_of,
    waits_for_consumer,
)

FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
"""Keeps the object of a volume until its folder is gone."""
_HOSTNAME = "kubernetes.io/hostname"


class Impossible(Exception):
    """The claim cannot be provisioned as it is; the message is for its user."""


def is_asked_for(claim: Object) -> bool:
    """Whether the binder has told us of the claim, and it has no volume yet."""
    if claim["spec"].get("volumeName") or is_terminating(claim):
        return False
    return annotations_of(claim).get(STORAGE_PROVISIONER) == HOST_PATH_PROVISIONER


def should_provision(claim: Object, storage_class: Object | None) -> bool:
    if storage_class is None or not is_asked_for(claim):
        return False
    return not waits_for_consumer(storage_class) or bool(annotations_of(claim).get(SELECTED_NODE))


def volume_name(claim: Object) -> str:
    return f"pvc-{claim['metadata']['uid']}"


def folder_of(root: Path, claim: Object) -> Path:
    return root / f"{volume_name(claim)}_{namespace_of(claim)}_{name_of(claim)}"


def volume_for(claim: Object, storage_class: Object, folder: Path, node: Object | None) -> Object:
    """``node``: the one that was selected; the volume belongs to it, as a disk in it would. Raises Impossible."""
    _check(claim, storage_class)
    spec = claim["spec"]
    policy = storage_class.get("reclaimPolicy") or "Delete"
    volume: Object = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": volume_name(claim),
            "annotations": {PROVISIONED_BY: HOST_PATH_PROVISIONER},
            "finalizers": [FINALIZER] if policy == "Delete" else [],
        },
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": class_of(claim),
            "volumeMode": "Filesystem",
            "hostPath": {"path": str(folder), "type": "DirectoryOrCreate"},
            "claimRef": _reference(claim),
        },
    }
    if node is not None:
        volume["spec"]["nodeAffinity"] = _only_on(node)
    return volume


def _check(claim: Object, storage_class: Object) -> None:
    spec = claim["spec"]
    if spec.get("selector") is not None:
        raise Impossible("claim.Spec.Selector is not supported")
    if spec.get("volumeMode") == "Block":
        raise Impossible("host paths have no block volumes")
    if spec.get("dataSource") is not None or spec.get("dataSourceRef") is not None:
        raise Impossible("host paths have no data source")
    if storage_class.get("mountOptions"):
        raise Impossible("host paths have no mount options")


def _reference(claim: Object) -> Object:
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
    }


def _only_on(node: Object) -> Object:
    hostname = (node["metadata"].get("labels") or {}).get(_HOSTNAME, name_of(node))
    expression = {"key": _HOSTNAME, "operator": "In", "values": [hostname]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def is_ours(volume: Object) -> bool:
    return annotations_of(volume).get(PROVISIONED_BY) == HOST_PATH_PROVISIONER


def should_delete(volume: Object) -> bool:
    """Released, with a policy that says so, and not been through it yet."""
    if not is_ours(volume) or (volume.get("status") or {}).get("phase") != "Released":
        return False
    if is_terminating(volume) and FINALIZER not in finalizers_of(volume):
        return False
    return bool(volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete")


def finalizers_of(volume: Object) -> list[str]:
    return volume["metadata"].get("finalizers") or []


def finalizers_wanted(volume: Object) -> list[str]:
    """Ours goes with the policy: nothing holds a volume whose folder stays."""
    held = finalizers_of(volume)
    if volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
        return [finalizer for finalizer in held if finalizer != FINALIZER]
    return held if FINALIZER in held or is_terminating(volume) else [*held, FINALIZER]
