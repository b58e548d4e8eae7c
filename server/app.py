"""Puts the API server together. The only file that knows all of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network

from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.gvk import GroupResource, GroupVersionKind
from apimachinery.objects import Object
from openapi.resources import GROUP_PRIORITIES, GROUP_VERSIONS, RESOURCES, Resource
from server.admission.always import AlwaysAdmit, AlwaysDeny
from server.admission.always_pull_images import AlwaysPullImages
from server.admission.certificate_approval import CertificateApproval
from server.admission.certificate_signing import CertificateSigning
from server.admission.certificate_subject_restriction import CertificateSubjectRestriction
from server.admission.chain import Chain, Plugin
from server.admission.configuration import PluginSettings
from server.admission.default_ingress_class import INGRESS_CLASSES, DefaultIngressClass
from server.admission.default_storage_class import STORAGE_CLASSES, DefaultStorageClass
from server.admission.default_toleration_seconds import DefaultTolerationSeconds
from server.admission.deny_service_external_ips import DenyServiceExternalIPs
from server.admission.extended_resource_toleration import ExtendedResourceToleration
from server.admission.limit_pod_hard_anti_affinity_topology import LimitPodHardAntiAffinityTopology
from server.admission.limit_ranger import LIMIT_RANGES, LimitRanger
from server.admission.namespace_auto_provision import NamespaceAutoProvision
from server.admission.namespace_exists import NamespaceExists
from server.admission.namespace_lifecycle import NAMESPACES, NamespaceLifecycle
from server.admission.node_restriction import NodeRestriction
from server.admission.owner_references_permission_enforcement import OwnerReferencesPermissionEnforcement
from server.admission.persistent_volume_claim_resize import PersistentVolumeClaimResize
from server.admission.pod_node_selector import PodNodeSelector
from server.admission.pod_security import PodSecurity
from server.admission.policies.plugins import (
    MUTATING,
    MUTATING_BINDINGS,
    VALIDATING,
    VALIDATING_BINDINGS,
    MutatingAdmissionPolicy,
    ValidatingAdmissionPolicy,
)
from server.admission.policies.policies import Policies
from server.admission.priority import PRIORITY_CLASSES, Priority
from server.admission.quota_ledger import RESOURCE_QUOTAS
from server.admission.rbac_escalation import RbacEscalation
from server.admission.resource_quota import ResourceQuota
from server.admission.runtime_class import RUNTIME_CLASSES, RuntimeClass
from server.admission.selection import selected
from server.admission.service_account import SERVICE_ACCOUNTS, ServiceAccount
from server.admission.storage_object_in_use_protection import StorageObjectInUseProtection
from server.admission.taint_nodes_by_condition import TaintNodesByCondition
from server.admission.webhooks.calling import Caller
from server.admission.webhooks.plugins import (
    MUTATING_WEBHOOKS,
    VALIDATING_WEBHOOKS,
    MutatingAdmissionWebhook,
    ValidatingAdmissionWebhook,
)
from server.aggregation.aggregator import Aggregator
from server.aggregation.frontproxy import FrontProxy
from server.api import Api
from server.asgi import AsgiShell
from server.audit.audit import Auditor
from server.authn.authenticator import Authenticator
from server.authn.authenticator import Chain as Authenticators
from server.authn.bearer import BearerTokens, ForAudiences, TokenAuthenticator
from server.authn.bootstrap_token import BootstrapTokenAuthenticator
from server.authn.legacy_usage import LegacyUsage
from server.authn.service_account import ServiceAccountTokens, TokenConfig
from server.authz.modes import Authorization, Sources, make_authorizer
from server.authz.rbac.bootstrap import RESOURCES as RBAC
from server.authz.rbac.bootstrap import bootstrap_policy
from server.authz.rbac.policy import Caches, following
from server.bootstrap import (
    bootstrap,
    bootstrap_storage,
    ensure_kubernetes_service,
    ensure_legacy_tracking,
    ensure_namespace,
)
from server.conversion.conversions import CONVERSIONS
from server.custom.definitions import Definitions
from server.custom.documents import CustomDocuments
from server.custom.resources import CustomResources
from server.discovery.further import Together
from server.discovery.handlers import Discovery
from server.encryption import reload
from server.encryption.reload import EncryptionFile
from server.endpoints import health
from server.endpoints.catalog import Catalog, Target
from server.endpoints.health import Check
from server.endpoints.openapi import v2_handler, v3_handlers
from server.endpoints.openid import openid_handlers
from server.endpoints.static import StaticPaths, json_handler, version_info
from server.everypath import EveryPath
from server.filters.audit import with_audit, with_failed_authentication_audit
from server.filters.audit_id import with_audit_id
from server.filters.authentication import with_authentication
from server.filters.authorization import with_authorization
from server.filters.compression import with_compression
from server.filters.errors import with_errors
from server.filters.fairness import with_fairness
from server.filters.impersonation import with_impersonation
from server.filters.inflight import with_max_in_flight
from server.filters.timeout import with_timeout
from server.flowcontrol import controller as flow
from server.flowcontrol import ensure
from server.flowcontrol import metrics as flow_metrics
from server.flowcontrol.controller import FlowController
from server.flowcontrol.ensure import ensure_flow_control
from server.flowcontrol.overload import Overload
from server.flowcontrol.turns import Turns
from server.flowcontrol.width import Widths
from server.joining import POLICY as JOINING_POLICY
from server.joining import Joining, let_nodes_join
from server.kinds.builtin import BY_GROUP_KIND
from server.metrics.exposition import Family
from server.metrics.handler import metrics_handler
from server.metrics.requests import RequestMetrics
from server.registry.codec import decode
from server.registry.kinds import ServedKinds
from server.registry.registry import Registry
from server.request import Answer, Handler, Request
from server.reviews.handlers import review_verbs
from server.services import own_endpoints, repairing
from server.services.addresses import Addresses
from server.services.hooks import ServiceHooks
from server.services.own_endpoints import Leases, OwnEndpoints, Place
from server.services.ports import NodePorts
from server.services.repairing import Repair
from server.services.resolving import Services
from server.services.upkeep import Chore, Upkeep
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
_SLICES = GroupResource("discovery.k8s.io", "endpointslices")
_IP_ADDRESSES = GroupResource("networking.k8s.io", "ipaddresses")
_SERVICE_CIDRS = GroupResource("networking.k8s.io", "servicecidrs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """``database`` is a store URL; ``history`` in seconds; ``address`` is host:port as clients reach the server;
    ``build`` is the program's version; ``tokens`` says how service accounts' tokens are made; ``authenticator`` is
    asked first, then ``token_authenticators`` and service accounts' tokens, ``anonymous`` where there is no credential;
    ``authorization`` says who is asked what they may do; ``bootstrap_tokens`` lets
    who bears one authenticate, ``joining`` is what nodes are to join by."""

    database: str
    authenticator: Authenticator
    address: str
    build: str
    history: float = 300.0
    clock: Clock = REAL_CLOCK
    authorization: Authorization = field(default_factory=Authorization)
    bootstrap_tokens: bool = False
    joining: Joining | None = None
    tokens: TokenConfig = field(default_factory=lambda: TokenConfig(key=ec.generate_private_key(ec.SECP256R1())))
    token_authenticators: Sequence[TokenAuthenticator] = ()
    anonymous: Authenticator | None = None
    enabled_plugins: Sequence[str] = ()
    disabled_plugins: Sequence[str] = ()
    """Of admission, besides and against the default (``server.admission.selection``)."""
    plugins: PluginSettings = field(default_factory=PluginSettings)
    auditor: Auditor | None = None
    host_path_class: str = ""
    advertise_address: str = ""
    front_proxy: FrontProxy | None = None
    encryption: EncryptionFile | None = None
    overload: Overload = field(default_factory=Overload)


class ApiServer:
    """``app`` is the ASGI application. ``start`` before it is served, ``stop`` when serving is to end; once each."""

    def __init__(self, config: ServerConfig) -> None:
        self._registries: dict[GroupResource, Registry] = {}
        self._kinds = ServedKinds()
        self._ready = False
        self._auditor = config.auditor
        self._overload = config.overload
        self._host_path_class = config.host_path_class
        self._joining = config.joining
        self._encryption = config.encryption
        self.store = open_store(
            config.database,
            indexer=self._index,
            history=config.history,
            clock=config.clock,
            sealer=config.encryption.sealer if config.encryption is not None else None,
        )
        self._background: list[asyncio.Task[None]] = []
        self._registries.update(build_registries(self.store, config.clock, RESOURCES, BY_GROUP_KIND))
        self._by_stored_name = {registry.stored_as: registry for registry in self._registries.values()}
        ranges = self._registries[_SERVICE_CIDRS]
        self._addresses = Addresses(self._registries[_IP_ADDRESSES], SERVICE_NETWORK, ranges)
        self._node_ports = NodePorts(self.store)
        self._registries[_SERVICES].hooks = ServiceHooks(self._addresses, self._node_ports)
        usage = LegacyUsage(lambda: self._registries[_SECRETS], config.clock)
        self._tokens = ServiceAccountTokens(config.tokens, config.clock, self._find, usage.note)
        self._policy = following(self._policy_caches())
        self.authorizer = make_authorizer(config.authorization, Sources(self._policy, self._cache_of), config.clock)
        self._port = int(config.address.rpartition(":")[2])
        self.api = Api(
            store=self.store,
            clock=config.clock,
            admission=Chain(self._admission_plugins(config)),
            authorizer=self.authorizer,
            registries=self._registries,
            tokens=self._tokens,
        )
        self._aggregator = Aggregator(self.api, config.front_proxy, config.clock)
        self._custom = CustomResources(self.api, self._aggregator.resource)
        self._definitions = Definitions(self.api, self._custom)
        self._upkeep = self._make_upkeep(config)
        self._documents = CustomDocuments(self._custom, config.clock)
        shell = AsgiShell(self._filters(config))
        self.app = Starlette(routes=[EveryPath(shell, WebSocketShell(shell))])
        self.app.router.redirect_slashes = False

    def _admission_plugins(self, config: ServerConfig) -> tuple[Plugin, ...]:
        """In the order they are asked. Nobody can do without RbacEscalation."""
        chosen = selected(self._known_plugins(config), config.enabled_plugins, config.disabled_plugins)
        return (*chosen, RbacEscalation(self.authorizer, self._policy))

    def _known_plugins(self, config: ServerConfig) -> tuple[Plugin, ...]:
        storage_classes = self._registries[STORAGE_CLASSES].cache
        caller = Caller(Services(self._cache_of(_SERVICES), self._cache_of(_SLICES)))

        def policies(resource: GroupResource, bindings: GroupResource) -> Policies:
            return Policies(self._cache_of(resource), self._cache_of(bindings))

        namespaces = self._cache_of(NAMESPACES)
        return (
            AlwaysAdmit(),
            NamespaceAutoProvision(namespaces, lambda name: ensure_namespace(self.api, name)),
            NamespaceLifecycle(namespaces),
            NamespaceExists(namespaces),
            LimitPodHardAntiAffinityTopology(),
            LimitRanger(self._registries[LIMIT_RANGES].cache),
            ServiceAccount(self._registries[SERVICE_ACCOUNTS].cache),
            NodeRestriction(self._cache_of, self.authorizer),
            TaintNodesByCondition(),
            AlwaysPullImages(),
            PodSecurity(namespaces, self._cache_of(GroupResource("", "pods")), config.plugins.pod_security),
            PodNodeSelector(namespaces, config.plugins.node_selectors),
            Priority(self._registries[PRIORITY_CLASSES].cache),
            DefaultTolerationSeconds(),
            ExtendedResourceToleration(),
            DefaultStorageClass(storage_classes),
            StorageObjectInUseProtection(),
            OwnerReferencesPermissionEnforcement(self.authorizer, self._served_as),
            PersistentVolumeClaimResize(storage_classes),
            RuntimeClass(self._registries[RUNTIME_CLASSES].cache),
            CertificateApproval(self.authorizer),
            CertificateSigning(self.authorizer),
            CertificateSubjectRestriction(),
            DefaultIngressClass(self._registries[INGRESS_CLASSES].cache),
            DenyServiceExternalIPs(),
            MutatingAdmissionPolicy(policies(MUTATING, MUTATING_BINDINGS), namespaces, self._kinds),
            MutatingAdmissionWebhook(self._cache_of(MUTATING_WEBHOOKS), namespaces, caller),
            ValidatingAdmissionPolicy(policies(VALIDATING, VALIDATING_BINDINGS), namespaces, self._kinds),
            ValidatingAdmissionWebhook(self._cache_of(VALIDATING_WEBHOOKS), namespaces, caller),
            ResourceQuota(self._registries[RESOURCE_QUOTAS], config.clock),
            AlwaysDeny(),
        )

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
        """The chain, innermost first."""
        bearers = BearerTokens(self._token_authenticators(config), config.tokens.audiences)
        authenticator = Authenticators((config.authenticator, bearers), config.anonymous)
        handler = self._dispatcher(config, bearers)
        handler = with_authorization(handler, self.authorizer)
        handler = self._limited(handler, config.overload)
        handler = with_impersonation(handler, self.authorizer)
        handler = with_timeout(handler, config.overload.request_timeout)
        if self._auditor is not None:
            handler = with_audit(handler, self._auditor)
        handler = with_authentication(handler, authenticator)
        if self._auditor is not None:
            handler = with_failed_authentication_audit(handler, self._auditor)
        handler = with_errors(handler)
        handler = with_audit_id(handler)
        handler = with_compression(handler)
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

    def _limited(self, handler: Handler, overload: Overload) -> Handler:
        """Who is let through at once, who waits, and who is refused."""
        if not overload.fairness:
            return with_max_in_flight(handler, overload.reads, overload.writes)
        caches = (self._registries[flow.LEVELS].cache, self._registries[flow.SCHEMAS].cache)
        self._flows = FlowController(*caches, overload.seats)
        turns = Turns(lambda: self._flows.levels, overload.wait_limit)
        return with_fairness(handler, self._flows, turns, Widths(self._registries))

    async def _openapi_paths(self) -> Mapping[str, Object]:
        """Where the version 3 documents are of what is not built in."""
        return {**await self._aggregator.openapi_paths(), **await self._documents.index()}

    def _more_metrics(self) -> Iterator[Family]:
        yield from self._aggregator.families()
        if self._auditor is not None:
            yield from self._auditor.families()
        if self._overload.fairness:
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
        if self._auditor is not None:
            self._auditor.sink.open()
        await self.store.start()
        if self._encryption is not None and self._encryption.automatic:
            refreshing = every(reload.PERIOD, self._encryption.refresh, "the encryption configuration was not read")
            self._background.append(asyncio.create_task(refreshing))
        await bootstrap(self.api, self._addresses, self._port)
        if self._host_path_class:
            await bootstrap_storage(self.api, self._host_path_class)
        self._background += await self._upkeep.start()
        await bootstrap_policy(self._registries, JOINING_POLICY if self._joining else ())
        if self._joining:
            await let_nodes_join(self.api, self._joining)
        await self._aggregator.start(GROUP_VERSIONS, GROUP_PRIORITIES)
        await self._definitions.start()
        if self._overload.fairness:
            await ensure_flow_control(self._registries)
            ensuring = every(ensure.PERIOD, self._ensure_flow_control, "priority and fairness stays as it is for now")
            self._background.append(asyncio.create_task(ensuring))
        self._ready = True

    async def _ensure_flow_control(self) -> None:
        await ensure_flow_control(self._registries)

    def end_watches(self) -> None:
        """Called when the listener begins to shut down: watches would keep it open."""
        self._ready = False
        self.api.end_watches()
        self._aggregator.end_streams()

    def _make_upkeep(self, config: ServerConfig) -> Upkeep:
        repair = Repair(self._registries, self._addresses, self._node_ports, config.clock)
        chores = [
            Chore(repair.look, repairing.PERIOD, "services' addresses and ports were not looked through"),
            Chore(partial(ensure_legacy_tracking, self.api), repairing.PERIOD, "the use of old tokens is not dated"),
        ]
        if not config.advertise_address:
            return Upkeep(chores)
        place = Place(config.advertise_address, self._port)
        leases = None if config.database.startswith("sqlite:") else Leases(self.store, config.clock)
        ensure = partial(ensure_kubernetes_service, self.api, self._addresses, self._port)
        own = OwnEndpoints(self._registries, place, leases, ensure)
        keep = Chore(own.look, own_endpoints.PERIOD, "the endpoints of the kubernetes service were not kept")
        return Upkeep([*chores, keep], own.leave)

    async def stop(self) -> None:
        self.end_watches()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._definitions.stop()
        await self._aggregator.stop()
        await self._upkeep.leave()
        await self.store.stop()
        if self._auditor is not None:
            await asyncio.to_thread(self._auditor.sink.close)


def _fine() -> None:
    return None


def create_app(config: ServerConfig) -> ApiServer:
    return ApiServer(config)
