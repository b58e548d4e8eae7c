"""How a service's endpoints are spread over its EndpointSlices: as few writes as possible, then as few slices.

Pure functions on the service, its pods and the slices that there are. Source: k8s.io/endpointslice/reconciler.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, controller_of, is_terminating, name_of
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
from controllers.endpoints.topology import NO_RATIOS, ZONE, Ratios, share_out, wants_hints
from controllers.shared.ownership import controller_reference, labels_of

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
LARGEST = 100
"""Endpoints in a slice at most."""

_SERVICE = GroupVersion("", "v1").kind("Service")
_BY_ZONE = ("PreferClose", "PreferSameZone")
_BY_NODE = "PreferSameNode"

Ports = tuple[tuple[str, str, int, str], ...]
NodeOf = Callable[[str], Object | None]


@dataclass(slots=True)
class Plan:
    """What to write. ``updates`` are whole slices with the resourceVersion of those they replace."""

    creates: list[Object] = field(default_factory=list)
    updates: list[Object] = field(default_factory=list)
    deletes: list[Object] = field(default_factory=list)
    missing_nodes: bool = False
    topology: dict[str, str] = field(default_factory=dict)
    """By family, of a service that asks for hints: why there are none, "" if there are."""


def plan_slices(
    service: Object, pods: Iterable[Object], existing: Iterable[Object], node_of: NodeOf, ratios: Ratios = NO_RATIOS
) -> Plan:
    """``pods``: those the service selects; ``existing``: the slices that this controller made for it."""
    plan, pods, families = Plan(), list(pods), families_of(service)
    by_family: dict[str, list[Object]] = {}
    for old in existing:
        if is_terminating(old):
            continue
        if old.get("addressType") in families and _is_of(service, old):
            by_family.setdefault(old["addressType"], []).append(old)
        else:
            plan.deletes.append(old)
    for family in families:
        wanted, missing = _wanted(service, pods, family, node_of)
        plan.missing_nodes = plan.missing_nodes or missing
        if wants_hints(service):
            plan.topology[family] = _add_hints(wanted, ratios)
        _plan_family(plan, service, family, wanted, by_family.get(family, []))
    _reuse(plan, service)
    return plan


def slice_labels(service: Object) -> dict[str, str]:
    """The service's labels and the slice's own."""
    own = (SERVICE_NAME, MANAGED_BY, HEADLESS_LABEL)
    labels = {key: value for key, value in labels_of(service).items() if key not in own}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return labels | {SERVICE_NAME: name_of(service), MANAGED_BY: MANAGER}


def endpoint_of(service: Object, pod: Object, family: str, node: Object | None) -> Object:
    """One pod as an endpoint, in the form in which the API prints it."""
    serving, terminating = is_pod_ready(pod), is_terminating(pod)
    ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
    endpoint: Object = {
        "addresses": list(ips_of_family(pod, family)),
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
    }
    hostname = hostname_in(service, pod)
    if hostname:
        endpoint["hostname"] = hostname
    endpoint["targetRef"] = target_of(pod)
    if pod["spec"].get("nodeName"):
        endpoint["nodeName"] = pod["spec"]["nodeName"]
    zone = labels_of(node).get(ZONE) if node is not None else None
    if zone:
        endpoint["zone"] = zone
    distribution = None if wants_hints(service) else service["spec"].get("trafficDistribution")
    hints = _hints(distribution, endpoint) if ready else None
    if hints:
        endpoint["hints"] = hints
    return endpoint


def _hints(distribution: str | None, endpoint: Mapping[str, Any]) -> Object | None:
    zone, node = endpoint.get("zone"), endpoint.get("nodeName")
    if distribution not in _BY_ZONE and distribution != _BY_NODE:
        return None
    hints: Object = {"forZones": [{"name": zone}]} if zone is not None else {}
    if distribution == _BY_NODE and node:
        hints["forNodes"] = [{"name": node}]
    return hints or None


def _wanted(
    service: Object, pods: Iterable[Object], family: str, node_of: NodeOf
) -> tuple[dict[Ports, dict[str, Object]], bool]:
    """The endpoints by ports and then by pod uid, and whether a pod's node has not been seen yet."""
    wanted: dict[Ports, dict[str, Object]] = {}
    missing = False
    for pod in pods:
        if not belongs(pod, include_terminating=True) or not ips_of_family(pod, family):
            continue
        name = pod["spec"].get("nodeName")
        node = node_of(name) if name else None
        if name and node is None and not service["spec"].get("publishNotReadyAddresses"):
            missing = True
            continue
        ports = _ports_key(ports_of(service, pod))
        wanted.setdefault(ports, {})[str(pod["metadata"].get("uid"))] = endpoint_of(service, pod, family, node)
    return wanted, missing


def _add_hints(wanted: Mapping[Ports, dict[str, Object]], ratios: Ratios) -> str:
    """To all ready endpoints, or to none; the problem then."""
    found = [endpoint for group in wanted.values() for endpoint in group.values() if endpoint["conditions"]["ready"]]
    found.sort(key=lambda endpoint: str(endpoint["targetRef"]["name"]))
    hints = share_out(ratios, [endpoint.get("zone") or "" for endpoint in found])
    if not hints.problem:
        for endpoint, zone in zip(found, hints.zones, strict=True):
            endpoint["hints"] = {"forZones": [{"name": zone}]}
    return hints.problem


