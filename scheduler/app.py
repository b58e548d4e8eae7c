"""Runs the scheduler: wires informers, cache, queue and plugins, and ends all of it within two seconds."""

from __future__ import annotations

import logging
import socket
import threading
import uuid
from collections.abc import Callable, Sequence

from apimachinery.clock import REAL_CLOCK, Clock
from client.api import Client
from client.informer import InformerSet
from client.leaderelection import LeaderElector
from client.recorder import EventRecorder
from client.resources import NODES, PODS
from scheduler.cache import Cache
from scheduler.config import SchedulerConfig
from scheduler.failures import Failures
from scheduler.handle import Handle
from scheduler.handlers import NodeHandler, PodHandler
from scheduler.profile import Profile, Weighted
from scheduler.queue import SchedulingQueue
from scheduler.scheduler import Scheduler
from scheduler.writes import Writes

log = logging.getLogger(__name__)

LEASE = "kube-scheduler"
"""Of the leader lease, in kube-system."""

_LIVE = "status.phase!=Succeeded,status.phase!=Failed"
_WRITES_END = 0.6
_EVENTS_END = 0.4
_LOOK_AGAIN = 0.01
"""Seconds."""


def run(
    client: Client, stop: threading.Event, config: SchedulerConfig | None = None, clock: Clock = REAL_CLOCK
) -> None:
    """Blocks until ``stop`` is set; returns within 2 s then."""
    config = config or SchedulerConfig()
    if not config.leader_elect:
        _run(client, stop, config, clock)
        return
    identity = f"{socket.gethostname()}_{uuid.uuid4()}"
    while not stop.is_set():
        _elector(client, identity, lambda lost: _run(client, lost, config, clock)).run(stop)


def _elector(client: Client, identity: str, work: Callable[[threading.Event], None]) -> LeaderElector:
    return LeaderElector(client, "kube-system", LEASE, identity, work, lambda: log.info("not leading"))


def _run(client: Client, stop: threading.Event, config: SchedulerConfig, clock: Clock) -> None:
    informers = InformerSet(client, clock=clock)
    handle = Handle(client, clock)
    profile = Profile([Weighted(entry.build(handle), entry.weight) for entry in config.plugins])
    cache = Cache(clock)
    queue = SchedulingQueue(
        clock,
        profile.interests,
        profile.gate,
        initial_backoff=config.initial_backoff,
        max_backoff=config.max_backoff,
    )
    recorder = EventRecorder(client, config.name, clock=clock)
    writes = Writes(config.writers)
    failures = Failures(client, recorder, writes, clock)
    scheduler = Scheduler(profile, cache, queue, writes, failures, recorder, clock, percentage=config.percentage)
    synced = _follow(informers, cache, queue, config)
    informers.start(stop)
    try:
        if not _wait(synced, stop):
            return
        log.info("the scheduler has started")
        worker = threading.Thread(target=scheduler.run, name="scheduling", daemon=True)
        worker.start()
        stop.wait()
        scheduler.stop()
        worker.join(_WRITES_END / 2)
    finally:
        writes.stop()
        writes.join(_WRITES_END)
        recorder.close(_EVENTS_END)


Synced = Callable[[], bool]


def _follow(informers: InformerSet, cache: Cache, queue: SchedulingQueue, config: SchedulerConfig) -> list[Synced]:
    """Pods first: a node must not look empty when it is seen."""
    pods, nodes = PodHandler(cache, queue, config.name), NodeHandler(cache, queue)
    return [
        informers.informer(PODS, field_selector=_LIVE).add_handler(pods.added, pods.updated, pods.deleted),
        informers.informer(NODES).add_handler(nodes.added, nodes.updated, nodes.deleted),
    ]


def _wait(synced: Sequence[Synced], stop: threading.Event) -> bool:
    """Until every handler has been told the first complete state; False if ``stop`` is set before."""
    while not all(told() for told in synced):
        if stop.wait(_LOOK_AGAIN):
            return False
    return True


__all__ = ["SchedulerConfig", "run"]
