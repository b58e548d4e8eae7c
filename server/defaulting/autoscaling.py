"""Horizontal pod autoscalers, in both versions.

Source: pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object
from server.defaulting.fields import child, fill

_CPU_PERCENT = 80
_METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/metrics"
_PERIOD = 15


def horizontal_pod_autoscaler_v1(obj: Object) -> None:
    """The CPU target is left out only beside other metrics, which v1 keeps in an annotation."""
    spec = child(obj, "spec")
    fill(spec, "minReplicas", 1)
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    if _METRICS_ANNOTATION not in annotations:
        fill(spec, "targetCPUUtilizationPercentage", _CPU_PERCENT)


def horizontal_pod_autoscaler_v2(obj: Object) -> None:
    spec = child(obj, "spec")
    fill(spec, "minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": _CPU_PERCENT}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is not None:
        up, down = child(behavior, "scaleUp"), child(behavior, "scaleDown")
        fill(up, "stabilizationWindowSeconds", 0)  # for scaling down, the controller's own setting applies
        _rules(up, [_policy("Pods", 4), _policy("Percent", 100)])
        _rules(down, [_policy("Percent", 100)])


def _rules(rules: Object, policies: list[Object]) -> None:
    fill(rules, "selectPolicy", "Max")
    fill(rules, "policies", policies)


def _policy(kind: str, value: int) -> dict[str, Any]:
    return {"type": kind, "value": value, "periodSeconds": _PERIOD}
