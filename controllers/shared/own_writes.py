"""What a controller has written itself and its cache may not show yet.

Upstream's consistency store (since 1.36): counts in a status that are older than the pods beside them lead astray.
Needs resource versions that are ordered numbers, as Kubernetes promises since 1.35.
"""

from __future__ import annotations

import threading

from apimachinery.objects import Object, key_of


class OwnWrites:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[str, tuple[str, int]] = {}

    def note(self, written: Object) -> None:
        """``written``: the object as the server has answered."""
        metadata = written["metadata"]
        with self._lock:
            self._newest[key_of(written)] = metadata["uid"], int(metadata["resourceVersion"])

    def seen_in(self, cached: Object) -> bool:
        """Whether the cached object is as new as what was last written; another one of its name is."""
        with self._lock:
            uid, version = self._newest.get(key_of(cached), ("", 0))
        metadata = cached["metadata"]
        return uid != metadata["uid"] or int(metadata["resourceVersion"]) >= version

    def forget(self, key: str) -> None:
        with self._lock:
            self._newest.pop(key, None)
