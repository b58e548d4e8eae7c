"""Where a service's port leads: who serves an aggregated API, or a webhook, that is named by a service.

There is no service network here that the server could dial, so an address is always that of an endpoint, or the name of
an ExternalName service. Source: k8s.io/apiserver pkg/util/proxy (ResolveEndpoint, ResolveCluster).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from apimachinery.objects import Object
from server.registry.codec import decode
from storage.cache import ResourceCache
from storage.types import Entry, Index, Key

SERVICE_NAME = "kubernetes.io/service-name"


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class NoEndpoint(Exception):
    """The service leads nowhere now; the message is upstream's."""


class Services:
    """Asks the caches of services and of endpoint slices. What a service leads to is found out once per change."""

    def __init__(
        self,
        services: ResourceCache,
        slices: ResourceCache,
        choose: Callable[[Sequence[Address]], Address] = random.choice,
    ) -> None:
        self._services = services
        self._slices = slices
        self._choose = choose
        self._found: dict[tuple[str, str, int], list[Address]] = {}
        self._found_at = (-1, -1)

    def service(self, namespace: str, name: str) -> Object | None:
        entry = self._services.get(namespace, name)
        return None if entry is None else _read(entry)

    def slices(self, namespace: str, name: str) -> list[Object]:
        def belongs(index: Index, key: Key) -> bool:
            return index.labels.get(SERVICE_NAME) == name

        return [_read(entry) for entry in self._slices.list(namespace, predicate=belongs).entries]

    def resolve(self, namespace: str, name: str, port: int) -> Address:
        """Any of the ready endpoints. Raises NoEndpoint."""
        changes = (self._services.changes, self._slices.changes)
        if changes != self._found_at:
            self._found, self._found_at = {}, changes
        key = (namespace, name, port)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._addresses(namespace, name, port)
        return self._choose(found)

    def _addresses(self, namespace: str, name: str, port: int) -> list[Address]:
        service = self.service(namespace, name)
        if service is None:
            raise NoEndpoint(f'service "{name}" not found')
        return addresses_of(service, self.slices(namespace, name), port)


def addresses_of(service: Object, slices: Iterable[Object], port: int) -> list[Address]:
    """Of everything that is ready behind a service's port. Raises NoEndpoint."""
    spec = service["spec"]
    name = service["metadata"]["name"]
    if spec.get("type") == "ExternalName":
        return [Address(spec["externalName"], port)]
    wanted = next((each for each in spec.get("ports") or () if each["port"] == port), None)
    if wanted is None:
        raise NoEndpoint(f'no service port {port} found for service "{name}"')
    found = [
        Address(address, number)
        for each in slices
        for number in _ports(each, wanted.get("name") or "")
        for endpoint in each.get("endpoints") or ()
        if (endpoint.get("conditions") or {}).get("ready") is not False
        for address in endpoint.get("addresses") or ()
    ]
    if not found:
        raise NoEndpoint(f'no endpoints available for service "{name}"')
    return found


def _ports(slice: Object, name: str) -> list[int]:
    return [each["port"] for each in slice.get("ports") or () if (each.get("name") or "") == name and each.get("port")]


def _read(entry: Entry) -> Object:
    """Not to be changed."""
    kept = entry.memo.get(_READ)
    if kept is None:
        kept = entry.memo[_READ] = decode(entry.value)
    found: Object = kept
    return found


_READ = "services.resolving"
