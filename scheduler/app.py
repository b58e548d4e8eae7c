"""Runs the scheduler: wires informers, cache, queue and plugins, and ends all of it within two seconds."""

from __future__ import annotations

import logging
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from random import Random

from apimachinery.clock import REAL_CLOCK, Clock
from client.api import Client
from client.informer import InformerSet
from client.leaderelection import LeaderElector, LeaseTimes
from client.recorder import EventRecorder
from client.resources import (
    CSIDRIVERS,
    CSISTORAGECAPACITIES,
    NAMESPACES,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODDISRUPTIONBUDGETS,
    PODS,
    STORAGECLASSES,
)
from scheduler.cache import Cache
from scheduler.config import SchedulerConfig
from scheduler.events import Resource
from scheduler.failures import Failures
from scheduler.handle import Handle
from scheduler.handlers import NodeHandler, PodHandler, ResourceHandler
from scheduler.namespaces import Namespaces
from scheduler.nominator import Nominator
from scheduler.profile import Profile, Weighted
from scheduler.queue import SchedulingQueue
from scheduler.scheduler import Scheduler
from scheduler.siblings import Siblings
from scheduler.volumes import Volumes
from scheduler.writes import Writes

log = logging.getLogger(__name__)

LEASE = "kube-scheduler"
"""Of the leader lease, in kube-system."""

_LIVE = "status.phase!=Succeeded,status.phase!=Failed"
_CYCLE_END = 0.3
_WRITES_END = 0.5
_EVENTS_END = 0.3
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
        _elector(client, identity, lambda lost: _run(client, lost, config, clock), config.lease_times).run(stop)


def _elector(
    client: Client, identity: str, work: Callable[[threading.Event], None], times: LeaseTimes
) -> LeaderElector:
    return LeaderElector(client, "kube-system", LEASE, identity, work, lambda: log.info("not leading"), times=times)


def _run(client: Client, stop: threading.Event, config: SchedulerConfig, clock: Clock) -> None:
    """One term of work: until ``stop`` is set, or the lease is lost."""
    informers = InformerSet(client, clock=clock)
    recorder = EventRecorder(client, config.name, clock=clock)
    writes = Writes(config.writers)
    try:
        handle = _handle(client, informers, recorder, writes, clock)
        scheduler, synced = _assemble(handle, informers, config)
        informers.start(stop)
        if not _wait(synced, informers, stop):
            return
        log.info("the scheduler has started")
        worker = threading.Thread(target=scheduler.run, name="scheduling", daemon=True)
        worker.start()
        stop.wait()
        scheduler.stop()
        worker.join(_CYCLE_END)
    finally:
        writes.stop()
        writes.join(_WRITES_END)
        recorder.close(_EVENTS_END)


def _handle(client: Client, informers: InformerSet, recorder: EventRecorder, writes: Writes, clock: Clock) -> Handle:
    return Handle(
        client=client,
        recorder=recorder,
        writes=writes,
        clock=clock,
        random=Random(),
        nominator=Nominator(),
        namespaces=Namespaces.of(informers.informer(NAMESPACES).store),
        siblings=Siblings.of(informers).selector,
        budgets=informers.informer(PODDISRUPTIONBUDGETS).store.list,
        volumes=Volumes.of(informers),
    )


Synced = Callable[[], bool]

_OTHERS = (
    (PERSISTENTVOLUMECLAIMS, Resource.CLAIM),
    (PERSISTENTVOLUMES, Resource.VOLUME),
    (STORAGECLASSES, Resource.STORAGE_CLASS),
    (CSIDRIVERS, Resource.CSI_DRIVER),
    (CSISTORAGECAPACITIES, Resource.CSI_CAPACITY),
)


def _assemble(handle: Handle, informers: InformerSet, config: SchedulerConfig) -> tuple[Scheduler, list[Synced]]:
    """The scheduler, and what tells whether it has seen the cluster."""
    profile = Profile([Weighted(entry.build(handle), entry.weight) for entry in config.plugins])
    cache = Cache(handle.clock)
    queue = SchedulingQueue(
        handle.clock,
        profile.interests,
        profile.gate,
        initial_backoff=config.initial_backoff,
        max_backoff=config.max_backoff,
    )
    failures = Failures(handle.client, handle.recorder, handle.writes, handle.clock)
    pods = PodHandler(cache, queue, handle.nominator, config.name)
    nodes = NodeHandler(cache, queue)
    synced = [
        informers.informer(PODS, field_selector=_LIVE).add_handler(pods.added, pods.updated, pods.deleted),
        informers.informer(NODES).add_handler(nodes.added, nodes.updated, nodes.deleted),
    ]
    for gvr, resource in _OTHERS:
        handler = ResourceHandler(resource, queue)
        synced.append(informers.informer(gvr).add_handler(handler.added, handler.updated))
    scheduler = Scheduler(
        profile,
        handle.nominator,
        cache,
        queue,
        handle.writes,
        failures,
        handle.recorder,
        handle.clock,
        percentage=config.percentage,
        random=handle.random,
    )
    return scheduler, synced


def _wait(synced: Sequence[Synced], informers: InformerSet, stop: threading.Event) -> bool:
    """Until everything has been seen once, by the handlers too; False if ``stop`` is set before."""
    while not (all(told() for told in synced) and informers.wait_for_sync(0.0)):
        if stop.wait(_LOOK_AGAIN):
            return False
    return True


__all__ = ["SchedulerConfig", "run"]
