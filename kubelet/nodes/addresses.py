"""Numbers for nodes, and what follows from a number: the node's address and a range for its pods.

A name gets the same number wherever and whenever it is asked for, unless another node has it already; a node that
exists keeps the address it has. Ranges: nodes 172.18.0.0/19, pods 10.128.0.0/9 (a /22 for each node), so that they
stay clear of the usual service range 10.96.0.0/12.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from ipaddress import IPv4Address

from apimachinery.objects import Object

_NODES = int(IPv4Address("172.18.0.0"))
_PODS = int(IPv4Address("10.128.0.0"))
_COUNT = 1 << 13
_POD_BITS = 10


class NodeAddresses:
    """Gives out numbers that no known node has."""

    def __init__(self, existing: Iterable[Object]) -> None:
        self._taken: set[int] = set()
        for node in existing:
            number = number_of(internal_ip(node))
            if number is not None:
                self._taken.add(number)

    def number_for(self, name: str, existing: Object | None = None) -> int:
        """The number of a node; ``existing``: its Node object if there is one. Raises ValueError when all are used."""
        kept = number_of(internal_ip(existing)) if existing is not None else None
        if kept is not None:
            return kept
        first = zlib.crc32(name.encode()) % _COUNT
        for step in range(_COUNT):
            number = (first + step) % _COUNT
            if number % 256 not in (0, 255) and number not in self._taken:
                self._taken.add(number)
                return number
        raise ValueError("no free node address in 172.18.0.0/19")


def node_ip(number: int) -> str:
    return str(IPv4Address(_NODES + number))


def pod_range(number: int) -> str:
    """The CIDR for the pods of a node that was given none."""
    return f"{IPv4Address(_PODS + (number << _POD_BITS))}/{32 - _POD_BITS}"


def number_of(address: str) -> int | None:
    """The inverse of :func:`node_ip`; None for an address that is not of this scheme."""
    try:
        number = int(IPv4Address(address)) - _NODES
    except ValueError:
        return None
    return number if 0 <= number < _COUNT else None


def internal_ip(node: Object) -> str:
    """The node's first InternalIP, "" without one."""
    for address in (node.get("status") or {}).get("addresses") or ():
        if address["type"] == "InternalIP":
            return str(address["address"])
    return ""
