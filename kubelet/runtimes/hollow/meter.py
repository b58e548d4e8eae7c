"""Counts the CPU time of hollow containers: what they use now is taken to have been used since the last look."""

from __future__ import annotations

import math
import threading

from kubelet.runtimes.hollow.usage import Load
from kubelet.runtimes.runtime import Usage


class Meter:
    """Thread-safe. Times are epoch seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[str, dict[str, tuple[str, float, float]]] = {}
        """By the pod's uid and the container's name: its id, seconds of CPU, and when that was."""

    def read(self, uid: str, name: str, id: str, started_at: float, load: Load, now: float) -> Usage:
        """``id``: of this run of the container; another one counts from its start."""
        now = math.floor(now * 1000) / 1000
        with self._lock:
            pod = self._counted.setdefault(uid, {})
            before, seconds, at = pod.get(name, ("", 0.0, started_at))
            if before != id:
                seconds, at = 0.0, started_at
            if now > at:
                seconds, at = seconds + load.cpu * round(now - at, 3), now
            pod[name] = (id, seconds, at)
        return Usage(seconds, load.memory, started_at, at)

    def forget(self, uid: str) -> None:
        with self._lock:
            self._counted.pop(uid, None)
