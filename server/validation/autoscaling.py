"""Horizontal pod autoscalers, in their stored version, v2.

Source: k8s.io/kubernetes/pkg/apis/autoscaling/validation, pkg/registry/autoscaling/horizontalpodautoscaler; the
declarative rules of k8s.io/api/autoscaling/v2, whose errors come last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, required
from apimachinery.objects import Object
from server.validation.checks import Errors, positive, supported
from server.validation.metrics import api_version_problem, check_metric, check_scaled_reference
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain
from server.validation.validator import validator
from server.validation.workloads import check_counts

Source = Mapping[str, Any]

_MAX_WINDOW = 3600
_MAX_PERIOD = 1800
_SELECT_POLICIES = ("Disabled", "Max", "Min")
_POLICY_TYPES = ("Percent", "Pods")


def _check_spec(errors: Errors, spec: Source, old: Source | None) -> None:
    least, most = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    if least is not None and most < least:
        errors.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    reference = spec.get("scaleTargetRef") or {}
    check_scaled_reference(errors, reference, "spec.scaleTargetRef", _version_problem(reference, old))
    metrics, any_version = spec.get("metrics") or (), old is not None and _has_bad_version(old)
    for index, metric in enumerate(metrics):
        check_metric(errors, metric, f"spec.metrics[{index}]", any_version)
    if least == 0 and not any(metric.get("type") in ("Object", "External") for metric in metrics):
        problem = "must specify at least one Object or External metric to support scaling to zero replicas"
        errors.append(forbidden("spec.metrics", problem))
    for field in ("scaleUp", "scaleDown"):
        if (rules := (spec.get("behavior") or {}).get(field)) is not None:
            _check_rules(errors, rules, f"spec.behavior.{field}")
    _check_bounds(errors, spec, old)


def _version_problem(reference: Source, old: Source | None) -> str:
    before = (old or {}).get("scaleTargetRef") or {}
    if old is not None and all(reference.get(field) == before.get(field) for field in ("apiVersion", "kind")):
        return ""
    return api_version_problem(reference, empty_group=reference.get("kind") == "ReplicationController")


def _has_bad_version(old: Source) -> bool:
    return any(
        api_version_problem(metric["object"].get("describedObject") or {}, empty_group=True)
        for metric in old.get("metrics") or ()
        if metric.get("type") == "Object" and metric.get("object") is not None
    )


def _check_bounds(errors: Errors, spec: Source, old: Source | None) -> None:
    """At least one replica, unless fewer are stored."""
    least, most = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    before = (old or {}).get("minReplicas")
    lowest = 0 if before == 0 else 1
    if least is not None and least < lowest and least != before:
        errors.append(invalid("spec.minReplicas", least, f"must be greater than or equal to {lowest}"))
    if old is not None and most == (old.get("maxReplicas") or 0):
        return
    if not most:
        errors.append(required("spec.maxReplicas"))
    elif most < 1:
        errors.append(invalid("spec.maxReplicas", most, "must be greater than or equal to 1"))


def _check_rules(errors: Errors, rules: Source, path: str) -> None:
    window, choice = rules.get("stabilizationWindowSeconds"), rules.get("selectPolicy")
    if window is not None and window < 0:
        problem = "must be greater than or equal to zero"
        errors.append(invalid(f"{path}.stabilizationWindowSeconds", window, problem))
    if window is not None and window > _MAX_WINDOW:
        problem = f"must be less than or equal to {_MAX_WINDOW}"
        errors.append(invalid(f"{path}.stabilizationWindowSeconds", window, problem))
    if choice is not None:
        supported(errors, f"{path}.selectPolicy", choice, _SELECT_POLICIES)
    policies = rules.get("policies") or ()
    if not policies:
        errors.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(policies):
        _check_policy(errors, policy, f"{path}.policies[{index}]")
    tolerance = rules.get("tolerance")
    if tolerance is not None and tolerance.startswith("-"):
        errors.append(invalid(f"{path}.tolerance", tolerance, "must be greater than or equal to 0"))


def _check_policy(errors: Errors, policy: Source, path: str) -> None:
    supported(errors, f"{path}.type", policy.get("type") or "", _POLICY_TYPES)
    period = policy.get("periodSeconds") or 0
    positive(errors, f"{path}.value", policy.get("value") or 0)
    positive(errors, f"{path}.periodSeconds", period)
    if period > _MAX_PERIOD:
        problem = f"must be less than or equal to {_MAX_PERIOD}"
        errors.append(invalid(f"{path}.periodSeconds", period, problem))


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    _check_spec(errors, obj.get("spec") or {}, None)
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    _check_spec(errors, new.get("spec") or {}, old.get("spec") or {})
    return errors


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    check_counts(errors, new.get("status") or {}, "status", ("currentReplicas", "desiredReplicas"))
    return errors


HORIZONTAL_POD_AUTOSCALER = validator(_create, _update, _status)
