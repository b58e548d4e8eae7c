"""The service registry's hooks: reserve addresses and node ports before a write, give them back when it fails.

Source: k8s.io/kubernetes pkg/registry/core/service/storage (storage.go, alloc.go).
"""

from __future__ import annotations

import re

from apimachinery.fielderrors import FieldError, invalid
from apimachinery.objects import Object
from apimachinery.status import Invalid
from server.registry.context import WriteContext
from server.registry.hooks import Finish, finish_nothing
from server.services import shape
from server.services.addresses import SERVICE, Addresses
from server.services.ports import NodePorts, PortTaken


class _Reservation:
    """What one write has taken so far, and what it lets go of when it succeeds."""

    def __init__(self, addresses: Addresses, ports: NodePorts, *, dry_run: bool) -> None:
        self._addresses = addresses
        self._ports = ports
        self._dry_run = dry_run
        self._taken_addresses: list[str] = []
        self._taken_ports: set[int] = set()
        self.left_addresses: set[str] = set()
        self.left_ports: set[int] = set()

    async def address(self, service: Object, wanted: str) -> str:
        if wanted:
            await self._addresses.take(service, wanted, dry_run=self._dry_run)
        else:
            wanted = await self._addresses.take_any(service, dry_run=self._dry_run)
        if not self._dry_run:
            self._taken_addresses.append(wanted)
        return wanted

    async def port(self, wanted: int) -> int:
        if self._dry_run:
            return wanted
        port = wanted
        if wanted:
            await self._ports.take(wanted)
        else:
            port = await self._ports.take_any()
        self._taken_ports.add(port)
        return port

    async def finish(self, success: bool) -> None:
        if self._dry_run:
            return
        addresses = self.left_addresses if success else set(self._taken_addresses)
        ports = self.left_ports if success else self._taken_ports
        for address in addresses:
            await self._addresses.release(address)
        if ports:
            await self._ports.release(ports)


class ServiceHooks:
    def __init__(self, addresses: Addresses, ports: NodePorts) -> None:
        self._addresses = addresses
        self._ports = ports

    async def begin_create(self, context: WriteContext, obj: Object) -> Finish:
        spec = obj.setdefault("spec", {})
        if not obj["metadata"].get("name"):
            return finish_nothing  # validation will refuse it
        shape.match_cluster_ips(spec)
        shape.fill_families(spec)
        return await self._reserve(context, obj, set(), set(), fresh=True)

    async def begin_update(self, context: WriteContext, new: Object, old: Object) -> Finish:
        spec, before = new["spec"], old["spec"]
        shape.keep_allocated(spec, before)
        shape.match_cluster_ips(spec, before)
        shape.drop_type_dependent(spec, before)
        shape.fill_families(spec)
        held, ports = shape.cluster_ips(before), shape.node_ports(before)
        return await self._reserve(context, new, held, ports, fresh=not shape.needs_cluster_ip(before))

    async def after_delete(self, context: WriteContext, obj: Object) -> None:
        for address in shape.cluster_ips(obj["spec"]):
            await self._addresses.release(address)
        if ports := shape.node_ports(obj["spec"]):
            await self._ports.release(ports)

    async def _reserve(
        self, context: WriteContext, service: Object, held_addresses: set[str], held_ports: set[int], *, fresh: bool
    ) -> Finish:
        """Take what the service needs beyond what it holds; what it holds and no longer names is left on success.

        Only a service that had no use for an address until now (``fresh``) gets one: others may not change theirs, as
        validation will tell.
        """
        reservation = _Reservation(self._addresses, self._ports, dry_run=context.dry_run)
        spec = service["spec"]
        try:
            if fresh:
                await self._reserve_address(reservation, service)
            await self._reserve_ports(reservation, service, held_ports)
        except BaseException:
            await reservation.finish(False)
            raise
        reservation.left_addresses = held_addresses - shape.cluster_ips(spec)
        reservation.left_ports = held_ports - shape.node_ports(spec)
        return reservation.finish

    async def _reserve_address(self, reservation: _Reservation, service: Object) -> None:
        spec = service["spec"]
        if not shape.needs_cluster_ip(spec) or shape.is_headless(spec):
            return
        wanted = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
        if wanted and not _is_address(wanted):
            return
        address = await reservation.address(service, wanted)
        spec["clusterIP"] = address
        spec["clusterIPs"] = [address]

    async def _reserve_ports(self, reservation: _Reservation, service: Object, held: set[int]) -> None:
        spec = service["spec"]
        errors: list[FieldError] = []
        own: dict[int, set[str]] = {}
        if shape.needs_node_ports(spec):
            for index, port in enumerate(spec.get("ports") or ()):
                path = f"spec.ports[{index}].nodePort"
                wanted, protocol = port.get("nodePort", 0), port.get("protocol", "TCP")
                if wanted and (wanted in held or protocol not in own.get(wanted, {protocol})):
                    own.setdefault(wanted, set()).add(protocol)
                    continue
                try:
                    port["nodePort"] = await reservation.port(wanted)
                except PortTaken as taken:
                    errors.append(invalid(path, wanted, str(taken)))
                    continue
                own.setdefault(port["nodePort"], set()).add(protocol)
        if shape.needs_health_check_port(spec):
            await self._reserve_health_port(reservation, spec, held, errors)
        if errors:
            raise Invalid.of(SERVICE, service["metadata"].get("name", ""), errors)

    async def _reserve_health_port(
        self, reservation: _Reservation, spec: Object, held: set[int], errors: list[FieldError]
    ) -> None:
        wanted = spec.get("healthCheckNodePort", 0)
        if wanted and wanted in held:
            return
        try:
            spec["healthCheckNodePort"] = await reservation.port(wanted)
        except PortTaken as taken:
            errors.append(
                invalid(
                    "spec.healthCheckNodePort",
                    wanted,
                    f"failed to allocate requested HealthCheck NodePort {wanted}: {taken}",
                )
            )


_BYTE = re.compile("[0-9]{1,3}")


def _is_address(text: str) -> bool:
    """Whether it looks like an IPv4 address at all; anything else is validation's to refuse."""
    parts = text.split(".")
    return len(parts) == 4 and all(_BYTE.fullmatch(part) and int(part) < 256 for part in parts)
