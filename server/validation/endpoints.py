"""Endpoints and endpoint slices.

Source: k8s.io/kubernetes/pkg/apis/core/validation, pkg/apis/discovery/validation; the declarative rules of
k8s.io/api/discovery/v1, whose errors come last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv6Address
from typing import Any

from apimachinery.fielderrors import duplicate, internal, invalid, not_supported, required, too_many
from apimachinery.names import is_dns1123_label, is_dns1123_subdomain, is_port_number
from apimachinery.objects import Object
from apimachinery.remembering import remembered
from server.validation.checks import (
    IMMUTABLE,
    Errors,
    check_label,
    check_qualified,
    check_subdomain,
    flag,
    required_choice,
    same,
)
from server.validation.handlers import PROTOCOLS
from server.validation.ips import check_ip, check_legacy_ip, is_ipv6, parse_ip
from server.validation.objectmeta import check_labels, validate_object_meta, validate_object_meta_update
from server.validation.rules import label_value, name_is_dns_subdomain
from server.validation.validator import validator

Source = Mapping[str, Any]

_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_MAX_TOPOLOGY_LABELS = 16
_MAX_ADDRESSES = 100
_MAX_PORTS = 20000
_MAX_ENDPOINTS = 1000
_MAX_HINTS = 8
_ZONE = "topology.kubernetes.io/zone"


@remembered(8192)
def _unreachable(text: str) -> Sequence[str]:
    """Why other machines could not reach the address."""
    address = parse_ip(text)
    if address is None:
        return ("must be a valid IP address",)
    address = (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
    problems = []
    if address.is_unspecified:
        problems.append(f"may not be unspecified ({text})")
    if address.is_loopback:
        problems.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        problems.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if _is_local_multicast(address.packed):
        problems.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return problems


def _is_local_multicast(packed: bytes) -> bool:
    return packed[:3] == b"\xe0\0\0" if len(packed) == 4 else packed[0] == 0xFF and packed[1] & 0x0F == 2


def check_endpoint_ip(errors: Errors, path: str, text: str) -> None:
    """An address that other machines can reach."""
    flag(errors, path, text, _unreachable(text))


def _check_endpoints(errors: Errors, obj: Object, old: Object | None) -> None:
    errors += validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    found: Errors = []
    for index, subset in enumerate(obj.get("subsets") or ()):
        _check_subset(found, subset, f"subsets[{index}]")
    if found and not (old and same(obj.get("subsets"), old.get("subsets"))):
        errors += found


def _check_subset(errors: Errors, subset: Source, path: str) -> None:
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        errors.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
    for field in ("addresses", "notReadyAddresses"):
        for index, address in enumerate(subset.get(field) or ()):
            _check_address(errors, address, f"{path}.{field}[{index}]")
    ports = subset.get("ports") or ()
    for index, port in enumerate(ports):
        _check_port(errors, port, len(ports) > 1, f"{path}.ports[{index}]")


def _check_address(errors: Errors, address: Source, path: str) -> None:
    text = address.get("ip") or ""
    check_legacy_ip(errors, f"{path}.ip", text)
    if hostname := address.get("hostname"):
        check_label(errors, f"{path}.hostname", hostname)
    if (node := address.get("nodeName")) is not None:
        check_subdomain(errors, f"{path}.nodeName", node)
    check_endpoint_ip(errors, f"{path}.ip", text)


def _check_port(errors: Errors, port: Source, needs_name: bool, path: str) -> None:
    if name := port.get("name"):
        check_label(errors, f"{path}.name", name)
    elif needs_name:
        errors.append(required(f"{path}.name"))
    number = port.get("port") or 0
    if not 0 < number < 65536:
        flag(errors, f"{path}.port", number, is_port_number(number))
    required_choice(errors, f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    if (protocol := port.get("appProtocol")) is not None:
        check_qualified(errors, f"{path}.appProtocol", protocol)


def _create(obj: Object) -> Errors:
    errors: Errors = []
    _check_endpoints(errors, obj, None)
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    _check_endpoints(errors, new, old)
    return errors


def _check_slice(errors: Errors, obj: Object, old: Object | None) -> None:
    errors += validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    _check_slice_ports(errors, obj.get("ports") or ())
    kind, points = obj.get("addressType") or "", obj.get("endpoints") or ()
    unchanged = old is not None and same(points, old.get("endpoints"))
    if not unchanged:
        if len(points) > _MAX_ENDPOINTS:
            errors.append(too_many("endpoints", len(points), _MAX_ENDPOINTS))
        else:
            for index, point in enumerate(points):
                _check_endpoint(errors, point, kind, f"endpoints[{index}]")
    _check_address_type(errors, kind, old)
    if not unchanged:
        _check_address_counts(errors, points)


def _check_address_type(errors: Errors, kind: str, old: Object | None) -> None:
    if old is not None and kind == (old.get("addressType") or ""):
        return
    if not kind:
        errors.append(required("addressType"))
    if old is not None:
        errors.append(invalid("addressType", None, IMMUTABLE))
    elif kind and kind not in _ADDRESS_TYPES:
        errors.append(not_supported("addressType", kind, _ADDRESS_TYPES))


def _check_address_counts(errors: Errors, points: Sequence[Source]) -> None:
    for index, point in enumerate(points):
        count = len(point.get("addresses") or ())
        if not count:
            errors.append(required(f"endpoints[{index}].addresses"))
        elif count > _MAX_ADDRESSES:
            errors.append(too_many(f"endpoints[{index}].addresses", count, _MAX_ADDRESSES))


def _check_endpoint(errors: Errors, point: Source, kind: str, path: str) -> None:
    if (check := _ADDRESS_CHECKS.get(kind)) is not None:
        for index, text in enumerate(point.get("addresses") or ()):
            check(errors, f"{path}.addresses", f"{path}.addresses[{index}]", text)
    if (node := point.get("nodeName")) is not None:
        check_subdomain(errors, f"{path}.nodeName", node)
    if topology := point.get("deprecatedTopology"):
        here = f"{path}.deprecatedTopology"
        if len(topology) > _MAX_TOPOLOGY_LABELS:
            errors.append(too_many(here, len(topology), _MAX_TOPOLOGY_LABELS))
        check_labels(errors, topology, here)
        if _ZONE in topology:
            errors.append(internal(f"{here}[{_ZONE}]", "reserved key was not removed in conversion"))
    if (hostname := point.get("hostname")) is not None:
        check_label(errors, f"{path}.hostname", hostname)
    if hints := point.get("hints"):
        _check_hints(errors, hints, f"{path}.hints")


def _check_ipv4(errors: Errors, path: str, here: str, text: str) -> None:
    _check_family(errors, path, here, text, check_legacy_ip, False)


def _check_ipv6(errors: Errors, path: str, here: str, text: str) -> None:
    _check_family(errors, path, here, text, check_ip, True)


def _check_family(
    errors: Errors, path: str, here: str, text: str, check: Callable[[Errors, str, str], None], v6: bool
) -> None:
    before = len(errors)
    check(errors, here, text)
    if len(errors) > before:
        return
    address = parse_ip(text)
    if address is not None and is_ipv6(address) != v6:
        errors.append(invalid(path, text, f"must be an {'IPv6' if v6 else 'IPv4'} address"))
    check_endpoint_ip(errors, here, text)


def _check_domain(errors: Errors, path: str, here: str, name: str) -> None:
    check_domain_name(errors, here, name)


def check_domain_name(errors: Errors, path: str, name: str) -> None:
    """A fully qualified domain name, at least two labels, a dot at its end allowed."""
    if not name:
        errors.append(required(path))
        return
    name = name.removesuffix(".")
    if problems := is_dns1123_subdomain(name):
        errors.append(invalid(path, name, ",".join(problems)))
        return
    labels = name.split(".")
    if len(labels) < 2:
        problem = "should be a domain with at least two segments separated by dots"
        errors.append(invalid(path, name, problem))
        return
    for label in labels:
        if problems := is_dns1123_label(label):
            errors.append(invalid(path, label, ",".join(problems)))
            return


_ADDRESS_CHECKS = {"IPv4": _check_ipv4, "IPv6": _check_ipv6, "FQDN": _check_domain}


def _check_slice_ports(errors: Errors, ports: Sequence[Source]) -> None:
    if len(ports) > _MAX_PORTS:
        errors.append(too_many("ports", len(ports), _MAX_PORTS))
        return
    names: set[str] = set()
    for index, port in enumerate(ports):
        name, here = port.get("name") or "", f"ports[{index}]"
        if name:
            check_label(errors, f"{here}.name", name)
        if name in names:
            errors.append(duplicate(f"{here}.name", name))
        names.add(name)
        protocol = port.get("protocol")
        if protocol not in PROTOCOLS:
            errors.append(
                required(f"{here}.protocol")
                if protocol is None
                else not_supported(f"{here}.protocol", protocol, PROTOCOLS)
            )
        if (application := port.get("appProtocol")) is not None:
            check_qualified(errors, f"{here}.appProtocol", application)


def _check_hints(errors: Errors, hints: Source, path: str) -> None:
    rules: tuple[tuple[str, Callable[[str], Sequence[str]]], ...] = (
        ("forZones", label_value),
        ("forNodes", name_is_dns_subdomain),
    )
    for field, rule in rules:
        items, names = hints.get(field) or (), set[str]()
        if len(items) > _MAX_HINTS:
            errors.append(too_many(f"{path}.{field}", len(items), _MAX_HINTS))
            return
        for index, item in enumerate(items):
            name, here = item.get("name") or "", f"{path}.{field}[{index}].name"
            if name in names:
                errors.append(duplicate(here, name))
            names.add(name)
            flag(errors, here, name, rule(name))


def _slice_create(obj: Object) -> Errors:
    errors: Errors = []
    _check_slice(errors, obj, None)
    return errors


def _slice_update(new: Object, old: Object) -> Errors:
    errors: Errors = []
    _check_slice(errors, new, old)
    return errors


ENDPOINTS = validator(_create, _update)
ENDPOINT_SLICE = validator(_slice_create, _slice_update)
