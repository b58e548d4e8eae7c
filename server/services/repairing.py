"""Looks through all services' addresses and node ports from time to time, mends them and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from server.registry.codec import decode
from server.registry.registry import Registry
from server.services.addresses import Addresses
from server.services.notices import EVENTS, Notices
from server.services.ports import NodePorts
from server.services.repair import Fault, Mend, address_faults, rebuild_ports

PERIOD = 180.0
"""Seconds between looks."""

_BATCH = 100

_SERVICES = GroupResource("", "services")
_ADDRESSES = GroupResource("networking.k8s.io", "ipaddresses")


class Repair:
    def __init__(
        self, registries: Mapping[GroupResource, Registry], addresses: Addresses, ports: NodePorts, clock: Clock
    ) -> None:
        self._services, self._ips = registries[_SERVICES], registries[_ADDRESSES]
        self._addresses = addresses
        self._ports = ports
        self._clock = clock
        self._of_addresses = Notices(registries[EVENTS], clock, "ipallocator-repair-controller")
        self._of_ports = Notices(registries[EVENTS], clock, "portallocator-repair-controller")
        self._leaks: dict[int, int] = {}

    async def look(self) -> None:
        """Once through everything, from the caches."""
        services = await _objects(self._services)
        await self._mend_addresses(services)
        await self._mend_ports(services)

    async def _mend_addresses(self, services: list[Object]) -> None:
        known = {ip["metadata"]["name"]: ip for ip in await _objects(self._ips)}
        for fault in address_faults(services, known, self._addresses.networks(ready=False), self._clock.now()):
            if fault.reason:
                await self._of_addresses.warn(fault.about, fault.reason, fault.action, fault.note)
            await self._mend(fault)
        self._of_addresses.end_of_round()

    async def _mend(self, fault: Fault) -> None:
        if fault.mend in (Mend.DELETE, Mend.RECREATE):
            await self._addresses.release(fault.address)
        if fault.mend in (Mend.CREATE, Mend.RECREATE):
            await self._addresses.take(fault.about, fault.address)

    async def _mend_ports(self, services: list[Object]) -> None:
        stored = self._ports.taken
        rebuilt = rebuild_ports(services, stored, self._leaks, self._ports.first, self._ports.last)
        for fault in rebuilt.faults:
            await self._of_ports.warn(fault.about, fault.reason, fault.action, fault.note)
        self._of_ports.end_of_round()
        self._leaks = rebuilt.leaks
        if rebuilt.taken != stored:
            await self._ports.mend(rebuilt.taken - stored, stored - rebuilt.taken)


async def _objects(registry: Registry) -> list[Object]:
    """Others have their turn in between: there may be thousands."""
    found = []
    for number, entry in enumerate(registry.cache.list(None).entries):
        found.append(decode(entry.value))
        if number % _BATCH == _BATCH - 1:
            await asyncio.sleep(0)
    return found
