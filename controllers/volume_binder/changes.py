"""Claims and volumes as they are after a decision; None where they are so already."""

from __future__ import annotations

from apimachinery.objects import Object, name_of
from apimachinery.volumes import (
    BETA_STORAGE_PROVISIONER,
    BIND_COMPLETED,
    BOUND_BY_CONTROLLER,
    STORAGE_PROVISIONER,
    annotations_of,
)


def claim_key(volume: Object) -> str:
    """Of the claim that the volume's claimRef names, "" without one."""
    reference = volume["spec"].get("claimRef")
    return f"{reference.get('namespace', '')}/{reference['name']}" if reference else ""


def unbound(volume: Object) -> Object:
    """The volume without the binding: as before, or still reserved by its user."""
    metadata, spec = volume["metadata"], volume["spec"]
    if BOUND_BY_CONTROLLER in annotations_of(volume):
        annotations = {key: value for key, value in annotations_of(volume).items() if key != BOUND_BY_CONTROLLER}
        spec = {key: value for key, value in spec.items() if key != "claimRef"}
        return {**volume, "metadata": {**metadata, "annotations": annotations}, "spec": spec}
    reference = {key: value for key, value in spec["claimRef"].items() if key != "uid"}
    return {**volume, "spec": {**spec, "claimRef": reference}}


def bound_claim(claim: Object, volume: Object) -> Object | None:
    """The claim as it is when bound to the volume; None: it is so already."""
    annotations, spec = dict(annotations_of(claim)), claim["spec"]
    if spec.get("volumeName") != name_of(volume):
        spec = {**spec, "volumeName": name_of(volume)}
        annotations.setdefault(BOUND_BY_CONTROLLER, "yes")
    annotations.setdefault(BIND_COMPLETED, "yes")
    if spec is claim["spec"] and annotations == annotations_of(claim):
        return None
    return {**claim, "metadata": {**claim["metadata"], "annotations": annotations}, "spec": spec}


_OF_VOLUME = ("accessModes", "capacity", "currentVolumeAttributesClassName")


def claim_status(claim: Object, phase: str, volume: Object | None) -> Object | None:
    """The claim's status in that phase; None: it says so already.

    The size is set when a claim becomes Bound, not later: a smaller one means that its volume is being enlarged.
    """
    status = claim.get("status") or {}
    was = status.get("phase")
    new = {**status, "phase": phase}
    if volume is None:
        new = {field: value for field, value in new.items() if field not in _OF_VOLUME}
    else:
        new["accessModes"] = volume["spec"].get("accessModes")
        if was != phase:
            new["capacity"] = volume["spec"].get("capacity")
        attributes_class = volume["spec"].get("volumeAttributesClassName")
        if (was, phase) == ("Pending", "Bound") and attributes_class:
            new["currentVolumeAttributesClassName"] = attributes_class
    return None if new == status else new


def with_provisioner(claim: Object, provisioner: str) -> Object | None:
    """The claim with the annotations that tell a provisioner that it is its turn."""
    if annotations_of(claim).get(STORAGE_PROVISIONER) == provisioner:
        return None
    wanted = {BETA_STORAGE_PROVISIONER: provisioner, STORAGE_PROVISIONER: provisioner}
    return {**claim, "metadata": {**claim["metadata"], "annotations": {**annotations_of(claim), **wanted}}}
