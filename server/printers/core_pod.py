"""Pods and pod templates.

Source: printPod in pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.printers.cells import NONE, containers_and_images, labels
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name, since

_COMPLETED = {
    "Succeeded": "The pod has completed successfully.",
    "Failed": "The pod failed.",
}


@dataclass(slots=True)
class _Summary:
    """What is found while walking over the statuses. ``last`` is the time of the latest restart, or empty."""

    reason: str
    ready: int = 0
    restarts: int = 0
    last: str = ""
    sidecar_restarts: int = 0
    sidecar_last: str = ""


def _pod_row(pod: Object, now: datetime) -> Row:
    spec, status = pod["spec"], pod.get("status") or {}
    phase = status.get("phase", "")
    conditions = status.get("conditions") or ()
    init_containers = spec.get("initContainers") or ()
    sidecars = {c["name"] for c in init_containers if c.get("restartPolicy") == "Always"}

    summary = _Summary(_initial_reason(status, phase, conditions))
    initializing = _walk_init_statuses(summary, status.get("initContainerStatuses") or (), sidecars, init_containers)
    if not initializing or _is_true(conditions, "Initialized"):
        summary.restarts, summary.last = summary.sidecar_restarts, summary.sidecar_last
        _walk_statuses(summary, status.get("containerStatuses") or (), conditions)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            summary.reason = "Unknown"
        elif phase not in _COMPLETED:
            summary.reason = "Terminating"

    restarts = str(summary.restarts)
    if summary.restarts and summary.last:
        restarts += f" ({since(summary.last, now)} ago)"
    cells = [
        name(pod),
        f"{summary.ready}/{len(spec.get('containers') or ()) + len(sidecars)}",
        summary.reason,
        restarts,
        age(pod, now),
        _ip(status),
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _readiness_gates(spec.get("readinessGates"), conditions),
    ]
    return Row(cells, _row_conditions(phase))


def _initial_reason(status: Mapping[str, Any], phase: str, conditions: Iterable[Mapping[str, Any]]) -> str:
    for condition in conditions:
        if condition["type"] == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            return "SchedulingGated"
    return status.get("reason") or phase


def _count_restarts(summary: _Summary, status: Mapping[str, Any]) -> tuple[int, str]:
    """Add a container's restarts; return its share: (restarts, when it last ended)."""
    restarts = status.get("restartCount") or 0
    terminated = (status.get("lastState") or {}).get("terminated") or {}
    finished = terminated.get("finishedAt") or ""
    summary.restarts += restarts
    summary.last = max(summary.last, finished)  # RFC 3339 in UTC with whole seconds sorts as text
    return restarts, finished


def _walk_init_statuses(
    summary: _Summary, statuses: Iterable[Mapping[str, Any]], sidecars: set[str], init_containers: Any
) -> bool:
    """Stop at the first init container that is not done; return whether there was one."""
    for index, status in enumerate(statuses):
        restarts, finished = _count_restarts(summary, status)
        is_sidecar = status["name"] in sidecars
        if is_sidecar:
            summary.sidecar_restarts += restarts
            summary.sidecar_last = max(summary.sidecar_last, finished)
        state = status.get("state") or {}
        terminated = state.get("terminated")
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if is_sidecar and status.get("started"):
            summary.ready += bool(status.get("ready"))
            continue
        waiting = (state.get("waiting") or {}).get("reason")
        if terminated is not None:
            summary.reason = f"Init:{_termination(terminated)}"
        elif waiting and waiting != "PodInitializing":
            summary.reason = f"Init:{waiting}"
        else:
            summary.reason = f"Init:{index}/{len(init_containers)}"
        return True
    return False


def _walk_statuses(summary: _Summary, statuses: Any, conditions: Iterable[Mapping[str, Any]]) -> None:
    """From the last container to the first, so that the first one's reason wins."""
    has_running = False
    error_reason = ""
    for status in reversed(statuses):
        _count_restarts(summary, status)
        state = status.get("state") or {}
        waiting = (state.get("waiting") or {}).get("reason")
        terminated = state.get("terminated")
        if waiting:
            summary.reason = waiting
        elif terminated is not None:
            summary.reason = _termination(terminated)
            if terminated.get("exitCode"):
                error_reason = summary.reason
        elif status.get("ready") and state.get("running") is not None:
            has_running = True
            summary.ready += 1
    if summary.reason == "Completed":
        if has_running and _is_true(conditions, "Ready"):
            summary.reason = "Running"
        elif error_reason:
            summary.reason = error_reason
        elif has_running:
            summary.reason = "NotReady"


def _termination(terminated: Mapping[str, Any]) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _is_true(conditions: Iterable[Mapping[str, Any]], condition_type: str) -> bool:
    return any(c["type"] == condition_type and c.get("status") == "True" for c in conditions)


def _ip(status: Mapping[str, Any]) -> str:
    ips = status.get("podIPs")
    return (ips[0].get("ip") if ips else status.get("podIP")) or NONE


def _readiness_gates(gates: Any, conditions: Iterable[Mapping[str, Any]]) -> str:
    if not gates:
        return NONE
    return f"{sum(_is_true(conditions, gate['conditionType']) for gate in gates)}/{len(gates)}"


def _row_conditions(phase: str) -> list[Object]:
    if phase not in _COMPLETED:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _COMPLETED[phase]}]


POD = Printer(
    (
        NAME,
        column("Ready", "The aggregate readiness state of this pod for accepting traffic."),
        column("Status", "The aggregate status of the containers in this pod."),
        column(
            "Restarts",
            "The number of times the containers in this pod have been restarted and when the last container in this"
            " pod has restarted.",
        ),
        AGE,
        column("IP", doc("core/v1.PodStatus.podIP"), wide=True),
        column("Node", doc("core/v1.PodSpec.nodeName"), wide=True),
        column("Nominated Node", doc("core/v1.PodStatus.nominatedNodeName"), wide=True),
        column("Readiness Gates", doc("core/v1.PodSpec.readinessGates"), wide=True),
    ),
    _pod_row,
)


def _pod_template_row(obj: Object, now: datetime) -> Row:
    template = obj.get("template") or {}
    return Row([name(obj), *containers_and_images(template), labels((template.get("metadata") or {}).get("labels"))])


POD_TEMPLATE = Printer(
    (
        NAME,
        column("Containers", "Names of each container in the template."),
        column("Images", "Images referenced by each container in the template."),
        column("Pod Labels", "The labels for the pod template."),
    ),
    _pod_template_row,
)
