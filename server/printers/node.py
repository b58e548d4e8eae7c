"""Runtime classes."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import AGE, NAME, Printer, Row, age, column, name


def _row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), obj.get("handler", ""), age(obj, now)])


RUNTIME_CLASS = Printer((NAME, column("Handler"), AGE), _row)
