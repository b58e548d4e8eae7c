"""The short names that templates and revisions get: upstream's, to the letter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from apimachinery.gostruct import show_pod_template
from apimachinery.names import safe_encode

_OFFSET, _PRIME, _MASK = 0x811C9DC5, 0x01000193, 0xFFFFFFFF
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def template_hash(template: Mapping[str, Any], collisions: int | None) -> str:
    """Of a pod template; another one for every number of collisions. Source: ComputeHash of controller_utils.go."""
    data = show_pod_template(template).encode()
    if collisions is not None:
        data += collisions.to_bytes(4, "little") + bytes(4)
    return safe_encode(str(fnv_1a(data)))


def revision_hash(data: Mapping[str, Any], collisions: int | None) -> str:
    """Of a ControllerRevision's data. Source: HashControllerRevision of pkg/controller/history."""
    return safe_encode(str(fnv_1(go_json(data) + (b"" if collisions is None else str(collisions).encode()))))


def go_json(value: Any) -> bytes:
    """As Go's encoder writes a map: sorted keys, and what HTML minds escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPED).encode()


def fnv_1a(data: bytes) -> int:
    """32 bits."""
    value = _OFFSET
    for byte in data:
        value = (value ^ byte) * _PRIME & _MASK
    return value


def fnv_1(data: bytes) -> int:
    """32 bits."""
    value = _OFFSET
    for byte in data:
        value = value * _PRIME & _MASK ^ byte
    return value
