from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersion
from client.discovery import APIResource
from client.resources import CONFIGMAPS, NAMESPACES, PODS
from controllers.controller import Controller
from controllers.namespace.content import Remaining
from controllers.namespace.controller import build_namespace, look_again_after
from tests.controllers.objects import Object, pod
from tests.controllers.world import World, said

STAMP = "2026-01-01T00:00:00Z"
CORE = GroupVersion("", "v1")
VERBS = ("delete", "list")


def namespace(name: str = "default", *, terminating: bool = True) -> Object:
    metadata: Object = {"name": name, "uid": f"uid-{name}"}
    if terminating:
        metadata |= {"deletionTimestamp": STAMP, "finalizers": ["the server keeps it"]}
    spec = {"finalizers": ["kubernetes"]}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": spec, "status": {"phase": "Active"}}


def start(world: World, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Controller:
    found = [
        APIResource(PODS, CORE.kind("Pod"), True, VERBS),
        APIResource(CONFIGMAPS, CORE.kind("ConfigMap"), True, VERBS),
    ]
    monkeypatch.setattr(world.api, "discover", lambda: found, raising=False)
    world.put(NAMESPACES, namespace(**more))
    return world.build(build_namespace)


def config_map(name: str, **metadata: Any) -> Object:
    given = {"name": name, "namespace": "default", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": given}


def status(world: World) -> dict[str, str]:
    conditions = world.get(NAMESPACES, "default")["status"]["conditions"]
    return {condition["type"]: condition["status"] for condition in conditions}


def finalized(world: World) -> bool:
    return "update namespaces default finalize" in said(world.writes)


def test_an_active_namespace_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.put(PODS, pod("a"))
    world.settle(start(world, monkeypatch, terminating=False))
    assert world.writes == []


def test_a_terminating_namespace_is_emptied_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.put(PODS, pod("a"), pod("b"))
    world.put(CONFIGMAPS, config_map("c"))
    world.settle(start(world, monkeypatch))
    assert world.all(PODS) == world.all(CONFIGMAPS) == []
    assert finalized(world)
    assert set(status(world).values()) == {"False"}


def test_while_pods_remain_nothing_else_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.put(PODS, pod("a", finalizers=["stay"]))
    world.put(CONFIGMAPS, config_map("c"))
    controller = start(world, monkeypatch)
    world.settle(controller)
    assert len(world.all(CONFIGMAPS)) == 1
    assert not finalized(world)
    assert status(world)["NamespaceContentRemaining"] == "True"
    world.change(PODS, "default/a", {"metadata": {"finalizers": []}})
    world.catch_up()
    world.clock.advance(0.1)
    world.settle(controller)
    assert world.all(CONFIGMAPS) == []
    assert finalized(world), "the end of the pod is noticed at once"


def test_what_a_finalizer_holds_is_said_and_looked_at_ever_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.put(CONFIGMAPS, config_map("c", finalizers=["example.com/stay"]))
    controller = start(world, monkeypatch)
    world.settle(controller)
    for _ in range(60):
        world.clock.advance(1)
        world.settle(controller)
    assert status(world)["NamespaceFinalizersRemaining"] == "True"
    assert 8 <= world.api.reads.count("list configmaps") / 2 <= 16


@pytest.mark.parametrize(
    ("remaining", "looks", "seconds"),
    [
        (Remaining(), 1, 0.2),
        (Remaining(), 30, 1.0),
        (Remaining(wait=30.0), 30, 16.0),
        (Remaining(wait=30.0), 2, 0.4),
        (Remaining(errors=["no"]), 30, 1.0),
    ],
)
def test_when_to_look_again(remaining: Remaining, looks: int, seconds: float) -> None:
    assert look_again_after(remaining, looks) == pytest.approx(seconds)
