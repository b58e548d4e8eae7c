from __future__ import annotations

from typing import Any

import pytest

from server.services.resolving import Address, NoEndpoint, addresses_of


def service(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "api"}, "spec": spec}


def slice(*addresses: str, port: int | None = 8443, name: str | None = "https", **conditions: bool) -> dict[str, Any]:
    ports = [{"port": port, **({} if name is None else {"name": name})}]
    return {"endpoints": [{"addresses": [each], "conditions": conditions} for each in addresses], "ports": ports}


TWO_PORTS = service(ports=[{"name": "https", "port": 443}, {"name": "other", "port": 80}])
FOUND = [
    (service(type="ExternalName", externalName="api.example.com"), [], 9443, [("api.example.com", 9443)]),
    (TWO_PORTS, [slice("10.1.0.1", "10.1.0.2", ready=True)], 443, [("10.1.0.1", 8443), ("10.1.0.2", 8443)]),
    (TWO_PORTS, [slice("10.1.0.1"), slice("fd00::1", port=9)], 443, [("10.1.0.1", 8443), ("fd00::1", 9)]),
    (TWO_PORTS, [slice("10.1.0.1", ready=False), slice("10.1.0.2")], 443, [("10.1.0.2", 8443)]),
    (service(ports=[{"port": 443}]), [slice("10.1.0.1", name=None)], 443, [("10.1.0.1", 8443)]),
    (service(ports=[{"port": 443}]), [slice("10.1.0.1", name="")], 443, [("10.1.0.1", 8443)]),
]


@pytest.mark.parametrize(("of", "slices", "port", "expected"), FOUND)
def test_a_service_leads_to_what_is_ready_behind_its_port(
    of: dict[str, Any], slices: list[dict[str, Any]], port: int, expected: list[tuple[str, int]]
) -> None:
    assert addresses_of(of, slices, port) == expected


NOWHERE = [
    (TWO_PORTS, [], 443, 'no endpoints available for service "api"'),
    (TWO_PORTS, [slice("10.1.0.1", ready=False)], 443, 'no endpoints available for service "api"'),
    (TWO_PORTS, [slice("10.1.0.1", name="metrics")], 443, 'no endpoints available for service "api"'),
    (TWO_PORTS, [slice("10.1.0.1", port=None)], 443, 'no endpoints available for service "api"'),
    (TWO_PORTS, [slice("10.1.0.1")], 8443, 'no service port 8443 found for service "api"'),
]


@pytest.mark.parametrize(("of", "slices", "port", "message"), NOWHERE)
def test_or_it_says_why_it_leads_nowhere(
    of: dict[str, Any], slices: list[dict[str, Any]], port: int, message: str
) -> None:
    with pytest.raises(NoEndpoint) as raised:
        addresses_of(of, slices, port)
    assert str(raised.value) == message


def test_addresses_read_as_in_urls() -> None:
    assert (str(Address("10.1.0.1", 443)), str(Address("fd00::1", 443))) == ("10.1.0.1:443", "[fd00::1]:443")
