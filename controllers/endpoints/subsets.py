"""The subsets of an Endpoints object: ports that have the same addresses stand together.

Pure functions. Source: pkg/controller/endpoint/endpoints_controller.go and pkg/api/v1/endpoints/util.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from apimachinery.objects import Object
from apimachinery.pods import is_pod_ready
from controllers.endpoints.addresses import (
    HEADLESS_LABEL,
    belongs,
    families_of,
    hostname_in,
    ips_of_family,
    is_headless,
    ports_of,
    target_of,
)
from controllers.shared.ownership import labels_of

CAPACITY = 1000
"""Addresses that one object may name; beyond that ready ones come first and an annotation says so."""
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"

Port = tuple[str, str, int, str]
NO_PORT: Port = ("", "", -1, "")


def endpoints_labels(service: Object) -> dict[str, str]:
    labels = {key: value for key, value in labels_of(service).items() if key != HEADLESS_LABEL}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return labels | {MANAGED_BY: MANAGER}


def subsets_of(service: Object, pods: Iterable[Object]) -> list[Object]:
    """In a stable order: addresses by IP, ports by name, subsets by their ports."""
    publish = bool(service["spec"].get("publishNotReadyAddresses"))
    family = families_of(service)[0]
    by_port: dict[Port, dict[tuple[str, str], tuple[Object, bool]]] = {}
    for pod in pods:
        ips = ips_of_family(pod, family)
        if not ips or not belongs(pod, include_terminating=publish):
            continue
        ready = publish or is_pod_ready(pod)
        address = _address(service, pod, ips[0])
        for port in _ports(service, pod):
            by_port.setdefault(port, {})[ips[0], str(pod["metadata"].get("uid"))] = (address, ready)
    return gather(by_port)


def limit(subsets: list[Object]) -> tuple[list[Object], bool]:
    """The subsets with at most CAPACITY addresses, and whether any had to go.

    Not ready ones go first; each subset keeps its share.
    """
    ready = sum(len(subset.get("addresses") or ()) for subset in subsets)
    total = ready + sum(len(subset.get("notReadyAddresses") or ()) for subset in subsets)
    if total <= CAPACITY:
        return subsets, False
    field, keep = ("addresses", CAPACITY) if ready > CAPACITY else ("notReadyAddresses", CAPACITY - ready)
    of, left, kept = (ready if field == "addresses" else total - ready), keep, []
    for subset in subsets:
        addresses = subset.get(field) or []
        share = min(math.ceil(len(addresses) / of * keep), left)
        left -= min(share, len(addresses))
        cut = {**subset, field: addresses[:share]}
        if field == "addresses":
            cut.pop("notReadyAddresses", None)
        kept.append({name: value for name, value in cut.items() if value})
    return [subset for subset in kept if "addresses" in subset or "notReadyAddresses" in subset], True


def _ports(service: Object, pod: Object) -> list[Port]:
    if not service["spec"].get("ports"):
        return [NO_PORT] if is_headless(service) else []
    return [(p["name"], p["protocol"], p["port"], p.get("appProtocol") or "") for p in ports_of(service, pod)]


def _address(service: Object, pod: Object, ip: str) -> Object:
    address: Object = {"ip": ip}
    hostname = hostname_in(service, pod)
    if hostname:
        address["hostname"] = hostname
    if pod["spec"].get("nodeName"):
        address["nodeName"] = pod["spec"]["nodeName"]
    return {**address, "targetRef": target_of(pod)}


def gather(by_port: Mapping[Port, Mapping[tuple[str, str], tuple[Object, bool]]]) -> list[Object]:
    """Subsets out of what each port has: addresses by IP and uid, and whether they are ready."""
    groups: dict[Any, tuple[list[Port], list[tuple[Object, bool]]]] = {}
    for port in sorted(by_port):
        members = sorted(by_port[port].items())
        key = tuple((identity, ready) for identity, (_, ready) in members)
        groups.setdefault(key, ([], [value for _, value in members]))[0].append(port)
    return [_subset(ports, addresses) for ports, addresses in groups.values()]


def _subset(ports: list[Port], addresses: list[tuple[Object, bool]]) -> Object:
    subset: Object = {
        "addresses": [address for address, ready in addresses if ready],
        "notReadyAddresses": [address for address, ready in addresses if not ready],
        "ports": [_port(port) for port in ports if port != NO_PORT],
    }
    return {field: value for field, value in subset.items() if value}


def _port(port: Port) -> Object:
    name, protocol, number, app = port
    entry: Object = {"name": name, "port": number, "protocol": protocol, "appProtocol": app}
    return {field: value for field, value in entry.items() if value}
