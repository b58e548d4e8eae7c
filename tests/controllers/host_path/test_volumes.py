"""Which claims get a folder, what their volumes look like, and when a folder goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apimachinery.objects import Object
from apimachinery.volumes import HOST_PATH_PROVISIONER, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER
from controllers.host_path.volumes import (
    FINALIZER,
    Impossible,
    finalizers_wanted,
    folder_of,
    should_delete,
    should_provision,
    volume_for,
)
from tests.controllers.volume_binder.things import claim, storage_class, volume

OURS = {STORAGE_PROVISIONER: HOST_PATH_PROVISIONER}
CLASS = storage_class(provisioner=HOST_PATH_PROVISIONER)
LATE = storage_class(provisioner=HOST_PATH_PROVISIONER, mode="WaitForFirstConsumer")
NODE = {"metadata": {"name": "n1", "labels": {"kubernetes.io/hostname": "host-1"}}}


@pytest.mark.parametrize(
    ("given", "of", "should"),
    [
        (claim(annotations=OURS), CLASS, True),
        (claim(annotations=OURS), None, False),
        (claim(), CLASS, False),
        (claim(annotations={STORAGE_PROVISIONER: "csi.example.com"}), CLASS, False),
        (claim(annotations=OURS, volumeName="v1"), CLASS, False),
        (claim(annotations=OURS), LATE, False),
        (claim(annotations={**OURS, SELECTED_NODE: "n1"}), LATE, True),
    ],
)
def test_whose_turn_it_is(given: Object, of: Object | None, should: bool) -> None:
    assert should_provision(given, of) is should


def complete(**given: Any) -> Object:
    found = claim(storageClassName="fast", **given)
    found["metadata"]["resourceVersion"] = "7"
    return found


def test_a_volume_is_made_for_its_claim_alone_and_belongs_to_the_node() -> None:
    folder = folder_of(Path("/volumes"), complete())
    assert str(folder) == "/volumes/pvc-uid-data_default_data"
    made = volume_for(complete(), CLASS, folder, NODE)
    assert made["metadata"] == {
        "name": "pvc-uid-data",
        "annotations": {PROVISIONED_BY: HOST_PATH_PROVISIONER},
        "finalizers": [FINALIZER],
    }
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["host-1"]}
    assert made["spec"] == {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Delete",
        "storageClassName": "fast",
        "volumeMode": "Filesystem",
        "hostPath": {"path": str(folder), "type": "DirectoryOrCreate"},
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": "default",
            "name": "data",
            "uid": "uid-data",
            "resourceVersion": "7",
        },
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}},
    }


def test_a_volume_that_is_retained_is_held_by_nothing_and_one_made_at_once_is_everywhere() -> None:
    made = volume_for(complete(), {**CLASS, "reclaimPolicy": "Retain"}, Path("/f"), None)
    assert made["metadata"]["finalizers"] == []
    assert "nodeAffinity" not in made["spec"]


@pytest.mark.parametrize(
    ("given", "of"),
    [
        ({"selector": {"matchLabels": {"a": "b"}}}, CLASS),
        ({"volumeMode": "Block"}, CLASS),
        ({"dataSource": {"kind": "PersistentVolumeClaim", "name": "other"}}, CLASS),
        ({}, {**CLASS, "mountOptions": ["ro"]}),
    ],
)
def test_what_folders_cannot_do(given: dict[str, Any], of: Object) -> None:
    with pytest.raises(Impossible):
        volume_for(complete(**given), of, Path("/f"), None)


def ours(**given: Any) -> Object:
    wanted: Object = {
        "phase": "Released",
        "persistentVolumeReclaimPolicy": "Delete",
        "finalizers": [FINALIZER],
        **given,
    }
    return volume(annotations={PROVISIONED_BY: HOST_PATH_PROVISIONER}, **wanted)


@pytest.mark.parametrize(
    ("given", "should"),
    [
        (ours(), True),
        (ours(phase="Bound"), False),
        (ours(phase="Failed"), False),
        (ours(persistentVolumeReclaimPolicy="Retain"), False),
        (ours(deletionTimestamp="2026-01-01T00:00:00Z"), True),
        (ours(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["x"]), False),
        (volume(phase="Released", persistentVolumeReclaimPolicy="Delete"), False),
    ],
)
def test_when_a_folder_goes(given: Object, should: bool) -> None:
    assert should_delete(given) is should


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (ours(finalizers=["x"]), ["x", FINALIZER]),
        (ours(finalizers=["x", FINALIZER], persistentVolumeReclaimPolicy="Retain"), ["x"]),
        (ours(finalizers=["x"], deletionTimestamp="2026-01-01T00:00:00Z"), ["x"]),
    ],
)
def test_the_finalizer_goes_with_the_policy(given: Object, wanted: list[str]) -> None:
    assert finalizers_wanted(given) == wanted
