"""The order of the writes, who wakes whom, and that nothing is written twice."""

from __future__ import annotations

from apimachinery.objects import Object
from apimachinery.volumes import BOUND_BY_CONTROLLER, PROVISIONED_BY
from client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, STORAGECLASSES
from controllers.controller import Controller
from controllers.volume_binder.controller import build_volume_binder
from tests.controllers.volume_binder.things import claim, reference, storage_class, volume
from tests.controllers.world import World, said


def settled(world: World) -> Controller:
    controller = world.build(build_volume_binder)
    world.settle(controller)
    return controller


def status(world: World, name: str = "data") -> Object:
    found: Object = world.get(PERSISTENTVOLUMECLAIMS, f"default/{name}")["status"]
    return found


def test_binding_takes_four_writes_the_volume_first_and_says_so_on_both() -> None:
    world = World()
    world.put(PERSISTENTVOLUMECLAIMS, claim())
    world.put(PERSISTENTVOLUMES, volume(size="5Gi"))
    settled(world)
    assert said(world.writes) == [
        "update persistentvolumes v1",
        "update persistentvolumes v1 status",
        "update persistentvolumeclaims data",
        "update persistentvolumeclaims data status",
    ]
    bound = world.get(PERSISTENTVOLUMES, "v1")
    assert bound["metadata"]["annotations"] == {BOUND_BY_CONTROLLER: "yes"}
    assert bound["spec"]["claimRef"]["uid"] == "uid-data"
    assert bound["status"] == {"phase": "Bound"}
    assert world.get(PERSISTENTVOLUMECLAIMS, "default/data")["metadata"]["annotations"] == {
        BOUND_BY_CONTROLLER: "yes",
        "pv.kubernetes.io/bind-completed": "yes",
    }
    assert status(world) == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "5Gi"}}


def test_of_two_claims_one_gets_the_volume() -> None:
    world = World()
    world.put(PERSISTENTVOLUMECLAIMS, claim("one"), claim("two"))
    world.put(PERSISTENTVOLUMES, volume())
    settled(world)
    assert sorted(status(world, name)["phase"] for name in ("one", "two")) == ["Bound", "Pending"]
    assert len(world.events) == 1


def test_a_reserved_volume_is_bound_without_the_mark_that_we_did_it() -> None:
    world = World()
    world.put(PERSISTENTVOLUMECLAIMS, claim(volumeName="v1"))
    world.put(PERSISTENTVOLUMES, volume(claimRef=reference(uid=False)))
    settled(world)
    assert "annotations" not in world.get(PERSISTENTVOLUMES, "v1")["metadata"]
    annotations = world.get(PERSISTENTVOLUMECLAIMS, "default/data")["metadata"]["annotations"]
    assert annotations == {"pv.kubernetes.io/bind-completed": "yes"}


def test_a_volume_that_comes_later_wakes_the_claim_that_waits() -> None:
    world = World()
    world.put(PERSISTENTVOLUMECLAIMS, claim(storageClassName="x"))
    controller = settled(world)
    world.put(PERSISTENTVOLUMES, volume(phase="", storageClassName="x"))
    world.settle(controller)
    assert status(world)["phase"] == "Bound"


def test_a_claim_that_named_a_volume_is_woken_by_it() -> None:
    world = World()
    world.put(PERSISTENTVOLUMECLAIMS, claim(volumeName="v1"))
    controller = settled(world)
    world.put(PERSISTENTVOLUMES, volume())
    world.settle(controller)
    assert status(world)["phase"] == "Bound"


def test_a_default_class_that_comes_later_is_given_to_claims_that_ask_for_none() -> None:
    world = World()
    world.put(PERSISTENTVOLUMECLAIMS, claim(), claim("none", storageClassName=""))
    controller = settled(world)
    world.put(STORAGECLASSES, storage_class(default=True))
    world.settle(controller)
    found = {name: world.get(PERSISTENTVOLUMECLAIMS, f"default/{name}") for name in ("data", "none")}
    assert found["data"]["spec"]["storageClassName"] == "fast"
    assert found["data"]["metadata"]["annotations"]["volume.kubernetes.io/storage-provisioner"] == "csi.example.com"
    assert found["none"]["spec"]["storageClassName"] == ""


