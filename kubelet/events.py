"""Events of the node agent, paced: however many pods start at once, events stay a small part of all writes.

Upstream allows 50 a second for each node agent (eventRecordQPS) and queues 1,000; here one pace serves all nodes of
the process, and when the queue is full ordinary events are dropped, warnings are not until it is twice as long.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from apimachinery.clock import Clock
from apimachinery.objects import Object
from client.ratelimit import TokenBucket
from client.recorder import NORMAL, EventRecorder, reference_to
from kubelet.pods.steps import PodEvent

_LOG = logging.getLogger(__name__)
QUEUE = 1000
MakeRecorder = Callable[[str], EventRecorder]
"""Makes the recorder of one node, by its name."""
_Queued = tuple[str, Object, PodEvent]
"""(node, object or reference, event)"""


class PacedEvents:
    """Recording may be called from any thread and never blocks; :meth:`run` is for one thread."""

    def __init__(self, recorder_for: MakeRecorder, clock: Clock, *, rate: float, burst: int) -> None:
        self._recorder_for = recorder_for
        self._recorders: dict[str, EventRecorder] = {}
        self._bucket = TokenBucket(rate, burst, clock)
        self._queue: deque[_Queued] = deque()
        self._condition = threading.Condition()
        self._stopped = threading.Event()
        self.dropped = 0

    def pod_event(self, pod: Object, event: PodEvent) -> None:
        """About a pod, or a container of it, on the pod's node."""
        self._put((pod["spec"]["nodeName"], pod, event))

    def node_event(self, node: Object, reason: str, message: str) -> None:
        """An ordinary event about a node; its reference has the name as uid, as upstream's has."""
        name = node["metadata"]["name"]
        self._put((name, {"kind": "Node", "name": name, "uid": name}, PodEvent(NORMAL, reason, message)))

    def run(self) -> None:
        """Pass events on at the pace until :meth:`close`."""
        while True:
            with self._condition:
                while not self._queue and not self._stopped.is_set():
                    self._condition.wait()
                if self._stopped.is_set():
                    return
                queued = self._queue.popleft()
            self.record(queued)
            if self._stopped.wait(self._bucket.reserve()):
                return

    def record(self, queued: _Queued) -> None:
        """Hand one event to the recorder of its node."""
        node, obj, event = queued
        about = reference_to({"kind": "Pod", "apiVersion": "v1", **obj}, event.path) if "metadata" in obj else obj
        recorder = self._recorders.get(node)
        if recorder is None:
            recorder = self._recorders[node] = self._recorder_for(node)
        recorder.event(about, event.type, event.reason, event.message)

    def close(self) -> None:
        """End :meth:`run`; what is queued is dropped."""
        self._stopped.set()
        with self._condition:
            self._condition.notify()
        for recorder in list(self._recorders.values()):
            recorder.close(0.0)

    def _put(self, queued: _Queued) -> None:
        limit = QUEUE if queued[2].type == NORMAL else 2 * QUEUE
        with self._condition:
            if len(self._queue) >= limit:
                self.dropped += 1
                if self.dropped & (self.dropped - 1) == 0:
                    _LOG.info("events come faster than they may be written, %d dropped so far", self.dropped)
                return
            self._queue.append(queued)
            self._condition.notify()
