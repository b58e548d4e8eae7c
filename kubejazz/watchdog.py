"""The promise to end within two seconds of being asked to, kept even if a thread does not."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator

PATIENCE = 1.8
"""Seconds from the request to stop."""

log = logging.getLogger("kubejazz")


@contextlib.contextmanager
def end_in_time(stop: threading.Event) -> Iterator[None]:
    """Exit the process with code 1, saying so, if the body is not left PATIENCE seconds after ``stop`` was set."""
    left = threading.Event()

    def watch() -> None:
        stop.wait()
        if not left.wait(PATIENCE):
            log.error("did not stop within %.1f s of being asked to", PATIENCE)
            logging.shutdown()
            os._exit(1)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
    try:
        yield
    finally:
        left.set()
