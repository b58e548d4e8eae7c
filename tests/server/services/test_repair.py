"""Services and what is allocated to them: state in, faults out."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any

import pytest

from apimachinery.objects import Object
from server.services.repair import LEAKS, Mend, address_faults, rebuild_ports

NETWORK = IPv4Network("10.96.0.0/16")
NOW = datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
OLD, FRESH = "2026-01-01T00:00:00Z", "2026-01-01T00:09:57Z"


def service(name: str = "web", ip: str = "10.96.0.9", **spec: Any) -> Object:
    metadata = {"name": name, "namespace": "ns", "uid": name, "creationTimestamp": OLD}
    return {"kind": "Service", "metadata": metadata, "spec": {"clusterIP": ip, "clusterIPs": [ip], **spec}}


def address(of: str = "web", ip: str = "10.96.0.9", *, created: str = OLD, **given: Any) -> Object:
    parent = {"group": "", "resource": "services", "namespace": "ns", "name": of, **given.pop("parent", {})}
    labels = {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        **given,
    }
    metadata = {"name": ip, "labels": labels, "creationTimestamp": created}
    return {"kind": "IPAddress", "metadata": metadata, "spec": {"parentRef": parent}}


def headless() -> Object:
    return {**service(), "spec": {"clusterIP": "None", "clusterIPs": ["None"]}}


OTHER_MANAGER = {"ipaddress.kubernetes.io/managed-by": "somebody"}


@pytest.mark.parametrize(
    ("services", "addresses", "found"),
    [
        pytest.param([service()], [address()], [], id="all is well"),
        pytest.param([headless()], [], [], id="none needed"),
        pytest.param(
            [service()],
            [],
            [("ClusterIPNotAllocated", "Cluster IP [IPv4]: 10.96.0.9 is not allocated; repairing", Mend.CREATE)],
            id="missing",
        ),
        pytest.param(
            [service(ip="10.1.0.1")],
            [],
            [
                (
                    "ClusterIPOutOfRange",
                    "Cluster IP [IPv4]: 10.1.0.1 is not within any configured Service CIDR; please recreate service",
                    Mend.NOTHING,
                )
            ],
            id="out of range",
        ),
        pytest.param(
            [service()],
            [address(parent={"resource": "gateways"})],
            [
                (
                    "ClusterIPNotAllocated",
                    "the ClusterIP [IPv4]: 10.96.0.9 for Service ns/web has a wrong reference; repairing",
                    Mend.RECREATE,
                )
            ],
            id="held by something else",
        ),
        pytest.param(
            [service()],
            [address("gone")],
            [
                (
                    "ClusterIPNotAllocated",
                    "the ClusterIP [IPv4]: 10.96.0.9 for Service ns/web has a wrong reference; repairing",
                    Mend.RECREATE,
                )
            ],
            id="held by a service that is gone",
        ),
        pytest.param(
            [service(), service("twin")],
            [address("twin")],
            [
                (
                    "ClusterIPAlreadyAllocated",
                    "Cluster IP [IPv4]:10.96.0.9 was assigned to multiple services; please recreate service",
                    Mend.NOTHING,
                )
            ],
            id="given twice",
        ),
        pytest.param([service()], [address(**OTHER_MANAGER)], [("", "", Mend.RECREATE)], id="other labels"),
        pytest.param(
            [],
            [address()],
            [
                (
                    "IPAddressNotAllocated",
                    "IPAddress: 10.96.0.9 for Service ns/web appears to have leaked: cleaning up",
                    Mend.DELETE,
                )
            ],
            id="leaked",
        ),
        pytest.param([], [address(created=FRESH)], [], id="its service is still being made"),
        pytest.param([], [address(**OTHER_MANAGER)], [], id="not ours"),
        pytest.param(
            [service(ip="10.96.0.8")],
            [address(ip="10.96.0.8"), address()],
            [
                (
                    "IPAddressWrongReference",
                    "IPAddress: 10.96.0.9 for Service ns/web has a wrong reference; cleaning up",
                    Mend.DELETE,
                )
            ],
            id="a second one of a service",
        ),
        pytest.param(
            [service(ip="10.96.0.8")],
            [address(ip="10.96.0.8"), address(created=FRESH)],
            [],
            id="a second one that is still being given back",
        ),
    ],
)
def test_what_is_wrong_with_addresses(
    services: list[Object], addresses: list[Object], found: list[tuple[str, str, Mend]]
) -> None:
    by_name = {ip["metadata"]["name"]: ip for ip in addresses}
    faults = address_faults(services, by_name, [NETWORK], NOW)
    assert [(fault.reason, fault.note, fault.mend) for fault in faults] == found


def ported(name: str, *ports: tuple[int, str], health: int = 0) -> Object:
    listed = [{"nodePort": port, "protocol": protocol} for port, protocol in ports]
    found = service(name, ports=listed)
    return {**found, "spec": {**found["spec"], **({"healthCheckNodePort": health} if health else {})}}


@pytest.mark.parametrize(
    ("services", "stored", "taken", "notes"),
    [
        pytest.param([ported("a", (30001, "TCP"))], {30001}, {30001}, [], id="all is well"),
        pytest.param(
            [ported("a", (30001, "TCP"))], set(), {30001}, ["Port 30001 is not allocated; repairing"], id="missing"
        ),
        pytest.param([ported("a", (30001, "TCP"), (30001, "UDP"))], {30001}, {30001}, [], id="two protocols"),
        pytest.param(
            [ported("a", (30001, "TCP")), ported("b", (30001, "UDP"))],
            {30001},
            {30001},
            ["Port 30001 was assigned to multiple services; please recreate service"],
            id="given twice",
        ),
        pytest.param(
            [ported("a", (80, "TCP"))],
            set(),
            set(),
            ["Port 80 is not within the port range 30000-32767; please recreate service"],
            id="out of range",
        ),
        pytest.param([ported("a", health=30002)], {30002}, {30002}, [], id="a health check's"),
    ],
)
def test_what_is_wrong_with_ports(services: list[Object], stored: set[int], taken: set[int], notes: list[str]) -> None:
    rebuilt = rebuild_ports(services, stored, {}, 30000, 32767)
    assert (rebuilt.taken, [fault.note for fault in rebuilt.faults]) == (taken, notes)


def test_a_port_is_given_back_when_it_has_been_found_without_a_service_often_enough() -> None:
    leaks: dict[int, int] = {}
    for _ in range(LEAKS - 1):
        rebuilt = rebuild_ports([], {30001}, leaks, 30000, 32767)
        leaks = rebuilt.leaks
        assert rebuilt.taken == {30001}
    assert rebuild_ports([], {30001}, leaks, 30000, 32767).taken == set()


def test_a_port_that_got_its_service_in_the_meantime_is_not_counted_any_more() -> None:
    leaks = rebuild_ports([], {30001}, {}, 30000, 32767).leaks
    assert rebuild_ports([ported("a", (30001, "TCP"))], {30001}, leaks, 30000, 32767).leaks == {}
