"""Puts the API server together. The only file that knows all of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from ipaddress import IPv4Network

from starlette.applications import Starlette

from apimachinery.gvk import GroupResource, GroupVersionKind
from apimachinery.objects import Object
from openapi.resources import GROUP_PRIORITIES, GROUP_VERSIONS, RESOURCES, Resource
from server.admission.chain import Chain, Plugin
from server.admission.plugins import Sources, make_plugins
from server.aggregation.aggregator import Aggregator
from server.api import Api
from server.asgi import AsgiShell
from server.authn.authenticator import Chain as Authenticators
from server.authn.bearer import BearerTokens, ForAudiences, TokenAuthenticator
from server.authn.bootstrap_token import BootstrapTokenAuthenticator
from server.authn.legacy_usage import LegacyUsage
from server.authn.service_account import ServiceAccountTokens
from server.authz import modes
from server.authz.rbac.bootstrap import RESOURCES as RBAC
from server.authz.rbac.bootstrap import bootstrap_policy
from server.authz.rbac.policy import Caches, following
from server.bootstrap import (
    bootstrap,
    bootstrap_storage,
    ensure_namespace,
)
from server.config import ServerConfig
from server.conversion.conversions import CONVERSIONS
from server.custom.definitions import Definitions
from server.custom.documents import CustomDocuments
from server.custom.resources import CustomResources
from server.discovery.further import Together
from server.discovery.handlers import Discovery
from server.encryption import reload
from server.endpoints import health
from server.endpoints.catalog import Catalog, Target
from server.endpoints.health import Check
from server.endpoints.openapi import v2_handler, v3_handlers
from server.endpoints.openid import openid_handlers
from server.endpoints.static import StaticPaths, json_handler, version_info
from server.everypath import EveryPath
from server.filters.order import Parts, with_filters
from server.flowcontrol import controller as flow
from server.flowcontrol import ensure
from server.flowcontrol import metrics as flow_metrics
from server.flowcontrol.controller import FlowController
from server.flowcontrol.ensure import ensure_flow_control
from server.flowcontrol.overload import Overload
from server.joining import POLICY as JOINING_POLICY
from server.joining import let_nodes_join
from server.kinds.builtin import BY_GROUP_KIND
from server.manners import Manners
from server.metrics.exposition import Family
from server.metrics.handler import metrics_handler
from server.metrics.requests import RequestMetrics
from server.registry.codec import decode
from server.registry.kinds import ServedKinds
from server.registry.registry import Registry
from server.request import Answer, Handler, Request
from server.reviews.handlers import review_verbs
from server.services.addresses import Addresses
from server.services.chores import make_upkeep
from server.services.hooks import ServiceHooks
from server.services.own_endpoints import Place
from server.services.ports import NodePorts
from server.subresources.binding import bind
from server.websocket import WebSocketShell
from server.wiring import build_registries, build_served, build_verbs
from storage.cache import ResourceCache
from storage.periodic import every
from storage.store import open_store
from storage.types import Entry, Index

SERVICE_NETWORK = IPv4Network("10.96.0.0/16")
_PODS = Target("", "v1", "pods", "")
_SECRETS = GroupResource("", "secrets")
_SERVICES = GroupResource("", "services")
_IP_ADDRESSES = GroupResource("networking.k8s.io", "ipaddresses")
_SERVICE_CIDRS = GroupResource("networking.k8s.io", "servicecidrs")


class ApiServer:
    """``app`` is the ASGI application. ``start`` before it is served, ``stop`` when serving is to end; once each."""

    def __init__(self, config: ServerConfig) -> None:
        self._registries: dict[GroupResource, Registry] = {}
        self._kinds = ServedKinds()
        self._ready = False
        self.config = config
        self.store = open_store(
            config.database,
            indexer=self._index,
            history=config.history,
            clock=config.clock,
            sealer=config.encryption.sealer if config.encryption is not None else None,
        )
        self.manners = Manners()
        """For the listener."""
        self._background: list[asyncio.Task[None]] = []
        self._registries.update(build_registries(self.store, config.clock, RESOURCES, BY_GROUP_KIND))
        self._by_stored_name = {registry.stored_as: registry for registry in self._registries.values()}
        ranges = self._registries[_SERVICE_CIDRS]
        self._addresses = Addresses(self._registries[_IP_ADDRESSES], SERVICE_NETWORK, ranges)
        node_ports = NodePorts(self.store)
        self._registries[_SERVICES].hooks = ServiceHooks(self._addresses, node_ports)
        usage = LegacyUsage(lambda: self._registries[_SECRETS], config.clock)
        self._tokens = ServiceAccountTokens(config.tokens, config.clock, self._find, usage.note)
        self._policy = following(self._policy_caches())
        sources = modes.Sources(self._policy, self._cache_of)
        self.authorizer = modes.make_authorizer(config.authorization, sources, config.clock)
        self._port = int(config.address.rpartition(":")[2])
        self.api = Api(
            store=self.store,
            clock=config.clock,
            admission=Chain(self._plugins(config)),
            authorizer=self.authorizer,
            registries=self._registries,
            tokens=self._tokens,
        )
        self._aggregator = Aggregator(self.api, config.front_proxy, config.clock)
        self._custom = CustomResources(self.api, self._aggregator.resource)
        self._definitions = Definitions(self.api, self._custom)
        place = Place(config.advertise_address, self._port) if config.advertise_address else None
        shared = not config.database.startswith("sqlite:")
        self._upkeep = make_upkeep(self.api, self._addresses, node_ports, place, shared=shared)
        self._flows = self._flow_controller(config.overload)
        self._documents = CustomDocuments(self._custom, config.clock)
        shell = AsgiShell(self._filters(config))
        self.app = Starlette(routes=[EveryPath(shell, WebSocketShell(shell))])
        self.app.router.redirect_slashes = False

    def _plugins(self, config: ServerConfig) -> tuple[Plugin, ...]:
        sources = Sources(
            registries=self._registries,
            authorizer=self.authorizer,
            policy=self._policy,
            kinds=self._kinds,
            mappings=self._served_as,
            provide=lambda name: ensure_namespace(self.api, name),
            clock=config.clock,
        )
        return make_plugins(sources, config.plugins, config.enabled_plugins, config.disabled_plugins)

    def _served_as(self, gvk: GroupVersionKind) -> Sequence[Resource]:
        further = (one.resource for one in self._custom.served())
        return [resource for resource in (*RESOURCES, *further) if resource.gvk == gvk and "list" in resource.verbs]

    def _cache_of(self, resource: GroupResource) -> ResourceCache:
        return self._registries[resource].cache

    def _policy_caches(self) -> Caches:
        kinds = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
        return Caches(*(self._registries[RBAC[kind]].cache for kind in kinds))

    def _index(self, resource: str, value: bytes) -> Index:
        """What the store keeps beside the bytes of an object that it loads."""
        registry = self._by_stored_name.get(resource) or self._custom.registry(resource)
        obj = decode(value)
        if registry is None:
            return Index(obj["metadata"].get("labels") or {}, {})
        return registry.index(obj)

    def _find(self, plural: str, namespace: str, name: str) -> Entry | None:
        return self._registries[GroupResource("", plural)].cache.get(namespace, name)

    def _filters(self, config: ServerConfig) -> Handler:
        bearers = BearerTokens(self._token_authenticators(config), config.tokens.audiences)
        authenticator = Authenticators((config.authenticator, bearers), config.anonymous)
        parts = Parts(
            authenticator=authenticator,
            authorizer=self.authorizer,
            auditor=self.config.auditor,
            overload=config.overload,
            flows=self._flows,
            registries=self._registries,
            writes=self.store.pace,
            manners=self.manners,
        )
        handler = with_filters(self._dispatcher(config, bearers), parts)
        return self._metrics.observing(handler)

    def _token_authenticators(self, config: ServerConfig) -> Sequence[TokenAuthenticator]:
        if not config.bootstrap_tokens:
            return (*config.token_authenticators, self._tokens)
        bootstrap_tokens = BootstrapTokenAuthenticator(self._cache_of(_SECRETS), config.clock)
        return (*config.token_authenticators, self._tokens, ForAudiences(bootstrap_tokens, config.tokens.audiences))

    def _dispatcher(self, config: ServerConfig, bearers: BearerTokens) -> Handler:
        served = build_served(self.api, RESOURCES, BY_GROUP_KIND, CONVERSIONS)
        self._kinds.add(served.values)
        self._kinds.add(self._custom.served)
        verbs = build_verbs(self.api, served)
        verbs |= review_verbs(RESOURCES, self.authorizer, bearers)
        verbs[Target("", "v1", "bindings", "")] = {"create": partial(bind, self.api, served[_PODS])}
        cluster_scoped = [resource.group_resource for resource in RESOURCES if not resource.namespaced]
        catalog = Catalog(verbs, cluster_scoped, self._custom.resource)
        self._metrics = RequestMetrics(verbs)
        discovery = Discovery(RESOURCES, config.address, Together((self._custom, self._aggregator.learned)))
        elsewhere = (self._custom.path, self._documents.path, self._aggregator.path, discovery.path)
        static = StaticPaths(self._static(config, discovery), elsewhere)

        async def dispatch(request: Request) -> Answer:
            return await (catalog(request) if request.info.is_resource else static(request))

        return dispatch

    def _static(self, config: ServerConfig, discovery: Discovery) -> Mapping[str, Handler]:
        live = [Check("ping", _fine), Check("log", _fine), Check("etcd", self._store_trouble)]
        return {
            **discovery.handlers(),
            **openid_handlers(config.tokens, config.address),
            "/openapi/v2": v2_handler(self._documents.v2_json, self._documents.v2_protobuf),
            **v3_handlers(config.clock, self._openapi_paths),
            "/metrics": metrics_handler(self.api, self._metrics, self._more_metrics),
            "/version": json_handler(version_info(config.build)),
            **health.handlers("healthz", live),
            **health.handlers("livez", live),
            **health.handlers("readyz", [*live, *self._readiness()]),
        }

    def _flow_controller(self, overload: Overload) -> FlowController | None:
        if not overload.fairness:
            return None
        return FlowController(self._cache_of(flow.LEVELS), self._cache_of(flow.SCHEMAS), overload.seats)

    async def _openapi_paths(self) -> Mapping[str, Object]:
        """Where the version 3 documents are of what is not built in."""
        return {**await self._aggregator.openapi_paths(), **await self._documents.index()}

    def _more_metrics(self) -> Iterator[Family]:
        yield from self._aggregator.families()
        if self.config.auditor is not None:
            yield from self.config.auditor.families()
        if self._flows is not None:
            yield from flow_metrics.families(self._flows)

    def _readiness(self) -> Sequence[Check]:
        return [
            Check("informer-sync", lambda: None if self._ready else "not loaded yet"),
            Check("poststarthook/start-system-namespaces-controller", lambda: None if self._ready else "not finished"),
            Check("shutdown", lambda: None if self._ready else "the server is not serving"),
        ]

    def _store_trouble(self) -> str | None:
        return None if self._ready else "the store is not open"

    async def start(self) -> None:
        """Open the store and make sure of the system objects. Raises StorageError in one clear line."""
        if self.config.auditor is not None:
            self.config.auditor.sink.open()
        await self.store.start()
        encryption = self.config.encryption
        if encryption is not None and encryption.automatic:
            self._repeat(reload.PERIOD, encryption.refresh, "the encryption configuration was not read")
        await bootstrap(self.api, self._addresses, self._port)
        if self.config.host_path_class:
            await bootstrap_storage(self.api, self.config.host_path_class)
        self._background += await self._upkeep.start()
        await bootstrap_policy(self._registries, JOINING_POLICY if self.config.joining else ())
        if self.config.joining:
            await let_nodes_join(self.api, self.config.joining)
        await self._aggregator.start(GROUP_VERSIONS, GROUP_PRIORITIES)
        await self._definitions.start()
        if self._flows is not None:
            await self._ensure_flow_control()
            self._repeat(ensure.PERIOD, self._ensure_flow_control, "priority and fairness stays as it is for now")
        self._ready = True

    def _repeat(self, period: float, do: Callable[[], Awaitable[object]], otherwise: str) -> None:
        self._background.append(asyncio.create_task(every(period, do, otherwise)))

    async def _ensure_flow_control(self) -> None:
        await ensure_flow_control(self._registries)

    def end_watches(self) -> None:
        """Called when the listener begins to shut down: watches would keep it open."""
        self._ready = False
        self.api.end_watches()
        self._aggregator.end_streams()

    async def stop(self) -> None:
        self.end_watches()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._definitions.stop()
        await self._aggregator.stop()
        await self._upkeep.leave()
        await self.store.stop()
        if self.config.auditor is not None:
            await asyncio.to_thread(self.config.auditor.sink.close)


def _fine() -> None:
    return None


def create_app(config: ServerConfig) -> ApiServer:
    return ApiServer(config)
