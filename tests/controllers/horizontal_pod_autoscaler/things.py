"""Pods and their samples, short to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from apimachinery.timefmt import format_time
from controllers.horizontal_pod_autoscaler.replicas import Patience
from controllers.horizontal_pod_autoscaler.samples import Sample, Samples

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PATIENCE = Patience(cpu_initialization=120, initial_readiness=10)


def pods(states: str, requests: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """One pod a letter: r ready, u not ready, h started just now, H the same and not ready, p pending, f failed,
    d being deleted. Each has two containers that ask for the pod's entry of ``requests`` (1 by default) of CPU."""
    return [_pod(f"p{i}", state, requests[i] if requests else "1") for i, state in enumerate(states)]


def _pod(name: str, state: str, request: str) -> dict[str, Any]:
    start = NOW if state in "hH" else NOW - timedelta(minutes=3)
    ready = "False" if state in "uHpfd" else "True"
    status = {
        "phase": {"p": "Pending", "f": "Failed"}.get(state, "Running"),
        "startTime": format_time(start),
        "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": format_time(start)}],
    }
    resources = {"requests": {"cpu": request}} if request else {}
    containers = [{"name": f"c{i}", "resources": resources} for i in (1, 2)]
    metadata: dict[str, Any] = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    if state == "d":
        metadata["deletionTimestamp"] = format_time(NOW)
    return {"metadata": metadata, "spec": {"containers": containers}, "status": status}


def samples(*values: int) -> Samples:
    """Of the pods in order, measured now over a minute."""
    return {f"p{i}": Sample(value, NOW, 60.0) for i, value in enumerate(values)}
