"""JSON patch (RFC 6902), with the leniencies and the wording of gopkg.in/evanphx/json-patch.v4.

Where that library differs from the RFC, so does this: ``replace`` sets a missing member of an object, ``copy`` of a
missing one copies null, negative indices count from the end, ``test`` of a missing member succeeds against null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from apimachinery.status import RequestEntityTooLarge
from openapi.gojson import DEEPEST
from server.patch.errors import InapplicablePatch, MalformedPatch
from server.patch.gotext import json_kind
from server.patch.json_document import MISSING, Editor, Refused, delete_value, get_value, insert_value, set_value
from server.patch.values import deep_copy, identical

MAX_OPERATIONS = 10_000
MAX_COPIED_BYTES = 3 * 1024 * 1024
"""By all operations of a patch together, as JSON; upstream's limit."""
_LEVELS_PRINTED = 254
"""By orjson."""
_MEMBERS = frozenset({"op", "path", "from", "value"})

Operation = dict[str, Any]


def apply_json_patch(document: Any, operations: Any) -> Any:
    """The document after all operations, in order; when one fails, an error and nothing done.

    Neither argument is changed; unchanged parts are shared with the result. Raises MalformedPatch (400) when
    ``operations`` is not a list of objects, RequestEntityTooLarge (413) for more than 10,000 operations and
    InapplicablePatch (422) when one does not apply.
    """
    editor = Editor(document)
    for operation in _checked(operations):
        kind = operation.get("op")
        apply = _OPERATIONS.get(kind) if isinstance(kind, str) else None
        if apply is None:
            raise InapplicablePatch(f"Unexpected kind: {kind if isinstance(kind, str) else 'unknown'}")
        apply(editor, operation)
    _check_depth(editor.root)
    return editor.root


def _check_depth(document: Any) -> None:
    """What is put deep into a deep document makes one with more levels than any body may have."""
    for _ in range(_LEVELS_PRINTED - DEEPEST):
        document = [document]
    try:
        orjson.dumps(document)
    except orjson.JSONEncodeError as error:
        raise InapplicablePatch(f"the patched document is too deep: {error}") from None


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


def _pointer(operation: Operation, member: str, failure: str) -> str:
    path = operation.get(member)
    if path is None:
        comma = "," if member == "from" else ""
        raise InapplicablePatch(f"{failure}: operation{comma} missing {member} field: {MISSING}")
    if not isinstance(path, str):
        raise InapplicablePatch(f"{failure}: json: cannot unmarshal {json_kind(path)} into Go value of type string")
    return path


def _present(found: tuple[Any, str], failure: str) -> tuple[Any, str]:
    if found[0] is None:
        raise InapplicablePatch(f"{failure}: {MISSING}")
    return found


def _add(editor: Editor, operation: Operation) -> None:
    path = _pointer(operation, "path", "add operation failed to decode path")
    failure = f'add operation does not apply: doc is missing path: "{path}"'
    container, key = _present(editor.find_to_change(path), failure)
    try:
        insert_value(container, key, operation.get("value"))
    except Refused as refused:
        raise InapplicablePatch(f"error in add for path: '{path}': {refused}") from None


def _remove(editor: Editor, operation: Operation) -> None:
    path = _pointer(operation, "path", "remove operation failed to decode path")
    failure = f'remove operation does not apply: doc is missing path: "{path}"'
    container, key = _present(editor.find_to_change(path), failure)
    try:
        delete_value(container, key)
    except Refused as refused:
        raise InapplicablePatch(f"error in remove for path: '{path}': {refused}") from None


def _replace(editor: Editor, operation: Operation) -> None:
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
        set_value(container, key, value)
    except Refused:
        raise InapplicablePatch(f"replace operation does not apply: doc is missing key: {path}: {MISSING}") from None


def _move(editor: Editor, operation: Operation) -> None:
    source = _pointer(operation, "from", "move operation failed to decode from")
    failure = f"move operation does not apply: doc is missing from path: {source}"
    container, key = _present(editor.find_to_change(source), failure)
    try:
        value = get_value(container, key)
        delete_value(container, key)
    except Refused as refused:
        raise InapplicablePatch(f"error in move for path: '{key}': {refused}") from None
    path = _pointer(operation, "path", "move operation failed to decode path")
    failure = f"move operation does not apply: doc is missing destination path: {path}"
    container, key = _present(editor.find_to_change(path), failure)
    try:
        insert_value(container, key, value)
    except Refused as refused:
        raise InapplicablePatch(f"error in move for path: '{path}': {refused}") from None


def _copy(editor: Editor, operation: Operation) -> None:
    source = _pointer(operation, "from", "copy operation failed to decode from")
    failure = f"copy operation does not apply: doc is missing from path: {source}"
    container, key = _present(editor.find(source), failure)
    try:
        original = get_value(container, key)
    except Refused as refused:
        raise InapplicablePatch(f"error in copy for from: '{source}': {refused}") from None
    _count(editor, original)
    value = deep_copy(original)
    path = _pointer(operation, "path", "copy operation failed to decode path")
    failure = f"copy operation does not apply: doc is missing destination path: {path}"
    container, key = _present(editor.find_to_change(path), failure)
    try:
        insert_value(container, key, value)
    except Refused as refused:
        raise InapplicablePatch(f"error while adding value during copy: {refused}") from None


def _count(editor: Editor, copied: Any) -> None:
    """Copies of copies double with every operation."""
    try:
        editor.copied += len(orjson.dumps(copied))
    except orjson.JSONEncodeError as error:  # too deep to be an answer
        raise InapplicablePatch(f"Unable to complete the copy: {error}") from None
    if editor.copied > MAX_COPIED_BYTES:
        raise InapplicablePatch(
            f"Unable to complete the copy, the accumulated size increase of copy is {editor.copied}, exceeding the "
            f"limit {MAX_COPIED_BYTES}"
        )


def _test(editor: Editor, operation: Operation) -> None:
    path = _pointer(operation, "path", "test operation failed to decode path")
    if path == "":
        value = editor.root
    else:
        container, key = _present(editor.find(path), f"test operation does not apply: is missing path: {path}")
        try:
            value = get_value(container, key)
        except Refused as refused:
            raise InapplicablePatch(f"error in test for path: '{path}': {refused}") from None
    if not identical(value, operation.get("value")):
        raise InapplicablePatch(f"testing value {path} failed: test failed")


_OPERATIONS: dict[str, Callable[[Editor, Operation], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
