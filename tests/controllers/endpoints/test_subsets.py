from __future__ import annotations

from controllers.endpoints.endpoints_controller import wanted_endpoints
from controllers.endpoints.subsets import CAPACITY, limit, subsets_of
from tests.controllers.endpoints.things import HTTP, Object, pod, service


def ips(subset: Object, field: str = "addresses") -> list[str]:
    return [address["ip"] for address in subset.get(field, [])]


def test_ready_and_unready_pods_stand_apart_in_one_subset() -> None:
    (subset,) = subsets_of(service(HTTP), [pod(2), pod(1), pod(3, ready=False), pod(4, deleted=True)])
    assert ips(subset) == ["10.1.0.2", "10.1.0.3"]
    assert ips(subset, "notReadyAddresses") == ["10.1.0.4"]
    assert subset["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]


def test_ports_with_the_same_addresses_share_a_subset() -> None:
    other = {"name": "admin", "port": 81, "targetPort": 8081, "protocol": "TCP"}
    (subset,) = subsets_of(service(HTTP, other), [pod(1)])
    assert [port["name"] for port in subset["ports"]] == ["admin", "http"]


def test_a_headless_service_without_ports_has_addresses_alone() -> None:
    (subset,) = subsets_of(service(clusterIP="None"), [pod(1, hostname="one", subdomain="web")])
    assert "ports" not in subset
    assert subset["addresses"][0]["hostname"] == "one"


def test_published_unready_addresses_count_as_ready() -> None:
    (subset,) = subsets_of(service(HTTP, publishNotReadyAddresses=True), [pod(1, ready=False)])
    assert ips(subset) == ["10.1.0.2"]


def test_beyond_the_capacity_unready_addresses_go_first() -> None:
    pods = [pod(n, ready=n < CAPACITY - 1) for n in range(CAPACITY + 1)]
    ((subset,), cut) = limit(subsets_of(service(HTTP), pods))
    assert cut
    assert (len(subset["addresses"]), len(subset["notReadyAddresses"])) == (CAPACITY - 1, 1)


def test_each_subset_keeps_its_share_of_ready_addresses() -> None:
    def subset(prefix: str, number: int) -> Object:
        return {"addresses": [{"ip": f"{prefix}.{n}"} for n in range(number)], "notReadyAddresses": [{"ip": "x"}]}

    kept, cut = limit([subset("a", 1500), subset("b", 500)])
    assert cut
    assert [len(part["addresses"]) for part in kept] == [750, 250]
    assert all("notReadyAddresses" not in part for part in kept)


def test_what_is_right_is_not_written_again() -> None:
    svc = service(HTTP)
    first = wanted_endpoints(svc, [pod(1)], None)
    assert first is not None
    assert first["metadata"]["labels"] == {"team": "a", "endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    assert wanted_endpoints(svc, [pod(1)], first) is None
    assert wanted_endpoints(svc, [], first) is not None
