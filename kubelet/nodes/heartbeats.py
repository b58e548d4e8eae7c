"""Keeps the nodes of this process registered, their leases renewed and their statuses current, on a few threads."""

from __future__ import annotations

import logging
import math
import random
import threading
from collections.abc import Callable

from apimachinery.clock import Clock
from apimachinery.status import StatusError
from client.errors import TransportError
from kubelet.nodes.agent import UPDATE_INTERVAL, NodeAgent
from kubelet.timers import Timers

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 7.0
_REGISTER, _LEASE, _STATUS = "register/", "lease/", "status/"


class Heartbeats:
    """``registered`` is called once per node, from one of the threads, when the node exists in the API."""

    def __init__(self, clock: Clock, registered: Callable[[NodeAgent], None]) -> None:
        self._clock = clock
        self._registered = registered
        self._agents: dict[str, NodeAgent] = {}
        self._timers = Timers()
        self._pauses: dict[str, float] = {}
        self._condition = threading.Condition()
        self._stopped = False

    def add(self, agent: NodeAgent) -> None:
        """Take a node on; it is registered as soon as a thread is free."""
        with self._condition:
            self._agents[agent.facts.name] = agent
            self._timers.set(f"{_REGISTER}{agent.facts.name}", self._clock.monotonic())
            self._condition.notify()

    def look_at(self, name: str) -> None:
        """The node's status has been changed by somebody else: mend it now. Any thread."""
        with self._condition:
            self._timers.set(f"{_STATUS}{name}", self._clock.monotonic())
            self._condition.notify()

    def work(self) -> None:
        """Do what is due until :meth:`stop`; run by every thread."""
        while True:
            with self._condition:
                key = self._next()
                if key is None:
                    return
            self.do(key)

    def stop(self) -> None:
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def due(self) -> list[str]:
        """The keys to be done now; for a caller that does not use :meth:`work`."""
        with self._condition:
            return self._timers.due(self._clock.monotonic())

    def do(self, key: str) -> None:
        """One piece of work, and when the next of its kind follows."""
        what, _, name = key.partition("/")
        agent = self._agents[name]
        try:
            if what == "register":
                agent.register()
                self._after_register(agent)
                return
            delay = agent.renew_lease() if what == "lease" else agent.report_status()
            self._pauses.pop(key, None)
        except (StatusError, TransportError) as error:
            delay = self._pause(key)
            _LOG.warning("node %s: %s failed, next try in %.1f s: %s", name, what, delay, error)
        except Exception:
            delay = self._pause(key)
            _LOG.exception("node %s: %s failed, next try in %.1f s", name, what, delay)
        self._schedule(key, delay)

    def _after_register(self, agent: NodeAgent) -> None:
        name = agent.facts.name
        self._schedule(f"{_LEASE}{name}", 0.0)
        self._schedule(f"{_STATUS}{name}", UPDATE_INTERVAL * (1 + random.random()))
        self._registered(agent)

    def _next(self) -> str | None:
        """Wait for something to do, under the lock; None when stopped."""
        while not self._stopped:
            now = self._clock.monotonic()
            key = self._timers.pop_due(now)
            if key is not None:
                return key
            delay = self._timers.next_at() - now
            self._condition.wait(None if math.isinf(delay) else delay)
        return None

    def _schedule(self, key: str, delay: float) -> None:
        with self._condition:
            self._timers.set(key, self._clock.monotonic() + delay)
            self._condition.notify()

    def _pause(self, key: str) -> float:
        pause = min(self._pauses.get(key, _FIRST_PAUSE) * 2, _LONGEST_PAUSE)
        self._pauses[key] = pause
        return pause
