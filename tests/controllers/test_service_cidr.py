from __future__ import annotations

import pytest

from apimachinery.objects import Object
from client.resources import IPADDRESSES, SERVICECIDRS
from controllers.service_cidr import FINALIZER, GRACE, build_service_cidr, can_go
from tests.controllers.world import World, said


def cidr(name: str, *ranges: str) -> Object:
    metadata = {"name": name}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": metadata,
        "spec": {"cidrs": list(ranges)},
    }


def address(ip: str, manager: str = "ipallocator.k8s.io") -> Object:
    labels = {"ipaddress.kubernetes.io/managed-by": manager}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": ip, "labels": labels}}


@pytest.mark.parametrize(
    ("others", "addresses", "can"),
    [
        pytest.param([], [], True, id="empty"),
        pytest.param([], [address("10.0.0.5")], False, id="an address"),
        pytest.param([], [address("10.9.0.5")], True, id="an address elsewhere"),
        pytest.param([], [address("10.0.0.5", "somebody")], True, id="an address of somebody else"),
        pytest.param([cidr("b", "10.0.0.0/16")], [address("10.0.0.5")], True, id="inside another range"),
        pytest.param([cidr("b", "10.0.0.0/28")], [address("10.0.0.5")], True, id="the address is in another range"),
        pytest.param([cidr("b", "10.0.0.0/30")], [address("10.0.0.5")], False, id="it is in no other"),
    ],
)
def test_whether_a_range_may_go(others: list[Object], addresses: list[Object], can: bool) -> None:
    assert can_go(cidr("a", "10.0.0.0/24"), [cidr("a", "10.0.0.0/24"), *others], addresses) is can


def ready(world: World) -> tuple[str, str]:
    (condition,) = world.get(SERVICECIDRS, "a")["status"]["conditions"]
    return condition["status"], condition["message"]


def test_a_range_is_held_then_ready_and_goes_when_its_last_address_has_gone() -> None:
    world = World()
    world.put(SERVICECIDRS, cidr("a", "10.0.0.0/24"))
    world.put(IPADDRESSES, address("10.0.0.5"))
    controller = world.build(build_service_cidr)
    world.settle(controller)
    assert said(world.writes) == ["update servicecidrs a", "update servicecidrs a status"]
    assert world.get(SERVICECIDRS, "a")["metadata"]["finalizers"] == [FINALIZER]
    assert ready(world) == ("True", "Kubernetes Service CIDR is ready")
    world.sync(controller, "a")
    assert len(world.writes) == 2

    world.api.delete(SERVICECIDRS, "", "a")
    world.settle(controller)
    assert ready(world)[0] == "False"
    assert ready(world)[1].startswith("There are still IPAddresses referencing the ServiceCIDR")
    world.api.remove(IPADDRESSES, world.get(IPADDRESSES, "10.0.0.5"))
    world.settle(controller)
    assert len(world.all(SERVICECIDRS)) == 1
    world.clock.advance(GRACE)
    world.settle(controller)
    assert world.all(SERVICECIDRS) == []
