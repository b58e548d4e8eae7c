"""Admission's plugins in the order they are asked. The chain of a server is made here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from server.admission.always import AlwaysAdmit, AlwaysDeny
from server.admission.always_pull_images import AlwaysPullImages
from server.admission.certificate_approval import CertificateApproval
from server.admission.certificate_signing import CertificateSigning
from server.admission.certificate_subject_restriction import CertificateSubjectRestriction
from server.admission.chain import Plugin
from server.admission.configuration import PluginSettings
from server.admission.default_ingress_class import INGRESS_CLASSES, DefaultIngressClass
from server.admission.default_storage_class import STORAGE_CLASSES, DefaultStorageClass
from server.admission.default_toleration_seconds import DefaultTolerationSeconds
from server.admission.deny_service_external_ips import DenyServiceExternalIPs
from server.admission.extended_resource_toleration import ExtendedResourceToleration
from server.admission.limit_pod_hard_anti_affinity_topology import LimitPodHardAntiAffinityTopology
from server.admission.limit_ranger import LIMIT_RANGES, LimitRanger
from server.admission.namespace_auto_provision import NamespaceAutoProvision, Provide
from server.admission.namespace_exists import NamespaceExists
from server.admission.namespace_lifecycle import NAMESPACES, NamespaceLifecycle
from server.admission.node_restriction import NodeRestriction
from server.admission.owner_references_permission_enforcement import Mappings, OwnerReferencesPermissionEnforcement
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
from server.authz.authorizer import Authorizer
from server.authz.rbac.policy import Policy
from server.registry.kinds import ServedKinds
from server.registry.registry import Registry
from server.services.resolving import Services
from storage.cache import ResourceCache

_PODS = GroupResource("", "pods")
_SERVICES = GroupResource("", "services")
_SLICES = GroupResource("discovery.k8s.io", "endpointslices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the plugins decide by. ``policy`` is RBAC's as it is now; ``mappings`` says as what a kind is served;
    ``provide`` makes a namespace."""

    registries: Mapping[GroupResource, Registry]
    authorizer: Authorizer
    policy: Callable[[], Policy]
    kinds: ServedKinds
    mappings: Mappings
    provide: Provide
    clock: Clock

    def cache_of(self, resource: GroupResource) -> ResourceCache:
        return self.registries[resource].cache

    def policies(self, resource: GroupResource, bindings: GroupResource) -> Policies:
        return Policies(self.cache_of(resource), self.cache_of(bindings))


def make_plugins(
    sources: Sources, settings: PluginSettings, enabled: Sequence[str], disabled: Sequence[str]
) -> tuple[Plugin, ...]:
    """Those that take part. Nobody can do without RbacEscalation. Raises SelectionError."""
    chosen = selected(_known(sources, settings), enabled, disabled)
    return (*chosen, RbacEscalation(sources.authorizer, sources.policy))


def _known(sources: Sources, settings: PluginSettings) -> tuple[Plugin, ...]:
    cache_of = sources.cache_of
    namespaces, storage_classes = cache_of(NAMESPACES), cache_of(STORAGE_CLASSES)
    caller = Caller(Services(cache_of(_SERVICES), cache_of(_SLICES)))
    return (
        AlwaysAdmit(),
        NamespaceAutoProvision(namespaces, sources.provide),
        NamespaceLifecycle(namespaces),
        NamespaceExists(namespaces),
        LimitPodHardAntiAffinityTopology(),
        LimitRanger(cache_of(LIMIT_RANGES)),
        ServiceAccount(cache_of(SERVICE_ACCOUNTS)),
        NodeRestriction(cache_of, sources.authorizer),
        TaintNodesByCondition(),
        AlwaysPullImages(),
        PodSecurity(namespaces, cache_of(_PODS), settings.pod_security),
        PodNodeSelector(namespaces, settings.node_selectors),
        Priority(cache_of(PRIORITY_CLASSES)),
        DefaultTolerationSeconds(),
        ExtendedResourceToleration(),
        DefaultStorageClass(storage_classes),
        StorageObjectInUseProtection(),
        OwnerReferencesPermissionEnforcement(sources.authorizer, sources.mappings),
        PersistentVolumeClaimResize(storage_classes),
        RuntimeClass(cache_of(RUNTIME_CLASSES)),
        CertificateApproval(sources.authorizer),
        CertificateSigning(sources.authorizer),
        CertificateSubjectRestriction(),
        DefaultIngressClass(cache_of(INGRESS_CLASSES)),
        DenyServiceExternalIPs(),
        MutatingAdmissionPolicy(sources.policies(MUTATING, MUTATING_BINDINGS), namespaces, sources.kinds),
        MutatingAdmissionWebhook(cache_of(MUTATING_WEBHOOKS), namespaces, caller),
        ValidatingAdmissionPolicy(sources.policies(VALIDATING, VALIDATING_BINDINGS), namespaces, sources.kinds),
        ValidatingAdmissionWebhook(cache_of(VALIDATING_WEBHOOKS), namespaces, caller),
        ResourceQuota(sources.registries[RESOURCE_QUOTAS], sources.clock),
        AlwaysDeny(),
    )
