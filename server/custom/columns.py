"""The columns that a definition gives its objects: printed from JSONPaths.

Source: k8s.io/apiextensions-apiserver/pkg/registry/customresource/tableconvertor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from apimachinery.objects import Object
from server.custom.jsonpath import JSONPath, JSONPathError
from server.printers.printer import AGE, NAME, Column, Printer, Row, name, since

_DESCRIBED = "Custom resource definition column (in JSONPath format): "
_AGE = {"name": "Age", "type": "date", "description": AGE.description, "jsonPath": ".metadata.creationTimestamp"}

Cell = Callable[[Object, datetime], Any]


def printer_of(definitions: Sequence[Mapping[str, Any]]) -> Printer:
    """For ``additionalPrinterColumns``; without any the age is shown."""
    shown = definitions or [_AGE]
    columns = (NAME, *(_column(one) for one in shown))
    cells = [_cell(one) for one in shown]

    def row(obj: Object, now: datetime) -> Row:
        return Row([name(obj), *(cell(obj, now) for cell in cells)])

    return Printer(columns, row)


def _column(definition: Mapping[str, Any]) -> Column:
    return Column(
        definition["name"],
        definition["type"],
        definition.get("format") or "",
        definition.get("description") or _DESCRIBED + definition["jsonPath"],
        definition.get("priority") or 0,
    )


def _cell(definition: Mapping[str, Any]) -> Cell:
    kind = definition["type"]
    try:
        path = JSONPath(definition["jsonPath"])
    except JSONPathError:
        return lambda obj, now: None

    def cell(obj: Object, now: datetime) -> Any:
        found = path.find(obj)
        return _shown(kind, found[0], now) if found else None

    return cell


def _shown(kind: str, value: Any, now: datetime) -> Any:
    if kind == "string":
        return printed(value)
    if value is None:
        return None
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind == "date":
        return _date(value, now)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if kind == "integer" else float(value)


def _date(value: Any, now: datetime) -> Any:
    if not isinstance(value, str):
        return None
    try:
        return since(value, now)
    except ValueError:
        return "<invalid>"


def printed(value: Any) -> str:
    """As kubectl's JSONPath prints a value."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
