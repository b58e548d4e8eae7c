"""Pod disruption budgets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.printers.printer import AGE, NAME, Printer, Row, age, column, name


def _row(obj: Object, now: datetime) -> Row:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    return Row(
        [
            name(obj),
            _bound(spec, "minAvailable"),
            _bound(spec, "maxUnavailable"),
            status.get("disruptionsAllowed") or 0,
            age(obj, now),
        ]
    )


def _bound(spec: Mapping[str, Any], field: str) -> str:
    """An int-or-string, as text."""
    return "N/A" if spec.get(field) is None else str(spec[field])


POD_DISRUPTION_BUDGET = Printer(
    (
        NAME,
        column("Min Available", "The minimum number of pods that must be available."),
        column("Max Unavailable", "The maximum number of pods that may be unavailable."),
        column(
            "Allowed Disruptions",
            "Calculated number of pods that may be disrupted at this time.",
            type="integer",
        ),
        AGE,
    ),
    _row,
)