def _plan_family(
    plan: Plan, service: Object, family: str, wanted: Mapping[Ports, dict[str, Object]], existing: list[Object]
) -> None:
    by_ports: dict[Ports, list[Object]] = {}
    for old in existing:
        by_ports.setdefault(_ports_key(old.get("ports") or ()), []).append(old)
    kept = 0
    created, deleted = len(plan.creates), len(plan.deletes)
    for ports, endpoints in wanted.items():
        kept += _plan_ports(plan, service, family, ports, dict(endpoints), by_ports.pop(ports, []))
    leftover = [old for group in by_ports.values() for old in group]
    plan.deletes += leftover
    if kept or len(plan.creates) > created:
        return
    _leave_one_empty(plan, service, family, plan.deletes[deleted:])


def _reuse(plan: Plan, service: Object) -> None:
    """Change a slice that would go into one that would be made: one write instead of two."""
    for old in list(plan.deletes):
        new = next((s for s in plan.creates if s["addressType"] == old["addressType"]), None)
        if new is not None and _is_of(service, old):
            plan.deletes.remove(old)
            plan.creates.remove(new)
            metadata = {**old["metadata"], "labels": new["metadata"]["labels"]}
            plan.updates.append({**old, "metadata": metadata, "endpoints": new["endpoints"], "ports": new["ports"]})


def _is_of(service: Object, old: Object) -> bool:
    """False for one that an earlier service of the same name has left behind."""
    reference = controller_of(old)
    return reference is not None and reference.get("uid") == service["metadata"]["uid"]


def _leave_one_empty(plan: Plan, service: Object, family: str, going: Sequence[Object]) -> None:
    """A service without endpoints has one slice without endpoints and ports."""
    empty = _new_slice(service, family, (), [])
    if not going:
        plan.creates.append(empty)
        return
    first = next((old for old in going if not old.get("endpoints") and not old.get("ports")), going[0])
    plan.deletes.remove(first)
    _update(plan, service, first, [], ())


def _plan_ports(
    plan: Plan, service: Object, family: str, ports: Ports, missing: dict[str, Object], existing: list[Object]
) -> int:
    """Plan the slices with these ports; ``missing`` is used up. Returns how many existing slices stay."""
    changed: list[tuple[Object, list[Object]]] = []
    same: list[tuple[Object, list[Object]]] = []
    for old in existing:
        before = old.get("endpoints") or []
        after = [missing.pop(uid) for endpoint in before if (uid := _uid(endpoint)) in missing]
        if not after:
            plan.deletes.append(old)
            continue
        stays = after == before and labels_of(old) == slice_labels(service)
        (same if stays else changed).append((old, after))
    fresh = list(missing.values())
    for _, endpoints in changed:
        room = LARGEST - len(endpoints)
        endpoints += fresh[:room]
        del fresh[:room]
    _fill(fresh, same, changed)
    for old, endpoints in changed:
        _update(plan, service, old, endpoints, ports)
    for start in range(0, len(fresh), LARGEST):
        plan.creates.append(_new_slice(service, family, ports, fresh[start : start + LARGEST]))
    return len(changed) + len(same)


def _fill(
    fresh: list[Object], same: list[tuple[Object, list[Object]]], changed: list[tuple[Object, list[Object]]]
) -> None:
    """Put the last, not full slice's worth into the fullest slice that has room for it, rather than a new one."""
    rest = len(fresh) % LARGEST
    fitting = [pair for pair in same if len(pair[1]) + rest <= LARGEST]
    if not rest or not fitting:
        return
    best = max(fitting, key=lambda pair: len(pair[1]))
    same.remove(best)
    changed.append((best[0], best[1] + fresh[-rest:]))
    del fresh[-rest:]


def _update(plan: Plan, service: Object, old: Object, endpoints: list[Object], ports: Ports) -> None:
    labels = slice_labels(service)
    if endpoints == (old.get("endpoints") or []) and labels == labels_of(old) and ports == _ports_key_of(old):
        return
    changed = {**old, "metadata": {**old["metadata"], "labels": labels}, "endpoints": endpoints}
    plan.updates.append({**changed, "ports": _port_list(ports)})


def _new_slice(service: Object, family: str, ports: Ports, endpoints: list[Object]) -> Object:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name_of(service)}-",
            "labels": slice_labels(service),
            "ownerReferences": [controller_reference(service, _SERVICE)],
        },
        "addressType": family,
        "endpoints": endpoints,
        "ports": _port_list(ports),
    }


def _uid(endpoint: Mapping[str, Any]) -> str:
    return str((endpoint.get("targetRef") or {}).get("uid") or "")


def _ports_key_of(old: Object) -> Ports:
    return _ports_key(old.get("ports") or ())


def _ports_key(ports: Iterable[Mapping[str, Any]]) -> Ports:
    return tuple(
        (p.get("name") or "", p.get("protocol") or "TCP", int(p.get("port") or 0), p.get("appProtocol") or "")
        for p in ports
    )


def _port_list(ports: Ports) -> list[Object]:
    return [
        {"name": name, "protocol": protocol, "port": number} | ({"appProtocol": app} if app else {})
        for name, protocol, number, app in ports
    ]
