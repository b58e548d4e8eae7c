"""The kinds of networking.k8s.io and discovery.k8s.io."""

from __future__ import annotations

from server.defaulting import discovery as defaulting_discovery
from server.defaulting import networking as defaulting_networking
from server.kinds import simple
from server.kinds.spec import KindSpec
from server.printers import discovery, networking
from server.validation import endpoints as validation_endpoints
from server.validation import ingress as validation_ingress
from server.validation import ipaddress as validation_ipaddress
from server.validation import networkpolicy as validation_networkpolicy

KINDS = (
    KindSpec(
        group="networking.k8s.io",
        kind="Ingress",
        printer=networking.INGRESS,
        validator=validation_ingress.INGRESS,
        strategy=simple.GENERATIONAL,
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="IngressClass",
        printer=networking.INGRESS_CLASS,
        validator=validation_ingress.INGRESS_CLASS,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_networking.ingress_class},
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="IPAddress",
        printer=networking.IP_ADDRESS,
        validator=validation_ipaddress.IP_ADDRESS,
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="NetworkPolicy",
        printer=networking.NETWORK_POLICY,
        validator=validation_networkpolicy.NETWORK_POLICY,
        strategy=simple.GENERATIONAL,
        defaults={"v1": defaulting_networking.network_policy},
    ),
    KindSpec(
        group="networking.k8s.io",
        kind="ServiceCIDR",
        printer=networking.SERVICE_CIDR,
        validator=validation_ipaddress.SERVICE_CIDR,
    ),
    KindSpec(
        group="discovery.k8s.io",
        kind="EndpointSlice",
        printer=discovery.ENDPOINT_SLICE,
        validator=validation_endpoints.ENDPOINT_SLICE,
        strategy=simple.ENDPOINT_SLICES,
        defaults={"v1": defaulting_discovery.endpoint_slice},
    ),
)
