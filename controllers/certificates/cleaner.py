"""Deletes certificate signing requests that are done with, or that nobody has looked at for long.

Source: k8s.io/kubernetes pkg/controller/certificates/cleaner/cleaner.go. Upstream looks once an hour; here every
request is looked at when its time has come.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography import x509

from apimachinery.objects import Object, name_of
from apimachinery.status import NotFound
from apimachinery.timefmt import parse_time
from client.resources import CERTIFICATESIGNINGREQUESTS
from controllers.certificates.conditions import certificate
from controllers.controller import Context, Controller, Loop

NAME = "certificatesigningrequest-cleaner-controller"
_DONE = timedelta(hours=1)
_PENDING = timedelta(hours=24)


def due(request: Object) -> datetime | None:
    """When the request is to be deleted; None while nothing can be said."""
    return min(_deadlines(request), default=None)


def _deadlines(request: Object) -> Iterator[datetime]:
    issued = certificate(request)
    conditions = (request.get("status") or {}).get("conditions") or ()
    if not conditions:
        yield parse_time(request["metadata"]["creationTimestamp"]) + _PENDING
    for condition in conditions:
        kind, since = condition["type"], condition.get("lastUpdateTime")
        if since and kind in ("Denied", "Failed"):
            yield parse_time(since) + _DONE
        elif since and kind == "Approved":
            yield parse_time(since) + (_DONE if issued else _PENDING)
        if kind == "Approved" and issued:
            yield from _expiry(issued)


def _expiry(issued: str) -> Iterator[datetime]:
    try:
        yield x509.load_pem_x509_certificate(base64.b64decode(issued)).not_valid_after_utc
    except (ValueError, binascii.Error):
        return


class Cleaner:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        requests = context.informer(CERTIFICATESIGNINGREQUESTS)
        self._requests = requests.store
        requests.add_handler(self._enqueue, lambda old, new: self._enqueue(new), None)

    def sync(self, name: str) -> None:
        request = self._requests.get(name)
        if request is None:
            return
        left = self._left(request)
        if left is None:
            return
        if left > 0:
            self.queue.add_after(name, left)
            return
        try:
            self._client.delete(CERTIFICATESIGNINGREQUESTS, "", name, uid=request["metadata"]["uid"])
        except NotFound:
            return

    def _left(self, request: Object) -> float | None:
        """Seconds."""
        when = due(request)
        return None if when is None else max((when - self._clock.now()).total_seconds(), 0.0)

    def _enqueue(self, request: Object) -> None:
        self.queue.add(name_of(request))


def build_cleaner(context: Context) -> Controller:
    cleaner = Cleaner(context)
    return Controller(NAME, (Loop(cleaner.queue, cleaner.sync),))
