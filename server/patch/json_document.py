"""A JSON document under change by pointers (RFC 6901), copied on write so that the original stays as it was.

Containers refuse keys in the words of gopkg.in/evanphx/json-patch.v4; negative indices count from the end, as there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

MISSING: Final = "missing value"
_INDEX: Final = re.compile(r"[+-]?[0-9]{1,18}")


class Editor:
    """A document under change: containers are copied the first time something below them changes."""

    def __init__(self, root: Any) -> None:
        self.root = root
        # By id; the values keep the copies alive so that no id is used twice.
        self._copies: dict[int, Any] = {}
        self.copied = 0
        """Bytes that operations have copied so far."""

    def find(self, path: str) -> tuple[Any, str]:
        """The container a path ends in (None when there is none) and the last token."""
        return self._walk(path, _same)

    def find_to_change(self, path: str) -> tuple[Any, str]:
        """As :meth:`find`; the container is a copy that may be changed."""
        return self._walk(path, self._copied)

    def _walk(self, path: str, visit: Callable[[Any], Any]) -> tuple[Any, str]:
        _, *parts = (part.replace("~1", "/").replace("~0", "~") for part in path.split("/"))
        if not parts:
            return None, ""
        node = self.root = visit(self.root)
        for part in parts[:-1]:
            child = _get(node, part)
            if not isinstance(child, (dict, list)):
                return None, ""
            visited = visit(child)
            if visited is not child:
                set_value(node, part, visited)
            node = visited
        return node, parts[-1]

    def _copied(self, container: Any) -> Any:
        if id(container) in self._copies:
            return container
        copied = container.copy()
        self._copies[id(copied)] = copied
        return copied


def _same(container: Any) -> Any:
    return container


class Refused(Exception):
    """Why a container does not take a key; becomes part of the message of the operation."""


def _position(key: str, length: int) -> int:
    if not _INDEX.fullmatch(key):
        raise Refused(f'strconv.Atoi: parsing "{key}": invalid syntax')
    index = int(key)
    if index >= length or index < -length:
        raise Refused(f"Unable to access invalid index: {index}: invalid index referenced")
    return index + length if index < 0 else index


def _get(container: Any, key: str) -> Any:
    """The value, or None when an object has no such member or a list no such item."""
    try:
        return get_value(container, key)
    except Refused:
        return None


def get_value(container: Any, key: str) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    return container[_position(key, len(container))]


def set_value(container: Any, key: str, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    else:
        container[_position(key, len(container))] = value


def insert_value(container: Any, key: str, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    elif key == "-":
        container.append(value)
    elif not _INDEX.fullmatch(key):
        atoi = f'strconv.Atoi: parsing "{key}": invalid syntax'
        raise Refused(f"value was not a proper array index: '{key}': {atoi}")
    else:
        container.insert(_position(key, len(container) + 1), value)


def delete_value(container: Any, key: str) -> None:
    if isinstance(container, list):
        del container[_position(key, len(container))]
    elif key in container:
        del container[key]
    else:
        raise Refused(f"Unable to remove nonexistent key: {key}: {MISSING}")
