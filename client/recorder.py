"""Events about objects, written in the background (client-go tools/record)."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import uuid
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.names import is_dns1123_subdomain
from apimachinery.objects import Object
from apimachinery.status import AlreadyExists, NotFound, StatusError
from apimachinery.timefmt import format_time
from client.api import STRATEGIC, Client
from client.correlator import Correlated, Correlator
from client.errors import ClientClosed, TransportError
from client.resources import EVENTS

log = logging.getLogger(__name__)

NORMAL = "Normal"
WARNING = "Warning"

_MAX_TRIES = 12
_RETRY_AFTER = 10.0  # seconds
_NAMESPACE_TERMINATING = "NamespaceTerminating"


class EventRecorder:
    """Never blocks and never raises for want of a server: an event that finds the queue full is dropped."""

    def __init__(
        self,
        client: Client,
        component: str,
        host: str = "",
        clock: Clock = REAL_CLOCK,
        *,
        capacity: int = 5000,
        random: Random | None = None,
    ) -> None:
        self._client = client
        self._source = {"component": component, "host": host} if host else {"component": component}
        self._reporter = (component, host)
        self._clock = clock
        self._random = random or Random()
        self._correlator = Correlator(clock)
        self._serial = itertools.count()
        self._queue: queue.Queue[Object | None] = queue.Queue(capacity)
        self._closing = threading.Event()
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name=f"events {component}", daemon=True)
        self._thread.start()

    def event(
        self, obj: Mapping[str, Any], type: str, reason: str, message: str, annotations: dict[str, str] | None = None
    ) -> None:
        """``obj``: an object with kind and apiVersion, or an ObjectReference; ``type``: NORMAL or WARNING.

        ValueError: the object has no kind, or the type is neither.
        """
        if type not in (NORMAL, WARNING):
            raise ValueError(f"unsupported event type {type!r}")
        event = self._make(reference_to(obj), type, reason, message, annotations)
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self._dropped += 1
            if self._dropped & (self._dropped - 1) == 0:  # 1, 2, 4, 8 …: a flood must not become a flood of lines
                log.warning("too many queued events, %d dropped so far", self._dropped)

    def close(self, timeout: float = 1.0) -> None:
        """Write what is queued, at most ``timeout`` seconds long, then end. Later events are dropped."""
        try:
            self._queue.put(None, timeout=timeout)
        except queue.Full:
            self._closing.set()
        self._thread.join(timeout)
        self._closing.set()

    def _make(self, about: Object, type: str, reason: str, message: str, annotations: dict[str, str] | None) -> Object:
        now = self._clock.now()
        stamp = format_time(now)
        metadata: Object = {"name": self._name(about, now), "namespace": about.get("namespace") or "default"}
        if annotations:
            metadata["annotations"] = annotations
        return {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": metadata,
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "source": self._source,
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "type": type,
            "reportingComponent": self._reporter[0],
            "reportingInstance": self._reporter[1],
        }

    def _name(self, about: Object, now: datetime) -> str:
        """Unique: the object's name and the time in nanoseconds, of which the last three digits are a serial number."""
        nanoseconds = int(now.timestamp()) * 10**9 + now.microsecond * 1000 + next(self._serial) % 1000
        name = f"{about.get('name') or ''}.{nanoseconds:x}"
        return str(uuid.uuid4()) if is_dns1123_subdomain(name) else name

    def _run(self) -> None:
        while not self._closing.is_set():
            event = self._queue.get()
            if event is None:
                return
            try:
                self._record(event)
            except ClientClosed:
                return
            except Exception:
                log.exception("cannot write event %s", event["reason"])

    def _record(self, event: Object) -> None:
        correlated = self._correlator.correlate(event, self._name(event["involvedObject"], self._clock.now()))
        if correlated is None:
            return
        for attempt in range(1, _MAX_TRIES + 1):
            try:
                self._correlator.written(self._write(correlated))
                return
            except StatusError as error:
                expected = isinstance(error, AlreadyExists) or error.has_cause(_NAMESPACE_TERMINATING)
                log.log(logging.DEBUG if expected else logging.WARNING, "the server rejected an event: %s", error)
                return
            except ClientClosed:
                raise
            except TransportError as error:
                log.info("cannot write event %s: %s", event["reason"], error)
            delay = _RETRY_AFTER * (self._random.random() if attempt == 1 else 1.0)
            if self._closing.wait(delay):
                return
        log.warning("giving up event %s about %s", event["reason"], event["involvedObject"].get("name"))

    def _write(self, correlated: Correlated) -> Object:
        event, patch = correlated
        metadata = event["metadata"]
        if patch is not None:
            try:
                return self._client.patch(EVENTS, metadata["namespace"], metadata["name"], patch, kind=STRATEGIC)
            except NotFound:
                log.debug("event %s has expired, writing a new one", metadata["name"])
        fresh = {key: value for key, value in metadata.items() if key != "resourceVersion"}
        return self._client.create(EVENTS, metadata["namespace"], {**event, "metadata": fresh})


def reference_to(obj: Mapping[str, Any], field_path: str = "") -> Object:
    """The ObjectReference to an object; a reference is returned as it is. ValueError: the object has no kind."""
    metadata = obj.get("metadata")
    if not obj.get("kind"):
        raise ValueError("an event needs an object with kind and apiVersion")
    if metadata is None:
        return dict(obj)
    reference = {
        "kind": obj["kind"],
        "namespace": metadata.get("namespace"),
        "name": metadata.get("name"),
        "uid": metadata.get("uid"),
        "apiVersion": obj.get("apiVersion"),
        "resourceVersion": metadata.get("resourceVersion"),
        "fieldPath": field_path,
    }
    return {key: value for key, value in reference.items() if value}
