"""The promise to end within two seconds of being asked to, kept even if a thread does not."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator

PATIENCE = 1.8
"""Seconds from the request to stop."""

log = logging.getLogger("kubejazz")


@contextlib.contextmanager
def end_in_time(stop: threading.Event) -> Iterator[None]:
    """End the process PATIENCE seconds after ``stop`` was set, at the latest.

    With code 0 if only threads of a body that has been left are still there, else with 1, saying so.
    """
    left = threading.Event()

    def watch() -> None:
        stop.wait()
        time.sleep(PATIENCE)
        if not left.is_set():
            log.error("did not stop within %.1f s of being asked to", PATIENCE)
        logging.shutdown()
        os._exit(0 if left.is_set() else 1)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
    try:
        yield
    finally:
        left.set()
