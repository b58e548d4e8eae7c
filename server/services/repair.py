"""What is wrong with the addresses and node ports of services, and how it is mended. Pure functions.

A crash between two writes leaves an address or port behind; an operator's copy gives one to two services. Source:
k8s.io/kubernetes pkg/registry/core/service/ipallocator/controller/repairip.go, portallocator/controller/repair.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import IPv4Network, ip_address

from apimachinery.objects import Object, key_of, name_of
from apimachinery.timefmt import parse_time
from server.services import shape

FAMILY = "ipaddress.kubernetes.io/ip-family"
MANAGED_BY = "ipaddress.kubernetes.io/managed-by"
ALLOCATOR = "ipallocator.k8s.io"
LEAKS = 3
"""How often a port has to be found without a service before it is given back."""

_BEING_MADE = timedelta(seconds=60)
"""An address is taken before its service is stored: for so long it may have none."""
_BEING_UNDONE = timedelta(seconds=5)
_OF_ADDRESS, _OF_CLUSTER_IP, _OF_PORT = "IPAddressAllocation", "ClusterIPAllocation", "PortAllocation"


class Mend(Enum):
    NOTHING = "nothing"
    CREATE = "create"
    RECREATE = "recreate"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Fault:
    """``about``: the object that the event is told of; ``reason`` is "" when there is nothing to tell."""

    about: Object
    reason: str
    action: str
    note: str
    mend: Mend = Mend.NOTHING
    address: str = ""


def address_faults(
    services: Iterable[Object], addresses: Mapping[str, Object], networks: Sequence[IPv4Network], now: datetime
) -> list[Fault]:
    """``addresses``: all IPAddresses by name."""
    by_key = {key_of(service): service for service in services}
    faults: list[Fault] = []
    for service in by_key.values():
        for text in sorted(shape.cluster_ips(service["spec"])):
            faults += _of_cluster_ip(service, text, addresses.get(text), by_key, networks)
    mended = {fault.address for fault in faults if fault.mend is not Mend.NOTHING}
    for name, address in addresses.items():
        if name not in mended and _labels(address).get(MANAGED_BY) == ALLOCATOR:
            faults += _of_address(address, by_key, now)
    return faults


def _of_cluster_ip(
    service: Object, text: str, address: Object | None, services: Mapping[str, Object], networks: Sequence[IPv4Network]
) -> list[Fault]:
    ip = ip_address(text)
    family = f"IPv{ip.version}"

    def fault(reason: str, note: str, mend: Mend = Mend.NOTHING) -> list[Fault]:
        return [Fault(service, reason, _OF_CLUSTER_IP, note, mend, text)]

    if not any(ip in network for network in networks):
        note = f"Cluster IP [{family}]: {ip} is not within any configured Service CIDR; please recreate service"
        return fault("ClusterIPOutOfRange", note)
    if address is None:
        return fault("ClusterIPNotAllocated", f"Cluster IP [{family}]: {ip} is not allocated; repairing", Mend.CREATE)
    wrong = f"the ClusterIP [{family}]: {ip} for Service {key_of(service)} has a wrong reference; repairing"
    parent = _parent(address)
    if parent == "":
        return fault("ClusterIPNotAllocated", wrong, Mend.RECREATE)
    if parent != key_of(service):
        other = services.get(parent)
        if other is None:
            return fault("ClusterIPNotAllocated", wrong, Mend.RECREATE)
        if text in shape.cluster_ips(other["spec"]):
            note = f"Cluster IP [{family}]:{ip} was assigned to multiple services; please recreate service"
            return fault("ClusterIPAlreadyAllocated", note)
    if _labels(address).get(MANAGED_BY) != ALLOCATOR or _labels(address).get(FAMILY) != family:
        return fault("", "", Mend.RECREATE)
    return []


def _of_address(address: Object, services: Mapping[str, Object], now: datetime) -> list[Fault]:
    name, parent = name_of(address), _parent(address)
    age = now - _created(address)

    def going(reason: str, note: str) -> list[Fault]:
        return [Fault(address, reason, _OF_ADDRESS, note, Mend.DELETE, name)]

    if parent == "":
        reference = (address.get("spec") or {}).get("parentRef")
        note = f"IPAddress {name} appears to have been modified, not referencing a Service {reference}: cleaning up"
        return going("IPAddressNotAllocated", note)
    service = services.get(parent)
    if service is None:
        if age <= _BEING_MADE:
            return []
        note = f"IPAddress: {name} for Service {parent} appears to have leaked: cleaning up"
        return going("IPAddressNotAllocated", note)
    if name in shape.cluster_ips(service["spec"]):
        return []
    if service["spec"].get("type") == "ExternalName" and age < _BEING_MADE:
        return []
    if _created(address) > _created(service) and age < _BEING_UNDONE:
        return []
    return going(
        "IPAddressWrongReference", f"IPAddress: {name} for Service {parent} has a wrong reference; cleaning up"
    )


def _parent(address: Object) -> str:
    """The key of the service it is for, "" if it is for something else."""
    reference = (address.get("spec") or {}).get("parentRef") or {}
    if reference.get("group") or reference.get("resource") != "services":
        return ""
    return f"{reference.get('namespace', '')}/{reference.get('name', '')}"


def _labels(obj: Object) -> Mapping[str, str]:
    return obj["metadata"].get("labels") or {}


def _created(obj: Object) -> datetime:
    return parse_time(obj["metadata"]["creationTimestamp"])


@dataclass(frozen=True, slots=True)
class Ports:
    """``taken``: what is to be stored; ``leaks``: how often ports will have to be found again to be given back."""

    taken: set[int]
    leaks: dict[int, int]
    faults: list[Fault]


def rebuild_ports(
    services: Iterable[Object], stored: set[int], leaks: Mapping[int, int], first: int, last: int
) -> Ports:
    """``leaks``: those of the last time."""
    rebuilt = Ports(set(), {}, [])
    for service in sorted(services, key=key_of):
        for port in _node_ports(service):
            if not first <= port <= last:
                note = f"Port {port} is not within the port range {first}-{last}; please recreate service"
                rebuilt.faults.append(Fault(service, "PortOutOfRange", _OF_PORT, note))
            elif port in rebuilt.taken:
                note = f"Port {port} was assigned to multiple services; please recreate service"
                rebuilt.faults.append(Fault(service, "PortAlreadyAllocated", _OF_PORT, note))
            else:
                rebuilt.taken.add(port)
                if port not in stored:
                    note = f"Port {port} is not allocated; repairing"
                    rebuilt.faults.append(Fault(service, "PortNotAllocated", _OF_PORT, note))
    for port in stored - rebuilt.taken:
        left = leaks.get(port, LEAKS - 1)
        if left > 0:
            rebuilt.leaks[port] = left - 1
            rebuilt.taken.add(port)
    return rebuilt


def _node_ports(service: Object) -> list[int]:
    """One for several protocols once, one for the same protocol twice as often as it stands there."""
    found: list[int] = []
    seen: dict[int, set[str]] = {}
    for port in service["spec"].get("ports") or ():
        number, protocol = port.get("nodePort") or 0, port.get("protocol") or "TCP"
        if number and (number not in seen or protocol in seen[number]):
            found.append(number)
        seen.setdefault(number, set()).add(protocol)
    health = service["spec"].get("healthCheckNodePort") or 0
    if health and "TCP" in seen.get(health, {"TCP"}):
        found.append(health)
    return found
