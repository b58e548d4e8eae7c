"""A server that looks after its own endpoints, and after what services have been given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apimachinery.clock import FakeClock
from server.app import SERVICE_NETWORK
from server.services.addresses import Addresses
from server.services.own_endpoints import LEASE, Leases, OwnEndpoints, Place, slices_of
from server.services.ports import NodePorts
from server.services.repair import LEAKS
from server.services.repairing import Repair
from tests.server.harness import Server

ENDPOINTS = "/api/v1/namespaces/default/endpoints"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
SERVICES = "/api/v1/namespaces/default/services"
EVENTS = "/api/v1/namespaces/default/events"
IPS = "/apis/networking.k8s.io/v1/ipaddresses"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(tmp_path: Path, clock: FakeClock) -> Iterator[Server]:
    with Server(tmp_path / "db", clock, advertise_address="10.0.0.9") as server:
        yield server


def test_a_server_that_is_alone_is_the_endpoint_of_the_kubernetes_service(server: Server) -> None:
    found = server.get(f"{ENDPOINTS}/kubernetes").json
    assert found["metadata"]["labels"] == {"endpointslice.kubernetes.io/skip-mirror": "true"}
    assert found["subsets"] == [
        {"addresses": [{"ip": "10.0.0.9"}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}
    ]
    one = server.get(f"{SLICES}/kubernetes").json
    assert one["metadata"]["labels"] == {"kubernetes.io/service-name": "kubernetes"}
    assert one["endpoints"] == [{"addresses": ["10.0.0.9"], "conditions": {"ready": True}}]
    assert one["ports"] == [{"name": "https", "protocol": "TCP", "port": 6443}]


def test_a_start_that_finds_all_as_it_should_be_writes_nothing(server: Server) -> None:
    server.run(own(server).look())
    before = server.server.store.revision
    server.run(own(server).look())
    assert server.server.store.revision == before


def own(server: Server, place: Place = Place("10.0.0.9", 6443), leases: Leases | None = None) -> OwnEndpoints:
    async def nothing() -> None:
        return None

    return OwnEndpoints(server.server.api.registries, place, leases, nothing)


def ips(server: Server) -> list[Any]:
    found = server.get(f"{ENDPOINTS}/kubernetes").json.get("subsets") or []
    return [[address["ip"] for address in subset["addresses"]] for subset in found]


def test_what_somebody_changes_or_deletes_is_put_right(server: Server) -> None:
    server.delete(f"{SERVICES}/kubernetes")
    server.delete(f"{SLICES}/kubernetes")
    server.patch(f"{ENDPOINTS}/kubernetes", {"subsets": [], "metadata": {"labels": None}})
    server.restart()
    assert ips(server) == [["10.0.0.9"]]
    assert server.get(f"{SLICES}/kubernetes").status == 200
    assert server.get(f"{SERVICES}/kubernetes").status == 200


def test_several_servers_are_there_as_long_as_they_renew_their_leases(server: Server, clock: FakeClock) -> None:
    leases = Leases(server.server.store, clock)
    first = own(server, Place("10.0.0.8", 6443), leases)
    second = own(server, Place("10.0.0.9", 6443), leases)
    for each in (first, second):
        server.run(each.look())
    assert ips(server) == [["10.0.0.8", "10.0.0.9"]]
    clock.advance(LEASE - 1)
    server.run(second.look())
    clock.advance(2)
    assert server.expire() == 1
    server.run(second.look())
    assert ips(server) == [["10.0.0.9"]]
    server.run(first.look())
    server.run(second.leave())
    assert ips(server) == [["10.0.0.8"]]
    server.run(first.leave())
    assert ips(server) == []


def test_servers_on_one_machine_have_a_port_and_a_slice_each(server: Server, clock: FakeClock) -> None:
    leases = Leases(server.server.store, clock)
    first = own(server, Place("10.0.0.9", 6443), leases)
    second = own(server, Place("10.0.0.9", 7443), leases)
    for each in (first, second):
        server.run(each.look())
    assert ips(server) == [["10.0.0.9"], ["10.0.0.9"]]
    names = {one["metadata"]["name"] for one in server.get(SLICES).json["items"]}
    assert names == {"kubernetes", "kubernetes-7443"}
    server.run(second.leave())
    assert {one["metadata"]["name"] for one in server.get(SLICES).json["items"]} == {"kubernetes"}


def test_without_any_server_there_is_a_slice_without_endpoints() -> None:
    (one,) = slices_of({})
    assert (one["metadata"]["name"], one["endpoints"], one["ports"]) == ("kubernetes", [], [])


def make_service(server: Server, name: str, **spec: Any) -> Any:
    wanted = {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}], **spec}
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": wanted}
    answer = server.post(SERVICES, body)
    assert answer.status == 201, answer.text
    return answer.json


def repair(server: Server, clock: FakeClock) -> Repair:
    registries, store = server.server.api.registries, server.server.store
    ips = next(r for key, r in registries.items() if key.resource == "ipaddresses")
    return Repair(registries, Addresses(ips, SERVICE_NETWORK), NodePorts(store), clock)


def told(server: Server) -> list[tuple[str, str]]:
    found = server.get(EVENTS).json["items"]
    return sorted((event["reason"], event["involvedObject"]["name"]) for event in found)


def test_an_address_that_is_missing_is_taken_again_and_one_that_leaked_given_back(
    server: Server, clock: FakeClock
) -> None:
    address = make_service(server, "web")["spec"]["clusterIP"]
    server.delete(f"{IPS}/{address}")
    server.run(Addresses(ips_registry(server), SERVICE_NETWORK).take(orphan(), "10.96.200.200"))
    clock.advance(61)
    looking = repair(server, clock)
    server.run(looking.look())
    assert server.get(f"{IPS}/{address}").json["spec"]["parentRef"]["name"] == "web"
    assert server.get(f"{IPS}/10.96.200.200").status == 404
    assert told(server) == [("ClusterIPNotAllocated", "web"), ("IPAddressNotAllocated", "10.96.200.200")]
    before = server.server.store.revision
    server.run(looking.look())
    assert server.server.store.revision == before


def ips_registry(server: Server) -> Any:
    return next(r for key, r in server.server.api.registries.items() if key.resource == "ipaddresses")


def orphan() -> dict[str, Any]:
    return {"metadata": {"namespace": "default", "name": "gone"}}


def test_a_port_without_a_service_is_given_back_in_the_end(server: Server, clock: FakeClock) -> None:
    ports = NodePorts(server.server.store)
    kept = make_service(server, "web", type="NodePort")["spec"]["ports"][0]["nodePort"]
    leaked = 30000 if kept != 30000 else 30001
    server.run(ports.take(leaked))
    looking = repair(server, clock)
    for _ in range(LEAKS):
        assert leaked in ports.taken
        server.run(looking.look())
    assert ports.taken == {kept}


def test_what_cannot_be_mended_is_told_once(server: Server, clock: FakeClock) -> None:
    make_service(server, "web", type="NodePort")
    ports = NodePorts(server.server.store)
    server.run(ports.release(ports.taken))
    looking = repair(server, clock)
    for _ in range(2):
        server.run(looking.look())
    assert told(server) == [("PortNotAllocated", "web")]
    (event,) = server.get(EVENTS).json["items"]
    assert event["reportingComponent"] == "portallocator-repair-controller"
    assert (event["type"], event["action"]) == ("Warning", "PortAllocation")
