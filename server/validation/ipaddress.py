"""The addresses and address ranges of services, as objects.

Source: k8s.io/kubernetes/pkg/apis/networking/validation; the declarative rules of k8s.io/api/networking/v1, whose
errors come last.
"""

from __future__ import annotations

from collections.abc import Sequence

from apimachinery.fielderrors import invalid, required
from apimachinery.names import is_path_segment_name
from apimachinery.objects import Object
from server.validation.checks import IMMUTABLE, Errors, check_subdomain, flag, same
from server.validation.ips import check_cidr, check_ip, is_ipv6, parse_cidr
from server.validation.objectmeta import validate_object_meta
from server.validation.rules import name_is_dns_subdomain
from server.validation.validator import metadata_update, validator

_PARENT = "spec.parentRef"
_RANGES = "spec.cidrs"


def _name_is_ip(name: str, prefix: bool) -> Sequence[str]:
    errors: Errors = []
    check_ip(errors, "", name)
    return [error.detail for error in errors]


def _check_address(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, _name_is_ip)
    parent = (obj.get("spec") or {}).get("parentRef") or {}
    if group := parent.get("group"):
        check_subdomain(errors, f"{_PARENT}.group", group)
    for field in ("resource", "name", "namespace"):
        if text := parent.get(field):
            flag(errors, f"{_PARENT}.{field}", text, is_path_segment_name(text))
    return errors


def _check_parent(errors: Errors, obj: Object, old: Object | None) -> None:
    parent = (obj.get("spec") or {}).get("parentRef")
    if old is not None and same(parent, (old.get("spec") or {}).get("parentRef")):
        return
    if parent is None:
        errors.append(required(_PARENT))
    if old is not None:
        errors.append(invalid(_PARENT, None, IMMUTABLE))
    elif parent is not None:
        errors += [required(f"{_PARENT}.{field}") for field in ("resource", "name") if not parent.get(field)]


def _create(obj: Object) -> Errors:
    errors = _check_address(obj)
    _check_parent(errors, obj, None)
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = _check_address(new) + metadata_update(new, old)
    _check_parent(errors, new, old)
    return errors


def _ranges(obj: Object) -> list[str]:
    ranges: list[str] = (obj.get("spec") or {}).get("cidrs") or []
    return ranges


def _check_ranges(errors: Errors, ranges: Sequence[str]) -> None:
    if not ranges:
        errors.append(required(_RANGES, "at least one CIDR required"))
        return
    if len(ranges) > 2:
        errors.append(invalid(_RANGES, {"CIDRs": ranges}, "may only hold up to 2 values"))
        return
    for index, text in enumerate(ranges):
        check_cidr(errors, f"{_RANGES}[{index}]", text)
    parsed = [found for text in ranges if (found := parse_cidr(text)) is not None]
    if len(parsed) == 2 and is_ipv6(parsed[0][0]) == is_ipv6(parsed[1][0]):
        problem = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        errors.append(invalid(_RANGES, ranges, problem))


def _range_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    _check_ranges(errors, _ranges(obj))
    return errors


def _range_update(new: Object, old: Object) -> Errors:
    errors = metadata_update(new, old)
    now, before = _ranges(new), _ranges(old)
    upgraded = len(before) == 1 and len(now) == 2
    if len(now) != len(before) and not upgraded:
        errors.append(invalid(_RANGES, now, IMMUTABLE))
        return errors
    for index, (text, stored) in enumerate(zip(now, before, strict=False)):
        if text != stored:
            errors.append(invalid(f"{_RANGES}[{index}]", text, IMMUTABLE))
    if upgraded:
        _check_ranges(errors, now)
    return errors


IP_ADDRESS = validator(_create, _update, namespaced=False)
SERVICE_CIDR = validator(_range_create, _range_update, metadata_update, namespaced=False)
