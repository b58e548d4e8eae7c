from __future__ import annotations

from typing import Any

import pytest

from client.resources import ENDPOINTSLICES, NODES, PODS, SERVICES
from controllers.endpoints.slice_controller import build_endpoint_slices
from controllers.endpoints.topology import Hints, share_out, wants_hints, zone_ratios
from tests.controllers.endpoints.things import HTTP, Object, pod, service
from tests.controllers.world import World

MODE = "service.kubernetes.io/topology-mode"
HALF = {"a": 0.5, "b": 0.5}
NO_NODES = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"


def node(name: str, zone: str = "a", cpu: str = "1", *, ready: bool = True, control_plane: bool = False) -> Object:
    labels = {"topology.kubernetes.io/zone": zone} if zone else {}
    if control_plane:
        labels["node-role.kubernetes.io/control-plane"] = ""
    return {
        "metadata": {"name": name, "labels": labels},
        "status": {
            "allocatable": {"cpu": cpu},
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


@pytest.mark.parametrize(
    ("nodes", "ratios"),
    [
        ([node("1"), node("2", "b")], HALF),
        ([node("1"), node("2", "b", "3")], {"a": 0.25, "b": 0.75}),
        ([node("1"), node("2", "b"), node("3", "c", ready=False)], HALF),
        ([node("1"), node("2", "b"), node("3", "c", control_plane=True)], HALF),
        ([node("1"), node("2")], {}),
        ([node("1"), node("2", "")], {}),
        ([node("1"), node("2", "b", "0")], {}),
        ([], {}),
    ],
)
def test_the_share_of_each_zone(nodes: list[Object], ratios: dict[str, float]) -> None:
    assert zone_ratios(nodes) == ratios


@pytest.mark.parametrize(
    ("ratios", "zones", "hints"),
    [
        (HALF, ["a", "b"], Hints(["a", "b"])),
        (HALF, ["a", "a"], Hints(["b", "a"])),
        (HALF, ["a", "a", "a", "b"], Hints(["b", "a", "a", "b"])),
        (
            HALF,
            ["a", "a", "b"],
            Hints(
                [],
                "Unable to allocate minimum required endpoints to each zone without "
                "exceeding overload threshold (3 endpoints, 2 zones)",
            ),
        ),
        (HALF, ["a"], Hints([], "Insufficient number of endpoints (1 endpoints, 2 zones)")),
        (HALF, ["a", ""], Hints([], "One or more endpoints do not have a zone specified")),
        ({}, ["a", "b"], Hints([], NO_NODES)),
        ({"a": 0.25, "b": 0.75}, ["a", "a", "b", "b"], Hints(["b", "a", "b", "b"])),
    ],
)
def test_whom_endpoints_serve(ratios: dict[str, float], zones: list[str], hints: Hints) -> None:
    assert share_out(ratios, zones) == hints


@pytest.mark.parametrize(
    ("annotations", "wants"),
    [
        ({}, False),
        ({MODE: "Auto"}, True),
        ({MODE: "auto"}, True),
        ({MODE: "Disabled"}, False),
        ({MODE: "Auto", "service.kubernetes.io/topology-aware-hints": "disabled"}, False),
    ],
)
def test_which_services_ask_for_hints(annotations: dict[str, str], wants: bool) -> None:
    assert wants_hints({"metadata": {"annotations": annotations}}) is wants


def hints(world: World) -> list[Any]:
    found = [e for one in world.all(ENDPOINTSLICES) for e in one["endpoints"]]
    return [e.get("hints", {}).get("forZones", [{}])[0].get("name") for e in found]


def test_hints_come_and_go_with_the_nodes_and_events_say_so() -> None:
    world = World()
    asking = service(HTTP, trafficDistribution="PreferClose")
    asking["metadata"]["annotations"] = {MODE: "Auto"}
    world.put(SERVICES, asking)
    world.put(NODES, node("node-1", "a"), node("node-2", "b"))
    world.put(PODS, pod(1), pod(2, nodeName="node-2"))
    controller = world.build(build_endpoint_slices)
    world.settle(controller)
    assert hints(world) == ["a", "b"]
    world.change(NODES, "node-2", {"status": {"allocatable": {"cpu": "9"}}})
    world.settle(controller)
    assert hints(world) == [None, None]
    world.api.remove(NODES, world.get(NODES, "node-2"))
    world.change(SERVICES, "ns/web", {"metadata": {"annotations": {MODE: None}}})
    world.settle(controller)
    assert [(event.type, event.reason, event.message) for event in world.events] == [
        ("Normal", "TopologyAwareHintsEnabled", "Topology Aware Hints has been enabled, addressType: IPv4"),
        (
            "Warning",
            "TopologyAwareHintsDisabled",
            "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold "
            "(2 endpoints, 2 zones), addressType: IPv4",
        ),
    ]


@pytest.mark.parametrize(
    ("distribution", "hinted"),
    [
        ("PreferClose", {"forZones": [{"name": "a"}]}),
        ("PreferSameZone", {"forZones": [{"name": "a"}]}),
        ("PreferSameNode", {"forZones": [{"name": "a"}], "forNodes": [{"name": "node-1"}]}),
        (None, None),
    ],
)
def test_traffic_distribution_gives_hints_without_counting(distribution: str | None, hinted: Object | None) -> None:
    world = World()
    world.put(SERVICES, service(HTTP, trafficDistribution=distribution))
    world.put(NODES, node("node-1", "a"))
    world.put(PODS, pod(1))
    world.settle(world.build(build_endpoint_slices))
    assert world.all(ENDPOINTSLICES)[0]["endpoints"][0].get("hints") == hinted


def test_a_node_without_a_zone_is_still_hinted_at() -> None:
    world = World()
    world.put(SERVICES, service(HTTP, trafficDistribution="PreferSameNode"))
    world.put(NODES, node("node-1", ""))
    world.put(PODS, pod(1))
    world.settle(world.build(build_endpoint_slices))
    assert world.all(ENDPOINTSLICES)[0]["endpoints"][0]["hints"] == {"forNodes": [{"name": "node-1"}]}
