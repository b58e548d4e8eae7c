"""Metrics of autoscaling/v2 as autoscaling/v1 writes them into annotations, and back.

Source: the MetricSource and MetricStatus conversions of pkg/apis/autoscaling/v1/conversion.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.objects import Object

_Fields = tuple[tuple[str, tuple[str, ...]], ...]
"""Pairs of a field of v1 and the path of the same thing in v2, in the order v1 prints them."""

_NAME = ("metric", "name")
_SELECTOR = ("metric", "selector")


def _resource(prefix: str, holder: str) -> _Fields:
    return (
        ("name", ("name",)),
        (f"{prefix}AverageUtilization", (holder, "averageUtilization")),
        (f"{prefix}AverageValue", (holder, "averageValue")),
    )


def _sources(prefix: str, holder: str) -> Mapping[str, _Fields]:
    """For specs ("target", "target") and statuses ("current", "current")."""
    return {
        "object": (
            ("target", ("describedObject",)),
            ("metricName", _NAME),
            (f"{prefix}Value", (holder, "value")),
            ("selector", _SELECTOR),
            ("averageValue", (holder, "averageValue")),
        ),
        "pods": (
            ("metricName", _NAME),
            (f"{prefix}AverageValue", (holder, "averageValue")),
            ("selector", _SELECTOR),
        ),
        "resource": _resource(prefix, holder),
        "containerResource": (*_resource(prefix, holder), ("container", ("container",))),
        "external": (
            ("metricName", _NAME),
            ("metricSelector", _SELECTOR),
            (f"{prefix}Value", (holder, "value")),
            (f"{prefix}AverageValue", (holder, "averageValue")),
        ),
    }


_SPECS = _sources("target", "target")
_STATUSES = _sources("current", "current")


def spec_to_v1(metric: Object) -> Object:
    return _to_v1(metric, _SPECS)


def status_to_v1(metric: Object) -> Object:
    return _to_v1(metric, _STATUSES)


def spec_to_v2(metric: Object) -> Object:
    """What the target means is not written in v1; it follows from which number is given."""
    converted = _to_v2(metric, _SPECS)
    for source, fields in converted.items():
        if source in _SPECS:
            fields["target"] = _typed(source, fields.get("target") or {})
    return converted


def status_to_v2(metric: Object) -> Object:
    converted = _to_v2(metric, _STATUSES)
    for source, fields in converted.items():
        if source in _STATUSES:
            fields.setdefault("current", {})
    return converted


def _typed(source: str, target: Object) -> Object:
    """v1 has to write a number where v2 has none: a value of zero beside an average is none."""
    if source == "object" and "averageValue" in target and target.get("value") == "0":
        target = {"averageValue": target["averageValue"]}
    if "averageUtilization" in target:
        kind = "Utilization"
    elif source == "object":
        kind = "AverageValue" if "averageValue" in target else "Value"
    else:
        kind = "Value" if "value" in target else "AverageValue"
    return {"type": kind, **target}


def _to_v1(metric: Object, sources: Mapping[str, _Fields]) -> Object:
    converted: Object = {"type": metric.get("type", "")}
    for source, fields in sources.items():
        if metric.get(source) is not None:
            converted[source] = {
                field: value for field, path in fields if (value := _get(metric[source], path)) is not None
            }
    return converted


def _to_v2(metric: Object, sources: Mapping[str, _Fields]) -> Object:
    converted: Object = {"type": metric.get("type", "")}
    for source, fields in sources.items():
        if metric.get(source) is not None:
            into = converted[source] = {}
            for field, path in fields:
                if metric[source].get(field) is not None:
                    _put(into, path, metric[source][field])
    return converted


def _get(value: Any, path: tuple[str, ...]) -> Any:
    for field in path:
        value = (value or {}).get(field)
    return value


def _put(into: Object, path: tuple[str, ...], value: Any) -> None:
    *parents, last = path
    for field in parents:
        into = into.setdefault(field, {})
    into[last] = value
