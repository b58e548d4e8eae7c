"""JSON patch (RFC 6902), with the leniencies and the wording of gopkg.in/evanphx/json-patch.v4.

Where that library differs from the RFC, so does this: ``replace`` sets a missing member of an object, ``copy`` of a
missing one copies null, negative indices count from the end, ``test`` of a missing member succeeds against null.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from apimachinery.status import RequestEntityTooLarge
from server.patch.errors import InapplicablePatch, MalformedPatch
from server.patch.gotext import json_kind
from server.patch.values import deep_copy, identical

MAX_OPERATIONS = 10_000
_INDEX = re.compile(r"[+-]?[0-9]{1,18}")
_MEMBERS = frozenset({"op", "path", "from", "value"})
_MISSING = "missing value"

Operation = dict[str, Any]


def apply_json_patch(document: Any, operations: Any) -> Any:
    """The document after all operations, in order; when one fails, an error and nothing done.

    Neither argument is changed; unchanged parts are shared with the result. Raises MalformedPatch (400) when
    ``operations`` is not a list of objects, RequestEntityTooLarge (413) for more than 10,000 operations and
    InapplicablePatch (422) when one does not apply.
    """
    editor = _Editor(document)
    for operation in _checked(operations):
        kind = operation.get("op")
        apply = _OPERATIONS.get(kind) if isinstance(kind, str) else None
        if apply is None:
            raise InapplicablePatch(f"Unexpected kind: {kind if isinstance(kind, str) else 'unknown'}")
        apply(editor, operation)
    return editor.root


def unknown_members(operations: list[Operation]) -> list[str]:
    """Messages for strict field validation: members of operations that RFC 6902 does not know."""
    return [
        f'json patch unknown field "[{position}].{name}"'
        for position, operation in enumerate(operations)
        for name in operation or ()
        if name not in _MEMBERS
    ]


def _checked(operations: Any) -> list[Operation]:
    if operations is None:
        return []
    if not isinstance(operations, list):
        raise MalformedPatch(_cannot_unmarshal(operations, "Patch"))
    if len(operations) > MAX_OPERATIONS:
        limit = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}"
        raise RequestEntityTooLarge.of(limit)
    for operation in operations:
        if operation is not None and not isinstance(operation, dict):
            raise MalformedPatch(_cannot_unmarshal(operation, "Operation"))
    return [operation or {} for operation in operations]


def _cannot_unmarshal(value: Any, into: str) -> str:
    return f"json: cannot unmarshal {json_kind(value)} into Go value of type jsonpatch.{into}"


class _Editor:
    """A document under change: containers are copied the first time something below them changes."""

    def __init__(self, root: Any) -> None:
        self.root = root
        # By id; the values keep the copies alive so that no id is used twice.
        self._copies: dict[int, Any] = {}

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
                _set(node, part, visited)
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


class _Refused(Exception):
    """Why a container does not take a key; becomes part of the message of the operation."""


def _position(items: list[Any], key: str, length: int) -> int:
    if not _INDEX.fullmatch(key):
        raise _Refused(f'strconv.Atoi: parsing "{key}": invalid syntax')
    index = int(key)
    if index >= length or index < -length:
        raise _Refused(f"Unable to access invalid index: {index}: invalid index referenced")
    return index + length if index < 0 else index


def _get(container: Any, key: str) -> Any:
    """The value, or None when an object has no such member or a list no such item."""
    try:
        return _strict_get(container, key)
    except _Refused:
        return None


def _strict_get(container: Any, key: str) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    return container[_position(container, key, len(container))]


def _set(container: Any, key: str, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    else:
        container[_position(container, key, len(container))] = value


def _insert(container: Any, key: str, value: Any) -> None:
    if isinstance(container, dict):
        container[key] = value
    elif key == "-":
        container.append(value)
    elif not _INDEX.fullmatch(key):
        atoi = f'strconv.Atoi: parsing "{key}": invalid syntax'
        raise _Refused(f"value was not a proper array index: '{key}': {atoi}")
    else:
        container.insert(_position(container, key, len(container) + 1), value)


def _delete(container: Any, key: str) -> None:
    if isinstance(container, list):
        del container[_position(container, key, len(container))]
    elif key in container:
        del container[key]
    else:
        raise _Refused(f"Unable to remove nonexistent key: {key}: {_MISSING}")


def _pointer(operation: Operation, member: str, failure: str) -> str:
    path = operation.get(member)
    if path is None:
        comma = "," if member == "from" else ""
        raise InapplicablePatch(f"{failure}: operation{comma} missing {member} field: {_MISSING}")
    if not isinstance(path, str):
        raise InapplicablePatch(f"{failure}: json: cannot unmarshal {json_kind(path)} into Go value of type string")
    return path


def _present(found: tuple[Any, str], failure: str) -> tuple[Any, str]:
    if found[0] is None:
        raise InapplicablePatch(f"{failure}: {_MISSING}")
    return found


def _add(editor: _Editor, operation: Operation) -> None:
    path = _pointer(operation, "path", "add operation failed to decode path")
    failure = f'add operation does not apply: doc is missing path: "{path}"'
    container, key = _present(editor.find_to_change(path), failure)
    try:
        _insert(container, key, operation.get("value"))
    except _Refused as refused:
        raise InapplicablePatch(f"error in add for path: '{path}': {refused}") from None


def _remove(editor: _Editor, operation: Operation) -> None:
    path = _pointer(operation, "path", "remove operation failed to decode path")
    failure = f'remove operation does not apply: doc is missing path: "{path}"'
    container, key = _present(editor.find_to_change(path), failure)
    try:
        _delete(container, key)
    except _Refused as refused:
        raise InapplicablePatch(f"error in remove for path: '{path}': {refused}") from None


def _replace(editor: _Editor, operation: Operation) -> None:
    path = _pointer(operation, "path", "replace operation failed to decode path")
    value = operation.get("value")
    if path == "":
        if not isinstance(value, (dict, list)):
            raise InapplicablePatch("replace operation value must be object or array: %!w(<nil>)")
        editor.root = value
        return
    failure = f"replace operation does not apply: doc is missing path: {path}"
    container, key = _present(editor.find_to_change(path), failure)
    try:
        _set(container, key, value)
    except _Refused:
        raise InapplicablePatch(f"replace operation does not apply: doc is missing key: {path}: {_MISSING}") from None


def _move(editor: _Editor, operation: Operation) -> None:
    source = _pointer(operation, "from", "move operation failed to decode from")
    failure = f"move operation does not apply: doc is missing from path: {source}"
    container, key = _present(editor.find_to_change(source), failure)
    try:
        value = _strict_get(container, key)
        _delete(container, key)
    except _Refused as refused:
        raise InapplicablePatch(f"error in move for path: '{key}': {refused}") from None
    path = _pointer(operation, "path", "move operation failed to decode path")
    failure = f"move operation does not apply: doc is missing destination path: {path}"
    container, key = _present(editor.find_to_change(path), failure)
    try:
        _insert(container, key, value)
    except _Refused as refused:
        raise InapplicablePatch(f"error in move for path: '{path}': {refused}") from None


def _copy(editor: _Editor, operation: Operation) -> None:
    source = _pointer(operation, "from", "copy operation failed to decode from")
    failure = f"copy operation does not apply: doc is missing from path: {source}"
    container, key = _present(editor.find(source), failure)
    try:
        value = deep_copy(_strict_get(container, key))
    except _Refused as refused:
        raise InapplicablePatch(f"error in copy for from: '{source}': {refused}") from None
    path = _pointer(operation, "path", "copy operation failed to decode path")
    failure = f"copy operation does not apply: doc is missing destination path: {path}"
    container, key = _present(editor.find_to_change(path), failure)
    try:
        _insert(container, key, value)
    except _Refused as refused:
        raise InapplicablePatch(f"error while adding value during copy: {refused}") from None


def _test(editor: _Editor, operation: Operation) -> None:
    path = _pointer(operation, "path", "test operation failed to decode path")
    if path == "":
        value = editor.root
    else:
        container, key = _present(editor.find(path), f"test operation does not apply: is missing path: {path}")
        try:
            value = _strict_get(container, key)
        except _Refused as refused:
            raise InapplicablePatch(f"error in test for path: '{path}': {refused}") from None
    if not identical(value, operation.get("value")):
        raise InapplicablePatch(f"testing value {path} failed: test failed")


_OPERATIONS: dict[str, Callable[[_Editor, Operation], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
