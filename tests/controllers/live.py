"""A served API with controllers in this process, for tests that need the real thing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from kubernetes.client.configuration import Configuration

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object
from apimachinery.status import NotFound
from client.api import Client
from client.connections import Response
from controllers.accounts import Clients
from controllers.manager import run
from kubejazz.testing import Kubejazz

Value = TypeVar("Value")
PATIENCE = 15.0


class CountingClient(Client):
    """Knows how many requests have been made through it and its like, watches left out."""

    def __init__(self, requests: Counter[str], configuration: Configuration, *, user_agent: str) -> None:
        super().__init__(configuration, user_agent=user_agent)
        self.requests = requests

    def raw_request(self, method: str, *arguments: Any, **more: Any) -> Response:
        self.requests[method] += 1
        return super().raw_request(method, *arguments, **more)


class Controllers:
    """A manager on a thread of its own."""

    def __init__(
        self, server: Kubejazz, names: Collection[str] | None, *, leader_elect: bool, clock: Clock = REAL_CLOCK
    ) -> None:
        self.requests: Counter[str] = Counter()
        self._clients = Clients(
            str(server.kubeconfig_of("controller-manager")), version="test", make=partial(CountingClient, self.requests)
        )
        self._stop = threading.Event()
        arguments = (self._clients.client_for, self._stop, names, leader_elect, clock)
        self._thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Seconds it took."""
        began = time.monotonic()
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._clients.close()
        return time.monotonic() - began


class ShiftedClock:
    """The real time, and as much more as has been added."""

    def __init__(self) -> None:
        self._added = 0.0

    def shift(self, seconds: float) -> None:
        self._added += seconds

    def now(self) -> datetime:
        return REAL_CLOCK.now() + timedelta(seconds=self._added)

    def monotonic(self) -> float:
        return REAL_CLOCK.monotonic() + self._added


@contextmanager
def controllers(
    server: Kubejazz,
    names: Collection[str] | None = None,
    *,
    leader_elect: bool = False,
    clock: Clock = REAL_CLOCK,
) -> Iterator[Controllers]:
    running = Controllers(server, names, leader_elect=leader_elect, clock=clock)
    try:
        yield running
    finally:
        running.stop()


def eventually(look: Callable[[], Value], holds: Callable[[Value], object] = bool, patience: float = PATIENCE) -> Value:
    """Look until it holds; fails with what was seen last."""
    deadline = time.monotonic() + patience
    while True:
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r} after {patience} s"
        time.sleep(0.02)


def find(client: Client, gvr: GroupVersionResource, namespace: str, name: str) -> Object | None:
    try:
        return client.get(gvr, namespace, name)
    except NotFound:
        return None


def items(client: Client, gvr: GroupVersionResource, namespace: str) -> list[Object]:
    found: list[Object] = client.list(gvr, namespace)["items"]
    return found
