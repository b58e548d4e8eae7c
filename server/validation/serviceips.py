"""The cluster addresses and address families of services.

Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidateServiceClusterIPsRelatedFields, validateUpgradeDowngrade…).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, invalid, not_supported, required
from server.validation.checks import Errors, supported
from server.validation.ips import check_legacy_ip, is_dual_stack, is_ipv6_text

Source = Mapping[str, Any]

_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_ADDRESSES = "spec.clusterIPs"
_FIXED = "may not change once set"


def is_headless(spec: Source) -> bool:
    addresses = spec.get("clusterIPs") or ()
    return list(addresses) == ["None"]


def check_cluster_ips(errors: Errors, spec: Source, old: Source) -> None:
    """``old``: the stored spec, or empty on creation."""
    if spec.get("type") == "ExternalName":
        return
    addresses: Sequence[str] = spec.get("clusterIPs") or ()
    families: Sequence[str] = spec.get("ipFamilies") or ()
    _check_first(errors, spec.get("clusterIP"), addresses)
    for index, family in enumerate(families):
        supported(errors, f"spec.ipFamilies[{index}]", family, _FAMILIES)
        if family in families[:index]:
            errors.append(duplicate(f"spec.ipFamilies[{index}]", family))
    if (policy := spec.get("ipFamilyPolicy")) is not None and policy not in _FAMILY_POLICIES:
        errors.append(not_supported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES))
    usable = _check_addresses(errors, addresses, old.get("clusterIPs") or ())
    if len(addresses) > 2:
        errors.append(invalid(_ADDRESSES, addresses, "may only hold up to 2 values"))
    if not usable:
        return
    if len(addresses) > 1 and not is_dual_stack(addresses):
        errors.append(invalid(_ADDRESSES, addresses, "may specify no more than one IP for each IP family"))
    if not is_headless(spec):
        _check_families_match(errors, addresses, families)


def _check_first(errors: Errors, address: str | None, addresses: Sequence[str]) -> None:
    if address:
        if not addresses:
            errors.append(required(_ADDRESSES))
        elif addresses[0] != address:
            errors.append(invalid(_ADDRESSES, addresses, "first value must match `clusterIP`"))
    elif addresses:
        problem = "must be empty when `clusterIP` is not specified"
        errors.append(invalid(_ADDRESSES, addresses, problem))


def _check_addresses(errors: Errors, addresses: Sequence[str], old: Sequence[str]) -> bool:
    """Whether all are addresses."""
    before = len(errors)
    for index, address in enumerate(addresses):
        if index or address != "None":
            check_legacy_ip(errors, f"{_ADDRESSES}[{index}]", address, old)
        elif len(addresses) > 1:
            errors.append(invalid(_ADDRESSES, addresses, "'None' must be the first and only value"))
    return len(errors) == before


def _check_families_match(errors: Errors, addresses: Sequence[str], families: Sequence[str]) -> None:
    for index, (address, family) in enumerate(zip(addresses, families, strict=False)):
        if family in _FAMILIES and (family == "IPv6") != is_ipv6_text(address):
            problem = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            errors.append(invalid(f"{_ADDRESSES}[{index}]", address, problem))


def check_ips_kept(errors: Errors, spec: Source, old: Source) -> None:
    """Addresses stay; a second one may come, and go when the policy says so."""
    if "ExternalName" in (spec.get("type"), old.get("type")) or (is_headless(spec) and is_headless(old)):
        return
    now: Sequence[str] = spec.get("clusterIPs") or []
    before: Sequence[str] = old.get("clusterIPs") or []
    if len(now) == len(before):
        for index, (address, stored) in enumerate(zip(now, before, strict=True)):
            if address != stored:
                errors.append(invalid(f"{_ADDRESSES}[{index}]", now, _FIXED))
        return
    if not now:
        errors.append(invalid(f"{_ADDRESSES}[0]", None, "primary clusterIP can not be unset"))
    if before and now and now[0] != before[0]:
        errors.append(invalid(f"{_ADDRESSES}[0]", now, _FIXED))
    if len(before) > len(now) == 1:
        _check_released(errors, spec, "clusterIP")


def _check_released(errors: Errors, spec: Source, what: str) -> None:
    policy = spec.get("ipFamilyPolicy")
    if policy != "SingleStack":
        problem = f"must be set to 'SingleStack' when releasing the secondary {what}"
        errors.append(invalid("spec.ipFamilyPolicy", policy, problem))


def check_families_kept(errors: Errors, spec: Source, old: Source) -> None:
    """As with addresses; services without address may change theirs."""
    if "ExternalName" in (spec.get("type"), old.get("type")) or is_headless(spec) or is_headless(old):
        return
    path = "spec.ipFamilies[0]"
    now: Sequence[str] = spec.get("ipFamilies") or []
    before: Sequence[str] = old.get("ipFamilies") or []
    if len(now) == len(before):
        for family, stored in zip(now, before, strict=True):
            if family != stored:
                errors.append(invalid(path, now, _FIXED))
        return
    addresses = spec.get("clusterIPs")
    if len(before) > len(now) and not addresses:
        errors.append(invalid(path, now or None, "primary ipFamily can not be unset"))
    if before and now and now[0] != before[0]:
        errors.append(invalid(path, addresses, _FIXED))
    if len(before) > len(now) == 1:
        _check_released(errors, spec, "ipFamily")
