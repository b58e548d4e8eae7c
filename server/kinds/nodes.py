"""The kinds around nodes and scheduling: scheduling, coordination, node, resource."""

from __future__ import annotations

from server.kinds import simple
from server.kinds.spec import KindSpec
from server.printers import coordination, node, resource, scheduling
from server.validation.validator import generic

_NAMESPACED = generic()
_CLUSTER = generic(namespaced=False)

KINDS = (
    KindSpec(
        group="scheduling.k8s.io",
        kind="PriorityClass",
        printer=scheduling.PRIORITY_CLASS,
        validator=_CLUSTER,
        strategy=simple.GENERATIONAL,
    ),
    KindSpec(
        group="coordination.k8s.io",
        kind="Lease",
        printer=coordination.LEASE,
        validator=_NAMESPACED,
        strategy=simple.LEASES,
    ),
    KindSpec(
        group="node.k8s.io",
        kind="RuntimeClass",
        printer=node.RUNTIME_CLASS,
        validator=_CLUSTER,
        strategy=simple.RUNTIME_CLASSES,
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="DeviceClass",
        printer=resource.DEVICE_CLASS,
        validator=_CLUSTER,
        strategy=simple.GENERATIONAL,
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="DeviceTaintRule",
        printer=resource.DEVICE_TAINT_RULE,
        validator=_CLUSTER,
        strategy=simple.GENERATIONAL,
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="ResourceClaim",
        printer=resource.RESOURCE_CLAIM,
        validator=_NAMESPACED,
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="ResourceClaimTemplate",
        printer=resource.RESOURCE_CLAIM_TEMPLATE,
        validator=_NAMESPACED,
    ),
    KindSpec(
        group="resource.k8s.io",
        kind="ResourceSlice",
        printer=resource.RESOURCE_SLICE,
        validator=_CLUSTER,
        strategy=simple.RESOURCE_SLICES,
    ),
)
