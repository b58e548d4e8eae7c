"""Who uses a claim, a volume or a volume attributes class. Behaviour of pkg/controller/volume/*protection."""

from __future__ import annotations

from collections.abc import Iterable

from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from client.store import Indexers


def claims_of(pod: Object) -> list[str]:
    """The names of all claims a pod's volumes are about, those of its ephemeral volumes too."""
    named = [_claim_name(pod, volume) for volume in pod["spec"].get("volumes") or ()]
    return [name for name in named if name]


def _claim_name(pod: Object, volume: Object) -> str:
    if volume.get("persistentVolumeClaim"):
        return str(volume["persistentVolumeClaim"]["claimName"])
    return f"{name_of(pod)}-{volume['name']}" if volume.get("ephemeral") else ""


def uses_claim(pod: Object, claim: Object) -> bool:
    """Whether the claim must stay for this pod. One without a node cannot start on a claim that is going.

    An ephemeral volume's claim has to be the pod's own; it need not stay for a pod that is over and only held by its
    finalizers, one of which may be waiting for the claim to go.
    """
    if not pod["spec"].get("nodeName"):
        return False
    for volume in pod["spec"].get("volumes") or ():
        if _claim_name(pod, volume) != name_of(claim):
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


def _pods_claims(pod: Object) -> Iterable[str]:
    return [f"{namespace_of(pod)}/{name}" for name in claims_of(pod)]


CLAIM, CLASS = "claim", "volume attributes class"
BY_CLAIM: Indexers = {CLAIM: _pods_claims}
CLAIMS_BY_CLASS: Indexers = {CLASS: classes_of_claim}
VOLUMES_BY_CLASS: Indexers = {CLASS: classes_of_volume}
