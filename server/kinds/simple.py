"""Strategies of kinds whose registry behaviour is a few flags, and the few small hooks among them.

Source: the strategy.go of each kind under k8s.io/kubernetes pkg/registry.
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.kinds.fields import EVENT, flag, number, paths
from server.registry.strategy import GarbageCollection, Strategy

PLAIN = Strategy()
VERSIONED = Strategy(allow_unconditional_update=False)
"""Updates must say which version they change."""
GENERATIONAL = Strategy(generation_of=("spec",))
VERSIONED_GENERATIONAL = Strategy(generation_of=("spec",), allow_unconditional_update=False)
CREATE_BY_PUT = Strategy(allow_create_on_update=True)


def _phase(name: str) -> Strategy:
    def prepare_create(obj: Object) -> None:
        obj["status"] = {"phase": name}

    return Strategy(prepare_create=prepare_create)


PENDING_PHASE = _phase("Pending")

EVENTS = Strategy(
    allow_create_on_update=True,
    garbage_collection=GarbageCollection.UNSUPPORTED,
    selectable=EVENT,
    ttl=3600.0,
)
"""Events live for an hour after their last change."""

NODES = Strategy(keeps_created_status=True, selectable={"spec.unschedulable": flag("spec.unschedulable")})
SECRETS = Strategy(selectable=paths("type"))
LEASES = Strategy(allow_create_on_update=True, allow_unconditional_update=False)
REPLICATION_CONTROLLERS = Strategy(
    generation_of=("spec",),
    garbage_collection=GarbageCollection.ORPHAN,
    selectable={"status.replicas": number("status.replicas")},
)
REPLICA_SETS = Strategy(generation_of=("spec",))
SERVICES = Strategy(allow_create_on_update=True, selectable=paths("spec.clusterIP", "spec.type"))
POD_CERTIFICATE_REQUESTS = Strategy(
    allow_unconditional_update=False, selectable=paths("spec.signerName", "spec.podName", "spec.nodeName")
)
TRUST_BUNDLES = Strategy(allow_unconditional_update=False, selectable=paths("spec.signerName"))
RESOURCE_SLICES = Strategy(generation_of=("spec",), selectable=paths("spec.driver", "spec.nodeName"))
ENDPOINT_SLICES = Strategy(generation_of=("addressType", "endpoints", "ports", "metadata.labels"))
WEBHOOKS = Strategy(generation_of=("webhooks",), allow_unconditional_update=False)
POD_TEMPLATES = Strategy(generation_of=("template",))
RUNTIME_CLASSES = Strategy(allow_unconditional_update=False)
CSI_DRIVERS = Strategy(generation_of=("spec",), first_generation=0, allow_unconditional_update=False)
