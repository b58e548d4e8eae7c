"""Addresses out of further ranges."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from apimachinery.gvk import GroupResource
from apimachinery.status import InternalError, Invalid
from server.services.addresses import Addresses
from tests.server.harness import Server

CIDRS = "/apis/networking.k8s.io/v1/servicecidrs"
SMALL = IPv4Network("10.1.0.0/30")
SERVICE = {"metadata": {"namespace": "default", "name": "web"}}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "db") as server:
        server.delete(f"{CIDRS}/kubernetes")
        yield server


def addresses(server: Server) -> Addresses:
    registries = server.server.api.registries
    ips, ranges = (registries[GroupResource("networking.k8s.io", name)] for name in ("ipaddresses", "servicecidrs"))
    return Addresses(ips, SMALL, ranges)


def add_range(server: Server, name: str, cidr: str, *, ready: bool = True) -> None:
    body: dict[str, Any] = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": name},
        "spec": {"cidrs": [cidr]},
    }
    assert server.post(CIDRS, body).status == 201
    if ready:
        condition = {
            "type": "Ready",
            "status": "True",
            "reason": "",
            "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        answer = server.patch(f"{CIDRS}/{name}/status", {"status": {"conditions": [condition]}})
        assert answer.status == 200, answer.text


def test_a_full_range_is_followed_by_the_next_one_that_is_ready(server: Server) -> None:
    given = addresses(server)
    assert server.run(given.take_any(SERVICE)) == "10.1.0.2"
    with pytest.raises(InternalError):
        server.run(given.take_any(SERVICE))
    add_range(server, "later", "10.3.0.0/30", ready=False)
    with pytest.raises(InternalError):
        server.run(given.take_any(SERVICE))
    add_range(server, "more", "10.2.0.0/30")
    taken = {server.run(given.take_any(SERVICE)) for _ in range(2)}
    assert taken == {"10.2.0.1", "10.2.0.2"}


def test_an_address_may_be_asked_for_in_any_range_that_is_ready(server: Server) -> None:
    given = addresses(server)
    with pytest.raises(Invalid):
        server.run(given.take(SERVICE, "10.2.0.1"))
    add_range(server, "more", "10.2.0.0/30")
    server.run(given.take(SERVICE, "10.2.0.1"))
    assert [str(network) for network in given.networks(ready=True)] == ["10.1.0.0/30", "10.2.0.0/30"]
