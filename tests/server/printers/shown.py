"""Show an object as a client would: cells by column name, at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from apimachinery.timefmt import format_time
from server.printers.printer import Printer
from server.printers.template import Ages, row_template

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def ago(**units: float) -> str:
    return format_time(NOW - timedelta(**units))


def shown(printer: Printer, obj: dict[str, Any]) -> dict[str, Any]:
    """Metadata is filled in: name ``x``, five minutes old."""
    metadata = {"name": "x", "creationTimestamp": ago(minutes=5), **obj.get("metadata", {})}
    whole = {"spec": {}, **obj, "metadata": metadata}
    row = printer.row(whole, NOW)
    assert orjson.loads(b"{" + row_template(printer, whole).fill(Ages(NOW)) + b"0}")["cells"] == row.cells
    assert len(row.cells) == len(printer.columns)
    return {column.name: cell for column, cell in zip(printer.columns, row.cells, strict=True)}
