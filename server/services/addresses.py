"""Cluster IPs: each is an IPAddress object, whose name makes it unique across all servers.

Source: KEP-1880 (multiple service CIDRs), k8s.io/kubernetes pkg/registry/core/service/ipallocator.
"""

from __future__ import annotations

import ipaddress
import random

from apimachinery.fielderrors import invalid
from apimachinery.gvk import GroupKind
from apimachinery.objects import Object, find_condition, is_terminating
from apimachinery.status import AlreadyExists, InternalError, Invalid, NotFound
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.delete import delete
from server.registry.options import DeleteOptions
from server.registry.registry import Registry

SERVICE = GroupKind("", "Service")
_ATTEMPTS = 4096
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"create"}'


class Addresses:
    """Hands out addresses of ``network`` and, when it is full, of further ranges (ServiceCIDRs). The first address of
    ``network`` is the API server's, never given by chance."""

    def __init__(self, registry: Registry, network: ipaddress.IPv4Network, ranges: Registry | None = None) -> None:
        """``ranges``: of the ServiceCIDRs."""
        self._registry = registry
        self._ranges = ranges
        self.network = network
        self._random = random.SystemRandom()

    @property
    def first(self) -> str:
        return str(self.network.network_address + 1)

    def networks(self, *, ready: bool) -> list[ipaddress.IPv4Network]:
        """All ranges, ``network`` first; ``ready``: those of which addresses may be given now."""
        found = [self.network]
        entries = self._ranges.cache.list(None).entries if self._ranges is not None else ()
        for cidr in (decode(entry.value) for entry in entries):
            if ready and (is_terminating(cidr) or (find_condition(cidr, "Ready") or {}).get("status") != "True"):
                continue
            texts = (text for text in cidr["spec"].get("cidrs") or () if ":" not in text)
            found += [network for text in texts if (network := ipaddress.IPv4Network(text)) not in found]
        return found

    async def take(self, service: Object, address: str, *, dry_run: bool = False) -> None:
        """Reserve one address; raises Invalid when it is taken or not of the network."""
        networks = self.networks(ready=True)
        if not any(ipaddress.ip_address(address) in network for network in networks):
            valid = ", ".join(map(str, networks))
            raise _refused(service, address, f"The range of valid IPs is {valid}")
        if self._registry.cache.get("", address) is not None:
            raise _refused(service, address, "provided IP is already allocated")
        if dry_run:
            return
        try:
            await self._registry.create(WriteContext(actor=_ACTOR), self._object(service, address))
        except AlreadyExists:
            raise _refused(service, address, "provided IP is already allocated") from None

    async def take_any(self, service: Object, *, dry_run: bool = False) -> str:
        """Reserve a free address; raises InternalError when none is found."""
        for network in self.networks(ready=True):
            address = await self._take_of(network, service, dry_run=dry_run)
            if address is not None:
                return address
        raise InternalError.of("failed to allocate a serviceIP: range is full")

    async def _take_of(self, network: ipaddress.IPv4Network, service: Object, *, dry_run: bool) -> str | None:
        first, last = 2 if network == self.network else 1, network.num_addresses - 2
        if first > last:
            return None
        for _ in range(_ATTEMPTS):
            address = str(network.network_address + self._random.randint(first, last))
            if self._registry.cache.get("", address) is not None:
                continue
            if dry_run:
                return address
            try:
                await self._registry.create(WriteContext(actor=_ACTOR), self._object(service, address))
            except AlreadyExists:
                continue
            return address
        return None

    async def release(self, address: str) -> None:
        try:
            await delete(self._registry, WriteContext(actor=_ACTOR), address, DeleteOptions())
        except NotFound:
            return

    def _object(self, service: Object, address: str) -> Object:
        metadata = service["metadata"]
        return {
            "kind": "IPAddress",
            "apiVersion": "networking.k8s.io/v1",
            "metadata": {
                "name": address,
                "labels": {
                    "ipaddress.kubernetes.io/ip-family": "IPv4",
                    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
                },
            },
            "spec": {
                "parentRef": {
                    "group": "",
                    "resource": "services",
                    "namespace": metadata.get("namespace", ""),
                    "name": metadata.get("name", ""),
                }
            },
        }


def _refused(service: Object, address: str, why: str) -> Invalid:
    error = invalid("spec.clusterIPs", [address], f"failed to allocate IP {address}: {why}")
    return Invalid.of(SERVICE, service["metadata"].get("name", ""), [error])
