"""Writes to the API beside the scheduling cycle: in parallel, but in order for each pod."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

Work = Callable[[], object]


class Writes:
    """A pool of threads. What is submitted under the same key runs one after the other, in the order given."""

    def __init__(self, threads: int) -> None:
        self._condition = threading.Condition()
        self._ready: deque[str] = deque()
        self._work: dict[str, deque[Work]] = {}
        """By key; a key stays while its work runs."""
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._run, name=f"writes {number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, key: str, work: Work) -> None:
        """Does not block. Dropped after :meth:`stop`."""
        with self._condition:
            if self._stopped:
                return
            waiting = self._work.get(key)
            if waiting is not None:
                waiting.append(work)
                return
            self._work[key] = deque((work,))
            self._ready.append(key)
            self._condition.notify()

    def stop(self) -> None:
        """Drop what has not begun."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def join(self, timeout: float) -> bool:
        """Wait for what has begun, at most so many seconds in all; whether it has ended."""
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._ready and not self._stopped:
                    self._condition.wait()
                if self._stopped:
                    return
                key = self._ready.popleft()
                work = self._work[key].popleft()
            try:
                work()
            except Exception:
                log.exception("a write failed unexpectedly")
            with self._condition:
                if self._work[key]:
                    self._ready.append(key)
                    self._condition.notify()
                else:
                    del self._work[key]
