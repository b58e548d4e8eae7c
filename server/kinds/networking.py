"""The kinds of networking.k8s.io and discovery.k8s.io."""

from __future__ import annotations

from server.defaulting import discovery as defaulting_discovery
from server.defaulting import networking as defaulting_networking
from server.kinds import simple
from server.kinds.spec import KindSpec
from server.printers import discovery, networking
from server.validation.validator import generic

_NAMESPACED = generic()
_CLUSTER = generic(namespaced=False)

KINDS = (
    KindSpec(
        group="networking.k8s.io",
        kind="Ingress",
        printer=networking.INGRESS,
        validator=_NAMESPACED,
        strategy=simple.GENERATIONAL,
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="IngressClass",
        printer=networking.INGRESS_CLASS,
        validator=_CLUSTER,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_networking.ingress_class},
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="IPAddress",
        printer=networking.IP_ADDRESS,
        validator=_CLUSTER,
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="NetworkPolicy",
        printer=networking.NETWORK_POLICY,
        validator=_NAMESPACED,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_networking.network_policy},
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="ServiceCIDR",
        printer=networking.SERVICE_CIDR,
        validator=_CLUSTER,
    ),
    KindSpec(
        group="discovery.k8s.io",
        kind="EndpointSlice",
        printer=discovery.ENDPOINT_SLICE,
        validator=_NAMESPACED,
        strategy=simple.ENDPOINT_SLICES,
        defaults={"v1": defaulting_discovery.endpoint_slice},
    ),
)
