"""Cluster IPs: each is an IPAddress object, whose name makes it unique across all servers.

Source: KEP-1880 (multiple service CIDRs), k8s.io/kubernetes pkg/registry/core/service/ipallocator.
"""

from __future__ import annotations

import ipaddress
import random

from apimachinery.fielderrors import invalid
from apimachinery.gvk import GroupKind
from apimachinery.objects import Object
from apimachinery.status import AlreadyExists, InternalError, Invalid, NotFound
from server.registry.context import WriteContext
from server.registry.delete import delete
from server.registry.options import DeleteOptions
from server.registry.registry import Registry

SERVICE = GroupKind("", "Service")
_ATTEMPTS = 4096
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"create"}'


class Addresses:
    """Hands out addresses of ``network``. The first one is the API server's, never given by chance."""

    def __init__(self, registry: Registry, network: ipaddress.IPv4Network) -> None:
        self._registry = registry
        self.network = network
        self._random = random.SystemRandom()

    @property
    def first(self) -> str:
        return str(self.network.network_address + 1)

    async def take(self, service: Object, address: str, *, dry_run: bool = False) -> None:
        """Reserve one address; raises Invalid when it is taken or not of the network."""
        if ipaddress.ip_address(address) not in self.network:
            raise _refused(service, address, f"The range of valid IPs is {self.network}")
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
        size = self.network.num_addresses
        for _ in range(_ATTEMPTS):
            address = str(self.network.network_address + self._random.randrange(2, size - 1))
            if self._registry.cache.get("", address) is not None:
                continue
            if dry_run:
                return address
            try:
                await self._registry.create(WriteContext(actor=_ACTOR), self._object(service, address))
            except AlreadyExists:
                continue
            return address
        raise InternalError.of("failed to allocate a serviceIP: range is full")

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
