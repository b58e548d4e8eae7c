"""Endpoints that somebody keeps by hand, as EndpointSlices: one slice for each subset and family. Pure functions.

Source: k8s.io/kubernetes pkg/controller/endpointslicemirroring (reconciler.go, utils.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, is_terminating, name_of
from controllers.endpoints.addresses import IPV4, IPV6
from controllers.endpoints.slices import MANAGED_BY, SERVICE_NAME
from controllers.endpoints.subsets import NO_PORT, Port, gather
from controllers.endpoints.trigger_times import ANNOTATION
from controllers.shared.ownership import controller_reference, labels_of

MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
LARGEST = 1000
"""Addresses of a subset that are mirrored at most."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_ENDPOINTS = GroupVersion("", "v1").kind("Endpoints")

_Group = tuple[str, tuple[Port, ...]]
"""A family and ports: what a slice has one of."""


@dataclass(slots=True)
class MirrorPlan:
    """What to write, and what to say: how many addresses are none, how many were too many."""

    creates: list[Object] = field(default_factory=list)
    updates: list[Object] = field(default_factory=list)
    deletes: list[Object] = field(default_factory=list)
    invalid: int = 0
    left_out: int = 0


def should_mirror(endpoints: Mapping[str, Any]) -> bool:
    annotations = endpoints["metadata"].get("annotations") or {}
    return labels_of(endpoints).get(SKIP) != "true" and LEADER not in annotations


def plan_mirror(endpoints: Object, existing: Iterable[Object]) -> MirrorPlan:
    """``existing``: the slices that were mirrored from them."""
    plan = MirrorPlan()
    wanted = _wanted(endpoints, plan)
    by_group: dict[_Group, list[Object]] = {}
    for old in existing:
        by_group.setdefault((old["addressType"], _ports_of(old)), []).append(old)
    for group, found in wanted.items():
        _plan_group(plan, endpoints, group, found, by_group.pop(group, []))
    plan.deletes += [old for group in by_group.values() for old in group]
    _recycle(plan)
    if is_terminating(endpoints):
        plan.creates.clear()
    return plan


def _wanted(endpoints: Object, plan: MirrorPlan) -> dict[_Group, list[Object]]:
    wanted: dict[_Group, dict[tuple[str, ...], Object]] = {}
    for subset in _canonical(endpoints.get("subsets") or ()):
        ports = _ports_of(subset)
        added, total = 0, 0
        for ready, addresses in ((True, "addresses"), (False, "notReadyAddresses")):
            for address in subset.get(addresses) or ():
                total += 1
                if added >= LARGEST:
                    continue
                ip = _parse(address["ip"])
                if ip is None:
                    plan.invalid += 1
                    continue
                added += 1
                family = IPV4 if ip.version == 4 else IPV6
                endpoint = _endpoint(address, str(ip), ready=ready)
                wanted.setdefault((family, ports), {})[_identity(endpoint)] = endpoint
        plan.left_out += total - added
    return {group: list(found.values()) for group, found in wanted.items()}


def _canonical(subsets: Iterable[Object]) -> list[Object]:
    """Ports that have the same addresses in one subset, as the Endpoints controller writes them."""
    by_port: dict[Port, dict[tuple[str, str], tuple[Object, bool]]] = {}
    for subset in subsets:
        for port in _ports_of(subset) or (NO_PORT,):
            members = by_port.setdefault(port, {})
            for ready, addresses in ((False, "notReadyAddresses"), (True, "addresses")):
                for address in subset.get(addresses) or ():
                    uid = str((address.get("targetRef") or {}).get("uid") or "")
                    members[address["ip"], uid] = (address, ready)
    return gather(by_port)


def _ports_of(obj: Mapping[str, Any]) -> tuple[Port, ...]:
    return tuple(
        sorted(
            (p.get("name") or "", p.get("protocol") or "TCP", int(p.get("port") or 0), p.get("appProtocol") or "")
            for p in obj.get("ports") or ()
        )
    )


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Leading zeros are decimal, as they always were in Endpoints."""
    try:
        if "." in text and ":" not in text:
            return IPv4Address(".".join(str(int(part)) for part in text.split(".")))
        return ip_address(text)
    except ValueError:
        return None


def _endpoint(address: Object, ip: str, *, ready: bool) -> Object:
    endpoint: Object = {"addresses": [ip], "conditions": {"ready": ready}}
    for field_name in ("hostname", "targetRef", "nodeName"):
        if address.get(field_name):
            endpoint[field_name] = address[field_name]
    return endpoint


def _identity(endpoint: Mapping[str, Any]) -> tuple[str, ...]:
    target = endpoint.get("targetRef") or {}
    name = (target.get("namespace") or "", target.get("name") or "")
    return (*endpoint["addresses"], endpoint.get("hostname") or "", *name)


def _plan_group(
    plan: MirrorPlan, endpoints: Object, group: _Group, wanted: list[Object], existing: list[Object]
) -> None:
    plan.deletes += existing[1:]
    new = _slice(endpoints, group, wanted)
    if not existing:
        plan.creates.append(new)
    elif not _same(existing[0], new):
        plan.updates.append(_replacing(existing[0], new))


def _slice(endpoints: Object, group: _Group, found: list[Object]) -> Object:
    family, ports = group
    annotations = endpoints["metadata"].get("annotations") or {}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name_of(endpoints)}-",
            "labels": {**labels_of(endpoints), SERVICE_NAME: name_of(endpoints), MANAGED_BY: MANAGER},
            "annotations": {k: v for k, v in annotations.items() if k not in (ANNOTATION, _LAST_APPLIED)},
            "ownerReferences": [controller_reference(endpoints, _ENDPOINTS)],
        },
        "addressType": family,
        "endpoints": found,
        "ports": [
            {"name": name, "protocol": protocol, "port": number} | ({"appProtocol": app} if app else {})
            for name, protocol, number, app in ports
        ],
    }


def _same(old: Object, new: Object) -> bool:
    before, after = old["metadata"], new["metadata"]
    return bool(
        labels_of(old) == labels_of(new)
        and (before.get("annotations") or {}) == after["annotations"]
        and [owner.get("uid") for owner in before.get("ownerReferences") or ()]
        == [owner["uid"] for owner in after["ownerReferences"]]
        and {_identity(e): e for e in old.get("endpoints") or ()} == {_identity(e): e for e in new["endpoints"]}
    )


def _replacing(old: Object, new: Object) -> Object:
    metadata = {key: value for key, value in new["metadata"].items() if key != "generateName"}
    return {**new, "metadata": {**old["metadata"], **metadata}}


def _recycle(plan: MirrorPlan) -> None:
    """Change a slice that would go into one that would be made."""
    for old in list(plan.deletes):
        new = next((made for made in plan.creates if made["addressType"] == old["addressType"]), None)
        if new is not None:
            plan.deletes.remove(old)
            plan.creates.remove(new)
            plan.updates.append(_replacing(old, new))
