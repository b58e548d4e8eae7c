"""Storage version migrations."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import NAME, Printer, Row, column, name


def _row(obj: Object, now: datetime) -> Row:
    resource = (obj.get("spec") or {}).get("resource") or {}
    return Row([name(obj), f"{resource.get('resource', '')}.{resource.get('group', '')}"])


STORAGE_VERSION_MIGRATION = Printer(
    (column("Name", NAME.description), column("Resource", "Fully qualified resource to migrate")),
    _row,
)
