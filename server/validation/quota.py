"""Resource quotas and limit ranges. Source: k8s.io/kubernetes/pkg/apis/core/validation, pkg/apis/core/helper."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, required
from apimachinery.objects import Object
from apimachinery.quantity import Quantity, parse_quantity
from server.validation.checks import IMMUTABLE, Errors, flag
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.resources import (
    check_container_resource,
    check_quantity,
    check_quota_resource,
    check_resource_name,
    is_overcommit_allowed,
    is_standard_quota_name,
)
from server.validation.rules import name_is_dns_subdomain, qualified_name
from server.validation.validator import validator

Source = Mapping[str, Any]

_POD_COUNT = frozenset({"pods"})
_PODS = _POD_COUNT | {"cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"}
_CLAIMS = frozenset({"persistentvolumeclaims", "requests.storage"})
_SCOPES: Mapping[str, Collection[str]] = {
    "Terminating": _PODS,
    "NotTerminating": _PODS,
    "BestEffort": _POD_COUNT,
    "NotBestEffort": _PODS,
    "PriorityClass": _PODS,
    "CrossNamespacePodAffinity": _PODS,
    "VolumeAttributesClass": _CLAIMS,
}
"""Which standard resources each scope can be applied to."""

_BARE_SCOPES = frozenset({"BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"})
_CONFLICTS = (frozenset({"BestEffort", "NotBestEffort"}), frozenset({"Terminating", "NotTerminating"}))
_ONLY_EXISTS = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def _check_amounts(errors: Errors, amounts: Mapping[str, str] | None, path: str) -> None:
    for name, text in (amounts or {}).items():
        check_quota_resource(errors, f"{path}[{name}]", name)
        check_quantity(errors, f"{path}[{name}]", name, text)


def _check_quota_spec(errors: Errors, spec: Source) -> None:
    _check_amounts(errors, spec.get("hard"), "spec.hard")
    if spec.get("scopes"):
        _check_scopes(errors, spec)
    if spec.get("scopeSelector") is not None:
        _check_scope_selector(errors, spec)


def _misapplied(scope: str, spec: Source) -> int:
    """How many of the quota's resources the scope cannot be applied to."""
    usable = _SCOPES.get(scope)
    if usable is None:
        return 0
    return sum(is_standard_quota_name(name) and name not in usable for name in spec.get("hard") or ())


def _check_scopes(errors: Errors, spec: Source) -> None:
    path, scopes = "spec.scopes", spec["scopes"]
    for scope in scopes:
        if scope not in _SCOPES:
            errors.append(invalid(path, scopes, "unsupported scope"))
        errors.extend([invalid(path, scopes, "unsupported scope applied to resource")] * _misapplied(scope, spec))
    _check_conflicts(errors, path, scopes, scopes)


def _check_conflicts(errors: Errors, path: str, scopes: Collection[str], shown: Any) -> None:
    for pair in _CONFLICTS:
        if pair <= set(scopes):
            errors.append(invalid(path, shown, "conflicting scopes"))


def _check_scope_selector(errors: Errors, spec: Source) -> None:
    path, selector = "spec.scopeSelector.matchExpressions", spec["scopeSelector"]
    expressions = selector.get("matchExpressions") or ()
    for expression in expressions:
        scope, operator = expression.get("scopeName") or "", expression.get("operator") or ""
        if scope not in _SCOPES:
            errors.append(invalid(f"{path}.scopeName", scope, "unsupported scope"))
        problem = "unsupported scope applied to resource"
        errors.extend([invalid(path, selector, problem)] * _misapplied(scope, spec))
        if scope in _BARE_SCOPES and operator != "Exists":
            errors.append(invalid(f"{path}.operator", operator, _ONLY_EXISTS))
        _check_scope_values(errors, operator, expression.get("values") or (), path)
    names = [expression.get("scopeName") or "" for expression in expressions]
    _check_conflicts(errors, path, names, spec.get("scopes"))


def _check_scope_values(errors: Errors, operator: str, values: Collection[str], path: str) -> None:
    if operator in ("In", "NotIn"):
        if not values:
            problem = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            errors.append(required(f"{path}.values", problem))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            problem = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            errors.append(invalid(f"{path}.values", values, problem))
    else:
        errors.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))


def _quota_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    _check_quota_spec(errors, obj.get("spec") or {})
    _check_quota_status(errors, obj)
    return errors


def _check_quota_status(errors: Errors, obj: Object) -> None:
    status = obj.get("status") or {}
    for field in ("hard", "used"):
        _check_amounts(errors, status.get(field), f"status.{field}")


def _quota_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    _check_quota_spec(errors, spec)
    if set(spec.get("scopes") or ()) != set(before.get("scopes") or ()):
        errors.append(invalid("spec.scopes", spec.get("scopes"), IMMUTABLE))
    return errors


def _quota_status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    if not new["metadata"].get("resourceVersion"):
        errors.append(required("resourceVersion"))
    _check_quota_status(errors, new)
    return errors


