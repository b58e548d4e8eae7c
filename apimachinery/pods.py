"""Facts about a pod (a wire dict) on which the server, controllers, scheduler and kubelet must agree.

Source: k8s.io/kubernetes/pkg/api/v1/pod, pkg/apis/core/v1/helper/qos, k8s.io/api/core/v1/toleration.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from apimachinery.objects import find_condition, is_terminating
from apimachinery.pod_resources import is_sidecar, pod_limits, pod_requests
from apimachinery.quantity import Quantity, parse_quantity
from apimachinery.timefmt import parse_time

__all__ = [
    "is_pod_active",
    "is_pod_available",
    "is_pod_ready",
    "is_pod_terminal",
    "is_sidecar",
    "pod_limits",
    "pod_phase",
    "pod_priority",
    "pod_requests",
    "qos_class",
    "tolerates",
    "untolerated_taint",
]

_TERMINAL = ("Succeeded", "Failed")


def pod_phase(pod: Mapping[str, Any]) -> str:
    """``status.phase``, "" when not set."""
    return str((pod.get("status") or {}).get("phase") or "")


def is_pod_terminal(pod: Mapping[str, Any]) -> bool:
    """It has ended, whatever happens to the object."""
    return pod_phase(pod) in _TERMINAL


def is_pod_active(pod: Mapping[str, Any]) -> bool:
    """Neither ended nor being deleted: what controllers count as a replica."""
    return not is_pod_terminal(pod) and not is_terminating(pod)


def is_pod_ready(pod: Mapping[str, Any]) -> bool:
    condition = find_condition(pod, "Ready")
    return condition is not None and condition.get("status") == "True"


def is_pod_available(pod: Mapping[str, Any], min_ready_seconds: int, now: datetime) -> bool:
    """Ready for at least so long."""
    condition = find_condition(pod, "Ready")
    if condition is None or condition.get("status") != "True":
        return False
    if not min_ready_seconds:
        return True
    since = condition.get("lastTransitionTime")
    return since is not None and parse_time(since) + timedelta(seconds=min_ready_seconds) <= now


def pod_priority(pod: Mapping[str, Any]) -> int:
    return int((pod.get("spec") or {}).get("priority") or 0)


def tolerates(tolerations: Iterable[Mapping[str, Any]], taint: Mapping[str, Any]) -> bool:
    """Whether any of the tolerations covers the taint."""
    return any(_covers(toleration, taint) for toleration in tolerations)


def untolerated_taint(
    taints: Iterable[Mapping[str, Any]], tolerations: Iterable[Mapping[str, Any]], effects: Iterable[str]
) -> Mapping[str, Any] | None:
    """The first taint with one of these effects that no toleration covers."""
    wanted, accepted = set(effects), list(tolerations)
    return next((t for t in taints if t.get("effect") in wanted and not tolerates(accepted, t)), None)


def _covers(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    effect, key = toleration.get("effect"), toleration.get("key")
    if effect and effect != taint.get("effect"):
        return False
    if key and key != taint.get("key"):
        return False
    value, tainted = toleration.get("value") or "", taint.get("value") or ""
    match toleration.get("operator") or "Equal":
        case "Equal":
            return bool(value == tainted)
        case "Exists":
            return True
        case "Lt":
            return _is_less(tainted, value)
        case "Gt":
            return _is_less(value, tainted)
    return False


_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")


def _is_less(left: str, right: str) -> bool:
    """Numeric comparison of two labels; False when one is no integer."""
    return bool(_INTEGER.fullmatch(left) and _INTEGER.fullmatch(right)) and int(left) < int(right)


_QOS_RESOURCES = ("cpu", "memory")


def qos_class(pod: Mapping[str, Any]) -> str:
    """``Guaranteed``, ``Burstable`` or ``BestEffort``, computed from the spec."""
    spec = pod.get("spec") or {}
    if spec.get("resources") is not None:
        owners = [spec["resources"]]
    else:
        containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
        owners = [container.get("resources") or {} for container in containers]
    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}
    limited = True
    for resources in owners:
        _sum_positive(requests, resources.get("requests"))
        limited = _sum_positive(limits, resources.get("limits")) == set(_QOS_RESOURCES) and limited
    if not requests and not limits:
        return "BestEffort"
    return "Guaranteed" if limited and requests == limits else "Burstable"


def _sum_positive(total: dict[str, Quantity], resources: Mapping[str, Any] | None) -> set[str]:
    """Add cpu and memory where above zero, in place; returns their names."""
    found = set()
    for name in _QOS_RESOURCES:
        value = parse_quantity((resources or {}).get(name, "0"))
        if value.sign() > 0:
            total[name] = total[name] + value if name in total else value
            found.add(name)
    return found
