"""Collecting garbage through an API in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apimachinery.gvk import GroupVersion, GroupVersionResource
from apimachinery.objects import Object
from client.discovery import APIResource
from client.resources import CONFIGMAPS, PODS, REPLICASETS
from controllers.controller import Controller
from controllers.garbage_collector.controller import build_garbage_collector
from controllers.garbage_collector.graph import FOREGROUND, ORPHAN
from tests.controllers.objects import owner_reference, pod, replica_set
from tests.controllers.world import World, said

VERBS = ("delete", "list", "watch")
ROLES = GroupVersion("rbac.authorization.k8s.io", "v1").resource("clusterroles")
STAMP = "2026-01-01T00:00:00Z"


def served(gvr: GroupVersionResource, kind: str, *, namespaced: bool = True) -> APIResource:
    return APIResource(gvr, GroupVersion(gvr.group, gvr.version).kind(kind), namespaced, VERBS)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World()
    found = [
        served(PODS, "Pod"),
        served(CONFIGMAPS, "ConfigMap"),
        served(REPLICASETS, "ReplicaSet"),
        served(ROLES, "ClusterRole", namespaced=False),
    ]
    monkeypatch.setattr(world.api, "discover", lambda: found, raising=False)
    yield world


def start(world: World) -> Controller:
    controller = world.build(build_garbage_collector)
    controller.prepare()
    world.settle(controller)
    return controller


def config_map(name: str, *owners: Object, namespace: str = "default", **metadata: Any) -> Object:
    references = [owner_reference(owner, controller=False) for owner in owners]
    given = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "ownerReferences": references, **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": given}


def names(world: World, gvr: GroupVersionResource) -> set[str]:
    return {obj["metadata"]["name"] for obj in world.all(gvr)}


def test_what_has_living_owners_or_none_costs_no_request(world: World) -> None:
    owner = replica_set()
    world.put(REPLICASETS, owner)
    world.put(PODS, pod("a", owner=owner), pod("free"))
    start(world)
    assert world.api.reads == []
    assert world.writes == []


def test_dependents_follow_their_owner_in_the_background(world: World) -> None:
    owner = replica_set()
    world.put(REPLICASETS, owner)
    world.put(PODS, pod("a", owner=owner), pod("b", owner=owner), pod("free"))
    controller = start(world)
    world.api.remove(REPLICASETS, world.get(REPLICASETS, "default/web"))
    world.settle(controller)
    assert names(world, PODS) == {"free"}
    assert {write.options["propagation"] for write in world.writes} == {"Background"}
    assert {write.options["uid"] for write in world.writes} == {"uid-a", "uid-b"}


def test_an_owner_that_never_was_takes_its_dependent_with_it(world: World) -> None:
    world.put(PODS, pod("a", owner=replica_set("ghost")))
    start(world)
    assert names(world, PODS) == set()


def test_an_owner_of_the_same_name_that_is_another_is_no_owner(world: World) -> None:
    ghost = replica_set()
    world.put(REPLICASETS, {**ghost, "metadata": {**ghost["metadata"], "uid": "another"}})
    world.put(PODS, pod("a", owner=ghost))
    start(world)
    assert names(world, PODS) == set()


def test_an_owner_that_exists_but_was_not_seen_yet_protects(world: World) -> None:
    owner = replica_set()
    world.put(PODS, pod("a", owner=owner))
    world.api.store(REPLICASETS, owner)
    late = world.api.changes.pop()
    controller = start(world)
    assert names(world, PODS) == {"a"}
    world.api.changes.append(late)
    world.settle(controller)
    assert names(world, PODS) == {"a"}


def test_with_one_living_owner_only_the_dead_reference_goes(world: World) -> None:
    one, two = config_map("one"), config_map("two")
    world.put(CONFIGMAPS, one, two, config_map("both", one, two))
    controller = start(world)
    world.api.remove(CONFIGMAPS, world.get(CONFIGMAPS, "default/one"))
    world.settle(controller)
    kept = world.get(CONFIGMAPS, "default/both")["metadata"]["ownerReferences"]
    assert [reference["name"] for reference in kept] == ["two"]


def test_in_the_foreground_the_owner_goes_last(world: World) -> None:
    owner = replica_set()
    world.put(REPLICASETS, owner)
    world.put(PODS, pod("a", owner=owner), pod("b", owner=owner))
    controller = start(world)
    world.change(REPLICASETS, "default/web", {"metadata": {"deletionTimestamp": STAMP, "finalizers": [FOREGROUND]}})
    world.settle(controller)
    assert names(world, PODS) == set()
    assert names(world, REPLICASETS) == set()
    assert said(world.writes)[-1] == "patch replicasets web"


def test_a_dependent_that_does_not_block_does_not_hold_the_owner_up(world: World) -> None:
    owner = config_map("owner")
    loose = config_map("loose", owner, finalizers=["stay"])
    loose["metadata"]["ownerReferences"][0]["blockOwnerDeletion"] = False
    world.put(CONFIGMAPS, owner, loose)
    controller = start(world)
    world.change(CONFIGMAPS, "default/owner", {"metadata": {"deletionTimestamp": STAMP, "finalizers": [FOREGROUND]}})
    world.settle(controller)
    assert names(world, CONFIGMAPS) == {"loose"}


def test_foreground_passes_down_through_the_generations(world: World) -> None:
    top = config_map("top")
    middle = config_map("middle", top)
    world.put(CONFIGMAPS, top, middle, config_map("leaf", middle, finalizers=["stay"]))
    controller = start(world)
    world.change(CONFIGMAPS, "default/top", {"metadata": {"deletionTimestamp": STAMP, "finalizers": [FOREGROUND]}})
    world.settle(controller)
    assert names(world, CONFIGMAPS) == {"top", "middle", "leaf"}
    deletions = [(w.name, w.options["propagation"]) for w in world.writes if w.verb == "delete"]
    assert ("middle", "Foreground") in deletions


def test_orphans_are_let_go_before_their_owner(world: World) -> None:
    owner = replica_set()
    world.put(REPLICASETS, owner)
    world.put(PODS, pod("a", owner=owner), pod("b", owner=owner))
    controller = start(world)
    world.change(REPLICASETS, "default/web", {"metadata": {"deletionTimestamp": STAMP, "finalizers": [ORPHAN]}})
    world.settle(controller)
    assert names(world, REPLICASETS) == set()
    assert {tuple(one["metadata"]["ownerReferences"]) for one in world.all(PODS)} == {()}


def test_an_owner_in_another_namespace_is_absent_for_the_one_and_alive_for_the_others(world: World) -> None:
    owner = config_map("owner")
    world.put(CONFIGMAPS, config_map("stray", owner, namespace="elsewhere"), owner, config_map("good", owner))
    controller = start(world)
    assert names(world, CONFIGMAPS) == {"owner", "good"}
    complaint = next(event for event in world.events if event.reason == "OwnerRefInvalidNamespace")
    assert complaint.message == (
        "ownerRef [v1/ConfigMap, namespace: elsewhere, name: owner, uid: uid-owner] "
        'does not exist in namespace "elsewhere"'
    )
    ghost = config_map("ghost")
    world.put(CONFIGMAPS, ghost)
    world.change(
        CONFIGMAPS, "default/good", {"metadata": {"ownerReferences": [owner_reference(ghost), owner_reference(owner)]}}
    )
    world.settle(controller)
    world.api.remove(CONFIGMAPS, world.get(CONFIGMAPS, "default/ghost"))
    world.settle(controller)
    assert names(world, CONFIGMAPS) == {"owner", "good"}, "what is absent elsewhere is not absent here"


def test_a_cluster_scoped_object_with_a_namespaced_owner_is_left_alone(world: World) -> None:
    owner = config_map("owner")
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    metadata = {"name": "r", "namespace": "", "uid": "uid-r", "ownerReferences": [owner_reference(owner)]}
    world.put(ROLES, {**role, "metadata": metadata})
    controller = start(world)
    world.settle(controller)
    assert names(world, ROLES) == {"r"}


def test_a_kind_that_nobody_serves_protects_until_it_does(world: World) -> None:
    ghost = {**config_map("ghost"), "apiVersion": "later.io/v1", "kind": "Later"}
    world.put(CONFIGMAPS, config_map("a", ghost))
    controller = start(world)
    assert names(world, CONFIGMAPS) == {"a"}
    laters = GroupVersion("later.io", "v1").resource("laters")
    world.api.discover = lambda found=world.api.discover(): [*found, served(laters, "Later")]  # type: ignore[attr-defined]
    world.clock.advance(1500)
    world.settle(controller)
    world.clock.advance(1500)
    world.settle(controller)
    assert names(world, CONFIGMAPS) == set()


def test_an_object_that_changed_meanwhile_but_kept_its_owners_goes_all_the_same(world: World) -> None:
    world.put(PODS, pod("a", owner=replica_set("ghost")))
    touched = False

    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        nonlocal touched
        if verb == "delete" and not touched:
            touched = True
            world.change(PODS, "default/a", {"metadata": {"labels": {"touched": "1"}}})

    world.api.refuse = refuse
    start(world)
    assert names(world, PODS) == set()
    assert [sorted(write.options) for write in world.writes] == [
        ["propagation", "resource_version", "uid"],
        ["propagation", "uid"],
    ]


def test_an_object_that_got_an_owner_meanwhile_stays(world: World) -> None:
    owner = replica_set("alive")
    world.put(REPLICASETS, owner)
    world.put(PODS, pod("a", owner=replica_set("ghost")))

    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        if verb == "delete":
            world.change(PODS, "default/a", {"metadata": {"ownerReferences": [owner_reference(owner)]}})

    world.api.refuse = refuse
    controller = start(world)
    world.clock.advance(60)
    world.settle(controller)
    assert names(world, PODS) == {"a"}
