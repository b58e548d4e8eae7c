"""Leases."""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name


def _row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), (obj.get("spec") or {}).get("holderIdentity") or "", age(obj, now)])


LEASE = Printer((NAME, column("Holder", doc("coordination/v1.LeaseSpec.holderIdentity")), AGE), _row)
