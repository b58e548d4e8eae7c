"""The objects an informer has seen, by key and by index, readable from every thread.

Objects are shared and must not be changed: copy first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from apimachinery.objects import Object, key_of

IndexFunction = Callable[[Object], Iterable[str]]
Indexers = Mapping[str, IndexFunction]

NAMESPACE = "namespace"
"""The name by which ``by_namespace`` is usually added."""


def by_namespace(obj: Object) -> Iterable[str]:
    return (obj["metadata"].get("namespace") or "",)


class Store:
    """Keys are ``namespace/name``, or ``name`` for cluster-scoped objects. Only the informer writes."""

    def __init__(self, indexers: Indexers | None = None) -> None:
        self._lock = threading.Lock()
        self._objects: dict[str, Object] = {}
        self._indexers: dict[str, IndexFunction] = {}
        self._indexes: dict[str, dict[str, dict[str, Object]]] = {}
        self.add_indexers(indexers or {})

    def get(self, key: str) -> Object | None:
        return self._objects.get(key)

    def list(self) -> list[Object]:
        with self._lock:
            return list(self._objects.values())

    def keys(self) -> set[str]:
        with self._lock:
            return set(self._objects)

    def by_index(self, index: str, value: str) -> Iterable[Object]:
        """The objects for which the index function gave that value, oldest entry first; KeyError: no such index."""
        with self._lock:
            return tuple(self._indexes[index].get(value, {}).values())

    def index_values(self, index: str) -> set[str]:
        """The values with at least one object."""
        with self._lock:
            return set(self._indexes[index])

    def __len__(self) -> int:
        return len(self._objects)

    def add_indexers(self, indexers: Indexers) -> None:
        """Add indexes, also to a store that has objects. ValueError: another function has that name."""
        with self._lock:
            for name, function in indexers.items():
                if self._indexers.setdefault(name, function) is not function:
                    raise ValueError(f"index {name!r} exists with another function")
                if name not in self._indexes:
                    self._indexes[name] = {}
                    for key, obj in self._objects.items():
                        self._index(name, key, obj)

    def put(self, obj: Object) -> Object | None:
        """Add or replace; returns what was there."""
        key = key_of(obj)
        with self._lock:
            old = self._objects.get(key)
            if old is not None:
                self._unindex(key, old)
            self._objects[key] = obj
            for name in self._indexers:
                self._index(name, key, obj)
        return old

    def remove(self, key: str) -> Object | None:
        """Returns what was there."""
        with self._lock:
            old = self._objects.pop(key, None)
            if old is not None:
                self._unindex(key, old)
        return old

    def _index(self, name: str, key: str, obj: Object) -> None:
        index = self._indexes[name]
        for value in self._indexers[name](obj):
            index.setdefault(value, {})[key] = obj

    def _unindex(self, key: str, obj: Object) -> None:
        for name, function in self._indexers.items():
            index = self._indexes[name]
            for value in function(obj):
                entries = index.get(value)
                if entries is not None:
                    entries.pop(key, None)
                    if not entries:
                        del index[value]
