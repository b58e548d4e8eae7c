"""Services and Endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.printers.cells import NONE, addresses, labels, selector_column, shortened
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name

_ENDPOINTS_SHOWN = 3


def _service_row(obj: Object, now: datetime) -> Row:
    spec = obj["spec"]
    cluster_ips = spec.get("clusterIPs")
    return Row(
        [
            name(obj),
            spec.get("type", ""),
            (cluster_ips[0] if cluster_ips else spec.get("clusterIP")) or NONE,
            _external_ip(spec, obj.get("status") or {}),
            ",".join(map(_port, spec.get("ports") or ())) or NONE,
            age(obj, now),
            labels(spec.get("selector")),
        ]
    )


def _external_ip(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    external = spec.get("externalIPs") or []
    match spec.get("type"):
        case "ClusterIP" | "NodePort":
            return ",".join(external) or NONE
        case "LoadBalancer":
            balancer = addresses((status.get("loadBalancer") or {}).get("ingress"))
            return ",".join([balancer, *external] if balancer else external) or "<pending>"
        case "ExternalName":
            return str(spec.get("externalName", ""))
    return "<unknown>"


def _port(port: Mapping[str, Any]) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node_port}/{port.get('protocol', '')}"


SERVICE = Printer(
    (
        NAME,
        column("Type", doc("core/v1.ServiceSpec.type")),
        column("Cluster-IP", doc("core/v1.ServiceSpec.clusterIP")),
        column("External-IP", doc("core/v1.ServiceSpec.externalIPs")),
        column("Port(s)", doc("core/v1.ServiceSpec.ports")),
        AGE,
        selector_column(doc("core/v1.ServiceSpec.selector")),
    ),
    _service_row,
)


def _endpoints_row(obj: Object, now: datetime) -> Row:
    subsets = obj.get("subsets")
    shown = shortened(list(_endpoints(subsets)), _ENDPOINTS_SHOWN) if subsets else NONE
    return Row([name(obj), shown, age(obj, now)])


def _endpoints(subsets: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for subset in subsets:
        ips = [address["ip"] for address in subset.get("addresses") or ()]
        ports = subset.get("ports")
        if not ports:
            yield from ips  # a headless service may have no ports
        for port in ports or ():
            yield from (f"[{ip}]:{port['port']}" if ":" in ip else f"{ip}:{port['port']}" for ip in ips)


ENDPOINTS = Printer((NAME, column("Endpoints", doc("core/v1.Endpoints.subsets")), AGE), _endpoints_row)
