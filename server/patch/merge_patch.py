"""JSON merge patch (RFC 7386), as gopkg.in/evanphx/json-patch.v4 applies it.

Beyond the RFC it drops nulls inside objects that sit in newly set lists; clients rely on what the server does.
"""

from __future__ import annotations

from typing import Any

from server.patch.errors import MalformedPatch
from server.patch.gotext import json_kind


def apply_merge_patch(document: dict[str, Any], patch: Any) -> dict[str, Any]:
    """The document with the patch merged in: null deletes, objects merge, anything else replaces.

    Neither argument is changed; unchanged parts are shared with the result. Raises MalformedPatch for a patch that
    is not an object.
    """
    if patch is None:
        raise MalformedPatch("Invalid JSON Patch")
    if not isinstance(patch, dict):
        raise MalformedPatch(
            f"error decoding patch: json: cannot unmarshal {json_kind(patch)} "
            "into Go value of type map[string]interface {}"
        )
    return _merge(document, patch)


def _merge(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    merged = dict(document)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
            continue
        current = merged.get(key)
        if isinstance(current, dict):
            merged[key] = _merge(current, value) if isinstance(value, dict) else value
        else:
            merged[key] = _without_nulls(value)
    return merged


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
