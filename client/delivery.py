"""Calls an informer's handlers, one after the other, on one thread, in the order of the events."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from apimachinery.clock import Clock
from apimachinery.objects import Object

log = logging.getLogger(__name__)

OnAdd = Callable[[Object], Any]
OnUpdate = Callable[[Object, Object], Any]
OnDelete = Callable[[Object], Any]

Change = tuple[Object | None, Object | None]
"""(before, after): an addition has no before, a deletion no after."""


@dataclass(slots=True, eq=False)
class Handler:
    on_add: OnAdd | None
    on_update: OnUpdate | None
    on_delete: OnDelete | None
    resync: float
    due: float = field(default=0.0)

    def call(self, before: Object | None, after: Object | None) -> None:
        """An exception is logged and ends nothing."""
        try:
            if before is None and after is not None:
                if self.on_add is not None:
                    self.on_add(after)
            elif before is not None and after is None:
                if self.on_delete is not None:
                    self.on_delete(before)
            elif before is not None and after is not None and self.on_update is not None:
                self.on_update(before, after)
        except Exception:
            log.exception("an event handler failed")


@dataclass(frozen=True, slots=True)
class _Join:
    """A handler that starts with these objects as additions."""

    handler: Handler
    objects: list[Object]


@dataclass(frozen=True, slots=True)
class _Call:
    function: Callable[[], object]


class Delivery:
    """The queue between the thread that follows the API and the one that runs handlers."""

    def __init__(self, clock: Clock, objects: Callable[[], Iterable[Object]]) -> None:
        """``objects``: what a resync goes through."""
        self._clock = clock
        self._objects = objects
        self._queue: queue.SimpleQueue[Change | _Join | _Call | None] = queue.SimpleQueue()
        self._handlers: list[Handler] = []
        self._stopped = False

    def put(self, before: Object | None, after: Object | None) -> None:
        self._queue.put((before, after))

    def join(self, handler: Handler, objects: list[Object]) -> None:
        """The handler gets ``objects`` as additions, then everything put later."""
        self._queue.put(_Join(handler, objects))

    def call(self, function: Callable[[], object]) -> None:
        """Call it once everything before it is delivered."""
        self._queue.put(_Call(function))

    def stop(self) -> None:
        """End :meth:`run` after the handler that is running; what is queued is dropped."""
        self._stopped = True
        self._queue.put(None)

    def run(self) -> None:
        while not self._stopped:
            try:
                self.step(timeout=self._until_due())
            except queue.Empty:
                self.resync()

    def step(self, timeout: float | None = None) -> None:
        """Deliver one entry; raises queue.Empty when none comes in time."""
        entry = self._queue.get(timeout=timeout)
        match entry:
            case (before, after):
                for handler in self._handlers:
                    handler.call(before, after)
            case _Join(handler, objects):
                handler.due = self._clock.monotonic() + handler.resync
                for obj in objects:
                    handler.call(None, obj)
                self._handlers.append(handler)
            case _Call(function):
                function()

    def resync(self) -> None:
        """Show every object as an update of itself to the handlers whose time has come."""
        now = self._clock.monotonic()
        for handler in self._handlers:
            if handler.resync and handler.due <= now:
                handler.due = now + handler.resync
                for obj in self._objects():
                    handler.call(obj, obj)

    def _until_due(self) -> float | None:
        times = [handler.due for handler in self._handlers if handler.resync]
        return max(min(times) - self._clock.monotonic(), 0.0) if times else None
