"""What the metrics APIs answer, as numbers: milli-units of usage for each pod by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apimachinery.durations import parse_duration
from apimachinery.quantity import parse_quantity
from apimachinery.timefmt import parse_time

DEFAULT_WINDOW = 60.0
"""Seconds over which a custom metric was measured that does not say so."""
_NANOSECONDS = 1e9


@dataclass(frozen=True, slots=True)
class Sample:
    """``value`` in thousandths; ``window`` in seconds."""

    value: int
    at: datetime | None = None
    window: float = DEFAULT_WINDOW


Samples = dict[str, Sample]


def of_pods(items: Iterable[Mapping[str, Any]], resource: str) -> Samples:
    """From PodMetrics: the sum over the containers; a pod of which one is missing is missing."""
    found = {}
    for item in items:
        usages = [(container.get("usage") or {}).get(resource) for container in item.get("containers") or ()]
        if usages and None not in usages:
            found[item["metadata"]["name"]] = _sample(item, sum(map(_milli, usages)))
    return found


def of_containers(items: Iterable[Mapping[str, Any]], resource: str, container: str) -> Samples:
    """From PodMetrics: of the one container; pods without it are missing."""
    found = {}
    for item in items:
        usage = next((c.get("usage") or {} for c in item.get("containers") or () if c["name"] == container), {})
        if resource in usage:
            found[item["metadata"]["name"]] = _sample(item, _milli(usage[resource]))
    return found


def of_custom(items: Iterable[Mapping[str, Any]]) -> Samples:
    """From a MetricValueList about pods."""
    return {
        item["describedObject"]["name"]: Sample(_milli(item["value"]), _time(item), _window_seconds(item))
        for item in items
    }


def values(items: Iterable[Mapping[str, Any]]) -> list[int]:
    """From a MetricValueList or ExternalMetricValueList: the values alone."""
    return [_milli(item["value"]) for item in items]


def _sample(item: Mapping[str, Any], value: int) -> Sample:
    return Sample(value, _time(item), parse_duration(item.get("window") or "0s") / _NANOSECONDS)


def _milli(quantity: Any) -> int:
    return parse_quantity(quantity).milli_value()


def _time(item: Mapping[str, Any]) -> datetime | None:
    return parse_time(item["timestamp"]) if item.get("timestamp") else None


def _window_seconds(item: Mapping[str, Any]) -> float:
    seconds = item.get("windowSeconds")
    return DEFAULT_WINDOW if seconds is None else float(seconds)
