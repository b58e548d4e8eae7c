from __future__ import annotations

from ipaddress import ip_network
from itertools import pairwise

import pytest

from apimachinery.objects import Object
from kubelet.nodes.addresses import NodeAddresses, node_ip, number_of, pod_range


def _node(name: str, address: str) -> Object:
    return {"metadata": {"name": name}, "status": {"addresses": [{"type": "InternalIP", "address": address}]}}


def test_five_hundred_nodes_have_addresses_and_ranges_of_their_own() -> None:
    addresses = NodeAddresses([])
    numbers = [addresses.number_for(f"node-{i}") for i in range(500)]
    assert len(set(numbers)) == 500
    ranges = sorted(ip_network(pod_range(n)) for n in numbers)
    assert not any(a.overlaps(b) for a, b in pairwise(ranges))
    assert all(r.num_addresses == 1024 for r in ranges)


def test_a_name_gets_the_same_address_every_time() -> None:
    assert NodeAddresses([]).number_for("a") == NodeAddresses([]).number_for("a")


def test_an_address_that_is_taken_is_not_given_again() -> None:
    first = node_ip(NodeAddresses([]).number_for("a"))
    assert node_ip(NodeAddresses([_node("other", first)]).number_for("a")) != first


def test_an_existing_node_keeps_its_address() -> None:
    existing = _node("a", "172.18.3.4")
    assert node_ip(NodeAddresses([existing]).number_for("a", existing)) == "172.18.3.4"


@pytest.mark.parametrize("address", ["", "192.168.1.1", "fd00::1"])
def test_a_foreign_address_is_replaced(address: str) -> None:
    existing = _node("a", address)
    assert number_of(address) is None
    assert node_ip(NodeAddresses([existing]).number_for("a", existing)).startswith("172.18.")


def test_ranges_stay_clear_of_services() -> None:
    everything = [ip_network(pod_range(n)) for n in (0, 8191)]
    assert all(r.subnet_of(ip_network("10.128.0.0/9")) for r in everything)  # type: ignore[arg-type]
