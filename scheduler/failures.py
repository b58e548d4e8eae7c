"""Tells users why a pod has no node: its PodScheduled condition and an event."""

from __future__ import annotations

import logging

from apimachinery.clock import Clock
from apimachinery.objects import Object, find_condition
from apimachinery.status import NotFound, StatusError
from apimachinery.timefmt import format_time
from client.api import STRATEGIC, Client
from client.errors import ClientClosed, TransportError
from client.recorder import WARNING, EventRecorder
from client.resources import PODS
from scheduler.podinfo import PodInfo
from scheduler.writes import Writes

log = logging.getLogger(__name__)

UNSCHEDULABLE = "Unschedulable"
SCHEDULER_ERROR = "SchedulerError"

_CONDITION = "PodScheduled"
_NOTE_LIMIT = 1024


class Failures:
    def __init__(self, client: Client, recorder: EventRecorder, writes: Writes, clock: Clock) -> None:
        self._client = client
        self._recorder = recorder
        self._writes = writes
        self._clock = clock

    def report(self, pod: PodInfo, reason: str, message: str, nominated: str | None = None) -> None:
        """Does not block. ``nominated``: the node that is being made room on, "" for none any more, None: as it is."""
        self._recorder.event(pod.pod, WARNING, "FailedScheduling", truncate(message))
        patch = status_patch(pod.pod, reason, message, format_time(self._clock.now()), nominated)
        if patch is not None:
            self._writes.submit(pod.uid, lambda: self._patch(pod, patch))

    def _patch(self, pod: PodInfo, patch: Object) -> None:
        try:
            self._client.patch(PODS, pod.namespace, pod.name, patch, kind=STRATEGIC, subresource="status")
        except (NotFound, ClientClosed):
            return
        except (StatusError, TransportError) as error:
            log.warning("cannot update the status of pod %s: %s", pod.key, error)


def status_patch(pod: Object, reason: str, message: str, now: str, nominated: str | None) -> Object | None:
    """The strategic merge patch that says so; None: the pod says so already."""
    status: Object = {}
    current = find_condition(pod, _CONDITION)
    condition: Object = {"type": _CONDITION, "status": "False", "reason": reason, "message": message}
    generation = pod["metadata"].get("generation")
    if generation:
        condition["observedGeneration"] = generation
    if current is None or any(current.get(field) != value for field, value in condition.items()):
        if current is None or current.get("status") != "False":
            condition["lastTransitionTime"] = now
            condition["lastProbeTime"] = None
        status["conditions"] = [condition]
    if nominated is not None and nominated != ((pod.get("status") or {}).get("nominatedNodeName") or ""):
        status["nominatedNodeName"] = nominated or None
    if not status:
        return None
    return {"metadata": {"uid": pod["metadata"].get("uid")}, "status": status}


def truncate(message: str) -> str:
    """As long as an event's note may be."""
    return message if len(message) <= _NOTE_LIMIT else f"{message[: _NOTE_LIMIT - 4]} ..."
