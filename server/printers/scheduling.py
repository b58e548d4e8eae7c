"""Priority classes."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name


def _row(obj: Object, now: datetime) -> Row:
    return Row(
        [
            name(obj),
            obj.get("value") or 0,
            bool(obj.get("globalDefault")),
            age(obj, now),
            obj.get("preemptionPolicy") or "",
        ]
    )


PRIORITY_CLASS = Printer(
    (
        NAME,
        column("Value", doc("scheduling/v1.PriorityClass.value"), type="integer"),
        column("Global-Default", doc("scheduling/v1.PriorityClass.globalDefault"), type="boolean"),
        AGE,
        column("PreemptionPolicy", doc("scheduling/v1.PriorityClass.preemptionPolicy")),
    ),
    _row,
)
