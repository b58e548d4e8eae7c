"""Brings pod statuses to the API: one write per pod at a time, the newest status wins, failures are retried.

A status is a strategic merge patch of the ``status`` subresource with the pod's uid as precondition, against what
the API is known to hold. A deleted pod whose status is final and stored is then removed with grace period 0.
Source: pkg/kubelet/status/status_manager.go.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from apimachinery.clock import Clock
from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.status import BadRequest, Invalid, NotFound
from client.api import STRATEGIC, Client
from client.ratelimit import ExponentialLimiter
from client.resources import PODS
from client.workqueue import WorkQueue
from kubelet.pods.patch import status_patch

_LOG = logging.getLogger(__name__)
_FIRST_RETRY = 0.1
_LONGEST_RETRY = 10.0
_TERMINAL = ("Succeeded", "Failed")


@dataclass(slots=True)
class _Entry:
    pod: Object
    status: Object | None
    delete: bool
    base: Object = field(default_factory=dict)
    """The status the API is known to hold, at ``revision``."""
    revision: int = 0
    settled: Object | None = None
    """The status that needs no write as long as ``base`` stays; compared by identity."""
    deleted: bool = False


class StatusWriter:
    """:meth:`submit` and :meth:`forget` may be called from any thread and never block.

    ``queue`` holds the uids that may need a write; workers call :meth:`sync` with each.
    """

    def __init__(self, client_of: Callable[[str], Client], clock: Clock) -> None:
        """``client_of``: the client of a node, by its name."""
        self.queue = WorkQueue(clock, ExponentialLimiter(_FIRST_RETRY, _LONGEST_RETRY))
        self._client_of = client_of
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def submit(self, pod: Object, status: Object | None, *, delete: bool) -> None:
        """Bring the status to the API (None: it is as it should be), then delete the pod for good if asked to."""
        uid = pod["metadata"]["uid"]
        with self._lock:
            entry = self._entries.get(uid)
            if entry is None:
                entry = self._entries[uid] = _Entry(pod, status, delete)
            else:
                entry.pod, entry.delete = pod, delete
                entry.status = entry.status if status is None else status
            _learn(entry, pod)
            is_open = _is_open(entry)
        if is_open:
            self.queue.add(uid)

    def forget(self, uid: str) -> None:
        """The pod is gone; whatever is pending is void."""
        with self._lock:
            self._entries.pop(uid, None)

    def sync(self, uid: str) -> None:
        """Make the writes one pod needs now. Raises StatusError or TransportError when it is to be tried again."""
        with self._lock:
            entry = self._entries.get(uid)
            if entry is None:
                return
            pod, status, base = entry.pod, entry.status, entry.base
        patch = None if status is None else status_patch(uid, base, status)
        try:
            if patch is not None:
                self._store(entry, pod, patch)
            entry.settled = status
            if _may_go(entry):
                self._client(pod).delete(PODS, namespace_of(pod), name_of(pod), grace_period=0, uid=uid)
                entry.deleted = True
        except NotFound:
            self.forget(uid)
        except (Invalid, BadRequest) as error:
            _LOG.error("pod %s: status refused, waiting for the next one: %s", key_of(pod), error)
            return
        self._look_again(entry, uid)

    def _store(self, entry: _Entry, pod: Object, patch: Object) -> None:
        client = self._client(pod)
        stored = client.patch(PODS, namespace_of(pod), name_of(pod), patch, kind=STRATEGIC, subresource="status")
        with self._lock:
            _learn(entry, stored)

    def _client(self, pod: Object) -> Client:
        return self._client_of(pod["spec"]["nodeName"])

    def _look_again(self, entry: _Entry, uid: str) -> None:
        """What was submitted during the write may need another one."""
        with self._lock:
            again = self._entries.get(uid) is entry and _is_open(entry)
        if again:
            self.queue.add(uid)


def _is_open(entry: _Entry) -> bool:
    """Something may be left to write. Called under the lock."""
    return _may_go(entry) or entry.settled is not entry.status


def _may_go(entry: _Entry) -> bool:
    """The final status of a deleted pod is stored, and the pod is still there."""
    return entry.delete and not entry.deleted and entry.base.get("phase") in _TERMINAL


def _learn(entry: _Entry, pod: Object) -> None:
    """Take over the API's status unless a newer one is known. Called under the lock."""
    revision = _revision(pod)
    if revision >= entry.revision:
        if revision > entry.revision:
            entry.settled = None
        entry.base, entry.revision = pod.get("status") or {}, revision


def _revision(pod: Object) -> int:
    """Comparable since KEP-5504; an opaque one counts as older than any."""
    text = str(pod["metadata"].get("resourceVersion") or "")
    return int(text) if text.isdigit() else 0
