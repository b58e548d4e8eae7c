"""What is made of a configuration file that may change while the server runs.

The file is looked at when what is made of it is asked for, at most once in a while. One that cannot be used is
logged, and what was read before stays in force.
Source: k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go (ApplyTo).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from apimachinery.clock import Clock
from server.configfile import ConfigFileError

log = logging.getLogger("kubejazz.config")

PERIOD = 5.0
"""Seconds between two looks."""

Made = TypeVar("Made")


class Reloading(Generic[Made]):
    """What is made of a file, as it is now. ``make`` raises ConfigFileError."""

    def __init__(self, path: Path, make: Callable[[Path], Made], clock: Clock) -> None:
        self._path = path
        self._make = make
        self._clock = clock
        self._due = clock.monotonic() + PERIOD
        self._stamp = self._look()
        self._made = make(path)

    @property
    def current(self) -> Made:
        now = self._clock.monotonic()
        if now >= self._due:
            self._due = now + PERIOD
            self._reload()
        return self._made

    def _reload(self) -> None:
        stamp = self._look()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._made = self._make(self._path)
            log.info("reloaded %s", self._path)
        except ConfigFileError as error:
            log.error("%s; what it said before stays in force", error)

    def _look(self) -> Sequence[int]:
        """Differs when the file is another one or has been written; a link that points elsewhere counts too."""
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size
