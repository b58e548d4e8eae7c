"""Threads that work a queue off."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from apimachinery.status import AlreadyExists, Conflict, NotFound, StatusError
from client.errors import ClientClosed, TransportError, TryAgain
from client.workqueue import WorkQueue

log = logging.getLogger(__name__)

_EXPECTED = (Conflict, AlreadyExists, NotFound, TransportError, TryAgain)
"""Failures that belong to normal life: a stale cache, a server that restarts."""


class Workers:
    """``count`` threads that call ``sync(key)``: a key that raises is tried again after its limiter's delay."""

    def __init__(self, name: str, queue: WorkQueue, sync: Callable[[str], object], count: int) -> None:
        self._name = name
        self._queue = queue
        self._sync = sync
        self._threads = [
            threading.Thread(target=self._work, name=f"{name} {number}", daemon=True) for number in range(count)
        ]

    def start(self, stop: threading.Event | None = None) -> None:
        """When ``stop`` is set the queue is shut down and the workers end after the key they are at."""
        for thread in self._threads:
            thread.start()
        if stop is not None:
            threading.Thread(target=self._stop_on, args=(stop,), name=f"stop {self._name}", daemon=True).start()

    def stop(self) -> None:
        self._queue.shut_down()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for all threads to end, ``timeout`` seconds in all; whether they have."""
        deadline = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (key := self._queue.get()) is not None:
            try:
                work_off(self._name, self._queue, self._sync, key)
            finally:
                self._queue.done(key)

    def _stop_on(self, stop: threading.Event) -> None:
        stop.wait()
        self.stop()


def work_off(name: str, queue: WorkQueue, sync: Callable[[str], object], key: str) -> None:
    """Sync one key; a failure is logged and queued again, never raised."""
    try:
        sync(key)
    except ClientClosed:
        return
    except _EXPECTED as error:
        log.info("%s: %s: %s; trying again", name, key, error)
        queue.add_rate_limited(key)
    except StatusError as error:
        log.warning("%s: %s: %s; trying again", name, key, error)
        queue.add_rate_limited(key)
    except Exception:
        log.exception("%s: %s failed; trying again", name, key)
        queue.add_rate_limited(key)
    else:
        queue.forget(key)
