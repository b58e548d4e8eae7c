"""Reading and writing the common parts of wire objects, which stay plain dicts everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NewType

Object = dict[str, Any]
"""A decoded API object in wire form. Objects out of a cache are shared: copy before changing."""

UID = NewType("UID", str)


def name_of(obj: Mapping[str, Any]) -> str:
    return str(obj["metadata"].get("name") or "")


def namespace_of(obj: Mapping[str, Any]) -> str:
    return str(obj["metadata"].get("namespace") or "")


def key_of(obj: Mapping[str, Any]) -> str:
    """``namespace/name``, or the name alone for a cluster-scoped object: the key of caches and work queues."""
    namespace = namespace_of(obj)
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def split_key(key: str) -> tuple[str, str]:
    """The inverse of :func:`key_of`: (namespace or "", name)."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def controller_of(obj: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The owner reference with ``controller: true``, or None."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return dict(reference)
    return None


def is_terminating(obj: Mapping[str, Any]) -> bool:
    return obj["metadata"].get("deletionTimestamp") is not None


def find_condition(obj: Mapping[str, Any], condition_type: str) -> Object | None:
    """A copy of the entry of ``status.conditions`` of that type, or None."""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == condition_type:
            return dict(condition)
    return None
