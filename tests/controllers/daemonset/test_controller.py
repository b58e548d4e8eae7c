"""A whole story against an API in memory."""

from __future__ import annotations

import pytest

from client.resources import CONTROLLERREVISIONS, DAEMONSETS, NODES, PODS
from controllers.daemonset.controller import build_daemonset
from tests.controllers.daemonset.things import daemonset, node
from tests.controllers.world import World

KEY = "default/agent"


@pytest.fixture
def world() -> World:
    world = World()
    world.put(NODES, node("n1"), node("n2"))
    world.put(DAEMONSETS, daemonset())
    return world


def make_ready(world: World) -> None:
    for pod in world.all(PODS):
        world.change(
            PODS,
            f"default/{pod['metadata']['name']}",
            {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}},
        )


def test_pods_come_to_every_node_and_then_nothing_is_written(world: World) -> None:
    controller = world.build(build_daemonset)
    world.settle(controller)
    assert len(world.all(PODS)) == 2
    assert len(world.all(CONTROLLERREVISIONS)) == 1
    make_ready(world)
    world.settle(controller)
    assert world.get(DAEMONSETS, KEY)["status"]["numberAvailable"] == 2
    before = len(world.writes)
    world.sync(controller, KEY)
    assert len(world.writes) == before


def test_a_stale_cache_makes_no_second_pod(world: World) -> None:
    controller = world.build(build_daemonset)
    world.sync(controller, KEY)
    world.catch_up(DAEMONSETS, CONTROLLERREVISIONS)
    world.sync(controller, KEY)
    assert len(world.all(PODS)) == 2


def test_a_new_template_reaches_every_node(world: World) -> None:
    controller = world.build(build_daemonset)
    world.settle(controller)
    make_ready(world)
    world.settle(controller)
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "c", "image": "2"}]}}
    world.change(DAEMONSETS, KEY, {"spec": {"template": template}, "metadata": {"generation": 2}})
    for _ in range(4):
        world.settle(controller)
        make_ready(world)
    assert {pod["spec"]["containers"][0].get("image") for pod in world.all(PODS)} == {"2"}
    assert sorted(revision["revision"] for revision in world.all(CONTROLLERREVISIONS)) == [1, 2]
