"""The kinds around nodes and scheduling: scheduling, coordination, node, resource."""

from __future__ import annotations

from server.defaulting import node as defaulting_node
from server.defaulting import resource as defaulting_resource
from server.defaulting import scheduling as defaulting_scheduling
from server.kinds import simple
from server.kinds.spec import KindSpec
from server.printers import coordination, node, resource, scheduling
from server.validation import leases as validation_leases
from server.validation import policy as validation_policy
from server.validation import resourceclaim as validation_resourceclaim
from server.validation import resourceslice as validation_resourceslice

KINDS = (
    KindSpec(
        group="scheduling.k8s.io",
        kind="PriorityClass",
        printer=scheduling.PRIORITY_CLASS,
        validator=validation_policy.PRIORITY_CLASS,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_scheduling.priority_class},
    ),
    KindSpec(
        group="coordination.k8s.io",
        kind="Lease",
        printer=coordination.LEASE,
        validator=validation_leases.LEASE,
        strategy=simple.LEASES,
    ),
    KindSpec(
        group="node.k8s.io",
        kind="RuntimeClass",
        printer=node.RUNTIME_CLASS,
        validator=validation_leases.RUNTIME_CLASS,
        strategy=simple.RUNTIME_CLASSES,
        defaults={"v1": defaulting_node.runtime_class},
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="DeviceClass",
        printer=resource.DEVICE_CLASS,
        validator=validation_resourceclaim.DEVICE_CLASS,
        strategy=simple.GENERATIONAL,
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="DeviceTaintRule",
        printer=resource.DEVICE_TAINT_RULE,
        validator=validation_resourceclaim.DEVICE_TAINT_RULE,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_resource.device_taint_rule},
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="ResourceClaim",
        printer=resource.RESOURCE_CLAIM,
        validator=validation_resourceclaim.RESOURCE_CLAIM,
        defaults={"v1": defaulting_resource.resource_claim},
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="ResourceClaimTemplate",
        printer=resource.RESOURCE_CLAIM_TEMPLATE,
        validator=validation_resourceclaim.RESOURCE_CLAIM_TEMPLATE,
        defaults={"v1": defaulting_resource.resource_claim_template},
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="ResourceSlice",
        printer=resource.RESOURCE_SLICE,
        validator=validation_resourceslice.RESOURCE_SLICE,
        strategy=simple.RESOURCE_SLICES,
        defaults={"v1": defaulting_resource.resource_slice},
    ),
)
