"""Three ways to fill a field in."""

from __future__ import annotations

from typing import Any

from apimachinery.objects import Object


def child(obj: Object, field: str) -> Object:
    """The object held by a field, put there when missing: Go's struct that is not a pointer."""
    value: Object | None = obj.get(field)
    if value is None:
        value = obj[field] = {}
    return value


def fill(obj: Object, field: str, value: Any) -> None:
    """Set a field that is null or missing (Go's pointer)."""
    if obj.get(field) is None:
        obj[field] = value


def fill_empty(obj: Object, field: str, value: Any) -> None:
    """Set a field that is missing, empty or zero (Go's plain value)."""
    if not obj.get(field):
        obj[field] = value
