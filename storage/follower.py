"""A thread that learns what other processes have written and hands it to the event loop.

It listens for announcements and, in case one is missed, looks by itself every second.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from apimachinery.clock import Clock
from storage.archive import Indexer
from storage.backend import Following
from storage.errors import Compacted, StorageError
from storage.loading import load
from storage.progress import Progress
from storage.publisher import Publisher
from storage.sequencer import from_change

POLL = 1.0
"""Seconds without an announcement after which to look anyway."""

_PAGE = 1000
_NEWEST = 2**62
_BACKOFF = (0.05, 2.0)

log = logging.getLogger(__name__)


class Follower:
    def __init__(
        self, following: Following, indexer: Indexer, clock: Clock, progress: Progress, publisher: Publisher
    ) -> None:
        self._following = following
        self._indexer = indexer
        self._clock = clock
        self._progress = progress
        self._publisher = publisher
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        # Everything up to here has been read, or is on its way from the own writer.
        self._position: int = progress.revision
        self._thread = threading.Thread(target=self._run, name="store-follower", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        self._stopping.set()
        self._following.wake()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        delay = _BACKOFF[0]
        while not self._stopping.is_set():
            try:
                self._follow()
                delay = _BACKOFF[0]
            except Exception as error:  # a server that no longer hears the others must at least go on trying
                log.warning(
                    "cannot see what other servers write: %s", error, exc_info=not isinstance(error, StorageError)
                )
                self._stopping.wait(delay)
                delay = min(2 * delay, _BACKOFF[1])

    def _follow(self) -> None:
        news = self._following.listen(POLL)
        if news is None:
            # Whatever was missed or given up is not in the caches: go back to where they are.
            self._position = self._progress.revision
            self._tell(self._publisher.compacted, self._following.meta().compact_revision)
            self._read()
            return
        announced = self._position
        for item in news:
            if item.mine and item.first == announced + 1:
                self._read(announced)
                if self._position == announced:
                    # The own writer brings these itself.
                    self._position = item.last
            announced = max(announced, item.last)
        self._read(announced)

    def _read(self, upto: int = _NEWEST) -> None:
        try:
            while self._position < upto and (changes := self._following.tail(self._position, upto, _PAGE)):
                self._tell(self._publisher.receive, [from_change(change, self._indexer) for change in changes])
                self._position = changes[-1].revision
                if len(changes) < _PAGE:
                    return
        except Compacted:
            self._reload()

    def _reload(self) -> None:
        """What is between here and the oldest kept revision is gone: start over from the current state."""
        log.warning("revision %d is no longer kept; loading the current state", self._position)
        loaded = load(self._following, self._indexer, self._clock.now().timestamp(), self._clock.monotonic())
        self._position = loaded.meta.revision
        self._tell(self._publisher.fill, loaded)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)
