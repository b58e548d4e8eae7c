from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from apimachinery.status import Forbidden
from client.resources import PERSISTENTVOLUMECLAIMS, PODS
from controllers.controller import Controller
from controllers.ephemeral_volume import build_ephemeral_volume, claim_for
from tests.controllers.objects import pod
from tests.controllers.volume_binder.things import claim
from tests.controllers.world import World, said

SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": SPEC}
SCRATCH = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": TEMPLATE}}


def user(**metadata: Any) -> Object:
    found = pod("p", node="", **metadata)
    found["spec"]["volumes"] = [{"name": "x", "emptyDir": {}}, SCRATCH]
    return found


def started(world: World) -> Controller:
    controller = world.build(build_ephemeral_volume)
    world.settle(controller)
    return controller


def test_the_claim_is_the_pods_own() -> None:
    assert claim_for(user(), SCRATCH) == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "p-scratch",
            "labels": {"a": "b"},
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "name": "p",
                    "uid": "uid-p",
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": SPEC,
    }


def test_it_is_made_once_and_again_when_somebody_deletes_it() -> None:
    world = World()
    world.put(PODS, user())
    controller = started(world)
    world.sync(controller, "default/p")
    assert said(world.writes) == ["create persistentvolumeclaims p-scratch"]
    world.api.remove(PERSISTENTVOLUMECLAIMS, world.get(PERSISTENTVOLUMECLAIMS, "default/p-scratch"))
    world.settle(controller)
    assert len(world.writes) == 2


def test_a_pod_on_its_way_out_gets_none() -> None:
    world = World()
    world.put(PODS, user(deletionTimestamp="2026-01-01T00:00:00Z"))
    started(world)
    assert world.writes == []


def test_a_claim_of_somebody_else_is_not_taken() -> None:
    said_of_it = "ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)"
    for seen in (True, False):
        world = World()
        if seen:
            world.put(PERSISTENTVOLUMECLAIMS, claim("p-scratch"))
        world.put(PODS, user())
        controller = world.build(build_ephemeral_volume)
        if not seen:
            world.api.store(PERSISTENTVOLUMECLAIMS, claim("p-scratch"))
        world.sync(controller, "default/p")
        assert [(event.reason, event.message) for event in world.events] == [("FailedBinding", said_of_it)]


def test_a_claim_that_is_refused_is_told_and_tried_again() -> None:
    world = World()
    world.put(PODS, user())
    controller = world.build(build_ephemeral_volume)

    def refuse(verb: str, gvr: object, obj: object) -> None:
        raise Forbidden("exceeded quota")

    world.api.refuse = refuse
    with pytest.raises(Forbidden):
        world.sync(controller, "default/p")
    assert world.events[0].message == "ephemeral volume scratch: create PVC p-scratch: exceeded quota"
