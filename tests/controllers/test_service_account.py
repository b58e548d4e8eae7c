from __future__ import annotations

from typing import Any

from apimachinery.gvk import GroupVersionResource
from apimachinery.status import Forbidden
from client.resources import NAMESPACES, SERVICEACCOUNTS
from controllers.service_account import build_service_account, missing
from tests.controllers.world import World


def _namespace(phase: str = "Active", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "a", **metadata}, "status": {"phase": phase}}


def test_an_active_namespace_gets_its_default_account() -> None:
    assert missing(_namespace(), set()) == ["default"]


def test_an_account_that_is_there_is_left_alone() -> None:
    assert missing(_namespace(), {"default"}) == []


def test_a_namespace_that_goes_or_is_gone_gets_none() -> None:
    assert missing(_namespace("Terminating"), set()) == []
    assert missing(_namespace(deletionTimestamp="2026-01-01T00:00:00Z"), set()) == []
    assert missing(None, set()) == []


def _stored(name: str, phase: str = "Active") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", **_namespace(phase, name=name, uid=f"uid-{name}")}


def test_every_active_namespace_gets_its_account_and_gets_it_back() -> None:
    world = World()
    world.put(NAMESPACES, _stored("a"), _stored("b", "Terminating"))
    controller = world.build(build_service_account)
    world.settle(controller)
    assert list(world.api.objects[SERVICEACCOUNTS]) == ["a/default"]
    world.api.remove(SERVICEACCOUNTS, world.get(SERVICEACCOUNTS, "a/default"))
    world.settle(controller)
    assert list(world.api.objects[SERVICEACCOUNTS]) == ["a/default"]


def test_a_namespace_that_is_going_away_is_no_failure() -> None:
    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        raise Forbidden("no", {"causes": [{"reason": "NamespaceTerminating"}]})

    world = World()
    world.put(NAMESPACES, _stored("a"))
    world.api.refuse = refuse
    world.sync(world.build(build_service_account), "a")
    assert len(world.writes) == 1
