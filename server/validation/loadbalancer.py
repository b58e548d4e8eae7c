"""The status of a load balancer of a service. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, required
from server.validation.checks import Errors, check_subdomain, supported
from server.validation.ips import check_legacy_ip, parse_ip

Source = Mapping[str, Any]

_PATH = "status.loadBalancer.ingress"
_MODES = ("Proxy", "VIP")


def stored_addresses(status: Source) -> set[str]:
    return {item["ip"] for item in status.get("ingress") or () if item.get("ip")}


def check_load_balancer(errors: Errors, status: Source, old: Source, balanced: bool) -> None:
    """``balanced``: whether the service is of the type that has a load balancer."""
    points = status.get("ingress") or ()
    if points and not balanced:
        errors.append(forbidden(_PATH, "may only be used when `spec.type` is 'LoadBalancer'"))
        return
    known = stored_addresses(old)
    for index, point in enumerate(points):
        here, address = f"{_PATH}[{index}]", point.get("ip")
        if address:
            check_legacy_ip(errors, f"{here}.ip", address, known)
        _check_mode(errors, point.get("ipMode"), bool(address), f"{here}.ipMode")
        check_point_name(errors, point.get("hostname"), f"{here}.hostname")


def _check_mode(errors: Errors, mode: str | None, has_address: bool, path: str) -> None:
    if mode is None:
        if has_address:
            errors.append(required(path, "must be specified when `ip` is set"))
    elif not has_address:
        errors.append(forbidden(path, "may not be specified when `ip` is not set"))
    else:
        supported(errors, path, mode, _MODES)


def check_point_name(errors: Errors, name: str | None, path: str) -> None:
    if name:
        check_subdomain(errors, path, name)
        if parse_ip(name) is not None:
            errors.append(invalid(path, name, "must be a DNS name, not an IP address"))
