"""The whole of aggregation, as the application wires it."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping

import orjson

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource, GroupVersion
from apimachinery.objects import Object
from apimachinery.status import NotFound
from server.aggregation.asking import CannotAsk, ask
from server.aggregation.availability import Availability, Watched
from server.aggregation.discovery import Learned
from server.aggregation.frontproxy import FrontProxy, publish_trust
from server.aggregation.local import API_SERVICES, ensure_local
from server.aggregation.proxy import forward
from server.aggregation.remotes import Remote, Remotes
from server.aggregation.streams import Streams
from server.api import Api
from server.metrics.exposition import Family
from server.outbound.lookups import Lookups
from server.request import Answer, Request
from server.services.resolving import Services

_SERVICES = GroupResource("", "services")
_SLICES = GroupResource("discovery.k8s.io", "endpointslices")
_OPENAPI_KEPT = 60.0
"""Seconds for which an aggregated server's index of OpenAPI documents is remembered."""


class Aggregator:
    """``front_proxy`` None: aggregated servers are not shown who asks by a certificate."""

    def __init__(self, api: Api, front_proxy: FrontProxy | None, clock: Clock) -> None:
        self._api = api
        self._front_proxy = front_proxy
        registry = api.registries[API_SERVICES]
        watched = Watched(api.registries[_SERVICES].cache, api.registries[_SLICES].cache)
        self._services = Services(watched.services, watched.slices)
        self._remotes = Remotes(registry.cache, front_proxy.tls if front_proxy is not None else _plain_tls)
        self.learned = Learned(self._remotes)
        self._availability = Availability(registry, self._services, self._remotes, watched, self.learned.learn, clock)
        self._streams = Streams()
        self._indexes: Lookups[Mapping[str, Object]] = Lookups(clock, 256)

    async def start(
        self, group_versions: Iterable[GroupVersion], priorities: Mapping[GroupVersion, tuple[int, int]]
    ) -> None:
        """The store is open and the system namespaces are there."""
        await ensure_local(self._api, group_versions, priorities)
        if self._front_proxy is not None:
            await publish_trust(self._api, self._front_proxy)
        self._availability.start()

    def families(self) -> list[Family]:
        return self._availability.families()

    def end_streams(self) -> None:
        """Let what is handed on without an end come to one, as a server that stops does."""
        self._streams.end()

    async def stop(self) -> None:
        await self._availability.stop()
        self._remotes.close()

    async def resource(self, request: Request) -> Answer:
        """A request for a resource that is not served here. Raises NotFound if it is not served elsewhere either."""
        remote = self._remotes.get(GroupVersion(request.info.group, request.info.version))
        if remote is None:
            raise NotFound.path()
        return self._streams.known(await forward(remote, self._services, request))

    async def path(self, request: Request) -> Answer | None:
        """Discovery and the OpenAPI document of an aggregated group-version, and what else there is below it."""
        path = request.info.path.removeprefix("/openapi/v3")
        parts = path.strip("/").split("/")
        if len(parts) < 3 or parts[0] != "apis":
            return None
        remote = self._remotes.get(GroupVersion(parts[1], parts[2]))
        return None if remote is None else self._streams.known(await forward(remote, self._services, request))

    async def openapi_paths(self) -> Mapping[str, Object]:
        """Entries for the index of OpenAPI v3 documents, of the servers that answer and have some."""
        found: dict[str, Object] = {}
        for remote in self._remotes.list():
            path = f"apis/{remote.group_version.api_version}"
            if remote.available and path in (index := await self._index(remote)):
                found[path] = index[path]
        return found

    async def _index(self, remote: Remote) -> Mapping[str, Object]:
        async def fetch() -> Mapping[str, Object]:
            try:
                paths = orjson.loads(await ask(remote, self._services, "/openapi/v3"))["paths"]
            except (CannotAsk, ValueError, LookupError, TypeError):
                return {}
            return paths if isinstance(paths, dict) else {}

        return await self._indexes.get(remote.name, fetch, lambda _: _OPENAPI_KEPT)


def _plain_tls(ca_bundle: bytes, insecure: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=ca_bundle.decode("ascii", "replace") if ca_bundle else None)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
