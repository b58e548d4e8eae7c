"""The newest version of an object that is known: out of an informer, or out of the answer to a write.

Binding takes four writes, and each of them wakes the controller; with the answers at hand it sees that nothing is left
to do, where an informer alone would still show the state before.
"""

from __future__ import annotations

from apimachinery.objects import Object, key_of
from client.store import Store


class Latest:
    """For one thread. Only for objects that existed before they were written: one that is not seen is gone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: dict[str, Object] = {}

    def get(self, key: str) -> Object | None:
        seen = self._store.get(key)
        written = self._written.get(key)
        if written is None or seen is None:
            self._written.pop(key, None)
            return seen
        if _version(seen) >= _version(written) or seen["metadata"]["uid"] != written["metadata"]["uid"]:
            del self._written[key]
            return seen
        return written

    def put(self, answer: Object) -> Object:
        """Keep what a write returned; gives it back."""
        self._written[key_of(answer)] = answer
        return answer


def _version(obj: Object) -> int:
    """Of the same object, versions may be compared (KEP-5504)."""
    return int(obj["metadata"].get("resourceVersion") or 0)
