"""autoscaling/v1 and v2: what v1 has no fields for, it keeps in annotations.

Source: pkg/apis/autoscaling/v1/conversion.go, annotations.go. Unlike upstream's, numbers nobody gave are not
written as zeros, and a second CPU metric is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from apimachinery.objects import Object
from openapi.decode import DecodeError, decode
from openapi.schema import Type, package_of
from server.conversion.autoscaler_metrics import spec_to_v1, spec_to_v2, status_to_v1, status_to_v2

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS = f"{_PREFIX}metrics"
_BEHAVIOR = f"{_PREFIX}behavior"
_CURRENT_METRICS = f"{_PREFIX}current-metrics"
_CONDITIONS = f"{_PREFIX}conditions"
_ALL = (_METRICS, _BEHAVIOR, _CURRENT_METRICS, _CONDITIONS)

_SPEC_FIELDS = ("scaleTargetRef", "minReplicas", "maxReplicas")
_STATUS_FIELDS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
_CPU_PERCENT = 80
_V1 = package_of("autoscaling/v1")
_V2 = package_of("autoscaling/v2")


def v2_to_v1(obj: Object) -> Object:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    annotations = _without_ours(obj)
    v1_spec = {field: spec[field] for field in _SPEC_FIELDS if field in spec}
    others = list(spec.get("metrics") or ())
    cpu = next((metric for metric in others if _is_cpu_utilization(metric)), None)
    if cpu is not None:
        v1_spec["targetCPUUtilizationPercentage"] = cpu["resource"]["target"]["averageUtilization"]
        others.remove(cpu)
    if others:
        annotations[_METRICS] = _dump([spec_to_v1(metric) for metric in others])
    if spec.get("behavior") is not None:
        annotations[_BEHAVIOR] = _dump(_renamed(spec["behavior"], _capitalised))

    v1_status = {field: status[field] for field in _STATUS_FIELDS if field in status}
    current = status.get("currentMetrics") or ()
    for metric in current:
        used = _cpu(metric).get("current", {}).get("averageUtilization")
        if used is not None:
            v1_status["currentCPUUtilizationPercentage"] = used
    if current:
        annotations[_CURRENT_METRICS] = _dump([status_to_v1(metric) for metric in current])
    if status.get("conditions"):
        annotations[_CONDITIONS] = _dump(status["conditions"])
    return _assembled(obj, "autoscaling/v1", annotations, v1_spec, v1_status)


def v1_to_v2(obj: Object) -> Object:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    kept = (obj.get("metadata") or {}).get("annotations") or {}
    v2_spec = {field: spec[field] for field in _SPEC_FIELDS if field in spec}
    metrics = [spec_to_v2(metric) for metric in _load_list(kept, _METRICS, "MetricSpec") or ()]
    percent = spec.get("targetCPUUtilizationPercentage")
    if percent is not None or not metrics:
        metrics.append(_cpu_target(_CPU_PERCENT if percent is None else percent))
    v2_spec["metrics"] = metrics
    behavior = _load_behavior(kept)
    if behavior:
        v2_spec["behavior"] = behavior

    v2_status = {field: status[field] for field in _STATUS_FIELDS if field in status}
    current = _load_list(kept, _CURRENT_METRICS, "MetricStatus")
    if current is not None:
        v2_status["currentMetrics"] = [status_to_v2(metric) for metric in current]
    elif status.get("currentCPUUtilizationPercentage") is not None:
        used = {"averageUtilization": status["currentCPUUtilizationPercentage"]}
        v2_status["currentMetrics"] = [{"type": "Resource", "resource": {"name": "cpu", "current": used}}]
    conditions = _load_list(kept, _CONDITIONS, "HorizontalPodAutoscalerCondition")
    if conditions is not None:
        v2_status["conditions"] = conditions
    return _assembled(obj, "autoscaling/v2", _without_ours(obj), v2_spec, v2_status)


def _assembled(obj: Object, api_version: str, annotations: Object, spec: Object, status: Object) -> Object:
    metadata = {field: value for field, value in (obj.get("metadata") or {}).items() if field != "annotations"}
    if annotations:
        metadata["annotations"] = annotations
    converted = {**obj, "apiVersion": api_version, "metadata": metadata, "spec": spec}
    if "status" in obj or status:
        converted["status"] = status
    return converted


def _without_ours(obj: Object) -> Object:
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in _ALL}


def _cpu(metric: Object) -> Object:
    """The resource part of a metric of CPU; empty for others."""
    resource: Object = metric.get("resource") or {}
    return resource if metric.get("type") == "Resource" and resource.get("name") == "cpu" else {}


def _is_cpu_utilization(metric: Object) -> bool:
    return _cpu(metric).get("target", {}).get("averageUtilization") is not None


def _cpu_target(percent: int) -> Object:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _dump(value: Any) -> str:
    return orjson.dumps(value).decode()


def _load_list(annotations: Object, key: str, item_type: str) -> list[Object] | None:
    """The objects kept in an annotation, None when there is none or it cannot be read: as upstream, no error."""
    items = _load(annotations, key)
    if not isinstance(items, list):
        return None
    return items if all(_is_readable(item, _V1.type(item_type)) for item in items) else None


def _load_behavior(annotations: Object) -> Object | None:
    behavior: Object = _renamed(_load(annotations, _BEHAVIOR), _uncapitalised)
    return behavior if _is_readable(behavior, _V2.type("HorizontalPodAutoscalerBehavior")) else None


def _load(annotations: Object, key: str) -> Any:
    try:
        return orjson.loads(annotations[key])
    except (KeyError, orjson.JSONDecodeError):
        return None


def _is_readable(value: Any, type_: Type) -> bool:
    """The value is used as it is, for decoding would write zeros where nothing was given."""
    if not isinstance(value, dict):
        return False
    try:
        decode(value, type_)
    except DecodeError:
        return False
    return True


def _renamed(value: Any, rename: Callable[[str], str]) -> Any:
    """Behavior is kept under the names of Go's fields, for upstream marshals its internal type."""
    if isinstance(value, dict):
        return {rename(key): _renamed(item, rename) for key, item in value.items() if item is not None}
    return [_renamed(item, rename) for item in value] if isinstance(value, list) else value


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def _uncapitalised(name: str) -> str:
    return name[:1].lower() + name[1:]
