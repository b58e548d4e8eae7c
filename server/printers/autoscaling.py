"""Horizontal pod autoscalers and the scale of a workload.

Source: formatHPAMetrics in pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.conversion.horizontal_pod_autoscaler import v1_to_v2
from server.printers.cells import NONE, UNSET, shortened
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name

_METRICS_SHOWN = 2
_UNKNOWN = "<unknown>"
_NIL = "<nil>"  # what Go prints for a quantity that is not set
_SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}


def _row(obj: Object, now: datetime) -> Row:
    if obj.get("apiVersion") == "autoscaling/v1":
        obj = v1_to_v2(obj)
    spec, status = obj["spec"], obj.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    minimum = spec.get("minReplicas")
    return Row(
        [
            name(obj),
            f"{target.get('kind', '')}/{target.get('name', '')}",
            _targets(spec.get("metrics") or (), status.get("currentMetrics") or ()),
            UNSET if minimum is None else str(minimum),
            spec.get("maxReplicas") or 0,
            status.get("currentReplicas") or 0,
            age(obj, now),
        ]
    )


def _targets(metrics: Any, statuses: Any) -> str:
    """``current/target`` of each metric; a status belongs to the metric at the same place."""
    if not metrics:
        return NONE
    shown = [_metric(metric, statuses[i] if i < len(statuses) else {}) for i, metric in enumerate(metrics)]
    return shortened(shown, _METRICS_SHOWN, ", ")


def _metric(metric: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    source = _SOURCES.get(metric.get("type", ""))
    if source is None:
        return "<unknown type>"
    target = (metric.get(source) or {}).get("target") or {}
    found = status.get(source)
    current = (found or {}).get("current") or {}
    average = target.get("averageValue")
    if source == "pods":
        return f"{_quantity(found, current, 'averageValue')}/{_NIL if average is None else average}"
    if source in ("object", "external"):
        if average is not None:
            return f"{current.get('averageValue', _UNKNOWN)}/{average} (avg)"
        return f"{_quantity(found, current, 'value')}/{target.get('value', _NIL)}"
    resource = metric[source].get("name", "")
    if average is not None:
        return f"{resource}: {_quantity(found, current, 'averageValue')}/{average}"
    used, wanted = current.get("averageUtilization"), target.get("averageUtilization")
    used, wanted = (_UNKNOWN if used is None else f"{used}%"), ("<auto>" if wanted is None else f"{wanted}%")
    return f"{resource}: {used}/{wanted}"


def _quantity(found: Mapping[str, Any] | None, current: Mapping[str, Any], field: str) -> Any:
    return _UNKNOWN if found is None else current.get(field, _NIL)


HORIZONTAL_POD_AUTOSCALER = Printer(
    (
        NAME,
        column("Reference", doc("autoscaling/v2.HorizontalPodAutoscalerSpec.scaleTargetRef")),
        column("Targets", doc("autoscaling/v2.HorizontalPodAutoscalerSpec.metrics")),
        column("MinPods", doc("autoscaling/v2.HorizontalPodAutoscalerSpec.minReplicas")),
        column("MaxPods", doc("autoscaling/v2.HorizontalPodAutoscalerSpec.maxReplicas")),
        column("Replicas", doc("autoscaling/v2.HorizontalPodAutoscalerStatus.currentReplicas")),
        AGE,
    ),
    _row,
)
"""For both versions: v1 keeps most metrics in annotations, so it is read as v2."""


def _scale_row(obj: Object, now: datetime) -> Row:
    wanted, found = obj.get("spec") or {}, obj.get("status") or {}
    return Row([name(obj), wanted.get("replicas") or 0, found.get("replicas") or 0, age(obj, now)])


SCALE = Printer(
    (
        column("Name", NAME.description),
        column("Desired", doc("autoscaling/v1.ScaleSpec.replicas"), type="integer"),
        column("Available", doc("autoscaling/v1.ScaleStatus.replicas"), type="integer"),
        AGE,
    ),
    _scale_row,
)
