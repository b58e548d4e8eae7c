"""What the controllers write, and when."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object
from client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, VOLUMEATTRIBUTESCLASSES
from controllers.controller import Build
from controllers.volume_protection.controllers import (
    build_claim_protection,
    build_class_protection,
    build_volume_protection,
)
from tests.controllers.volume_protection.test_usage import BOUND, claim, pod
from tests.controllers.world import World, said

GOING = "2026-01-01T00:00:00Z"
CASES = (
    (build_claim_protection, PERSISTENTVOLUMECLAIMS, "kubernetes.io/pvc-protection", "default/data"),
    (build_volume_protection, PERSISTENTVOLUMES, "kubernetes.io/pv-protection", "data"),
    (build_class_protection, VOLUMEATTRIBUTESCLASSES, "kubernetes.io/vac-protection", "data"),
)


def thing(key: str, *finalizers: str, going: bool = False, **parts: Any) -> Object:
    namespace, _, name = key.rpartition("/")
    metadata: Object = {"name": name, "finalizers": list(finalizers)}
    if namespace:
        metadata["namespace"] = namespace
    if going:
        metadata["deletionTimestamp"] = GOING
    return {"metadata": metadata, **parts}


@pytest.mark.parametrize(("build", "gvr", "finalizer", "key"), CASES)
class TestEach:
    def test_adds_the_finalizer_to_what_is_older_than_it(
        self, build: Build, gvr: GroupVersionResource, finalizer: str, key: str
    ) -> None:
        world = World()
        world.put(gvr, thing(key, "example.com/other"))
        world.settle(world.build(build))
        assert world.get(gvr, key)["metadata"]["finalizers"] == ["example.com/other", finalizer]

    def test_leaves_alone_what_nobody_deletes(
        self, build: Build, gvr: GroupVersionResource, finalizer: str, key: str
    ) -> None:
        world = World()
        world.put(gvr, thing(key, finalizer))
        world.settle(world.build(build))
        assert world.writes == []

    def test_lets_go_of_what_is_deleted_and_unused(
        self, build: Build, gvr: GroupVersionResource, finalizer: str, key: str
    ) -> None:
        world = World()
        world.put(gvr, thing(key, finalizer, "example.com/other", going=True))
        world.settle(world.build(build))
        assert world.get(gvr, key)["metadata"]["finalizers"] == ["example.com/other"]

    def test_has_nothing_to_do_when_its_finalizer_is_gone(
        self, build: Build, gvr: GroupVersionResource, finalizer: str, key: str
    ) -> None:
        world = World()
        world.put(gvr, thing(key, "example.com/other", going=True))
        world.settle(world.build(build))
        assert world.writes == []


def going_claim() -> Object:
    return claim(finalizers=["kubernetes.io/pvc-protection"], deletionTimestamp=GOING)


def test_a_claim_goes_when_the_last_pod_that_uses_it_has_gone() -> None:
    world = World()
    world.put(PODS, pod(BOUND))
    world.put(PERSISTENTVOLUMECLAIMS, going_claim())
    controller = world.build(build_claim_protection)
    world.settle(controller)
    assert world.writes == []
    world.api.remove(PODS, world.get(PODS, "default/pod"))
    world.settle(controller)
    assert said(world.writes) == ["update persistentvolumeclaims data"]
    assert world.all(PERSISTENTVOLUMECLAIMS) == []


def test_a_claim_stays_for_a_pod_the_cache_has_not_heard_of() -> None:
    world = World()
    world.put(PERSISTENTVOLUMECLAIMS, going_claim())
    controller = world.build(build_claim_protection)
    world.api.store(PODS, pod(BOUND))
    world.sync(controller, "default/data")
    assert world.writes == []


def test_a_claim_waits_for_a_pod_that_another_of_its_name_replaced() -> None:
    world = World()
    world.put(PODS, pod(BOUND))
    world.put(PERSISTENTVOLUMECLAIMS, going_claim())
    controller = world.build(build_claim_protection)
    world.settle(controller)
    world.api.remove(PODS, world.get(PODS, "default/pod"))
    world.api.store(PODS, pod(uid="another"))
    world.settle(controller)
    assert world.all(PERSISTENTVOLUMECLAIMS) == []


def test_a_volume_stays_while_it_is_bound() -> None:
    world = World()
    world.put(
        PERSISTENTVOLUMES,
        thing("data", "kubernetes.io/pv-protection", going=True, status={"phase": "Bound"}),
    )
    controller = world.build(build_volume_protection)
    world.settle(controller)
    assert world.writes == []
    world.change(PERSISTENTVOLUMES, "data", {"status": {"phase": "Released"}})
    world.settle(controller)
    assert world.all(PERSISTENTVOLUMES) == []


@pytest.mark.parametrize("gvr", [PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES])
@pytest.mark.parametrize("end", ["changed", "gone"])
def test_a_class_stays_while_a_claim_or_a_volume_has_it(gvr: GroupVersionResource, end: str) -> None:
    world = World()
    key = "default/user" if gvr is PERSISTENTVOLUMECLAIMS else "user"
    world.put(gvr, thing(key, spec={"volumeAttributesClassName": "gold"}))
    world.put(VOLUMEATTRIBUTESCLASSES, thing("gold", "kubernetes.io/vac-protection", going=True))
    controller = world.build(build_class_protection)
    world.settle(controller)
    assert world.writes == []
    if end == "gone":
        world.api.remove(gvr, world.get(gvr, key))
    else:
        world.change(gvr, key, {"spec": {"volumeAttributesClassName": "silver"}})
    world.settle(controller)
    assert world.all(VOLUMEATTRIBUTESCLASSES) == []
