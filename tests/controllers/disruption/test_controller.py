"""Stories against an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersion, GroupVersionResource
from client.discovery import APIResource
from client.resources import DEPLOYMENTS, JOBS, PODDISRUPTIONBUDGETS, PODS, REPLICASETS
from controllers.disruption.controller import build_disruption
from tests.controllers.objects import deployment, owner_reference, pod, replica_set
from tests.controllers.world import World

KEY = "default/web"


def budget(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "default", "uid": "b", "generation": 1}
    given = {"selector": {"matchLabels": {"app": "web"}}, **spec}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": given}


@pytest.fixture
def world() -> World:
    """A deployment of four, of which three pods are there."""
    world = World()
    above = deployment(replicas=4)
    world.put(DEPLOYMENTS, above)
    owner = replica_set("web-1", replicas=2)
    owner["metadata"]["ownerReferences"] = [owner_reference(world.get(DEPLOYMENTS, KEY))]
    world.put(REPLICASETS, owner)
    stored = world.get(REPLICASETS, "default/web-1")
    for name in "abc":
        world.put(PODS, pod(name, owner=stored, labels={"app": "web"}, ready=True))
    return world


def status(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.get(PODDISRUPTIONBUDGETS, KEY)["status"]
    return found


def test_a_share_is_taken_of_what_the_deployment_wants(world: World) -> None:
    world.put(PODDISRUPTIONBUDGETS, budget(maxUnavailable="50%"))
    controller = world.build(build_disruption)
    world.settle(controller)
    assert (status(world)["expectedPods"], status(world)["desiredHealthy"]) == (4, 2)
    assert (status(world)["currentHealthy"], status(world)["disruptionsAllowed"]) == (3, 1)
    before = len(world.writes)
    world.sync(controller, KEY)
    assert len(world.writes) == before


def test_a_pod_that_becomes_unready_takes_the_room_away(world: World) -> None:
    world.put(PODDISRUPTIONBUDGETS, budget(minAvailable=2))
    controller = world.build(build_disruption)
    world.settle(controller)
    assert status(world)["disruptionsAllowed"] == 1
    world.change(PODS, "default/a", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    world.settle(controller)
    assert status(world)["disruptionsAllowed"] == 0


def test_an_owner_that_is_gone_stops_disruptions(world: World) -> None:
    world.put(PODDISRUPTIONBUDGETS, budget(maxUnavailable=1))
    world.api.remove(REPLICASETS, world.get(REPLICASETS, "default/web-1"))
    world.catch_up()
    controller = world.build(build_disruption)
    world.settle(controller)
    assert status(world)["conditions"][0]["reason"] == "SyncFailed"
    assert "CalculateExpectedPodCountFailed" in {event.reason for event in world.events}


def test_two_budgets_of_a_pod_are_told_and_both_are_kept(world: World) -> None:
    other = budget(minAvailable=1)
    other["metadata"] |= {"name": "other", "uid": "o"}
    for one in (budget(minAvailable=2), other):
        world.put(PODDISRUPTIONBUDGETS, one)
    world.settle(world.build(build_disruption))
    allowed = {
        name: world.get(PODDISRUPTIONBUDGETS, f"default/{name}")["status"]["disruptionsAllowed"]
        for name in ("web", "other")
    }
    assert allowed == {"web": 1, "other": 2}
    told = {event.message for event in world.events if event.reason == "MultiplePodDisruptionBudgets"}
    assert any(
        message.startswith('Pod "default"/"a" matches multiple PodDisruptionBudgets.  Chose "') for message in told
    )


GAMES = GroupVersion("example.com", "v1").resource("games")


def offered(gvr: GroupVersionResource, kind: str, subresource: str = "") -> APIResource:
    return APIResource(gvr, GroupVersion(gvr.group, gvr.version).kind(kind), True, ("get",), subresource)


def owned_by(world: World, api_version: str, kind: str, uid: str) -> None:
    reference = {"apiVersion": api_version, "kind": kind, "name": "it", "uid": uid, "controller": True}
    world.put(PODS, pod("x", labels={"app": "x"}, ready=True, ownerReferences=[reference]))
    world.put(PODDISRUPTIONBUDGETS, budget(maxUnavailable=1, selector={"matchLabels": {"app": "x"}}))


@pytest.mark.parametrize(
    ("api_version", "kind", "uid", "problem"),
    [
        ("batch/v1", "Job", "j", "jobs.batch does not implement the scale subresource"),
        ("no.such/v1", "Thing", "t", 'no matches for kind "Thing" in version "no.such/v1"'),
        ("example.com/v1", "Game", "another", 'found no controllers for pod "x"'),
        ("example.com/v1", "Game", "g", None),
    ],
)
def test_owners_that_are_asked_for_their_scale(
    world: World, monkeypatch: pytest.MonkeyPatch, api_version: str, kind: str, uid: str, problem: str | None
) -> None:
    served = [offered(JOBS, "Job"), offered(GAMES, "Game"), offered(GAMES, "Scale", "scale")]
    asked: list[str] = []

    def discover() -> list[APIResource]:
        asked.append("all")
        return served

    monkeypatch.setattr(world.api, "discover", discover, raising=False)
    game = {
        "apiVersion": "example.com/v1",
        "kind": "Game",
        "metadata": {"name": "it", "namespace": "default", "uid": "g"},
    }
    world.put(GAMES, {**game, "spec": {"replicas": 5}})
    owned_by(world, api_version, kind, uid)
    controller = world.build(build_disruption)
    world.settle(controller)
    world.sync(controller, KEY)
    assert len(asked) == 1
    told = {event.message for event in world.events if event.reason == "CalculateExpectedPodCountFailed"}
    if problem is None:
        assert (status(world)["expectedPods"], told) == (5, set())
    else:
        assert told == {f"Failed to calculate the number of expected pods: {problem}"}
        assert status(world)["disruptionsAllowed"] == 0
