"""Which namespaces have which labels, for affinity terms that select namespaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apimachinery.labels import Selector
from apimachinery.objects import Object
from client.store import Store

_NO_LABELS: Mapping[str, str] = {}


class Namespaces:
    def __init__(self, get: Callable[[str], Object | None], keys: Callable[[], set[str]]) -> None:
        self._get = get
        self._keys = keys

    @classmethod
    def of(cls, store: Store) -> Namespaces:
        """From an informer's store."""
        return cls(store.get, store.keys)

    def labels(self, name: str) -> Mapping[str, str]:
        """Empty for a namespace that is not known."""
        namespace = self._get(name)
        return (namespace["metadata"].get("labels") or _NO_LABELS) if namespace is not None else _NO_LABELS

    def matching(self, selector: Selector) -> frozenset[str]:
        return frozenset(name for name in self._keys() if selector.matches(self.labels(name)))
