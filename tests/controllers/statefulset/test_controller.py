"""Whole stories against an API in memory."""

from __future__ import annotations

import pytest

from client.resources import CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS, PODS, STATEFULSETS
from controllers.controller import Controller
from controllers.statefulset.controller import build_statefulset
from tests.controllers.statefulset.things import statefulset
from tests.controllers.world import World

KEY = "default/db"


@pytest.fixture
def world() -> World:
    world = World()
    world.put(STATEFULSETS, statefulset())
    return world


def make_ready(world: World) -> None:
    """What a kubelet would do: start what is there, end what is being deleted."""
    for pod in world.all(PODS):
        ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        world.change(PODS, f"default/{pod['metadata']['name']}", {"status": ready})


def run(world: World, controller: Controller, rounds: int = 12) -> None:
    for _ in range(rounds):
        world.settle(controller)
        make_ready(world)
    world.settle(controller)


def test_pods_come_in_order_with_their_claims_and_then_nothing_is_written(world: World) -> None:
    controller = world.build(build_statefulset)
    world.settle(controller)
    assert [pod["metadata"]["name"] for pod in world.all(PODS)] == ["db-0"]
    run(world, controller)
    assert [pod["metadata"]["name"] for pod in world.all(PODS)] == ["db-0", "db-1", "db-2"]
    assert len(world.all(PERSISTENTVOLUMECLAIMS)) == 3
    assert world.get(STATEFULSETS, KEY)["status"]["availableReplicas"] == 3
    messages = {event.message for event in world.events}
    assert "create Pod db-0 in StatefulSet db successful" in messages
    assert "create Claim data-db-0 Pod db-0 in StatefulSet db success" in messages
    before = len(world.writes)
    world.sync(controller, KEY)
    assert len(world.writes) == before


def test_a_new_template_replaces_pods_and_an_old_one_comes_back(world: World) -> None:
    controller = world.build(build_statefulset)
    run(world, controller)
    first = world.get(STATEFULSETS, KEY)["status"]["currentRevision"]
    labels = world.get(CONTROLLERREVISIONS, f"default/{first}")["metadata"]["labels"]
    assert labels == {"app": "db", "controller.kubernetes.io/hash": first.removeprefix("db-")}
    for image, number in (("2", 2), ("1", 3)):
        template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "c", "image": image}]}}
        world.change(STATEFULSETS, KEY, {"spec": {"template": template}, "metadata": {"generation": number}})
        run(world, controller)
        assert {pod["spec"]["containers"][0]["image"] for pod in world.all(PODS)} == {image}
    assert world.get(STATEFULSETS, KEY)["status"]["currentRevision"] == first
    assert sorted(one["revision"] for one in world.all(CONTROLLERREVISIONS)) == [2, 3]


def test_scaling_down_takes_the_highest_first_and_keeps_claims(world: World) -> None:
    controller = world.build(build_statefulset)
    run(world, controller)
    world.change(STATEFULSETS, KEY, {"spec": {"replicas": 1}})
    run(world, controller)
    assert [pod["metadata"]["name"] for pod in world.all(PODS)] == ["db-0"]
    deleted = [write.name for write in world.writes if write.verb == "delete"]
    assert deleted == ["db-2", "db-1"]
    assert len(world.all(PERSISTENTVOLUMECLAIMS)) == 3
