"""Dynamic resource allocation."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import AGE, NAME, NAME_AND_AGE, Printer, Row, age, column, doc, name, since

DEVICE_CLASS = NAME_AND_AGE
RESOURCE_CLAIM_TEMPLATE = NAME_AND_AGE


def _claim_row(obj: Object, now: datetime) -> Row:
    status = obj.get("status") or {}
    states = ["deleted"] if obj["metadata"].get("deletionTimestamp") else []
    if status.get("allocation") is not None:
        states.append("allocated")
        if status.get("reservedFor"):
            states.append("reserved")
    return Row([name(obj), ",".join(states) or "pending", age(obj, now)])


RESOURCE_CLAIM = Printer(
    (NAME, column("State", "A summary of the current state (allocated, pending, reserved, etc.)."), AGE),
    _claim_row,
)


def _slice_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    pool = (spec.get("pool") or {}).get("name", "")
    return Row([name(obj), spec.get("nodeName") or "", spec.get("driver", ""), pool, age(obj, now)])


RESOURCE_SLICE = Printer(
    (
        NAME,
        column("Node", doc("resource/v1.ResourceSliceSpec.nodeName")),
        column("Driver", doc("resource/v1.ResourceSliceSpec.driver")),
        column("Pool", doc("resource/v1.ResourcePool.name")),
        AGE,
    ),
    _slice_row,
)


def _taint_rule_row(obj: Object, now: datetime) -> Row:
    taint = (obj.get("spec") or {}).get("taint") or {}
    added = taint.get("timeAdded")
    return Row(
        [
            name(obj),
            taint.get("key", ""),
            taint.get("value", ""),
            taint.get("effect", ""),
            since(added, now) if added else "",
            age(obj, now),
        ]
    )


DEVICE_TAINT_RULE = Printer(
    (
        NAME,
        column("Key", doc("resource/v1.DeviceTaint.key")),
        column("Value", doc("resource/v1.DeviceTaint.value")),
        column("Effect", doc("resource/v1.DeviceTaint.effect")),
        column("TimeAdded", doc("resource/v1.DeviceTaint.timeAdded")),
        AGE,
    ),
    _taint_rule_row,
)