_LIMIT_TYPES = frozenset({"Pod", "Container", "PersistentVolumeClaim"})
_MAX_MILLI = ((1 << 63) - 1) // 1000


def _check_limits(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    types: set[str] = set()
    for index, limit in enumerate((obj.get("spec") or {}).get("limits") or ()):
        here, kind = f"spec.limits[{index}]", limit.get("type") or ""
        _check_limit_type(errors, f"{here}.type", kind)
        if kind in types:
            errors.append(duplicate(f"{here}.type", kind))
        types.add(kind)
        _check_limit(errors, limit, kind, here)
    return errors


def _check_limit_type(errors: Errors, path: str, kind: str) -> None:
    problems = qualified_name(kind)
    flag(errors, path, kind, problems)
    if not problems and "/" not in kind and kind not in _LIMIT_TYPES:
        errors.append(invalid(path, kind, "must be a standard limit type or fully qualified"))


def _check_limit(errors: Errors, limit: Source, kind: str, path: str) -> None:
    amounts: dict[str, dict[str, Quantity]] = {}
    fields = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"]
    if kind == "Pod":
        fields[2:4] = []
    for field in fields[:-1]:
        amounts[field] = _check_names(errors, limit.get(field), kind, f"{path}.{field}")
    for field in ("default", "defaultRequest") if kind == "Pod" else ():
        if limit.get(field):
            errors.append(forbidden(f"{path}.{field}", "may not be specified when `type` is 'Pod'"))
    if kind == "PersistentVolumeClaim" and "storage" not in amounts["min"] and "storage" not in amounts["max"]:
        problem = "either minimum or maximum storage value is required, but neither was provided"
        errors.append(required(f"{path}.limits", problem))
    amounts[fields[-1]] = _check_names(errors, limit.get(fields[-1]), kind, f"{path}.{fields[-1]}")
    for name in dict.fromkeys(name for names in amounts.values() for name in names):
        _check_amount(errors, name, {f: values[name] for f, values in amounts.items() if name in values}, path)


def _check_names(errors: Errors, amounts: Mapping[str, str] | None, kind: str, path: str) -> dict[str, Quantity]:
    check = check_container_resource if kind in ("Pod", "Container") else check_resource_name
    for name in amounts or ():
        check(errors, f"{path}[{name}]", name)
    return {name: parse_quantity(text) for name, text in (amounts or {}).items()}


_NOT_MORE = (
    ("min", "max", "min", "min", "min value {} is greater than max value {}"),
    (
        "min",
        "defaultRequest",
        "defaultRequest",
        "defaultRequest",
        "min value {} is greater than default request value {}",
    ),
    (
        "defaultRequest",
        "max",
        "defaultRequest",
        "defaultRequest",
        "default request value {} is greater than max value {}",
    ),
    (
        "defaultRequest",
        "default",
        "defaultRequest",
        "defaultRequest",
        "default request value {} is greater than default limit value {}",
    ),
    ("min", "default", "default", "min", "min value {} is greater than default value {}"),
    ("default", "max", "default", "max", "default value {} is greater than max value {}"),
)
"""(smaller, larger, the field of the error, whose value it shows, its words)."""


def _check_amount(errors: Errors, name: str, amounts: Mapping[str, Quantity], path: str) -> None:
    for smaller, larger, where, shown, words in _NOT_MORE:
        low, high = amounts.get(smaller), amounts.get(larger)
        if low is not None and high is not None and low > high:
            errors.append(invalid(f"{path}.{where}[{name}]", str(amounts[shown]), words.format(low, high)))
    if (ratio := amounts.get("maxLimitRequestRatio")) is not None:
        _check_ratio(errors, f"{path}.maxLimitRequestRatio[{name}]", ratio, amounts.get("min"), amounts.get("max"))
    given, asked = amounts.get("default"), amounts.get("defaultRequest")
    if given is not None and asked is not None and given != asked and not is_overcommit_allowed(name):
        problem = f"default value {given} must equal to defaultRequest value {asked} in {name}"
        errors.append(invalid(f"{path}.defaultRequest[{name}]", str(asked), problem))


def _check_ratio(errors: Errors, path: str, ratio: Quantity, low: Quantity | None, high: Quantity | None) -> None:
    if ratio < parse_quantity("1"):
        errors.append(invalid(path, str(ratio), f"ratio {ratio} is less than 1"))
    if low is None or high is None:
        return
    value, least, most = float(ratio.value()), low.value(), high.value()
    if max(ratio.value(), least, most) < _MAX_MILLI:
        value, least, most = ratio.milli_value() / 1000, low.milli_value(), high.milli_value()
    limit = most / least if least else float("inf") if most else float("nan")
    if value > limit:
        errors.append(invalid(path, str(ratio), f"ratio {ratio} is greater than max/min = {limit:f}"))


RESOURCE_QUOTA = validator(_quota_create, _quota_update, _quota_status)
LIMIT_RANGE = validator(_check_limits, lambda new, old: _check_limits(new))
