"""Tells what becomes of certificate requests: one watch for all that are asked for at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from apimachinery.clock import Clock
from apimachinery.objects import Object
from client.api import Client
from client.reflector import Reflector
from client.resources import CERTIFICATESIGNINGREQUESTS
from kubelet.identity.requests import SIGNER


class RequestWatch:
    """``seen`` is called with every state of a request, from a thread of the watch's own; it must not block."""

    def __init__(self, client: Client, clock: Clock, seen: Callable[[Object], None], name: str = "") -> None:
        """``name``: watch this one request alone, else all of kubelets'."""
        self._seen = seen
        selector = f"metadata.name={name}" if name else f"spec.signerName={SIGNER}"
        self._reflector = Reflector(client, CERTIFICATESIGNINGREQUESTS, self, field_selector=selector, clock=clock)

    def start(self) -> None:
        threading.Thread(target=self._reflector.run, name="certificate requests", daemon=True).start()

    def stop(self) -> None:
        self._reflector.stop()

    # The reflector's sink.

    def replace(self, items: Iterable[Object], resource_version: str) -> None:
        for item in items:
            self._seen(item)

    def event(self, kind: str, obj: Object) -> None:
        if kind != "DELETED":
            self._seen(obj)