def test_the_provisioner_is_told_once_and_its_volume_is_bound() -> None:
    world = World()
    world.put(STORAGECLASSES, storage_class())
    world.put(PERSISTENTVOLUMECLAIMS, claim(storageClassName="fast"))
    controller = settled(world)
    assert said(world.writes) == ["update persistentvolumeclaims data"]
    assert [event.reason for event in world.events] == ["ExternalProvisioning"]
    made: Object = {"annotations": {PROVISIONED_BY: "csi.example.com"}, "storageClassName": "fast"}
    world.put(PERSISTENTVOLUMES, volume(phase="", claimRef=reference(), **made))
    world.settle(controller)
    assert status(world)["phase"] == "Bound"
    assert world.get(PERSISTENTVOLUMES, "v1")["status"]["phase"] == "Bound"
    assert len(world.events) == 1


def test_what_a_claim_waits_for_is_said_once_until_it_is_something_else() -> None:
    world = World()
    world.put(STORAGECLASSES, storage_class("late", mode="WaitForFirstConsumer"))
    world.put(PERSISTENTVOLUMECLAIMS, claim(storageClassName="late"))
    controller = settled(world)
    for _ in range(3):
        world.sync(controller, "default/data")
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    pod = {"metadata": {"name": "user", "namespace": "default"}, "spec": {"volumes": volumes}}
    world.put(PODS, pod)
    world.sync(controller, "default/data")
    assert [event.reason for event in world.events] == ["WaitForFirstConsumer", "WaitForPodScheduled"]
    assert world.writes == []


def bound(policy: str, **given: object) -> World:
    world = World()
    mark = {"pv.kubernetes.io/bind-completed": "yes"}
    world.put(PERSISTENTVOLUMECLAIMS, claim(volumeName="v1", annotations=mark, phase="Bound"))
    ours = {BOUND_BY_CONTROLLER: "yes"}
    kept: Object = {"claimRef": reference(), "persistentVolumeReclaimPolicy": policy, "annotations": ours, **given}
    world.put(PERSISTENTVOLUMES, volume(phase="Bound", **kept))
    return world


def test_a_retained_volume_is_released_when_its_claim_goes() -> None:
    world = bound("Retain")
    controller = settled(world)
    world.writes.clear()
    world.api.remove(PERSISTENTVOLUMECLAIMS, world.get(PERSISTENTVOLUMECLAIMS, "default/data"))
    world.settle(controller)
    assert said(world.writes) == ["update persistentvolumes v1 status"]
    assert world.get(PERSISTENTVOLUMES, "v1")["status"] == {"phase": "Released"}


def test_a_host_path_below_tmp_goes_with_its_claim_and_another_one_fails() -> None:
    for path, phases in (("/tmp/data", []), ("/srv/data", ["Failed"])):
        world = bound("Delete", hostPath={"path": path})
        controller = settled(world)
        world.api.remove(PERSISTENTVOLUMECLAIMS, world.get(PERSISTENTVOLUMECLAIMS, "default/data"))
        world.settle(controller)
        assert [found["status"]["phase"] for found in world.all(PERSISTENTVOLUMES)] == phases


def test_a_claim_whose_volume_is_deleted_is_lost() -> None:
    world = bound("Retain")
    controller = settled(world)
    world.api.remove(PERSISTENTVOLUMES, world.get(PERSISTENTVOLUMES, "v1"))
    world.settle(controller)
    assert status(world)["phase"] == "Lost"
    assert [event.reason for event in world.events] == ["ClaimLost"]


def test_a_new_claim_of_the_same_name_does_not_get_the_old_ones_volume() -> None:
    world = bound("Retain")
    controller = settled(world)
    world.api.remove(PERSISTENTVOLUMECLAIMS, world.get(PERSISTENTVOLUMECLAIMS, "default/data"))
    world.put(PERSISTENTVOLUMECLAIMS, claim(uid="another"))
    world.settle(controller)
    assert world.get(PERSISTENTVOLUMES, "v1")["status"]["phase"] == "Released"
    assert status(world)["phase"] == "Pending"


def test_a_claim_the_cache_has_not_heard_of_yet_keeps_its_volume() -> None:
    world = World()
    world.put(PERSISTENTVOLUMES, volume(phase="", claimRef=reference(), persistentVolumeReclaimPolicy="Delete"))
    controller = world.build(build_volume_binder)
    world.api.store(PERSISTENTVOLUMECLAIMS, claim())
    world.sync(controller, "v1")
    assert world.writes == []
    assert world.api.reads == ["get persistentvolumeclaims data"]


def test_a_bound_pair_is_left_alone() -> None:
    world = bound("Retain")
    controller = settled(world)
    world.writes.clear()
    world.sync(controller, "default/data")
    world.sync(controller, "v1")
    assert world.writes == []
