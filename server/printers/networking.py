"""Ingresses, their classes, network policies, and service address ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from server.printers.cells import NONE, addresses, selector
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name

_HOSTS_SHOWN = 3


def _ingress_row(obj: Object, now: datetime) -> Row:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    class_name = spec.get("ingressClassName")
    return Row(
        [
            name(obj),
            NONE if class_name is None else class_name,
            _hosts(spec.get("rules") or ()),
            addresses((status.get("loadBalancer") or {}).get("ingress")),
            "80, 443" if spec.get("tls") else "80",
            age(obj, now),
        ]
    )


def _hosts(rules: Sequence[Mapping[str, Any]]) -> str:
    """Any rule after the last host shown counts as one more, with a host or without."""
    hosts: list[str] = []
    for rule in rules:
        if len(hosts) == _HOSTS_SHOWN:
            return f"{','.join(hosts)} + {len(rules) - _HOSTS_SHOWN} more..."
        if rule.get("host"):
            hosts.append(rule["host"])
    return ",".join(hosts) or "*"


INGRESS = Printer(
    (
        NAME,
        column("Class", "The name of the IngressClass resource that should be used for additional configuration"),
        column("Hosts", "Hosts that incoming requests are matched against before the ingress rule"),
        column("Address", "Address is a list containing ingress points for the load-balancer"),
        column("Ports", "Ports of TLS configurations that open"),
        AGE,
    ),
    _ingress_row,
)


def _ingress_class_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    parameters = spec.get("parameters")
    shown = NONE
    if parameters is not None:
        group = parameters.get("apiGroup")
        shown = parameters.get("kind", "") if group is None else f"{parameters.get('kind', '')}.{group}"
        shown += f"/{parameters.get('name', '')}"
    return Row([name(obj), spec.get("controller", ""), shown, age(obj, now)])


INGRESS_CLASS = Printer(
    (
        NAME,
        column("Controller", "Controller that is responsible for handling this class"),
        column("Parameters", "A reference to a resource with additional parameters"),
        AGE,
    ),
    _ingress_class_row,
)


def _network_policy_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), selector((obj.get("spec") or {}).get("podSelector") or {}), age(obj, now)])


NETWORK_POLICY = Printer(
    (NAME, column("Pod-Selector", doc("extensions/v1beta1.NetworkPolicySpec.podSelector")), AGE),
    _network_policy_row,
)


def _service_cidr_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), ",".join((obj.get("spec") or {}).get("cidrs") or ()), age(obj, now)])


SERVICE_CIDR = Printer((NAME, column("CIDRs", doc("networking/v1beta1.ServiceCIDRSpec.cidrs")), AGE), _service_cidr_row)


def _ip_address_row(obj: Object, now: datetime) -> Row:
    """Upstream adds an age no column is declared for, so no client shows it; it is left out."""
    parent = (obj.get("spec") or {}).get("parentRef")
    if parent is None:
        return Row([name(obj), NONE])
    resource = str(GroupResource(parent.get("group", ""), parent.get("resource", ""))).lower()
    return Row([name(obj), "/".join(filter(None, (resource, parent.get("namespace"), parent.get("name"))))])


IP_ADDRESS = Printer((NAME, column("ParentRef", doc("networking/v1beta1.IPAddressSpec.parentRef"))), _ip_address_row)
