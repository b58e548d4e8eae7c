"""The values a printer is made of, and the columns nearly every kind has."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from apimachinery.objects import Object
from apimachinery.timefmt import human_duration, parse_time

TEMPLATE: Final = datetime.max.replace(tzinfo=UTC)
"""The moment that leaves the times open: for it :func:`since` answers the timestamp between two ``TIME_MARK``s."""
TIME_MARK: Final = f"<{secrets.token_hex(16)}>"
"""Of this process: no object can hold it by chance or on purpose."""

_DESCRIPTIONS: dict[str, str] = json.loads(Path(__file__).with_name("descriptions.json").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Column:
    """A ``TableColumnDefinition``: the fields are those of the wire form, in its order."""

    name: str
    type: str
    format: str
    description: str
    priority: int


@dataclass(frozen=True, slots=True)
class Row:
    """``cells`` are JSON values, one for each column; ``conditions`` are ``TableRowCondition``s."""

    cells: list[Any]
    conditions: list[Object] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Printer:
    """How a kind is shown. ``row`` neither changes nor keeps its object and may be called any number of times.

    What depends on the moment is text made by :func:`since` and nothing else, so that rows can be kept.

    ``order`` is the sort key of the rows of a list, where upstream does not keep the order of names.
    """

    columns: tuple[Column, ...]
    row: Callable[[Object, datetime], Row]
    order: Callable[[Object], Any] | None = None


def doc(field_path: str) -> str:
    """The API documentation of a field, ``core/v1.PodStatus.podIP``, which upstream shows as a description."""
    return _DESCRIPTIONS[field_path]


def column(name: str, description: str = "", *, type: str = "string", format: str = "", wide: bool = False) -> Column:
    """``wide`` columns are shown with ``-o wide`` only."""
    return Column(name, type, format, description, 1 if wide else 0)


NAME = column("Name", doc("meta/v1.ObjectMeta.name"), format="name")
AGE = column("Age", doc("meta/v1.ObjectMeta.creationTimestamp"))


def since(timestamp: str | None, now: datetime) -> str:
    """The time passed since an RFC 3339 timestamp, as people say it."""
    if not timestamp:
        return "<unknown>"
    moment = parse_time(timestamp)
    if now is TEMPLATE:
        return f"{TIME_MARK}{timestamp}{TIME_MARK}"
    return human_duration((now - moment).total_seconds())


def age(obj: Object, now: datetime) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def name(obj: Object) -> str:
    return obj["metadata"].get("name") or ""


def _default_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), obj["metadata"].get("creationTimestamp") or "0001-01-01T00:00:00Z"])


DEFAULT = Printer((NAME, column("Created At", AGE.description, type="date")), _default_row)
"""For every kind without columns of its own, custom resources included."""


def _name_and_age(obj: Object, now: datetime) -> Row:
    return Row([name(obj), age(obj, now)])


NAME_AND_AGE = Printer((NAME, AGE), _name_and_age)
