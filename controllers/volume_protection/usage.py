"""Who uses a claim, a volume or a volume attributes class. Behaviour of pkg/controller/volume/*protection."""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, name_of
from apimachinery.volumes import claim_name
from client.store import Indexers


def uses_claim(pod: Object, claim: Object) -> bool:
    """Whether the claim must stay for this pod. One without a node cannot start on a claim that is going.

    An ephemeral volume's claim has to be the pod's own; it need not stay for a pod that is over and only held by its
    finalizers, one of which may be waiting for the claim to go.
    """
    if not pod["spec"].get("nodeName"):
        return False
    for volume in pod["spec"].get("volumes") or ():
        if claim_name(pod, volume) != name_of(claim):
            continue
        if volume.get("persistentVolumeClaim") or (not _is_shut_down(pod) and _owns(pod, claim)):
            return True
    return False


def _is_shut_down(pod: Object) -> bool:
    return is_terminating(pod) and pod["metadata"].get("deletionGracePeriodSeconds") == 0


def _owns(pod: Object, claim: Object) -> bool:
    references = claim["metadata"].get("ownerReferences") or ()
    return any(reference.get("controller") and reference["uid"] == pod["metadata"]["uid"] for reference in references)


def classes_of_claim(claim: Object) -> set[str]:
    """The classes a claim has, had, or is about to have."""
    status = claim.get("status") or {}
    names = (
        (claim.get("spec") or {}).get("volumeAttributesClassName"),
        status.get("currentVolumeAttributesClassName"),
        (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName"),
    )
    return {name for name in names if name}


def classes_of_volume(volume: Object) -> set[str]:
    name = (volume.get("spec") or {}).get("volumeAttributesClassName")
    return {name} if name else set()


CLASS = "volume attributes class"
CLAIMS_BY_CLASS: Indexers = {CLASS: classes_of_claim}
VOLUMES_BY_CLASS: Indexers = {CLASS: classes_of_volume}
