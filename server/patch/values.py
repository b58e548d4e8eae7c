"""JSON values as Go tells them apart: ``1``, ``1.0`` and ``true`` are three values, though Python calls them equal."""

from __future__ import annotations

from typing import Any, TypeVar, cast

T = TypeVar("T")


def identical(left: Any, right: Any) -> bool:
    """Equal in value and in JSON type, all the way down. The order of an object's members does not matter."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return len(left) == len(right) and all(
            key in right and identical(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list):
        return len(left) == len(right) and all(map(identical, left, right))
    return bool(left == right)


def deep_copy(value: T) -> T:
    """A copy that shares no container with the value. An order of magnitude faster than ``copy.deepcopy``."""
    return cast(T, _copied(value))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
