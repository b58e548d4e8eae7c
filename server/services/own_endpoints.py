"""The endpoints of the ``kubernetes`` service: where API servers can be reached, kept by these themselves.

Servers that share a database each have a lease in it, which runs out when they do not renew it; what the leases say is
what the Endpoints and the EndpointSlice say. A server that is alone needs no lease. Source: k8s.io/kubernetes
pkg/controlplane/reconcilers (lease.go, endpointsadapter.go), controller/kubernetesservice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import NotFound, StatusError
from server.registry.codec import decode, encode
from server.registry.context import WriteContext
from server.registry.delete import delete
from server.registry.options import DeleteOptions
from server.registry.registry import Registry
from storage.errors import KeyExists, KeyMissing, RevisionMismatch
from storage.store import Store
from storage.types import Entry, Index, Key, Revision, Write

log = logging.getLogger(__name__)

PERIOD = 10.0
"""Seconds between looks."""
LEASE = 15.0

_NAMESPACE, _NAME = "default", "kubernetes"
_ENDPOINTS = GroupResource("", "endpoints")
_SLICES = GroupResource("discovery.k8s.io", "endpointslices")
_SERVICE_NAME = "kubernetes.io/service-name"
_SKIP = "endpointslice.kubernetes.io/skip-mirror"
_LEASES = "masterleases"
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"update"}'
_NO_INDEX = Index({}, {})


class Place(NamedTuple):
    """Where a server can be reached."""

    ip: str
    port: int


class Leases:
    """One for each server that lives, in the store, out of the API's sight."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def renew(self, place: Place) -> None:
        encoded = encode({"metadata": {"uid": _id(place)}, "ip": place.ip, "port": place.port})
        while True:
            live = self._live(place)
            write = self._write(place, encoded.value, encoded.hole, live)
            try:
                await self._store.commit(write)
            except (KeyExists, KeyMissing, RevisionMismatch):
                continue
            return

    async def remove(self, place: Place) -> None:
        live = self._live(place)
        if live is None:
            return
        try:
            await self._store.commit(self._write(place, None, 0, live))
        except (KeyMissing, RevisionMismatch):
            return

    def places(self) -> list[Place]:
        found = self._store.cache(_LEASES).list(None).entries
        values = (cast(dict[str, Any], orjson.loads(entry.value)) for entry in found)
        return [Place(value["ip"], value["port"]) for value in values]

    def _live(self, place: Place) -> Entry | None:
        return self._store.cache(_LEASES).get("", _id(place))

    def _write(self, place: Place, value: bytes | None, hole: int, live: Entry | None) -> Write:
        return Write(
            key=Key(_LEASES, "", _id(place)),
            value=value,
            hole=hole,
            expected=live.revision if live else Revision(0),
            uid=_id(place),
            index=_NO_INDEX,
            expires_at=None if value is None else self._clock.now().timestamp() + LEASE,
            actor=_ACTOR,
        )


def _id(place: Place) -> str:
    return f"{place.ip}-{place.port}".replace(":", "-")


class OwnEndpoints:
    """``ensure_service`` makes the service again should somebody have deleted it."""

    def __init__(
        self,
        registries: Mapping[GroupResource, Registry],
        place: Place,
        leases: Leases | None,
        ensure_service: Callable[[], Any],
    ) -> None:
        self._endpoints, self._slices = registries[_ENDPOINTS], registries[_SLICES]
        self._place = place
        self._leases = leases
        self._ensure_service = ensure_service

    async def look(self) -> None:
        """Renew the lease, then write what is not as it should be."""
        if self._leases is not None:
            await self._leases.renew(self._place)
        await self._ensure_service()
        await self._write(self._places())

    async def leave(self) -> None:
        """This server is about to end."""
        places = [place for place in self._places() if place != self._place]
        if self._leases is not None:
            await self._leases.remove(self._place)
        try:
            await self._write(places)
        except StatusError as error:
            log.warning("the endpoints of this server are left behind: %s", error)

    def _places(self) -> list[Place]:
        return sorted({*self._leases.places(), self._place} if self._leases is not None else {self._place})

    async def _write(self, places: Sequence[Place]) -> None:
        by_port: dict[int, list[str]] = {}
        for place in places:
            by_port.setdefault(place.port, []).append(place.ip)
        await _ensure(self._endpoints, _endpoints(by_port), ("subsets",))
        wanted = slices_of(by_port)
        for one in wanted:
            await _ensure(self._slices, one, ("endpoints", "ports"))
        await self._drop_others({one["metadata"]["name"] for one in wanted})

    async def _drop_others(self, names: set[str]) -> None:
        for entry in self._slices.cache.list(_NAMESPACE).entries:
            name = entry.key.name
            if name not in names and name.startswith(f"{_NAME}-") and name.removeprefix(f"{_NAME}-").isdigit():
                try:
                    context = WriteContext(namespace=_NAMESPACE, actor=_ACTOR)
                    await delete(self._slices, context, name, DeleteOptions())
                except NotFound:
                    continue


def _endpoints(by_port: Mapping[int, list[str]]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": _NAME, "namespace": _NAMESPACE, "labels": {_SKIP: "true"}},
        "subsets": [
            {
                "addresses": [{"ip": ip} for ip in ips],
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            }
            for port, ips in sorted(by_port.items())
        ],
    }


def slices_of(by_port: Mapping[int, list[str]]) -> list[Object]:
    """``kubernetes``, and one more for each further port: servers on one machine cannot have the same."""
    names = [_NAME, *(f"{_NAME}-{port}" for port in sorted(by_port)[1:])]
    groups = sorted(by_port.items()) or [(0, [])]
    return [_slice(name, port, ips) for name, (port, ips) in zip(names, groups, strict=True)]


def _slice(name: str, port: int, ips: Sequence[str]) -> Object:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "namespace": _NAMESPACE, "labels": {_SERVICE_NAME: _NAME}},
        "addressType": "IPv6" if ips and ":" in ips[0] else "IPv4",
        "endpoints": [{"addresses": [ip], "conditions": {"ready": True}} for ip in ips],
        "ports": [{"name": "https", "protocol": "TCP", "port": port}] if ips else [],
    }


async def _ensure(registry: Registry, wanted: Object, fields: Sequence[str]) -> None:
    """Create the object, or make these fields and the labels as they should be; no write if they are."""
    name = wanted["metadata"]["name"]
    context = WriteContext(namespace=_NAMESPACE, actor=_ACTOR)
    live = registry.cache.get(_NAMESPACE, name)
    if live is None:
        await registry.create(context, wanted)
        return
    if _right(decode(live.value), wanted, fields):
        return

    async def mended(live: Object | None) -> Object:
        if live is None:
            return wanted
        labels = {**(live["metadata"].get("labels") or {}), **wanted["metadata"]["labels"]}
        return {**live, "metadata": {**live["metadata"], "labels": labels}, **{f: wanted[f] for f in fields}}

    await registry.update(context, name, mended)


def _right(live: Object, wanted: Object, fields: Sequence[str]) -> bool:
    labels = live["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in wanted["metadata"]["labels"].items()):
        return False
    return all((live.get(field) or []) == wanted[field] for field in fields)
