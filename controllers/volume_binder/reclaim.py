"""What becomes of a released volume."""

from __future__ import annotations

import re
from typing import NamedTuple

from apimachinery.objects import Object, name_of
from apimachinery.volumes import PROVISIONED_BY, annotations_of
from controllers.volume_binder.plugins import IN_TREE, MIGRATED
from controllers.volume_binder.verdicts import WARNING, Said


class Reclaiming(NamedTuple):
    """``delete``: the volume's object goes; ``failed``: it is Failed, with that event; neither: leave it to others."""

    delete: bool = False
    failed: Said | None = None


_HOST_PATH_RULE = re.compile(r"/tmp/.+")


def reclaiming(volume: Object) -> Reclaiming:
    """What the reclaim policy of a released volume asks of this controller.

    Volumes of an external provisioner are deleted by it. Of the sources that upstream deletes itself, host paths below
    /tmp alone, there is nothing on a disk of ours to remove. Nobody recycles: the policy is deprecated.
    """
    match volume["spec"].get("persistentVolumeReclaimPolicy"):
        case "Retain":
            return Reclaiming()
        case "Recycle":
            return _failed("VolumeFailedRecycle", "No recycler plugin found for the volume!")
        case "Delete":
            return _deleting(volume)
    return _failed("VolumeUnknownReclaimPolicy", "Volume has unrecognized PersistentVolumeReclaimPolicy")


def _deleting(volume: Object) -> Reclaiming:
    provisioner = annotations_of(volume).get(PROVISIONED_BY, "")
    if (provisioner and not provisioner.startswith(IN_TREE)) or provisioner in MIGRATED:
        return Reclaiming()
    spec = volume["spec"]
    if "csi" in spec:
        return Reclaiming()
    if "hostPath" not in spec:
        named = name_of(volume)
        problem = f'error getting deleter volume plugin for volume "{named}": no deletable volume plugin matched'
        return _failed("VolumeFailedDelete", problem)
    path = spec["hostPath"]["path"]
    if not _HOST_PATH_RULE.search(path):
        return _failed("VolumeFailedDelete", f"host_path deleter only supports /tmp/.+ but received provided {path}")
    return Reclaiming(delete=True)


def _failed(reason: str, message: str) -> Reclaiming:
    return Reclaiming(failed=Said(WARNING, reason, message))
