"""Pods waiting for a node: those to try now, those to try after a delay, and those that wait for something to change.

Source: pkg/scheduler/backend/queue (KEP-4247, queueing hints; KEP-5142, pop from the back-off queue when idle).
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum

from apimachinery.clock import Clock
from scheduler.events import ClusterEvent, EventOfInterest, Hint, Resource, pod_changes
from scheduler.inflight import InFlight
from scheduler.podinfo import PodInfo

log = logging.getLogger(__name__)

INITIAL_BACKOFF = 1.0
MAX_BACKOFF = 10.0
MAX_UNSCHEDULABLE = 300.0
"""Seconds."""

PreEnqueue = Callable[[PodInfo], str]
"""The name of the plugin that keeps the pod out of the queue, "" if none does."""


class Place(Enum):
    ACTIVE = "active"
    BACKOFF = "backoff"
    ERROR_BACKOFF = "error back-off"
    UNSCHEDULABLE = "unschedulable"
    GATED = "gated"
    IN_FLIGHT = "in flight"


class QueuedPod:
    """A pod and the history of its attempts. Only the queue changes one."""

    __slots__ = ("attempts", "due", "failures", "place", "plugins", "pod", "since")

    def __init__(self, pod: PodInfo) -> None:
        self.pod = pod
        self.attempts = 0
        self.failures = 0
        """Failed attempts; the delay grows with them."""
        self.plugins: frozenset[str] = frozenset()
        """Who rejected it at the last attempt."""
        self.place = Place.IN_FLIGHT
        self.since = 0.0
        """When it came to its place, monotonic seconds."""
        self.due = 0.0
        """When its delay ends."""


Entry = tuple[float, float, int, QueuedPod]


class SchedulingQueue:
    """Thread-safe. One thread pops; handlers of informers tell of changes."""

    def __init__(
        self,
        clock: Clock,
        interests: Mapping[str, Sequence[EventOfInterest]],
        pre_enqueue: PreEnqueue = lambda pod: "",
        *,
        initial_backoff: float = INITIAL_BACKOFF,
        max_backoff: float = MAX_BACKOFF,
    ) -> None:
        """``interests``: of each plugin that rejects pods, what could make it change its mind."""
        self._clock = clock
        self._interests = interests
        self._pre_enqueue = pre_enqueue
        self._initial_backoff = initial_backoff
        self._max_backoff = max_backoff
        self._changed = threading.Condition()
        self._serial = itertools.count()
        self._pods: dict[str, QueuedPod] = {}
        """By uid; those in flight too."""
        self._heaps: dict[Place, list[Entry]] = {Place.ACTIVE: [], Place.BACKOFF: [], Place.ERROR_BACKOFF: []}
        """Entries of pods that have moved on since stay until they surface."""
        self._waiting: dict[frozenset[str], dict[str, QueuedPod]] = {}
        """The unschedulable ones, by who rejected them and uid: most events concern few plugins."""
        self._in_flight = InFlight()
        self._closed = False

    def add(self, pod: PodInfo) -> None:
        """A pod without a node has appeared. One that is known already is updated."""
        with self._changed:
            known = self._pods.get(pod.uid)
            if known is not None:
                self._update(known, pod)
                return
            queued = self._pods[pod.uid] = QueuedPod(pod)
            self._admit(queued)

    def delete(self, uid: str) -> None:
        """It is gone, or has a node."""
        with self._changed:
            queued = self._pods.pop(uid, None)
            if queued is not None:
                self._unwait(queued)
                self._in_flight.drop(uid)

    def move(self, event: ClusterEvent, except_for: str = "") -> None:
        """Something happened: try again the pods that it could help (not the one with the uid ``except_for``)."""
        with self._changed:
            self._in_flight.note(event)
            for plugins, waiting in [*self._waiting.items()]:
                interests = self._interested(plugins, event)
                if interests is None:
                    continue
                for queued in [*waiting.values()]:
                    if queued.pod.uid != except_for and _hinted(interests, queued.pod, event):
                        self._requeue(queued)

    def pop(self, timeout: float | None = None) -> QueuedPod | None:
        """The next pod to try, highest priority first, then the longest in the queue; it is in flight from now on.

        None: nothing came in ``timeout`` seconds, or the queue is closed.
        """
        with self._changed:
            queued = self._take()
            while queued is None and not self._closed:
                wait = self._until_due(timeout)
                if not self._changed.wait(wait) and wait == timeout:
                    break
                queued = self._take()
            return None if self._closed else queued

    def done(self, uid: str) -> None:
        """Its attempt has succeeded; it is no longer the queue's."""
        self.delete(uid)

    def give_back(self, queued: QueuedPod, plugins: Iterable[str]) -> bool:
        """Its attempt has failed: the plugins that rejected it, or none if something went wrong.

        It waits for a change that helps, unless one came during the attempt, or for its delay. False: it is gone.
        """
        with self._changed:
            uid = queued.pod.uid
            if self._pods.get(uid) is not queued:
                return False
            missed = self._in_flight.end(uid)
            queued.failures += 1
            queued.plugins = frozenset(plugins)
            queued.since = self._clock.monotonic()
            queued.due = queued.since + self._delay(queued.failures)
            if not queued.plugins:
                self._push(queued, Place.ERROR_BACKOFF)
            elif any(self._helps(event, queued.pod, queued.plugins) for event in missed):
                self._push(queued, Place.BACKOFF)
            else:
                queued.place = Place.UNSCHEDULABLE
                self._waiting.setdefault(queued.plugins, {})[uid] = queued
            return True

    def flush(self) -> None:
        """Try again what has been waiting for a change too long; in case a hint was wrong."""
        with self._changed:
            oldest = self._clock.monotonic() - MAX_UNSCHEDULABLE
            waiting = [queued for group in self._waiting.values() for queued in group.values()]
            for queued in waiting:
                if queued.since <= oldest:
                    self._requeue(queued)

    def close(self) -> None:
        """Wake the thread that pops; nothing comes out any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def get(self, uid: str) -> PodInfo | None:
        """The waiting pod as last seen."""
        queued = self._pods.get(uid)
        return queued.pod if queued is not None else None

    def counts(self) -> dict[Place, int]:
        """How many pods are where."""
        with self._changed:
            counts = dict.fromkeys(Place, 0)
            for queued in self._pods.values():
                counts[queued.place] += 1
            return counts

    def _admit(self, queued: QueuedPod) -> None:
        """Into the active queue, unless a plugin gates it."""
        queued.since = self._clock.monotonic()
        if self._pre_enqueue(queued.pod):
            queued.place = Place.GATED
        else:
            self._push(queued, Place.ACTIVE)

    def _update(self, queued: QueuedPod, pod: PodInfo) -> None:
        old, queued.pod = queued.pod, pod
        if queued.place is Place.GATED:
            self._admit(queued)
            return
        changes = pod_changes(old, pod)
        if not changes:
            return
        event = ClusterEvent(Resource.TARGET_POD, changes, old, pod)
        if queued.place is Place.IN_FLIGHT:
            self._in_flight.note(event)
        elif queued.place is Place.UNSCHEDULABLE and self._helps(event, pod, queued.plugins):
            self._requeue(queued)

    def _helps(self, event: ClusterEvent, pod: PodInfo, plugins: frozenset[str]) -> bool:
        interests = self._interested(plugins, event)
        return interests is not None and _hinted(interests, pod, event)

    def _interested(self, plugins: frozenset[str], event: ClusterEvent) -> Sequence[EventOfInterest] | None:
        """What these plugins have asked for that covers the event; None: nothing."""
        found = [entry for name in plugins for entry in self._interests.get(name, ()) if entry.covers(event)]
        return found or None

    def _requeue(self, queued: QueuedPod) -> None:
        """From the waiting ones to the active queue, or to the delayed ones while its delay lasts."""
        self._unwait(queued)
        if queued.due > self._clock.monotonic():
            self._push(queued, Place.BACKOFF)
        else:
            self._admit(queued)

    def _unwait(self, queued: QueuedPod) -> None:
        waiting = self._waiting.get(queued.plugins)
        if waiting is not None:
            waiting.pop(queued.pod.uid, None)
            if not waiting:
                del self._waiting[queued.plugins]

    def _push(self, queued: QueuedPod, place: Place) -> None:
        queued.place = place
        first = float(-queued.pod.priority) if place is Place.ACTIVE else queued.due
        heapq.heappush(self._heaps[place], (first, queued.since, next(self._serial), queued))
        self._changed.notify()

    def _take(self) -> QueuedPod | None:
        self._end_delays()
        queued = self._first(Place.ACTIVE) or self._first(Place.BACKOFF)
        if queued is None:
            return None
        heapq.heappop(self._heaps[queued.place])
        queued.place = Place.IN_FLIGHT
        queued.attempts += 1
        self._in_flight.begin(queued.pod.uid)
        return queued

    def _end_delays(self) -> None:
        now = self._clock.monotonic()
        for place in (Place.BACKOFF, Place.ERROR_BACKOFF):
            while (queued := self._first(place)) is not None and queued.due <= now:
                heapq.heappop(self._heaps[place])
                self._admit(queued)

    def _first(self, place: Place) -> QueuedPod | None:
        heap = self._heaps[place]
        while heap:
            queued = heap[0][3]
            if queued.place is place and self._pods.get(queued.pod.uid) is queued:
                return queued
            heapq.heappop(heap)
        return None

    def _until_due(self, timeout: float | None) -> float | None:
        """Seconds until a delay ends, at most ``timeout``."""
        queued = self._first(Place.ERROR_BACKOFF)
        if queued is None:
            return timeout
        wait = max(queued.due - self._clock.monotonic(), 0.001)
        return wait if timeout is None else min(wait, timeout)

    def _delay(self, failures: int) -> float:
        return min(self._initial_backoff * 2.0 ** min(failures - 1, 32), self._max_backoff)


def _hinted(interests: Iterable[EventOfInterest], pod: PodInfo, event: ClusterEvent) -> bool:
    if event.resource is Resource.TARGET_POD and event.new.uid != pod.uid:
        return False
    return any(interest.hint is None or _says_yes(interest.hint, pod, event) for interest in interests)


def _says_yes(hint: Hint, pod: PodInfo, event: ClusterEvent) -> bool:
    """A hint that fails must not keep the pod waiting."""
    try:
        return hint(pod, event)
    except Exception:
        log.exception("a queueing hint failed for pod %s", pod.key)
        return True
