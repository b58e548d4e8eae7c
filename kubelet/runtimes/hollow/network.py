"""The pod addresses of one node."""

from __future__ import annotations

from collections import deque
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


class AddressesExhausted(Exception):
    """The node's range has no free address."""


class AddressPool:
    """Hands out the addresses of a range in order; one that was given back is used again as late as possible."""

    def __init__(self, cidr: str) -> None:
        network: IPv4Network | IPv6Network = ip_network(cidr)
        self._network = network
        self._next = int(network.network_address) + 2
        self._last = int(network.broadcast_address) - 1
        self._used: set[int] = set()
        self._returned: deque[int] = deque()
        self._make = type(network.network_address)

    def take(self) -> str:
        """A free address; raises AddressesExhausted."""
        while self._next <= self._last:
            number = self._next
            self._next += 1
            if number not in self._used:
                self._used.add(number)
                return str(self._make(number))
        while self._returned:
            number = self._returned.popleft()
            if number not in self._used:
                self._used.add(number)
                return str(self._make(number))
        raise AddressesExhausted(f"no free pod address in {self._network}")

    def reserve(self, address: str) -> None:
        """Note that an address is in use; one outside the range is ignored."""
        parsed = ip_address(address)
        if parsed in self._network:
            self._used.add(int(parsed))

    def give_back(self, address: str) -> None:
        number = int(ip_address(address))
        if number in self._used:
            self._used.discard(number)
            self._returned.append(number)
