"""What a request that fails, or that deletes, answers with."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import Printer, Row, column, doc


def _status_row(obj: Object, now: datetime) -> Row:
    return Row([obj.get("status", ""), obj.get("reason", ""), obj.get("message", "")])


STATUS = Printer(
    (
        column("Status", doc("meta/v1.Status.status")),
        column("Reason", doc("meta/v1.Status.reason")),
        column("Message"),
    ),
    _status_row,
)
