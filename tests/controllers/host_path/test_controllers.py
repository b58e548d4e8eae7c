"""Folders that come and go with their volumes, and claims that grow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apimachinery.objects import Object
from apimachinery.volumes import HOST_PATH_PROVISIONER, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER
from client.resources import NODES, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, STORAGECLASSES
from controllers.controller import Build, Controller
from controllers.host_path.expander import build_volume_expander
from controllers.host_path.provisioner import build_host_path_provisioner
from controllers.host_path.volumes import FINALIZER
from controllers.settings import NO_SETTINGS
from tests.controllers.volume_binder.things import claim, reference, storage_class, volume
from tests.controllers.world import World, said

CLASS = storage_class(provisioner=HOST_PATH_PROVISIONER, mode="WaitForFirstConsumer")
NAME = "pvc-uid-data_default_data"


@pytest.fixture
def world() -> World:
    world = World()
    world.put(STORAGECLASSES, CLASS)
    return world


def start(world: World, build: Build, root: Path | None) -> Controller:
    controller = world.build(build, settings=replace(NO_SETTINGS, host_path_volumes=root))
    world.settle(controller)
    return controller


def wanting(**annotations: str) -> Object:
    return claim(storageClassName="fast", annotations={STORAGE_PROVISIONER: HOST_PATH_PROVISIONER, **annotations})


def test_a_folder_and_a_volume_are_made_when_the_node_is_known(world: World, tmp_path: Path) -> None:
    world.put(NODES, {"metadata": {"name": "n1"}})
    world.put(PERSISTENTVOLUMECLAIMS, wanting(**{SELECTED_NODE: "n1"}))
    controller = start(world, build_host_path_provisioner, tmp_path)
    assert said(world.writes) == ["create persistentvolumes pvc-uid-data"]
    assert (tmp_path / NAME).is_dir()
    assert [event.reason for event in world.events] == ["Provisioning", "ProvisioningSucceeded"]
    world.sync(controller, "default/data")
    assert len(world.writes) == 1


def test_a_claim_that_is_seen_before_its_class_is_not_forgotten(tmp_path: Path) -> None:
    world = World()
    world.put(NODES, {"metadata": {"name": "n1"}})
    world.put(PERSISTENTVOLUMECLAIMS, wanting(**{SELECTED_NODE: "n1"}))
    controller = world.build(build_host_path_provisioner, replace(NO_SETTINGS, host_path_volumes=tmp_path))
    world.put(STORAGECLASSES, CLASS)
    world.settle(controller)
    assert said(world.writes) == ["create persistentvolumes pvc-uid-data"]


def test_the_scheduler_chooses_again_when_the_node_is_gone(world: World, tmp_path: Path) -> None:
    world.put(PERSISTENTVOLUMECLAIMS, wanting(**{SELECTED_NODE: "n1"}))
    start(world, build_host_path_provisioner, tmp_path)
    assert SELECTED_NODE not in world.get(PERSISTENTVOLUMECLAIMS, "default/data")["metadata"]["annotations"]
    assert world.events[-1].message == (
        'failed to provision volume with StorageClass "fast": failed to get target node: node "n1" not found'
    )


def released(path: Path, **given: Any) -> Object:
    wanted: Object = {
        "annotations": {PROVISIONED_BY: HOST_PATH_PROVISIONER},
        "finalizers": [FINALIZER],
        "persistentVolumeReclaimPolicy": "Delete",
        "hostPath": {"path": str(path)},
        **given,
    }
    return volume(phase="Released", **wanted)


def test_a_released_volume_goes_with_its_folder_and_what_is_in_it(world: World, tmp_path: Path) -> None:
    (tmp_path / "v" / "deep").mkdir(parents=True)
    world.put(PERSISTENTVOLUMES, released(tmp_path / "v"))
    start(world, build_host_path_provisioner, tmp_path)
    assert world.all(PERSISTENTVOLUMES) == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_outside_the_folder_is_removed_whatever_a_volume_says(world: World, tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root, outside):
        folder.mkdir()
    (root / "link").symlink_to(outside)
    paths = (outside, root / ".." / "outside", root, root / "link")
    volumes = [
        {**released(path), "metadata": released(path)["metadata"] | {"name": f"v{i}"}} for i, path in enumerate(paths)
    ]
    world.put(PERSISTENTVOLUMES, *volumes)
    start(world, build_host_path_provisioner, root)
    assert outside.is_dir()
    assert (root / "link").is_symlink()
    assert world.all(PERSISTENTVOLUMES) == []


def test_without_a_folder_for_volumes_it_does_nothing(world: World) -> None:
    assert world.build(build_host_path_provisioner).loops == ()


def growing(**given: Any) -> World:
    world = World()
    wanting = claim(size="3Gi", phase="Bound", volumeName="v1")
    wanting["status"]["capacity"] = {"storage": "1Gi"}
    world.put(PERSISTENTVOLUMECLAIMS, wanting)
    world.put(PERSISTENTVOLUMES, volume(phase="Bound", claimRef=reference(), **given))
    return world


def test_a_claim_that_wants_more_gets_it_in_three_writes(tmp_path: Path) -> None:
    world = growing(annotations={PROVISIONED_BY: HOST_PATH_PROVISIONER})
    start(world, build_volume_expander, tmp_path)
    assert said(world.writes) == [
        "update persistentvolumeclaims data status",
        "update persistentvolumes v1",
        "update persistentvolumeclaims data status",
    ]
    between = world.writes[0].body["status"]
    assert between["allocatedResourceStatuses"] == {"storage": "ControllerResizeInProgress"}
    assert [(entry["type"], entry["status"]) for entry in between["conditions"]] == [("Resizing", "True")]
    assert world.get(PERSISTENTVOLUMES, "v1")["spec"]["capacity"] == {"storage": "3Gi"}
    assert world.get(PERSISTENTVOLUMECLAIMS, "default/data")["status"] == {
        "phase": "Bound",
        "capacity": {"storage": "3Gi"},
        "allocatedResources": {"storage": "3Gi"},
        "conditions": [],
    }
    assert [event.reason for event in world.events] == ["Resizing", "VolumeResizeSuccessful"]


def test_a_volume_of_somebody_else_is_left_to_him(tmp_path: Path) -> None:
    world = growing()
    start(world, build_volume_expander, tmp_path)
    assert world.writes == []
    assert [event.reason for event in world.events] == ["ExternalExpanding"]
