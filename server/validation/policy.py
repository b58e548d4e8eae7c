"""Pod disruption budgets and priority classes.

Source: k8s.io/kubernetes/pkg/apis/policy/validation, pkg/apis/scheduling/validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid
from apimachinery.objects import Object
from server.validation.checks import Errors, immutable, required_choice, supported
from server.validation.conditions import check_conditions
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain, name_is_path_segment
from server.validation.selectors import check_label_selector
from server.validation.validator import validator
from server.validation.workloads import check_at_most_all, check_count_or_percent, check_counts

Source = Mapping[str, Any]

_EVICTION_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def _check_budget(spec: Source, any_value: bool) -> Errors:
    errors: Errors = []
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        errors.append(invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"))
    for field, amount in (("minAvailable", least), ("maxUnavailable", most)):
        if amount is not None:
            check_count_or_percent(errors, f"spec.{field}", amount)
            check_at_most_all(errors, f"spec.{field}", amount)
    check_label_selector(errors, spec.get("selector"), "spec.selector", any_value=any_value)
    if (policy := spec.get("unhealthyPodEvictionPolicy")) is not None:
        supported(errors, "spec.unhealthyPodEvictionPolicy", policy, _EVICTION_POLICIES)
    return errors


def _budget_create(obj: Object) -> Errors:
    errors = _check_budget(obj.get("spec") or {}, False)
    return errors or validate_object_meta(obj["metadata"], True, name_is_path_segment, standard_finalizers=False)


def _budget_update(new: Object, old: Object) -> Errors:
    problems: Errors = []
    check_label_selector(problems, (old.get("spec") or {}).get("selector"), "")
    return _check_budget(new.get("spec") or {}, bool(problems))


def _budget_status(new: Object, old: Object) -> Errors:
    errors: Errors = []
    status = new.get("status") or {}
    check_conditions(errors, status.get("conditions"), "status.conditions")
    check_counts(errors, status, "status", _COUNTS)
    return errors


_SYSTEM_PREFIX = "system-"
_SYSTEM_CLASSES = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}
_HIGHEST = 1000000000


def _class_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    name, value = obj["metadata"].get("name") or "", obj.get("value") or 0
    if name.startswith(_SYSTEM_PREFIX):
        if problem := _unlike_system(name, value, obj.get("globalDefault") or False):
            reserved = f"priority class names with '{_SYSTEM_PREFIX}' prefix are reserved for system use only. error: "
            errors.append(forbidden("metadata.name", reserved + problem))
    elif value > _HIGHEST:
        errors.append(forbidden("value", f"maximum allowed value of a user defined priority is {_HIGHEST}"))
    if (policy := obj.get("preemptionPolicy")) is not None:
        required_choice(errors, "preemptionPolicy", policy, ("PreemptLowerPriority", "Never"))
    return errors


def _unlike_system(name: str, value: int, default: bool) -> str:
    wanted = _SYSTEM_CLASSES.get(name)
    if wanted is None:
        return f"{name} is not a known system priority class"
    if value != wanted:
        return f"value of {name} PriorityClass must be {wanted}"
    return f"globalDefault of {name} PriorityClass must be false" if default else ""


def _class_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    if (new.get("value") or 0) != (old.get("value") or 0):
        errors.append(forbidden("value", "may not be changed in an update."))
    immutable(errors, "preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))
    return errors


POD_DISRUPTION_BUDGET = validator(_budget_create, _budget_update, _budget_status)
PRIORITY_CLASS = validator(_class_create, _class_update, namespaced=False)
