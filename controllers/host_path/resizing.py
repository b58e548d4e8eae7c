"""What a claim says while its volume is being enlarged and when it is done. Pure.

Source: k8s.io/kubernetes pkg/volume/util/resize_util.go, kubernetes-csi/external-resizer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from apimachinery.quantity import parse_quantity
from apimachinery.timefmt import format_time
from apimachinery.volumes import capacity_of, request_of

_RESIZING = ("Resizing", "FileSystemResizePending", "ControllerResizeError", "NodeResizeError")
_STATE = "allocatedResourceStatuses"


def should_expand(claim: Object) -> bool:
    """Bound, and larger wanted than had."""
    status = claim.get("status") or {}
    has = (status.get("capacity") or {}).get("storage")
    return status.get("phase") == "Bound" and has is not None and request_of(claim) > parse_quantity(has)


def in_progress(claim: Object, now: datetime) -> Object:
    """The claim's status while its volume grows."""
    status = claim.get("status") or {}
    wanted = claim["spec"]["resources"]["requests"]["storage"]
    condition = {"type": "Resizing", "status": "True", "lastProbeTime": None, "lastTransitionTime": format_time(now)}
    return {
        **status,
        "allocatedResources": {**(status.get("allocatedResources") or {}), "storage": wanted},
        _STATE: {**(status.get(_STATE) or {}), "storage": "ControllerResizeInProgress"},
        "conditions": [*_others(status), condition],
    }


def larger(volume: Object, claim: Object) -> Object | None:
    """The volume with the size that the claim wants; None: it is that large."""
    if capacity_of(volume) >= request_of(claim):
        return None
    wanted = claim["spec"]["resources"]["requests"]["storage"]
    capacity = {**(volume["spec"].get("capacity") or {}), "storage": wanted}
    return {**volume, "spec": {**volume["spec"], "capacity": capacity}}


def finished(claim: Object, volume: Object) -> Object:
    """The claim's status with a volume of that size."""
    status: dict[str, Any] = {**(claim.get("status") or {})}
    states = {name: state for name, state in (status.pop(_STATE, None) or {}).items() if name != "storage"}
    status["capacity"] = {**(status.get("capacity") or {}), "storage": volume["spec"]["capacity"]["storage"]}
    status["conditions"] = _others(status)
    return {**status, **({_STATE: states} if states else {})}


def _others(status: Object) -> list[Object]:
    return [entry for entry in status.get("conditions") or () if entry["type"] not in _RESIZING]
