"""ResourceQuota: what a namespace's objects use together stays within its quotas, whoever creates at the same time.

The resourcequota controller says in the status what is allowed and used; a quota it has not seen yet binds nobody.
Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota, k8s.io/kubernetes pkg/quota/v1.
"""

from __future__ import annotations

from functools import lru_cache

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.quota import IGNORED, attributes_classes, evaluator_of, has_deadline
from server.admission.chain import Attributes
from server.admission.quota_check import Demand, Refused, charge
from server.admission.quota_ledger import QuotaLedger
from server.admission.refusal import forbidden
from server.registry.registry import Registry

_PODS = GroupResource("", "pods")
_SERVICES = GroupResource("", "services")
_CLAIMS = GroupResource("", "persistentvolumeclaims")
_NAMESPACES = GroupResource("", "namespaces")
_evaluator_of = lru_cache(maxsize=1024)(evaluator_of)


class ResourceQuota:
    name = "ResourceQuota"

    def __init__(self, quotas: Registry, clock: Clock) -> None:
        self._ledger = QuotaLedger(quotas)
        self._clock = clock

    async def mutate(self, attributes: Attributes) -> None:
        return None

    async def validate(self, attributes: Attributes) -> None:
        """Works on the finished object, last of all, so that only what will be written is counted."""
        new, namespace = attributes.obj, attributes.namespace
        if not namespace or new is None or not self._ledger.any(namespace) or not _counts(attributes, new):
            return
        evaluator = _evaluator_of(attributes.group_resource)
        only_counts = attributes.subresource == "status"
        demand = Demand(evaluator, new, attributes.old, self._clock.now(), only_counts)
        try:
            if attributes.dry_run:
                charge(self._ledger.quotas(namespace), demand)
            else:
                await self._ledger.charge(namespace, demand)
        except Refused as refusal:
            raise forbidden(attributes, str(refusal)) from None


def _counts(attributes: Attributes, new: Object) -> bool:
    """Whether a write of this kind can change what quotas count."""
    resource, subresource, old = attributes.group_resource, attributes.subresource, attributes.old
    if resource in IGNORED or resource == _NAMESPACES:
        return False
    if attributes.operation == "CREATE":
        return not subresource
    if attributes.operation != "UPDATE" or old is None:
        return False
    if resource == _PODS:
        return subresource == "resize" or (not subresource and has_deadline(old) != has_deadline(new))
    if resource == _CLAIMS and subresource == "status":
        return _allocated(old) != _allocated(new) or attributes_classes(old) != attributes_classes(new)
    return resource in (_SERVICES, _CLAIMS) and not subresource


def _allocated(claim: Object) -> object:
    return ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
