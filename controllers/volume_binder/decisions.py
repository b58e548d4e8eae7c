"""What is to be done for one claim or one volume, as values; nothing here reads or writes the API.

Source: syncClaim and syncVolume of pkg/controller/volume/persistentvolume/pv_controller.go, with their wording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from apimachinery.objects import Object, name_of
from apimachinery.volumes import (
    BIND_COMPLETED,
    BOUND_BY_CONTROLLER,
    PROVISIONED_BY,
    SELECTED_NODE,
    annotations_of,
    asks_for_class,
    class_of,
    is_bound_to,
    mode_differs,
    waits_for_consumer,
)
from controllers.volume_binder.matching import mismatch
from controllers.volume_binder.plugins import IN_TREE, MIGRATED
from controllers.volume_binder.verdicts import (
    NORMAL,
    WARNING,
    AssignClass,
    Bind,
    ClaimVerdict,
    Complain,
    Provision,
    Reclaim,
    Said,
    SetClaim,
    SetVolume,
    Unbind,
    VolumeVerdict,
    WakeClaim,
)


class Surroundings(NamedTuple):
    """What a claim's verdict depends on; looked at only where needed."""

    volume: Callable[[str], Object | None]
    match: Callable[[bool], Object | None]
    """The best volume for the claim; True: only one that is reserved for it."""
    storage_class: Callable[[str], Object | None]
    default_class: Callable[[], Object | None]
    waiting_pods: Callable[[], Sequence[str]]
    """Names of the pods without a node that want the claim."""


_LOST = "Bound claim has lost {}. Data on the volume is lost!"
_MISBOUND = "Two claims are bound to the same volume, this one is bound incorrectly"
_NO_VOLUME = "no persistent volumes available for this claim and no storage class is set"


def of_claim(claim: Object, around: Surroundings) -> ClaimVerdict:
    name = claim["spec"].get("volumeName")
    if BIND_COMPLETED in annotations_of(claim):
        return _of_bound(claim, around.volume(name)) if name else _lost("ClaimLost", "reference to PersistentVolume")
    return _of_prebound(claim, name, around.volume(name)) if name else _of_unbound(claim, around)


def _of_bound(claim: Object, volume: Object | None) -> ClaimVerdict:
    if volume is None:
        return _lost("ClaimLost", "its PersistentVolume")
    reference = volume["spec"].get("claimRef")
    if not reference or reference.get("uid") == claim["metadata"]["uid"]:
        return Bind(volume)
    return SetClaim("Lost", Said(WARNING, "ClaimMisbound", _MISBOUND), once=True)


def _lost(reason: str, what: str) -> SetClaim:
    return SetClaim("Lost", Said(WARNING, reason, _LOST.format(what)), once=True)


def _of_prebound(claim: Object, name: str, volume: Object | None) -> ClaimVerdict:
    """The user named the volume."""
    if volume is None:
        return SetClaim("Pending")
    if is_bound_to(volume, claim):
        return Bind(volume)
    if not volume["spec"].get("claimRef"):
        problem = mismatch(volume, claim)
        if not problem:
            return Bind(volume)
        return SetClaim(
            "Pending", Said(WARNING, "VolumeMismatch", f'Cannot bind to requested volume "{name}": {problem}')
        )
    said = Said(WARNING, "FailedBinding", f'volume "{name}" already bound to a different claim.')
    return Complain(said) if BOUND_BY_CONTROLLER in annotations_of(claim) else SetClaim("Pending", said)


def _of_unbound(claim: Object, around: Surroundings) -> ClaimVerdict:
    class_name = class_of(claim)
    storage_class = around.storage_class(class_name) if class_name else None
    delayed = waits_for_consumer(storage_class)
    volume = around.match(delayed)
    if volume is not None:
        return Bind(volume)
    if not asks_for_class(claim) and (default := around.default_class()) is not None:
        return AssignClass(name_of(default))
    if delayed and SELECTED_NODE not in annotations_of(claim):
        return SetClaim("Pending", _consumers(around.waiting_pods()))
    if not class_name:
        return SetClaim("Pending", Said(NORMAL, "FailedBinding", _NO_VOLUME))
    return _provision(class_name, storage_class)


def _consumers(pods: Sequence[str]) -> Said:
    if not pods:
        return Said(NORMAL, "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    named = f"pod {pods[0]}" if len(pods) == 1 else f"pods {','.join(pods)}"
    return Said(NORMAL, "WaitForPodScheduled", f"waiting for {named} to be scheduled")


def _provision(class_name: str, storage_class: Object | None) -> ClaimVerdict:
    if storage_class is None:
        return Complain(Said(WARNING, "ProvisioningFailed", f'storageclass.storage.k8s.io "{class_name}" not found'))
    provisioner = str(storage_class["provisioner"])
    if provisioner.startswith(IN_TREE) and provisioner not in MIGRATED:
        return Complain(Said(WARNING, "ProvisioningFailed", f"no volume plugin matched name: {provisioner}"))
    return Provision(MIGRATED.get(provisioner, provisioner))


def waiting_message(provisioner: str) -> Said:
    return Said(
        NORMAL,
        "ExternalProvisioning",
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the "
        "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
        "correctly registered.",
    )


def of_volume(volume: Object, find_claim: Callable[[], Object | None]) -> VolumeVerdict:
    """``find_claim``: the claim that the volume's claimRef means, by its uid; None if it is gone for sure."""
    reference = volume["spec"].get("claimRef")
    if not reference or not reference.get("uid"):
        return SetVolume("Available")
    claim = find_claim()
    if claim is None:
        return Reclaim()
    bound_to = claim["spec"].get("volumeName")
    if bound_to == name_of(volume):
        return SetVolume("Bound")
    if not bound_to:
        return _mode_mismatch(volume, claim) if mode_differs(claim, volume) else WakeClaim()
    policy = volume["spec"].get("persistentVolumeReclaimPolicy")
    return Reclaim() if PROVISIONED_BY in annotations_of(volume) and policy == "Delete" else Unbind()


def _mode_mismatch(volume: Object, claim: Object) -> Complain:
    of_claim = f'Cannot bind PersistentVolume "{name_of(volume)}" to requested PersistentVolumeClaim'
    of_volume = f'Cannot bind PersistentVolume to requested PersistentVolumeClaim "{name_of(claim)}"'
    why = "due to incompatible volumeMode."
    return Complain(
        Said(WARNING, "VolumeMismatch", f"{of_claim} {why}"), Said(WARNING, "VolumeMismatch", f"{of_volume} {why}")
    )
