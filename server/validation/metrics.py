"""The metrics an autoscaler follows. Source: k8s.io/kubernetes/pkg/apis/autoscaling/validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required
from apimachinery.names import is_path_segment_name
from apimachinery.quantity import parse_quantity
from server.validation.checks import Errors, check_label, flag, required_name
from server.validation.resources import check_container_resource

Source = Mapping[str, Any]

_FIELDS = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_TARGET_TYPES = ("Utilization", "Value", "AverageValue")
_AMOUNT_OR_PODS = "must set either a target value for metric or a per-pod target"


def check_metric(errors: Errors, metric: Source, path: str, any_version: bool) -> None:
    """``any_version``: an invalid apiVersion of the described object may stay."""
    kind = metric.get("type") or ""
    if not kind:
        errors.append(required(f"{path}.type", "must specify a metric source type"))
    if kind not in _FIELDS:
        errors.append(not_supported(f"{path}.type", kind, _FIELDS))
    present = [field for field in ("object", *_SOURCES) if metric.get(field) is not None]
    if present:
        first = present[0]
        if first == "object":
            _check_object(errors, metric[first], f"{path}.{first}", any_version)
        else:
            _SOURCES[first](errors, metric[first], f"{path}.{first}")
    wanted = _FIELDS.get(kind)
    if wanted is None:
        errors.append(not_supported(f"{path}.type", kind, _FIELDS))
    elif wanted not in present:
        errors.append(required(f"{path}.{wanted}", "must populate information for the given metric source"))
    if len(present) != 1:
        problem = "must populate the given metric source only"
        errors += [forbidden(f"{path}.{field}", problem) for field in present if field != wanted]


def check_scaled_reference(errors: Errors, reference: Source, path: str, version_problem: str) -> None:
    """A reference to an object of any kind; ``version_problem`` is what :func:`api_version_problem` says, or empty."""
    for field in ("kind", "name"):
        required_name(errors, f"{path}.{field}", reference.get(field), is_path_segment_name)
    if version_problem:
        errors.append(invalid(f"{path}.apiVersion", reference.get("apiVersion") or "", version_problem))


def api_version_problem(reference: Source, *, empty_group: bool) -> str:
    """``empty_group``: whether objects of the core group may be meant."""
    version = reference.get("apiVersion") or ""
    if version.count("/") > 1:
        return f"unexpected GroupVersion string: {version}"
    if not empty_group and not version.rpartition("/")[0]:
        return "apiVersion must specify API group"
    return ""


def _check_object(errors: Errors, source: Source, path: str, any_version: bool) -> None:
    described, target = source.get("describedObject") or {}, source.get("target") or {}
    problem = "" if any_version else api_version_problem(described, empty_group=True)
    check_scaled_reference(errors, described, f"{path}.describedObject", problem)
    _check_identifier(errors, source, path)
    _check_target(errors, target, f"{path}.target")
    if target.get("value") is None and target.get("averageValue") is None:
        errors.append(required(f"{path}.target.averageValue", "must set either a target value or averageValue"))


def _check_external(errors: Errors, source: Source, path: str) -> None:
    target = source.get("target") or {}
    _check_identifier(errors, source, path)
    _check_target(errors, target, f"{path}.target")
    value, average = target.get("value"), target.get("averageValue")
    if value is None and average is None:
        errors.append(required(f"{path}.target.averageValue", _AMOUNT_OR_PODS))
    if value is not None and average is not None:
        problem = "may not set both a target value for metric and a per-pod target"
        errors.append(forbidden(f"{path}.target.value", problem))


def _check_pods(errors: Errors, source: Source, path: str) -> None:
    target = source.get("target") or {}
    _check_identifier(errors, source, path)
    _check_target(errors, target, f"{path}.target")
    if target.get("averageValue") is None:
        errors.append(required(f"{path}.target.averageValue", "must specify a positive target averageValue"))


def _check_resource(errors: Errors, source: Source, path: str) -> None:
    if not source.get("name"):
        errors.append(required(f"{path}.name", "must specify a resource name"))
    _check_resource_target(errors, source, path)


def _check_container_resource(errors: Errors, source: Source, path: str) -> None:
    if name := source.get("name"):
        check_container_resource(errors, f"{path}.name", name)
    else:
        errors.append(required(f"{path}.name", "must specify a resource name"))
    if container := source.get("container"):
        check_label(errors, f"{path}.container", container)
    else:
        errors.append(required(f"{path}.container", "must specify a container"))
    _check_resource_target(errors, source, path)


def _check_resource_target(errors: Errors, source: Source, path: str) -> None:
    target = source.get("target") or {}
    _check_target(errors, target, f"{path}.target")
    share, value = target.get("averageUtilization"), target.get("averageValue")
    if share is None and value is None:
        problem = "must set either a target raw value or a target utilization"
        errors.append(required(f"{path}.target.averageUtilization", problem))
    if share is not None and value is not None:
        problem = "may not set both a target raw value and a target utilization"
        errors.append(forbidden(f"{path}.target.averageValue", problem))


_SOURCES: Mapping[str, Callable[[Errors, Source, str], None]] = {
    "external": _check_external,
    "pods": _check_pods,
    "resource": _check_resource,
    "containerResource": _check_container_resource,
}


def _check_target(errors: Errors, target: Source, path: str) -> None:
    kind = target.get("type") or ""
    if not kind:
        errors.append(required(f"{path}.type", "must specify a metric target type"))
    if kind not in _TARGET_TYPES:
        errors.append(invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue"))
    for field in ("value", "averageValue"):
        amount = target.get(field)
        if amount is not None and parse_quantity(amount).sign() <= 0:
            errors.append(invalid(f"{path}.{field}", amount, "must be positive"))
    share = target.get("averageUtilization")
    if share is not None and share < 1:
        errors.append(invalid(f"{path}.averageUtilization", share, "must be greater than 0"))


def _check_identifier(errors: Errors, source: Source, path: str) -> None:
    name = (source.get("metric") or {}).get("name")
    if name:
        flag(errors, f"{path}.metric.name", name, is_path_segment_name(name))
    else:
        errors.append(required(f"{path}.metric.name", "must specify a metric name"))
