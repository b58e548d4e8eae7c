"""Endpoints kept by hand, and the slices that show them."""

from __future__ import annotations

from typing import Any

import pytest

from client.resources import ENDPOINTS, ENDPOINTSLICES, SERVICES
from controllers.controller import Controller
from controllers.endpoints.mirror_controller import build_slice_mirror
from controllers.endpoints.mirroring import LARGEST, MANAGER, plan_mirror, should_mirror
from tests.controllers.endpoints.things import Object, service
from tests.controllers.world import World

KEY = "ns/web"
HTTP = {"name": "http", "port": 80, "protocol": "TCP"}


def endpoints(*subsets: Object, **metadata: Any) -> Object:
    given = {"name": "web", "namespace": "ns", "uid": "e1", **metadata}
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": given, "subsets": list(subsets)}


def subset(*ips: str, unready: tuple[str, ...] = (), ports: tuple[Object, ...] = (HTTP,)) -> Object:
    found: Object = {"addresses": [{"ip": ip} for ip in ips], "ports": list(ports)}
    return {**found, "notReadyAddresses": [{"ip": ip} for ip in unready]}


def shape(slices: list[Object]) -> list[tuple[str, list[str]]]:
    return sorted((s["addressType"], sorted(e["addresses"][0] for e in s["endpoints"])) for s in slices)


def test_one_slice_for_each_family_owned_by_the_endpoints() -> None:
    given = endpoints(
        subset("10.0.0.1", "fd00::1", unready=("10.0.0.2",)),
        labels={"team": "a"},
        annotations={"note": "x", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
    )
    plan = plan_mirror(given, [])
    assert shape(plan.creates) == [("IPv4", ["10.0.0.1", "10.0.0.2"]), ("IPv6", ["fd00::1"])]
    first = plan.creates[0]
    assert first["metadata"] == {
        "generateName": "web-",
        "labels": {
            "team": "a",
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": MANAGER,
        },
        "annotations": {"note": "x"},
        "ownerReferences": [
            {
                "apiVersion": "v1",
                "kind": "Endpoints",
                "name": "web",
                "uid": "e1",
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
    assert first["ports"] == [HTTP]
    assert [e["conditions"] for e in first["endpoints"]] == [{"ready": True}, {"ready": False}]


def test_what_an_address_tells_is_kept() -> None:
    address = {"ip": "010.0.0.1", "hostname": "h", "nodeName": "n", "targetRef": {"kind": "Pod", "name": "p"}}
    ((made,), *_) = (plan_mirror(endpoints({"addresses": [address]}), []).creates,)
    assert made["endpoints"] == [
        {
            "addresses": ["10.0.0.1"],
            "conditions": {"ready": True},
            "hostname": "h",
            "nodeName": "n",
            "targetRef": {"kind": "Pod", "name": "p"},
        }
    ]
    assert made["ports"] == []


def test_subsets_with_other_ports_have_slices_of_their_own() -> None:
    other = {"name": "admin", "port": 81, "protocol": "TCP"}
    plan = plan_mirror(endpoints(subset("10.0.0.1"), subset("10.0.0.2", ports=(other,))), [])
    assert sorted(s["ports"][0]["name"] for s in plan.creates) == ["admin", "http"]


def test_what_is_no_address_and_what_is_too_much_is_left_out() -> None:
    many = [f"10.0.{n // 250}.{n % 250 + 1}" for n in range(LARGEST + 2)]
    plan = plan_mirror(endpoints(subset("-nonsense", "1.0.0.300", *many)), [])
    assert len(plan.creates[0]["endpoints"]) == LARGEST
    assert (plan.invalid, plan.left_out) == (2, 4)


@pytest.mark.parametrize(
    ("metadata", "should"),
    [
        ({}, True),
        ({"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}, False),
        ({"labels": {"endpointslice.kubernetes.io/skip-mirror": "false"}}, True),
        ({"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}, False),
    ],
)
def test_what_is_mirrored(metadata: Object, should: bool) -> None:
    assert should_mirror(endpoints(**metadata)) is should


@pytest.fixture
def world() -> World:
    world = World()
    world.put(SERVICES, service(selector=None))
    world.put(ENDPOINTS, endpoints(subset("10.0.0.1")))
    return world


def started(world: World) -> Controller:
    controller = world.build(build_slice_mirror)
    world.settle(controller)
    world.writes.clear()
    return controller


def test_slices_follow_and_are_not_written_twice(world: World) -> None:
    controller = started(world)
    world.sync(controller, KEY)
    assert world.writes == []
    world.change(ENDPOINTS, KEY, {"subsets": [subset("10.0.0.1", "10.0.0.2")]})
    world.settle(controller)
    assert shape(world.all(ENDPOINTSLICES)) == [("IPv4", ["10.0.0.1", "10.0.0.2"])]
    assert [write.verb for write in world.writes] == ["update"]


def test_a_change_of_ports_is_one_write(world: World) -> None:
    controller = started(world)
    world.change(ENDPOINTS, KEY, {"subsets": [subset("10.0.0.1", ports=({**HTTP, "port": 81},))]})
    world.settle(controller)
    assert [write.verb for write in world.writes] == ["update"]
    assert world.all(ENDPOINTSLICES)[0]["ports"][0]["port"] == 81


@pytest.mark.parametrize("kind", ["selector", "service", "endpoints", "skip"])
def test_slices_go_when_there_is_nothing_to_mirror_any_more(world: World, kind: str) -> None:
    controller = started(world)
    if kind == "selector":
        world.change(SERVICES, KEY, {"spec": {"selector": {"app": "web"}}})
    elif kind == "service":
        world.api.remove(SERVICES, world.get(SERVICES, KEY))
    elif kind == "endpoints":
        world.api.remove(ENDPOINTS, world.get(ENDPOINTS, KEY))
    else:
        labels = {"endpointslice.kubernetes.io/skip-mirror": "true"}
        world.change(ENDPOINTS, KEY, {"metadata": {"labels": labels}})
    world.settle(controller)
    assert world.all(ENDPOINTSLICES) == []


def test_a_slice_that_somebody_deletes_comes_back(world: World) -> None:
    controller = started(world)
    world.api.remove(ENDPOINTSLICES, world.all(ENDPOINTSLICES)[0])
    world.settle(controller)
    assert [write.verb for write in world.writes] == ["create"]


def test_slices_that_are_not_seen_yet_are_not_made_again(world: World) -> None:
    controller = world.build(build_slice_mirror)
    world.sync(controller, KEY)
    world.sync(controller, KEY)
    assert len(world.writes) == 1


def test_what_was_left_out_is_told() -> None:
    world = World()
    world.put(SERVICES, service(selector=None))
    world.put(ENDPOINTS, endpoints(subset("nonsense", "10.0.0.1")))
    started(world)
    assert [(event.reason, event.message) for event in world.events][:1] == [
        ("InvalidIPAddress", "Skipped 1 invalid IP addresses when mirroring to EndpointSlices")
    ]


def test_nothing_is_made_of_endpoints_on_their_way_out() -> None:
    going = endpoints(subset("10.0.0.1"), deletionTimestamp="2026-01-01T00:00:00Z")
    assert plan_mirror(going, []).creates == []
