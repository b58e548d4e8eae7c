"""A watch: a position in the ring of recent events, or before it, in the log.

Nothing is queued per watch and nothing runs per watch while nothing happens to its resource (and namespace).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from storage.archive import Archive
from storage.errors import SlowWatcher, StoreStopped
from storage.progress import Progress
from storage.ring import Ring
from storage.types import Event, Revision

_TAKE = 1000
_REPLAY = 500


NAME = "metadata.name"


class Topic(NamedTuple):
    """What a watch that looks at one value of a field only is interested in: NAME, or a field of the index."""

    field: str
    value: str


class Audience:
    """The watches of a resource that wait for something to happen: anything, in a namespace, of a topic."""

    __slots__ = ("_everything", "_namespaces", "_topics")

    def __init__(self) -> None:
        self._everything: set[Watch] = set()
        self._namespaces: dict[str, set[Watch]] = {}
        self._topics: dict[str, dict[str, set[Watch]]] = {}

    def join(self, watch: Watch) -> None:
        if watch.topic is not None:
            self._topics.setdefault(watch.topic.field, {}).setdefault(watch.topic.value, set()).add(watch)
        elif watch.namespace is None:
            self._everything.add(watch)
        else:
            self._namespaces.setdefault(watch.namespace, set()).add(watch)

    def leave(self, watch: Watch) -> None:
        if watch.topic is not None:
            by_value = self._topics[watch.topic.field]
            _drop(by_value, watch.topic.value, watch)
            if not by_value:
                del self._topics[watch.topic.field]
        elif watch.namespace is None:
            self._everything.discard(watch)
        else:
            _drop(self._namespaces, watch.namespace, watch)

    def wake(self, namespaces: Iterable[str], number: int, ring: Ring) -> None:
        """Something happened in ``namespaces``: the events of the ring from ``number`` on."""
        for watch in self._everything:
            watch.wake(number)
        if self._namespaces:
            for namespace in namespaces:
                for watch in self._namespaces.get(namespace, ()):
                    watch.wake(number)
        if self._topics:
            events = ring.since(number, ring.end - number)
            for field, by_value in self._topics.items():
                for event in events:
                    for value in _values(event, field):
                        for watch in by_value.get(value, ()):
                            watch.wake(number)

    def wake_all(self, number: int) -> None:
        by_topic = (watches for by_value in self._topics.values() for watches in by_value.values())
        for watches in (self._everything, *self._namespaces.values(), *by_topic):
            for watch in watches:
                watch.wake(number)


def _drop(groups: dict[str, set[Watch]], key: str, watch: Watch) -> None:
    groups[key].discard(watch)
    if not groups[key]:
        del groups[key]


def _values(event: Event, field: str) -> Iterable[str]:
    """Of the object now and, if that was another, before."""
    if field == NAME:
        return (event.entry.key.name,)
    now = event.entry.index.fields.get(field, "")
    before = now if event.previous is None else event.previous.index.fields.get(field, "")
    return (now,) if now == before else (now, before)


class Watch:
    """Every event of a resource (in a namespace) after a revision: in order, once. For one task at a time.

    One with a ``topic`` may be spared events that are not of it, but need not be.
    """

    __slots__ = (
        "_archive",
        "_audience",
        "_closed",
        "_handed",
        "_number",
        "_progress",
        "_resource",
        "_ring",
        "_waiter",
        "_woken",
        "namespace",
        "topic",
    )

    def __init__(
        self,
        resource: str,
        namespace: str | None,
        after: Revision,
        ring: Ring,
        audience: Audience,
        archive: Archive,
        progress: Progress,
        topic: Topic | None = None,
    ) -> None:
        self._resource = resource
        self.namespace = namespace
        self.topic = topic
        self._ring = ring
        self._audience = audience
        self._archive = archive
        self._progress = progress
        self._handed = after
        # -1: still before the ring, replaying the log.
        self._number = ring.number_after(after) if after >= ring.floor else -1
        self._waiter: asyncio.Future[None] | None = None
        self._woken = -1
        self._closed = False

    @property
    def resource(self) -> str:
        return self._resource

    @property
    def position(self) -> Revision:
        """Everything up to here has been handed out: what a bookmark may promise."""
        return self._progress.revision if self._number == self._ring.end else self._handed

    async def next(self, timeout: float | None) -> list[Event]:
        """The next events, waiting for some up to ``timeout`` seconds (None: for ever); [] when there were none.

        Raises SlowWatcher when the ring has moved past this watch, Compacted when the log has while being replayed,
        and StoreStopped once the store has stopped and everything before that has been handed out.
        """
        events = await self._replay() if self._number < 0 else self._take()
        if events:
            return events
        if self._closed or self._progress.stopped:
            raise StoreStopped("the store has been stopped" if not self._closed else "the watch has been closed")
        if timeout is not None and timeout <= 0:
            return []
        return await self._wait(timeout)

    def close(self) -> None:
        """No more events; a waiting :meth:`next` ends with StoreStopped. May be called twice."""
        self._closed = True
        self.wake(self._ring.end)

    def wake(self, number: int) -> None:
        """For the audience: events of interest begin at ``number``. Does nothing when this watch is not waiting."""
        if self._waiter is not None and self._woken < 0:
            self._woken = number
            if not self._waiter.done():
                self._waiter.set_result(None)

    async def _wait(self, timeout: float | None) -> list[Event]:
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        self._woken = -1
        self._audience.join(self)
        timer = None if timeout is None else loop.call_later(timeout, _expire, waiter)
        try:
            await waiter
        finally:
            self._audience.leave(self)
            self._waiter = None
            if timer is not None:
                timer.cancel()
            # Whatever happened before the wake-up, or until now without one, was in other namespaces, or not the topic.
            self._number = self._woken if self._woken >= 0 else self._ring.end
        return await self.next(0)

    def _take(self) -> list[Event]:
        ring = self._ring
        while True:
            if self._number < ring.first:
                raise SlowWatcher("the watch is too slow: events it has not seen are no longer in memory")
            events = ring.since(self._number, _TAKE)
            if not events:
                return events
            self._number += len(events)
            self._handed = events[-1].revision
            if self.namespace is not None:
                events = [event for event in events if event.entry.key.namespace == self.namespace]
                if not events:
                    continue
            return events

    async def _replay(self) -> list[Event]:
        ring = self._ring
        while self._handed < ring.floor:
            floor = Revision(ring.floor)
            events = await self._archive.events(self._resource, self.namespace, self._handed, floor, _REPLAY)
            self._handed = events[-1].revision if len(events) == _REPLAY else floor
            if events:
                return events
        self._number = ring.number_after(self._handed)
        return self._take()


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
