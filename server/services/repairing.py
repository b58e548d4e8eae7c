"""Looks through all services' addresses and node ports from time to time, mends them and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object, name_of, namespace_of
from server.registry.codec import decode
from server.registry.registry import Registry
from server.services.addresses import Addresses
from server.services.notices import EVENTS, Notices
from server.services.ports import NodePorts
from server.services.repair import Fault, Mend, address_faults, rebuild_ports
from storage.types import Entry

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
        """Once through everything, from the caches, as they are at one moment."""
        services, ips = (registry.cache.list(None).entries for registry in (self._services, self._ips))
        ports = self._ports.taken
        found = await _objects(services)
        await self._mend_addresses(found, await _objects(ips))
        await self._mend_ports(found, ports)

    async def _mend_addresses(self, services: list[Object], ips: list[Object]) -> None:
        known = {ip["metadata"]["name"]: ip for ip in ips}
        for fault in address_faults(services, known, self._addresses.networks(ready=False), self._clock.now()):
            if not self._is_still_so(fault, known.get(fault.address)):
                continue
            if fault.reason:
                await self._of_addresses.warn(fault.about, fault.reason, fault.action, fault.note)
            await self._mend(fault)
        self._of_addresses.end_of_round()

    def _is_still_so(self, fault: Fault, address: Object | None) -> bool:
        """Neither the object nor the address has changed since they were looked at."""
        about = fault.about
        registry = self._services if about["kind"] == "Service" else self._ips
        if not _is_current(registry, about):
            return False
        if address is None:
            return not fault.address or self._ips.cache.get("", fault.address) is None
        return _is_current(self._ips, address)

    async def _mend(self, fault: Fault) -> None:
        if fault.mend in (Mend.DELETE, Mend.RECREATE):
            await self._addresses.release(fault.address)
        if fault.mend in (Mend.CREATE, Mend.RECREATE):
            await self._addresses.take(fault.about, fault.address)

    async def _mend_ports(self, services: list[Object], stored: set[int]) -> None:
        rebuilt = rebuild_ports(services, stored, self._leaks, self._ports.first, self._ports.last)
        for fault in rebuilt.faults:
            await self._of_ports.warn(fault.about, fault.reason, fault.action, fault.note)
        self._of_ports.end_of_round()
        self._leaks = rebuilt.leaks
        if rebuilt.taken != stored:
            await self._ports.mend(rebuilt.taken - stored, stored - rebuilt.taken)


def _is_current(registry: Registry, obj: Object) -> bool:
    entry = registry.cache.get(namespace_of(obj), name_of(obj))
    return entry is not None and str(entry.revision) == obj["metadata"]["resourceVersion"]


async def _objects(entries: list[Entry]) -> list[Object]:
    """Others have their turn in between: there may be thousands."""
    found = []
    for number, entry in enumerate(entries):
        found.append(decode(entry.value))
        if number % _BATCH == _BATCH - 1:
            await asyncio.sleep(0)
    return found
