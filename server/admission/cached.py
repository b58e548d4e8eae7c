"""Objects out of a cache as dicts: decoded once for each version, and shared. Nobody may change them."""

from __future__ import annotations

from collections.abc import Iterator

from apimachinery.objects import Object
from server.registry.codec import decode
from storage.cache import ResourceCache
from storage.types import Entry


def object_of(entry: Entry) -> Object:
    decoded = entry.memo.get("object")
    if decoded is None:
        decoded = entry.memo["object"] = decode(entry.value)
    assert isinstance(decoded, dict)
    return decoded


def found(cache: ResourceCache, namespace: str, name: str) -> Object | None:
    entry = cache.get(namespace, name)
    return None if entry is None else object_of(entry)


def all_of(cache: ResourceCache, namespace: str = "") -> Iterator[Object]:
    """Every object in the namespace ("" is all), by name."""
    return map(object_of, cache.list(namespace).entries) if len(cache) else iter(())
