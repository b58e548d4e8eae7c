"""Both controllers against an API in memory."""

from __future__ import annotations

import pytest

from client.errors import TryAgain
from client.resources import ENDPOINTS, ENDPOINTSLICES, NODES, PODS, SERVICES
from controllers.endpoints.endpoints_controller import build_endpoints
from controllers.endpoints.slice_controller import build_endpoint_slices
from tests.controllers.endpoints.things import HTTP, node, pod, service
from tests.controllers.world import World

KEY = "ns/web"


@pytest.fixture
def world() -> World:
    world = World()
    there = node("node-1")
    assert there is not None
    world.put(NODES, there)
    world.put(SERVICES, service(HTTP))
    world.put(PODS, pod(1), pod(2))
    return world


def addresses(world: World) -> list[str]:
    slices = world.all(ENDPOINTSLICES)
    return sorted(e["addresses"][0] for one in slices for e in one["endpoints"] if e["conditions"]["ready"])


def test_slices_follow_pods_and_are_not_written_twice(world: World) -> None:
    controller = world.build(build_endpoint_slices)
    world.settle(controller)
    assert addresses(world) == ["10.1.0.2", "10.1.0.3"]
    before = len(world.writes)
    world.sync(controller, KEY)
    assert len(world.writes) == before
    world.change(PODS, "ns/web-1", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    world.settle(controller)
    assert addresses(world) == ["10.1.0.3"]
    assert len(world.all(ENDPOINTSLICES)) == 1


def test_a_stale_cache_makes_no_second_slice(world: World) -> None:
    controller = world.build(build_endpoint_slices)
    world.sync(controller, KEY)
    world.sync(controller, KEY)
    assert len(world.all(ENDPOINTSLICES)) == 1


def test_a_stale_slice_is_tried_again_without_a_warning(world: World) -> None:
    controller = world.build(build_endpoint_slices)
    world.settle(controller)
    [slice_] = world.all(ENDPOINTSLICES)
    world.api.patch(ENDPOINTSLICES, "ns", slice_["metadata"]["name"], {"metadata": {"annotations": {"a": "b"}}})
    world.change(PODS, "ns/web-1", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    world.catch_up(PODS)
    with pytest.raises(TryAgain):
        world.sync(controller, KEY)
    assert world.events == []
    world.settle(controller)
    assert addresses(world) == ["10.1.0.3"]


def test_endpoints_follow_pods_and_go_with_their_service(world: World) -> None:
    controller = world.build(build_endpoints)
    world.settle(controller)
    assert [a["ip"] for a in world.get(ENDPOINTS, KEY)["subsets"][0]["addresses"]] == ["10.1.0.2", "10.1.0.3"]
    before = len(world.writes)
    world.sync(controller, KEY)
    assert len(world.writes) == before
    world.api.remove(SERVICES, world.get(SERVICES, KEY))
    world.settle(controller)
    assert world.all(ENDPOINTS) == []


def test_a_service_without_selector_is_left_to_others(world: World) -> None:
    world.change(SERVICES, KEY, {"spec": {"selector": None}})
    world.catch_up()
    for build in (build_endpoints, build_endpoint_slices):
        world.settle(world.build(build))
    assert world.writes == []


def test_whoever_made_them_endpoints_go_with_their_service_unless_they_are_a_lock(world: World) -> None:
    def made(name: str, **metadata: object) -> dict[str, object]:
        return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": name, "namespace": "ns", **metadata}}

    leader = {"control-plane.alpha.kubernetes.io/leader": "{}"}
    for name in ("own", "lock"):
        other = service(HTTP, selector=None)
        world.put(SERVICES, {**other, "metadata": {**other["metadata"], "name": name, "uid": name}})
    world.put(ENDPOINTS, made("own"), made("lock", annotations=leader), made("early"))
    controller = world.build(build_endpoints)
    world.settle(controller)
    for name in ("own", "lock"):
        world.api.remove(SERVICES, world.get(SERVICES, f"ns/{name}"))
    world.settle(controller)
    assert sorted(found["metadata"]["name"] for found in world.all(ENDPOINTS)) == ["early", "lock", "web"]


def test_endpoints_and_slices_say_since_when_they_should_be_so(world: World) -> None:
    annotation = "endpoints.kubernetes.io/last-change-trigger-time"
    for build, gvr in ((build_endpoints, ENDPOINTS), (build_endpoint_slices, ENDPOINTSLICES)):
        controller = world.build(build)
        world.settle(controller)
        created = world.get(SERVICES, KEY)["metadata"]["creationTimestamp"]
        assert world.all(gvr)[0]["metadata"]["annotations"] == {annotation: created}
        condition = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-05-05T00:00:00Z"}
        world.change(PODS, "ns/web-1", {"status": {"conditions": [condition]}})
        world.settle(controller)
        assert world.all(gvr)[0]["metadata"]["annotations"] == {annotation: "2026-05-05T00:00:00Z"}
        world.change(PODS, "ns/web-1", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
        world.settle(controller)
        assert world.all(gvr)[0]["metadata"]["annotations"] == {}
